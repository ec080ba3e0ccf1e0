// The panel: which of the views is shown, and what is in it.  It shows what the chat says and
// tells it what the visitor does; it decides nothing about the chat.

import * as t from 'text';
import * as chat from './chat.js';
import {ctx, fill, h, later} from './dom.js';
import {makeForm, values} from './form.js';
import {drawLog, log, newer, resetLog, toEnd} from './log.js';

const PLACE_SAID_EVERY_MS = 30000;
const ETA_MOST_MIN = 15;
const LOST_SHOWN_MS = 2000;

const {root, bubble} = ctx;
let view, drawn, watcher, note, ringing;
let queueWords;
let wasLost = false;
let lostAt = 0;
let placeSaid = 0;
let own = -1;

const styles = css => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return sheet;
};
const icon = (label, path, onclick, cls = 'icon') => {
  const button = h('button', {class: cls, 'aria-label': label, title: label}, ctx.icon(path));
  button.onclick = onclick;
  return button;
};
const text = (what, cls = 'say') => h('p', {class: cls}, what);

// <dialog> keeps the focus, answers to Escape and gives the focus back by itself.
const sure = (question, yes) => {
  const dialog = h(
    'dialog',
    {
      'aria-label': question,
      onclose: () => dialog.remove(),
      onkeydown: event => event.stopPropagation(),
    },
    text(question),
    h(
      'button',
      {
        class: 'main',
        onclick() {
          dialog.close();
          chat.tell('chat.end');
        },
      },
      yes,
    ),
    h('button', {onclick: () => dialog.close()}, t.endNo),
  );
  panel.append(dialog);
  dialog.showModal();
};

const title = h('h2', {id: 'title'});
const sub = text('', 'sub');
const endButton = icon(t.end, 'M6 6l12 12M18 6L6 18', () => sure(t.endSure, t.end));
const bar = text(t.lost, 'bar');
const said = h('p', {class: 'vh', role: 'status'});
const queue = h('div', {class: 'queue'});
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
      if (event.key == 'Escape' && !event.isComposing) close();
    },
    // What is typed here is no shortcut of the page around.
    onkeypress: event => event.stopPropagation(),
    onkeyup: event => event.stopPropagation(),
  },
  h(
    'header',
    {part: 'header'},
    h('div', {}, title, sub),
    endButton,
    icon(t.minimise, 'M5 12h14', () => close()),
  ),
  bar,
  body,
  said,
);

const say = words => {
  said.textContent = '';
  later(() => (said.textContent = words), 50);
};

// Composing

const input = h('textarea', {
  rows: 1,
  'aria-label': t.write,
  placeholder: t.write,
  enterkeyhint: 'send',
  oninput() {
    grow();
    if (input.value) chat.sayTyping();
  },
  // Enter that ends a conversion is not an Enter that sends.
  onkeydown(event) {
    if (event.key != 'Enter' || event.shiftKey || event.isComposing || event.keyCode == 229) return;
    event.preventDefault();
    submit();
  },
});
const grow = () => {
  input.style.height = 'auto';
  input.style.height = input.scrollHeight + 2 + 'px';
};
const tooLong = h('p', {class: 'bad', role: 'alert'});
const submit = () => {
  const words = input.value.trim();
  tooLong.textContent = [...words].length > 4000 ? t.tooLong : '';
  if (!words || tooLong.textContent) return;
  input.value = '';
  chat.tell('chat.send', {text: words});
  grow();
  toEnd();
  input.focus();
};
const composer = h(
  'form',
  {
    class: 'composer',
    onsubmit(event) {
      event.preventDefault();
      submit();
    },
  },
  tooLong,
  input,
  icon(t.send, 'M4 12h15M13 6l6 6-6 6', null, 'main icon'),
);

// Views

const asked = must =>
  [
    ['name', t.name],
    ['email', t.email],
    ['phone', t.phone],
  ]
    .map(([name, label]) => [name, label, must == name || chat.d.fields[name] == 'must'])
    .filter(([name, , needed]) => needed || chat.d.fields[name] == 'ask');

const again = h(
  'button',
  {
    class: 'main',
    onclick() {
      Object.assign(values, chat.s.who, {question: '', text: '', rating: 0, comment: ''});
      chat.forget();
      askDoor();
    },
  },
  t.again,
);

const rating = () => {
  const shown = h('output');
  return h(
    'fieldset',
    {},
    h('legend', {}, t.rate),
    [1, 2, 3, 4, 5].map(n =>
      h(
        'label',
        {},
        h('input', {
          type: 'radio',
          name: 'rating',
          class: 'vh',
          checked: values.rating == n,
          'aria-label': fill(t.stars, n),
          onchange() {
            values.rating = n;
            shown.textContent = fill(t.stars, n);
          },
        }),
        h('span', {'aria-hidden': 'true'}, '★'),
      ),
    ),
    shown,
  );
};

