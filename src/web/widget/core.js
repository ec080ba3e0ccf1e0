// The widget itself: starts the chat and follows what happens to the page around it (other tabs,
// the network, the screen).

import * as chat from './chat.js';
import {ctx, later} from './dom.js';
import {askDoor, close, isNarrow, isOpen, open, update, vanish} from './panel.js';
import {keepDraft, load, talkPart} from './views.js';

// Addresses without what stands behind "?" and "#": that may be anybody's secret.
const bare = url => url.replace(/[?#].*/, '').slice(0, 2048);

const page = () => ({
  page: bare(location.href),
  title: [...chat.clean(document.title)].slice(0, 200).join(''),
  referrer: bare(document.referrer),
});

const env = {
  now: Date.now,
  random: count => crypto.getRandomValues(new Uint8Array(count)),
  random01: Math.random,
  later,
  open: () =>
    new WebSocket(
      `${ctx.door.replace('http', 'ws')}${ctx.code}/ws`,
      ['deskbell.1'].concat(chat.s ? 'token.' + chat.s.token : []),
    ),
  storage: () => localStorage,
  key: ctx.key,
  lang: ctx.lang,
  d: ctx.status,
  page,
};

// Open on this page as on the one before, but never over a whole small screen by itself.
const reopen = () => {
  if (chat.live() && chat.s.open && (!isNarrow() || chat.s.page == page().page)) open();
};

// The door said that there is nothing; the chat that was kept may know better.
let unseen = ctx.gone;

chat.begin(env, what => {
  if (what == 'refused') return vanish();
  // A field that was refused: what the door asks for may have changed.
  if (what == 'failing' || what == 'field') askDoor(what == 'failing');
  if (what == 'department') {
    ctx.status = chat.d;
    ctx.paint();
  }
  if (unseen && chat.s && chat.connected()) {
    unseen = false;
    ctx.shown = true;
    ctx.place();
    reopen();
  }
  update(what);
});

addEventListener('storage', event => {
  if (!event.key || event.key == ctx.key) chat.elsewhere();
});
for (const name of ['online', 'offline']) addEventListener(name, chat.wake);
addEventListener('pagehide', keepDraft);

// Where a page has dialogs, or takes the focus away: see page.js.
const guard = () => load('late', LATE).catch(() => {});
ctx.root.addEventListener('focusout', event => event.relatedTarget && guard());
ctx.onplace = chat.tellPage;
if (document.querySelector('dialog,[role*=dialog]')) guard();

document.addEventListener('visibilitychange', () => {
  keepDraft();
  chat.wake();
  update();
});

if (chat.live()) talkPart();
if (!unseen) reopen();
update();

export {open};
export const toggle = () => (isOpen() ? close() : open(true));
