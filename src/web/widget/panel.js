// The panel: which of the views is shown, and what is in it.  It shows what the chat says and
// tells it what the visitor does; it decides nothing about the chat.

import * as t from 'text';
import * as chat from './chat.js';
import {adopt, arrange, ctx, fill, h, later, text} from './dom.js';
import {
  latePart,
  load,
  partsOf,
  pick,
  ready,
  signOf,
  state,
  talkPart,
  turn,
  useViews,
} from './views.js';

const LOST_SHOWN_MS = 2000;
const LATE_MS = 3000;

const {root, bubble} = ctx;
let view, drawn, watcher;
let composing = false;
let owed = false; // the focus, to what is still on its way
let told; // the view's words, as they were said
let wasLost = false;
let lostAt = 0;
let own = -1;

const icon = (label, path, onclick, cls = 'icon') => {
  const button = h('button', {class: cls, 'aria-label': label, title: label}, ctx.icon(path));
  button.onclick = onclick;
  return button;
};

// Before a chat ends, or the queue is left.
const sure = what =>
  load('late', LATE).then(
    late => late.ask(panel, what, () => chat.tell('chat.end')),
    () => {},
  );

const title = h('h2', {id: 'title'});
const sub = text('', 'sub');
const menu = h('div');
const bar = text(t.lost, 'bar');
const said = h('p', {class: 'vh', role: 'status'});
const body = h('div');
const panel = h(
  'section',
  {
    class: 'panel',
    part: 'panel',
    role: 'dialog',
    'aria-labelledby': 'title',
    hidden: true,
    onkeydown(event) {
      event.stopPropagation();
      if (event.key != 'Escape' || event.isComposing || event.defaultPrevented) return;
      event.preventDefault();
      close();
    },
    // What is typed here is no shortcut of the page around.
    onkeypress: event => event.stopPropagation(),
    onkeyup: event => event.stopPropagation(),
  },
  // No <header>: the page has its own.
  h(
    'div',
    {class: 'head', part: 'header'},
    h('div', {}, title, sub),
    menu,
    icon(t.minimise, 'M6 9l6 6 6-6', () => close()),
  ),
  bar,
  body,
  said,
);

// A conversion is never cut short: what changes meanwhile is drawn when it has ended.
panel.addEventListener('compositionstart', () => (composing = true));
panel.addEventListener('compositionend', () => {
  composing = false;
  later(update);
});

const say = words => {
  said.textContent = '';
  later(() => (said.textContent = words), 50);
};

// Only where the focus would be lost: on the first thing to fill in, and never on what a stray key
// would press.
const focusFirst = () => {
  const first =
    body.querySelector('.composer textarea') ||
    body.querySelector('.log,.done,[aria-invalid=true]') ||
    [...body.querySelectorAll('input,textarea')].find(field => !field.value) ||
    body.querySelector('input,textarea');
  owed = !first;
  first?.focus();
};

const draw = () => {
  const last = view;
  const next = pick();
  if (!ready(next) || composing) return; // the end of a conversion draws
  view = next;
  if (last != view) turn(last, view);
  const sign = signOf(view);
  if (sign == drawn) return;
  drawn = sign;
  body.className = 'body ' + view;
  arrange(body, partsOf(view));
  const words = body.querySelector('.say,.done')?.textContent;
  if (last && words && words != told) say((told = words));
  if (told && view == 'talk') say((told = ''));
};

export const update = what => {
  if (what == 'lost') {
    load('late', LATE).then(late => (state.note = late.forgotten), () => {}).then(() => askDoor());
  }
  const s = chat.s;
  const {hidden} = panel;
  const active = s?.st.state == 'active';
  const used = root.activeElement;
  const inside = panel.contains(used) || (owed && document.activeElement == document.body);
  title.textContent = ctx.data.title || chat.d.title?.[ctx.lang];
  sub.textContent = active && s.st.agent ? fill(t.chatting, s.st.agent) : '';
  menu.hidden = !active;
  if (active) later(() => latePart(true), LATE_MS);
  latePart()?.follow(panel, menu, sure);
  if (!hidden) {
    draw();
    // What had the focus has gone, and what was written in it has moved.
    if (inside && !root.activeElement?.getClientRects()[0]) {
      const words = used?.closest('.composer') && body.querySelector('#words');
      if (words) words.focus();
      else focusFirst();
    }
    if (document.visibilityState == 'visible') chat.see();
  }
  const part = s && body.querySelector('.log') && talkPart();
  if (part) {
    part.drawLog();
    part.drawQueue();
  }

  // One's own messages are not read out again; that they have arrived is.
  const count = s ? chat.lines.filter(line => line.by == 'visitor').length : -1;
  if (own >= 0 && count > own) say(t.sent);
  own = count;

  if (chat.connected() || !chat.needed()) lostAt = 0;
  else if (!lostAt) {
    lostAt = Date.now();
    later(update, LOST_SHOWN_MS);
  }
  const lost = lostAt && Date.now() - lostAt >= LOST_SHOWN_MS;
  bar.hidden = !lost;
  if (!lost != !wasLost) say(lost ? t.lost : t.back);
  wasLost = lost;

  delete bubble.dataset.news;
  bubble.ariaLabel =
    (hidden && chat.unread() && latePart(true)?.news()) || (hidden ? ctx.openLabel : t.minimise);
  bubble.ariaExpanded = !hidden;
};

// The door may have changed since the page was loaded.  One that is gone ends nothing that runs,
// unless the connection failed while the gateway was there to let it in.
export const askDoor = failing => {
  const was = ctx.gone;
  return ctx.ask('reload').then(() => {
    if (ctx.gone && (!chat.needed() || (failing && was))) return vanish();
    chat.setDoor(ctx.status);
    update();
  });
};

export const isOpen = () => !panel.hidden;
export const isNarrow = () => matchMedia('(max-width:480px)').matches;

// On a small screen the panel is the whole of it: the page below stays where it is, and the way
// back that the system offers closes the panel first.
const scroll = new CSSStyleSheet();
scroll.replaceSync('@media (max-width:480px){html{overflow:hidden!important}}');
const cover = on => {
  panel.hidden = !on;
  chat.remember('open', on);
  const others = document.adoptedStyleSheets.filter(sheet => sheet != scroll);
  document.adoptedStyleSheets = on ? [...others, scroll] : others;
  watcher?.destroy();
  watcher = on && isNarrow() && window.CloseWatcher ? new CloseWatcher() : null;
  if (watcher) watcher.onclose = close;
  update();
};

export const open = focus => {
  cover(true);
  if (body.querySelector('.log')) talkPart().toEnd();
  if (focus) focusFirst();
  if (!chat.needed()) askDoor();
};

export const close = () => {
  const inside = panel.contains(root.activeElement);
  cover(false);
  if (inside) bubble.focus();
};

// Refused: as if there had never been anything.  The browser's memory of an open door goes, too.
export const vanish = () => {
  cover(false);
  chat.stopLink();
  ctx.shown = false;
  ctx.host.remove();
  ctx.ask('reload');
};

useViews({
  askDoor: () => askDoor(),
  say,
  sure,
  redraw() {
    drawn = '';
    update();
  },
});
adopt(CSS);
root.insertBefore(panel, bubble);
