// The widget itself: starts the chat and follows what happens to the page around it (other tabs,
// the network, the screen).

import {cleanLine} from '../shared/text.js';
import * as chat from './chat.js';
import {ctx, later} from './dom.js';
import {askDoor, close, isNarrow, isOpen, open, update, vanish} from './panel.js';
import {keepDraft, latePart, load, talkPart} from './views.js';

// Addresses without what stands behind "?" and "#": that may be anybody's secret.
const bare = url => url.replace(/[?#].*/, '').slice(0, 2048);

const page = () => ({
  page: bare(location.href),
  title: [...cleanLine(document.title)].slice(0, 200).join(''),
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

// Where a page's dialog has the focus, or takes it away: see page.js, which is to be there before the
// first touch.  What was taken at once, without it, whoever touched it gets back.
const guard = () => load('late', LATE).catch(() => {});
const dialogs = 'dialog,[role*=dialog]';
let got;
document.addEventListener('focusin', ({target}) => target.closest(dialogs) && guard());
ctx.root.addEventListener('focusin', () => (got = Date.now()));
ctx.root.addEventListener('focusout', ({target, relatedTarget: to}) => {
  const taken = Date.now() - got < 99;
  if (to && !ctx.root.contains(to) && !latePart()) guard().then(() => taken && target.focus());
});
if (document.querySelector(dialogs)) guard();

document.addEventListener('visibilitychange', () => {
  keepDraft();
  chat.wake();
  update();
});

// A chat that goes on, by a reload or on another page: all of it is there already, or soon.
if (chat.live()) {
  talkPart();
  latePart(true);
}
if (!unseen) reopen();
update();

export {open};
export const toggle = () => (isOpen() ? close() : open(true));
