// What this page is about now: the signed-in store, the address, the open tabs, what is stored on
// this device.
import { computed, effect, signal } from '../../vendor/ui.js';
import { hasUnsaved, mayLeave } from './unsaved.js';

export const store = signal(null);

export const isAdmin = () => store.value.agent.value?.role === 'admin';
export const hasPermission = (word) =>
  isAdmin() || (store.value.agent.value?.permissions || []).includes(word);

// storage that may be forbidden or full: then nothing is kept, and nothing breaks
export function keeper(area) {
  return {
    get(key) {
      try {
        return area().getItem(`deskbell.${key}`);
      } catch {
        return null;
      }
    },
    set(key, text) {
      try {
        if (text === null) area().removeItem(`deskbell.${key}`);
        else area().setItem(`deskbell.${key}`, text);
      } catch {
        // as said above
      }
    },
  };
}
export const device = keeper(() => localStorage);
export const session = keeper(() => sessionStorage);

function kept(area, key, first) {
  try {
    return JSON.parse(area.get(key)) ?? first;
  } catch {
    return first;
  }
}

// the address: #/mine/unreplied?c=123 → { page: 'mine', rest: ['unreplied'], chat: '123' }

function part(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // cut off in the middle of a character: a page that is not there
  }
}
function parse() {
  const [path, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [page, ...rest] = path.split('/').map(part);
  return { page: page || 'mine', rest, chat: new URLSearchParams(query).get('c') || null };
}
export const route = signal(parse());

// The address of what is shown: while edits are not saved, another one waits for the answer.
let shown = location.hash;
let sure = false;
addEventListener('hashchange', async () => {
  const wanted = location.hash;
  if (wanted === shown) return;
  if (!sure && hasUnsaved()) {
    history.replaceState(null, '', shown || location.pathname);
    if (!(await mayLeave())) return;
    sure = true;
    location.hash = wanted;
    return;
  }
  sure = false;
  shown = wanted;
  route.value = parse();
});

export function href({ page = route.value.page, rest = [], chat = null }) {
  const path = [page, ...rest].map(encodeURIComponent).join('/');
  return `#/${path}${chat ? `?c=${encodeURIComponent(chat)}` : ''}`;
}
export function go(to) {
  location.hash = href(to).slice(1);
}

export const LISTS = ['mine', 'unassigned', 'all', 'completed', 'missed', 'blocked'];
const isListPage = (page) => page === 'view' || LISTS.includes(page);
export const isList = computed(() => isListPage(route.value.page));

// tabs: conversations that stay open while others are looked at

export const tabs = signal(kept(session, 'tabs', []));
effect(() => session.set('tabs', JSON.stringify(tabs.value)));

export function addTab(id) {
  if (!tabs.peek().includes(String(id))) tabs.value = [...tabs.peek(), String(id)];
}
// The chat that is only watched: its composer is put away until it is asked for.
export const watched = signal(null);

// The chat whose composer is to have the focus as soon as it is there: whoever asks for a chat, by
// whatever key and from wherever, types into it.
export const composerWanted = signal({ chat: null });

export function showChat(id, page) {
  addTab(id);
  composerWanted.value = { chat: String(id) };
  const at = route.peek();
  const list = page || (isListPage(at.page) ? at.page : 'mine');
  go({ page: list, rest: list === at.page ? at.rest : [], chat: String(id) });
}
// A line that is to be shown in a chat, however far back it is.
export const lineWanted = signal({ chat: null, seq: 0 });
export function showLine(id, seq, page = 'all') {
  lineWanted.value = { chat: seq ? String(id) : null, seq };
  showChat(id, page);
}
// The one in front gives way to the next that stays, else to the one before it.
export function closeTabs(ids) {
  const before = tabs.peek();
  const gone = new Set(ids.map(String));
  const stays = (id) => !gone.has(id);
  const { page, rest, chat } = route.peek();
  const at = before.indexOf(chat);
  tabs.value = before.filter(stays);
  if (!gone.has(chat)) return;
  const next = before.slice(at).find(stays) || before.slice(0, Math.max(at, 0)).findLast(stays);
  if (next) composerWanted.value = { chat: next };
  go({ page, rest, chat: next || null });
}
export const closeTab = (id) => closeTabs([id]);

// Mentions in notes come by what is loaded later: { Names, Pick, named(conversation, text) }.
export const mentionHooks = signal(null);

// drafts: one for the reply, one for the note and one for an e-mail, for each conversation

// They come to the server by what is loaded later: { typed(key), Clash }.
export const draftHooks = signal(null);
export const draftStamp = signal(0); // counts those that came from there
export const drafts = new Map(Object.entries(kept(session, 'drafts', {})));
const draftKey = (id, kind) => `${id} ${kind === 'mail' ? kind : kind ? 'note' : 'reply'}`;
export const draftOf = (id, kind) => drafts.get(draftKey(id, kind)) || '';
export function setDraft(key, text) {
  if (text) drafts.set(key, text);
  else drafts.delete(key);
  session.set('drafts', JSON.stringify(Object.fromEntries(drafts)));
}
export function keepDraft(id, kind, text) {
  const key = draftKey(id, kind);
  setDraft(key, text);
  draftHooks.peek()?.typed(key);
}
// What is kept over a reload is one person's: another who signs in here must not find it.
export function keepFor(agent) {
  const who = String(agent?.id ?? '');
  if (session.get('who') === who && who) return;
  tabs.value = [];
  drafts.clear();
  session.set('drafts', null);
  session.set('drafts-known', null);
  session.set('sending', null);
  session.set('who', who || null);
}

// Which of them, or an e-mail, is being written in a conversation.
export const modes = signal({});
export const isNote = (id) => modes.value[id] === 'note';
export const isMail = (id) => modes.value[id] === 'mail';
export const setMode = (id, mode) => (modes.value = { ...modes.peek(), [id]: mode });

// choices of this device

export const choices = signal({
  lang: '', theme: '', sound: true, notify: false, privacy: false,
  ctrlEnter: false, side: true, ...kept(device, 'choices', {}),
});
export function choose(change) {
  choices.value = { ...choices.peek(), ...change };
  device.set('choices', JSON.stringify(choices.peek()));
  if ('theme' in change) {
    device.set('theme', change.theme || null);
    if (change.theme) document.documentElement.dataset.theme = change.theme;
    else delete document.documentElement.dataset.theme;
  }
}
export const drawer = signal(false); // the visitor panel, where there is no room for it
