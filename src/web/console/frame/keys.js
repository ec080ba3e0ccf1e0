// Shortcuts: what the keyboard does, by the words that base/keymap.js has keys for.
import { endChat, may, toggleSide } from '../chats/chat.js';
import { askReopen, loadBox } from '../chats/late.js';
import { undoNewest } from '../chats/ending.js';
import { closeOver, nextUnread, running } from '../chats/tabs.js';
import { dialogOpen } from '../base/dialog.js';
import { closeTab, drawer, go, route, setMode, showChat, store } from '../base/here.js';
import { accept, decline } from '../chats/offers.js';
import { askTags } from '../chats/tags.js';
import { askAssign } from '../routing/assigned.js';
import { askTransfer } from '../routing/handed.js';
import { comboOf, heldWithDigit, keysOf } from '../base/keymap.js';
import { lateWords } from '../base/words.js';

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

function reopen(s) {
  const head = s.conversations.find(chat())?.head.peek();
  if (may(head, 'reopen')) askReopen(s, head);
}

// Where canned replies can be written: the open text, or the reply.
function canned() {
  if (!document.querySelector('[data-mail-composer]')) compose('reply');
  requestAnimationFrame(() => document.querySelector('[data-composer], [data-mail-composer]')
    ?.dispatchEvent(new Event('canned')));
}

// What each of the words in base/keymap.js does.
const RUN = {
  accept: (s) => firstOffer(s) && accept(s, firstOffer(s)),
  decline: (s) => firstOffer(s) && decline(s, firstOffer(s)),
  next: () => step(1),
  previous: () => step(-1),
  unread: (s) => nextUnread(s),
  'to-answer': (s) => loadBox().then((m) => m.goNext(s)),
  close: () => chat() && closeTab(chat()),
  'close-over': closeOver,
  reply: () => compose('reply'),
  note: () => compose('note'),
  canned,
  end: (s) => chat() && endChat(s, chat()),
  'end-next': (s) => chat() && endChat(s, chat(), true),
  'undo-end': undoNewest,
  reopen,
  transfer: (s) => chat() && askTransfer(s, chat()),
  assign: (s) => chat() && askAssign(s, chat()),
  tags: (s) => chat() && askTags(s, s.conversations.find(chat())?.head.peek()),
  panel: toggleSide,
  status: () => document.getElementById('status-menu')?.click(),
  find,
  help: () => showKeys(),
};
export const WORDS = Object.keys(RUN);
const OVER_DIALOGS = ['accept', 'decline']; // an offer does not wait

export const loadKeys = () => lateWords().then(() => import('../keys/sheet.js'));
export const showKeys = () => loadKeys().then((m) => m.showKeys());

export function listenKeys() {
  function onKey(e) {
    const s = store.peek();
    if (!s || e.isComposing) return;
    if (e.key === 'Escape' && !dialogOpen()) {
      if (drawer.peek()) drawer.value = false;
      else document.querySelector('[data-composer]')?.focus();
      return;
    }
    const combo = comboOf(e);
    const held = heldWithDigit(combo);
    if (held && held === heldWithDigit(keysOf('tab')) && !dialogOpen()) {
      const id = running(s)[combo.at(-1) - 1];
      if (id) {
        e.preventDefault();
        showChat(id);
      }
      return;
    }
    const word = combo && WORDS.find((one) => keysOf(one) === combo);
    if (!word) return;
    e.preventDefault(); // the browser's own would be something else
    if (!dialogOpen() || OVER_DIALOGS.includes(word)) RUN[word](s);
  }
  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
}
