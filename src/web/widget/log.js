// The log of a chat: lines, what is still on its way, and what was refused.  Elements are made
// once for each line and only put in order, so that a screen reader hears what is new and no more.

import * as t from 'text';
import {act, arrange, chat, fill, h, later} from './kit.js';
import {linked} from './linked.js';

const SENDING_AFTER_MS = 400;

const made = new Map();
let atEnd = true;
let shown; // whose lines these are

export const newer = h('button', {class: 'newer', hidden: true, onclick: () => toEnd()}, t.newer);
export const log = h('div', {
  class: 'log',
  part: 'log',
  role: 'log',
  tabindex: 0,
  'aria-live': 'off',
  'aria-label': t.log,
  onscroll() {
    atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    if (atEnd) newer.hidden = true;
  },
});
const typingLine = h('p', {class: 'small', 'aria-hidden': 'true'});

export const toEnd = () => {
  log.scrollTop = log.scrollHeight;
  newer.hidden = atEnd = true;
};

// The bars above and the keyboard below take their room from the log.
new ResizeObserver(() => atEnd && toEnd()).observe(log);

const time = ms => {
  const date = new Date(ms);
  const day =
    date.toDateString() == new Date().toDateString() ? {} : {month: 'short', day: 'numeric'};
  return date.toLocaleString([], {...day, hour: '2-digit', minute: '2-digit'});
};

const bubble = (text, ms, who) =>
  h(
    'div',
    who ? {class: 'line'} : {class: 'line mine', 'aria-live': 'off'},
    h(
      'p',
      {class: 'small'},
      h('b', {class: who ? 'who' : 'vh'}, who || t.you),
      ' ',
      ms && time(ms),
    ),
    h('div', {class: 'text'}, linked(text)),
    h('p', {class: 'small mark'}),
  );

const lineOf = ({kind, by, name, text, time_ms}) =>
  kind == 'message'
    ? bubble(text, time_ms, by == 'visitor' ? '' : name || chat.d.name)
    : h(
        'p',
        {class: 'small system'},
        kind == 'joined' && fill(t.joined, name || chat.d.name),
      );

const mark = (item, ...words) => {
  const el = item.lastChild;
  if (el.textContent != words[0] || words[1]) el.replaceChildren(...words.filter(Boolean));
};

export const drawLog = () => {
  const {s, typing} = chat;
  if (!s) return; // forgotten, since this was put off
  if (s.chat != shown) {
    shown = s.chat;
    made.clear();
    log.ariaLive = 'off';
    atEnd = true;
  }
  const wanted = [];
  const late = act.latePart();
  let last;
  const put = (key, make) => {
    if (!made.has(key)) made.set(key, make());
    wanted.push(made.get(key));
    return made.get(key);
  };

  if (s.q) put('q', () => bubble(s.q));
  late?.was(put, lineOf);
  for (const line of chat.lines) {
    if (line.line || line.kind == 'ended') continue; // another line, or the view, says so
    // What was "sending" becomes the line itself, in its place.
    const item = put(line.id || line.n, () => lineOf(line));
    late?.dress(item, line);
    if (line.by == 'visitor') {
      if (last) mark(last, '');
      mark((last = item), late ? late.markOf(line) : s.st.seen < line.n && t.sent);
    }
  }
  for (const command of [...chat.failed, ...chat.out]) {
    const {id, do: what, text, at, failed: why} = command;
    if (what != 'chat.send') continue;
    const item = put(id, () => {
      later(drawLog, SENDING_AFTER_MS);
      return bubble(text, at);
    });
    if (why) {
      mark(item, ...(act.latePart(true)?.refused(command) || [t.notSent]));
      item.className = 'line mine refused';
    } else if (Date.now() - at >= SENDING_AFTER_MS) mark(item, t.sending);
  }
  typingLine.textContent = typing && fill(t.typing, typing);
  wanted.push(typingLine);

  const before = log.children.length;
  arrange(log, wanted);
  if (atEnd) toEnd();
  else if (wanted.length > before) newer.hidden = false;
  // What was there before is not news.
  later(() => (log.ariaLive = 'polite'), 500);
};
