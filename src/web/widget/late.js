// The end of a chat: the question before it, the rating and the transcript after it; and whatever
// else does not stand between a visitor and the first answer.

import * as t from 'text';
import {again} from './again.js';
import {addLine} from './lines.js';
import {act, adopt, arrange, chat, fill, formOf, h, text, values} from './kit.js';

import {putFace} from './face.js';
import {mayRateAgain} from './rate.js';
import {linked} from './linked.js';
import {showMenu} from './menu.js';
import {ask, unask} from './sheet.js';
import {why} from './why.js';
import './page.js'; // last: it keeps what happens in here from all who listen later

export {ask, why};
export {forgotten} from 'text';
export {news} from './news.js';
export {missedWords, ringButton} from './missed.js';
export {opens} from './opens.js';

adopt(CSS);

const KEPT_MAX = 100; // lines, of each chat

let changing = false;
let asking = false;

const svg = (tag, attrs, ...children) => {
  const el = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const name of Object.keys(attrs)) el.setAttribute(name, attrs[name]);
  el.append(...children);
  return el;
};

// Five faces that differ by the mouth alone: its ends stay, its middle sinks from 1 to 5.
const face = n =>
  svg(
    'svg',
    {viewBox: '0 0 24 24', 'aria-hidden': 'true'},
    svg('circle', {cx: 12, cy: 12, r: 10}),
    svg('path', {d: `M9 9v.6M15 9v.6M8 ${16.4 - n / 2}q4 ${2 * n - 6} 8 0`}),
  );

const radios = [1, 2, 3, 4, 5].map(n =>
  h('input', {
    type: 'radio',
    name: 'rating',
    class: 'vh',
    'aria-label': fill(t.stars, n),
    onchange() {
      values.rating = n;
      act.redraw();
    },
    // A choice is no sending: Enter gives nothing away that was only looked at.
    onkeydown: event => event.key == 'Enter' && event.preventDefault(),
  }),
);
const scale = h(
  'fieldset',
  {},
  h('legend', {}, t.rate),
  h(
    'div',
    {class: 'faces'},
    radios.map((radio, i) => h('label', {}, radio, face(i + 1))),
  ),
  h(
    'div',
    {class: 'ends small', 'aria-hidden': 'true'},
    h('span', {}, t.poor),
    h('span', {}, t.good),
  ),
);

const card = h('div', {class: 'card'});

const rating = () => {
  const {st} = chat.s;
  if (st.rated && !changing && !chat.pending('chat.feedback'))
    return [
      text(t.thanks),
      ...(mayRateAgain(chat.s.ratedMs, Date.now())
        ? [
            h(
              'button',
              {
                class: 'plain',
                onclick() {
                  values.rating = values.rating || chat.s.rating;
                  changing = true;
                  act.redraw();
                },
              },
              t.change,
            ),
          ]
        : []),
    ];
  radios.forEach((radio, i) => (radio.checked = values.rating == i + 1));
  scale.className = values.rating ? 'chosen' : '';
  return [
    formOf('rating', {
      what: 'chat.feedback',
      fields: values.rating ? [['comment', values.rating > 3 ? t.comment : t.wrong]] : [],
      label: values.rating && t.sendRating,
      top: [scale],
      submit(got) {
        if (!values.rating) return;
        changing = false;
        chat.tell('chat.feedback', {rating: values.rating, ...got});
      },
    }),
  ];
};

// To the address that was given at the start; one is asked for where there is none.
const transcript = () => {
  const {st, who} = chat.s;
  if (st.copied) return text(t.copied, 'small');
  if (!st.may_copy) return;
  if (!who.email && !asking)
    return h(
      'button',
      {
        class: 'plain',
        onclick() {
          asking = true;
          act.redraw();
        },
      },
      t.copy,
    );
  return formOf('copy', {
    what: 'chat.copy',
    fields: who.email ? [] : [['email', t.copyTo, true]],
    label: who.email ? t.copy : t.send,
    top: [h('p', {class: 'small'}, who.email || '')],
    cls: who.email && 'plain',
    submit: got => chat.tell('chat.copy', got),
  });
};

