// Shortcuts: one table, from which the keyboard and the list of them are made.  They go by a key's
// place (event.code), so that other layouts and macOS's Option characters do not matter.
import { html } from '../../vendor/ui.js';
import { endChat, toggleSide } from '../chats/chat.js';
import { loadBox } from '../chats/late.js';
import { undoNewest } from '../chats/ending.js';
import { closeOver, nextUnread, running } from '../chats/tabs.js';
import { dialogOpen, openDialog } from '../base/dialog.js';
import { closeTab, drawer, go, route, setMode, showChat, store } from '../base/here.js';
import { accept, decline } from '../chats/offers.js';
import { askTags } from '../chats/tags.js';
import { askAssign } from '../routing/assigned.js';
import { askTransfer } from '../routing/handed.js';
import { t } from '../base/words.js';

const chat = () => route.peek().chat;
const firstOffer = (s) => s.offers.peek()[0]?.conversation;

function step(by) {
  const links = [...document.querySelectorAll('.rows .row > a')];
  const at = links.findIndex((a) => a.getAttribute('aria-current') === 'true');
  const next = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : at + by];
  if (next) showChat(new URLSearchParams(next.hash.split('?')[1]).get('c'));
}

function find() {
  if (route.peek().page === 'search') document.getElementById('query')?.select();
  else go({ page: 'search' });
}

function compose(mode) {
  if (!chat()) return;
  setMode(chat(), mode);
  requestAnimationFrame(() => document.querySelector('[data-composer]')?.focus());
}

// Where canned replies can be written: the open text, or the reply.
function canned() {
  if (!document.querySelector('[data-mail-composer]')) compose('reply');
  requestAnimationFrame(() => document.querySelector('[data-composer], [data-mail-composer]')
    ?.dispatchEvent(new Event('canned')));
}

export const KEYS = [
  { keys: 'Alt+A', code: 'KeyA', word: 'accept', run: (s) => firstOffer(s) &&
    accept(s, firstOffer(s)) },
  { keys: 'Alt+R', code: 'KeyR', word: 'decline', run: (s) => firstOffer(s) &&
    decline(s, firstOffer(s)) },
  { keys: 'Alt+J', code: 'KeyJ', word: 'next', run: () => step(1) },
  { keys: 'Alt+K', code: 'KeyK', word: 'previous', run: () => step(-1) },
  { keys: 'Alt+N', code: 'KeyN', word: 'unread', run: (s) => nextUnread(s) },
  { keys: 'Alt+Y', code: 'KeyY', word: 'to-answer', run: (s) => loadBox().then((m) =>
    m.goNext(s)) },
  { keys: 'Alt+1 … 9', word: 'tab' },
  { keys: 'Alt+X', code: 'KeyX', word: 'close', run: () => chat() && closeTab(chat()) },
  { keys: 'Alt+Shift+X', code: 'KeyX', shift: true, word: 'close-over', run: closeOver },
  { keys: 'Alt+L', code: 'KeyL', word: 'reply', run: () => compose('reply') },
  { keys: 'Alt+P', code: 'KeyP', word: 'note', run: () => compose('note') },
  { keys: 'Alt+Q', code: 'KeyQ', word: 'canned', run: canned },
  { keys: 'Enter / Ctrl+Enter', word: 'send' },
  { keys: 'Alt+E', code: 'KeyE', word: 'end', run: (s) => chat() && endChat(s, chat()) },
  { keys: 'Alt+Shift+E', code: 'KeyE', shift: true, word: 'end-next', run: (s) => chat() &&
    endChat(s, chat(), true) },
  { keys: 'Alt+Z', code: 'KeyZ', word: 'undo-end', run: undoNewest },
  { keys: 'Alt+T', code: 'KeyT', word: 'transfer', run: (s) => chat() && askTransfer(s, chat()) },
  { keys: 'Alt+G', code: 'KeyG', word: 'assign', run: (s) => chat() && askAssign(s, chat()) },
  { keys: 'Alt+M', code: 'KeyM', word: 'tags', run: (s) => chat() &&
    askTags(s, s.conversations.find(chat())?.head.peek()) },
  { keys: 'Alt+I', code: 'KeyI', word: 'panel', run: toggleSide },
  { keys: 'Alt+W', code: 'KeyW', word: 'status', run: () =>
    document.getElementById('status-menu')?.click() },
  { keys: 'Ctrl+K', word: 'find' },
  { keys: 'Esc', word: 'escape' },
  { keys: 'Ctrl+/', word: 'help' },
];

export function showKeys() {
  openDialog(t('keys.title'), () => html`<table class="keys"><tbody>
    ${KEYS.map((k) => html`<tr key=${k.keys}><th scope="row"><kbd>${k.keys}</kbd></th>
      <td>${t(`keys.${k.word}`)}</td></tr>`)}
  </tbody></table>`);
}

export function listenKeys() {
  function onKey(e) {
    const s = store.peek();
    if (!s || e.isComposing) return;
    if ((e.ctrlKey || e.metaKey) && !e.altKey && e.code === 'Slash') {
      e.preventDefault();
      if (!dialogOpen()) showKeys();
      return;
    }
    if ((e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey && e.code === 'KeyK') {
      e.preventDefault(); // the browser's own would be its address
      if (!dialogOpen()) find();
      return;
    }
    if (e.key === 'Escape' && !dialogOpen()) {
      if (drawer.peek()) drawer.value = false;
      else document.querySelector('[data-composer]')?.focus();
      return;
    }
    if (!e.altKey || e.ctrlKey || e.metaKey) return;
    const offerKey = e.code === 'KeyA' || e.code === 'KeyR';
    if (dialogOpen() && !offerKey) return;
    const digit = /^Digit([1-9])$/.exec(e.code);
    if (digit && !e.shiftKey) {
      const id = running(s)[digit[1] - 1];
      if (id) {
        e.preventDefault();
        showChat(id);
      }
      return;
    }
    const found = KEYS.find((k) => k.code === e.code && Boolean(k.shift) === e.shiftKey);
    if (!found) return;
    e.preventDefault();
    found.run(s);
  }
  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
}