const views = {
  form: () => [
    text(note || t.intro),
    makeForm(
      'chat.start',
      [
        ...asked(),
        ...(chat.d.fields.question == 'no'
          ? []
          : [['question', t.question, chat.d.fields.question == 'must']]),
      ],
      t.start,
      got => chat.tell('chat.start', got),
    ),
    chat.kept() || text(t.unkept, 'small'),
  ],
  talk: () => [queue, log, newer, composer],
  over() {
    const {st, who} = chat.s;
    const {why, rated, copied} = st;
    return [
      log,
      text(why == 'idle' ? t.endedIdle : t.ended),
      rated
        ? text(t.thanks)
        : makeForm(
            'chat.feedback',
            [['comment', t.comment]],
            t.sendRating,
            got =>
              (values.rating || got.comment) &&
              chat.tell('chat.feedback', {...(values.rating && {rating: values.rating}), ...got}),
            rating(),
          ),
      copied
        ? text(t.copied)
        : st.may_copy &&
          makeForm(
            'chat.copy',
            who.email ? [] : [['email', t.email, true]],
            t.copy,
            got => chat.tell('chat.copy', got),
            who.email,
          ),
      again,
    ];
  },
  offline() {
    const missed = isMissed();
    values.text = values.text || values.question || chat.s?.q;
    return [
      text(
        missed
          ? chat.s.st.why == 'visitor'
            ? t.leftQueue
            : t.missed
          : chat.d.text[ctx.lang] || (chat.d.door == 'busy' ? t.full : t.offline),
      ),
      makeForm(
        'chat.leave-message',
        [...asked('email'), ['text', t.message, true]],
        t.leaveMessage,
        got => chat.tell('chat.leave-message', got),
      ),
      missed &&
        h(
          'button',
          {
            onclick() {
              ringing = true;
              askDoor();
            },
          },
          t.ring,
        ),
    ];
  },
  left: () => [text(fill(t.received, chat.s.left || ''), 'done'), again],
};

const isMissed = () => chat.s?.st.state == 'missed';

const pick = () => {
  if (chat.live()) return 'talk';
  const state = chat.s?.st.state;
  if (state == 'ended') return 'over';
  if (chat.pending('chat.start')) return 'form';
  if (state == 'left' || chat.s?.left) return 'left';
  return chat.d.door == 'open' && chat.faults['chat.start']?.code != 'closed' && (!state || ringing)
    ? 'form'
    : 'offline';
};

const focusFirst = () =>
  (view == 'talk'
    ? input
    : body.querySelector('[aria-invalid=true]') ||
      body.querySelector('form input,form textarea,button')
  ).focus();

const draw = () => {
  const last = view;
  view = pick();
  // Everything that a view is made of; where it changes, the view is made anew.
  const {st, chat: id} = chat.s || {};
  const sign =
    view == 'talk'
      ? 'talk' + id
      : JSON.stringify([
          view,
          st?.why,
          st?.rated,
          st?.copied,
          chat.out.map(command => command.do),
          chat.faults,
          chat.d,
          note,
        ]);
  if (sign == drawn) return;
  drawn = sign;
  const inside = panel.contains(root.activeElement);
  const {name} = root.activeElement || {};
  if (view == 'talk') {
    ringing = note = '';
    resetLog();
  }
  body.className = 'body ' + view;
  body.replaceChildren(...views[view]().filter(part => part.nodeType));
  if (last && last != view) say(view == 'talk' ? '' : body.querySelector('.say,.done').textContent);
  if (inside) {
    const same = last == view && name && body.querySelector(`[name=${name}]`);
    if (same) same.focus();
    else focusFirst();
  }
};

const drawQueue = () => {
  const {state, place, eta_ms} = chat.s.st;
  queue.hidden = state != 'waiting';
  const minutes = Math.ceil(eta_ms / 60000);
  const words =
    (place ? fill(t.place, place) : t.waiting) +
    (minutes > 0 && minutes <= ETA_MOST_MIN ? ' ' + fill(t.eta, minutes) : '');
  // Whoever is connected has no place any more: nor does the status line.
  if (queue.hidden) return queueWords && say((queueWords = ''));
  if (queueWords == words) return;
  queueWords = words;
  queue.replaceChildren(
    text(words),
    text(t.waitHint, 'small'),
    h('button', {onclick: () => sure(t.leaveSure, t.leaveYes)}, t.leave),
  );
  if (Date.now() - placeSaid < PLACE_SAID_EVERY_MS) return;
  placeSaid = Date.now();
  say(words);
};

export const update = what => {
  if (what == 'lost') {
    note = t.forgotten;
    askDoor();
  }
  const s = chat.s;
  const {hidden} = panel;
  const active = s?.st.state == 'active';
  title.textContent = ctx.data.title || chat.d.name;
  sub.textContent = active && s.st.agent ? fill(t.chatting, s.st.agent) : '';
  endButton.hidden = !active;
  if (!hidden) {
    draw();
    if (document.visibilityState == 'visible') chat.see();
  }
  if (s && body.contains(log)) {
    drawLog();
    drawQueue();
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

  const news = hidden && chat.unread();
  delete bubble.dataset.news;
  if (news) bubble.dataset.news = news;
  bubble.ariaLabel = news ? fill(t.openUnread, news) : hidden ? ctx.openLabel : t.minimise;
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

// What stands in the composer outlives the page.
export const keepDraft = () => chat.remember('draft', input.value);
export const takeDraft = () => {
  input.value = chat.s?.draft || '';
};

export const isOpen = () => !panel.hidden;
export const isNarrow = () => matchMedia('(max-width:480px)').matches;

// On a small screen the panel is the whole of it: the page below stays where it is, and the way
// back that the system offers closes the panel first.
const scroll = styles('@media (max-width:480px){html{overflow:hidden!important}}');
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
  toEnd();
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
  ctx.host.remove();
  ctx.ask('reload');
};

root.adoptedStyleSheets = [root.adoptedStyleSheets[0], styles(CSS)];
ctx.paint();
root.insertBefore(panel, bubble);