export const over = (log, composer) => {
  arrange(card, rating());
  return [
    log,
    text(chat.s.st.why == 'idle' ? t.endedIdle : t.ended),
    composer && text(t.carried, 'small'),
    composer,
    card,
    again,
    transcript(),
  ];
};

// What has come and is not looked at yet; what is seen is told by itself.
const got = {};
const tellGot = () => {
  const line = chat.lines.at(-1);
  if (!chat.live() || line?.by != 'agent' || line.n <= chat.s.seenN) return;
  if (got.chat == chat.s.chat && line.n <= got.n) return;
  got.chat = chat.s.chat;
  got.n = line.n;
  chat.tell('chat.got', {n: line.n});
};

// What their authors have changed since, or taken back: the log shows lines as they are now.
const change = lines => {
  for (const {line: n, text, time_ms} of lines) {
    const line = n && lines.find(one => one.n == n);
    if (line && !(line.edited_ms > time_ms)) Object.assign(line, {text, edited_ms: time_ms});
  }
};

// A line that stands in the log already, as it is by now.  Whoever answers may have another picture
// since he wrote it.
export const dress = (item, {kind, by, name, picture, text = '', edited_ms: ms}) => {
  const {st} = chat.s;
  if (kind == 'message' && by == 'agent')
    putFace(item.firstChild, name, st.agent == name ? st.picture : picture);
  if (/^(returned|transferred)$/.test(kind)) item.textContent = t.returned;
  if (kind != 'message' || !ms || item.dataset.edited == ms) return;
  item.dataset.edited = ms;
  item.classList.toggle('removed', !text);
  item.children[1].replaceChildren(...(text ? linked(text) : [t.removed]));
  if (!item.classList.contains('edited')) item.firstChild.append(h('span', {}, ' · ' + t.edited));
  item.classList.add('edited');
};

// What was said in those that this one goes on from: what was here of the first, and what came since.
const goOn = () => {
  const {s} = chat;
  if (chat.live()) s.endedMs = undefined;
  if (!s?.earlier) return;
  const was = {...s.was};
  Object.values(s.earlier).forEach(({chat: id, lines}, i) => {
    const list = i ? [] : Object.values(Object(s.old));
    for (const line of Object.values(Object(lines))) addLine(list, line);
    change(list);
    was[id] = {...list.slice(-KEPT_MAX)};
  });
  Object.assign(s, {was, old: undefined, earlier: undefined, ratedMs: undefined});
  Object.assign(values, {rating: 0, comment: ''});
};
export const was = (put, lineOf) => {
  const {s} = chat;
  for (const id in s.was)
    for (const line of Object.values(Object(s.was[id])))
      if (line?.n && !line.line && line.kind != 'ended')
        dress(put('was' + id + ' ' + line.n, () => lineOf(line)), line);
  if (s.st.reopened) put('on', () => h('p', {class: 'small system'}, t.goesOn));
};

// How far one's own line has come.
export const markOf = ({n}) => {
  const {seen, got} = chat.s.st;
  return seen >= n ? t.seen : got >= n ? t.delivered : t.sent;
};

// With each change: the menu stands in its place, and what is over asks no more.
export const follow = (panel, place, sure) => {
  const {st} = chat.s || {};
  const sub = panel.querySelector('.sub');
  putFace(sub, sub.textContent && st?.agent, st?.picture);
  showMenu(place, sure);
  goOn();
  change(chat.lines);
  tellGot();
  if (!chat.live()) unask();
};

// Why a line was not sent, and what can be done with it.
export const refused = ({id, text, failed, error}) => [
  t.notSent,
  why({...error, code: failed}),
  chat.live() &&
    h(
      'button',
      {
        onclick() {
          chat.discard(id);
          chat.tell('chat.send', {text});
        },
      },
      t.retry,
    ),
  h('button', {onclick: () => chat.discard(id)}, t.discard),
];
