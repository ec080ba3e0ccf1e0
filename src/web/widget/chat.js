// One visitor's chat: what the gateway has said of it, and what has still to be said to it.
// No page, no socket, no clock of its own: all of that is in env.  The state of the chat is only
// ever what the gateway said; what the visitor did is kept until the gateway has answered it.

import {clean, cleanLine} from '../shared/text.js';
import {newId} from './ids.js';
import {addLine, lastWhole} from './lines.js';
import {isUp, send as sendNow, startLink, stopLink, useLink} from './link.js';
import {clearStore, drop, keep, readChat, readWaiting, useStore, writeChat} from './store.js';

const KEEP_ENDED_MS = 864e5;
const KEPT_LINES_MAX = 100;
const TYPING_EVERY_MS = 3000;
const TYPING_SHOWN_MS = 6000;
const GAP_MS = 500;
const LATER_MS = 5000;
const WAIT_MOST_MS = 60000;
// Trouble that passes: the command stays, and is sent again.
const PASSING = /^(again|io|busy|read-only|timeout|full|rate|unreachable)$/;

export {stopLink, wake} from './link.js';
export {keeps as kept} from './store.js';

let env, changed, bound, flying, resumeId, readId, typingSent, typingOff, gap;
let spare; // of a chat that was forgotten: what it had still to send
export let gone; // that chat

// As kept: {chat, token, st, q, who, seenN, open, left, endedMs, page, draft, rating, ratedMs, old:
// the lines of the one that this one goes on from, earlier: what the gateway adds to them, was: what
// late.js makes of these: by chat, its lines}.
export let s;
export let d; // the department, as the status told it
export let lines;
export let out; // commands waiting for their answer, in order; the first may be on its way
export let failed; // messages that were refused, with why
export let faults; // by command: the error that it got last
export let typing; // who is typing

/*
 * env: now(), random(count), random01(), later(fn, ms) -> cancel, open() -> socket, storage(), key,
 * page() -> {page, title, referrer}, lang, d.
 * changed(what): 'state' 'lines' 'link' 'typing' 'department' 'lost' 'refused' 'failing' 'field'.
 */
export function begin(givenEnv, givenChanged) {
  env = givenEnv;
  changed = givenChanged;
  d = env.d;
  faults = {};
  typing = '';
  typingSent = 0;
  spare = [];
  bound = flying = resumeId = readId = typingOff = gap = null;
  useStore(env.storage, env.key);
  useLink(env, onLink);
  load();
}

export const live = () => /^(waiting|active)$/.test(s?.st.state);
export const pending = what => out.some(command => command.do == what);
export const needed = () => live() || out.length > 0;
export const connected = () => bound || (isUp() && !s);
export const setDoor = given => (d = given);

function save() {
  if (!s) return;
  s.live = live();
  // No array stands in what is kept: pages have given arrays a toJSON() of their own.
  writeChat({...s, lines: {...lines.slice(-KEPT_LINES_MAX)}, d});
}

// What was kept may be of another version, or of a page that wrote it in its own way.  Of that the
// chat and its token are enough: the gateway tells the rest.
const whole = kept =>
  kept?.chat?.trim &&
  kept.token?.trim && {
    ...kept,
    st: kept.st?.state ? kept.st : {state: 'waiting'},
    who: Object(kept.who),
    seenN: +kept.seenN || 0,
    lines: Object.values(Object(kept.lines)).filter(line => line?.n > 0),
  };

function load() {
  const kept = readChat();
  s = whole(kept) || null;
  if (kept && (!s || env.now() - s.endedMs > KEEP_ENDED_MS)) {
    clearStore();
    s = null;
  }
  lines = (s && s.lines) || [];
  const waiting = readWaiting();
  failed = waiting.filter(command => command.failed);
  // What belongs to a chat that never began, and the beginning of one that did, are over.
  out = waiting.filter(
    command =>
      !command.failed &&
      (command.do == 'chat.start'
        ? !s || command.previous == s.chat
        : s || command.do == 'chat.leave-message'),
  );
  mind();
}

function mind() {
  // Whoever has one that is over hears when an agent opens it again.
  if (needed() || s?.st.state == 'ended') startLink();
  else stopLink();
  pump();
}

function setState(given) {
  if (!s) return;
  const {token, lines: more, ...st} = given;
  if (s.st.state != st.state) setTyping('');
  s.st = st;
  if (!live()) s.endedMs ||= env.now();
  save();
  changed('state');
}

function setTyping(name) {
  if (typingOff) typingOff();
  typingOff = name && env.later(() => setTyping(''), TYPING_SHOWN_MS);
  typing = name;
  changed('typing');
}

function addLines(list) {
  let any;
  for (const line of list) {
    if (addLine(lines, line)) any = true;
    if (line.id) settle(line.id);
    if (line.by == 'agent') setTyping('');
  }
  if (gap) gap();
  gap = lastWhole(lines) < lines.length && env.later(fillGap, GAP_MS);
  pump();
  if (!any) return;
  save();
  changed('lines');
}

// What is missing before a line is asked for, newest first: the gateway gives so many at once.
function fillGap() {
  const whole = lastWhole(lines);
  if (!bound || whole == lines.length) return;
  readId = newId(env);
  sendNow({id: readId, do: 'chat.read', before: lines[whole].n});
}

// Answered: it is done, one way or the other.
function settle(id) {
  out = out.filter(command => command.id != id);
  drop(id);
  if (flying == id) flying = null;
}

function pump() {
  if (flying || !out[0]) return;
  const {at, ...command} = out[0];
  if ((bound || !s || command.do == 'chat.start') && sendNow(command)) flying = command.id;
}

function queue(command) {
  command = {id: newId(env), at: env.now(), ...command};
  delete faults[command.do];
  out.push(command);
  keep(command);
  mind();
  changed('state');
}

function onOk(command, ok) {
  const {do: what, id, text, question: q, name, email, phone, page} = command;
  const {chat, token} = ok;
  const fresh = {chat, token, q, page, who: {name, email, phone}, seenN: 0, open: true, st: {}};
  if (what == 'chat.start') {
    lines = [];
    s = fresh;
    bound = true;
    setState(ok);
  }
  if (what == 'chat.leave-message') {
    s ||= fresh;
    s.left = email || s.who.email;
    setState({state: 'left', ...s.st});
  }
  if (what == 'chat.send') {
    addLines([{n: ok.n, kind: 'message', by: 'visitor', text, id, time_ms: env.now()}]);
  }
  if (what == 'chat.feedback') {
    s.ratedMs ||= env.now();
    s.rating = command.rating || s.rating;
  }
  said(what);
}

// Feedback and copy are given once, in whichever tab.
function said(what) {
  if (what == 'chat.feedback') setState({...s.st, rated: true});
  if (what == 'chat.copy') setState({...s.st, copied: true});
}

function onError(command, error) {
  faults[command.do] = error;
  if (error.field) changed('field');
  if (command.do == 'chat.send') {
    command = {...command, failed: error.code, error};
    failed.push(command);
    keep(command);
  }
  if (/^(exists|conflict)$/.test(error.code)) said(command.do);
}

const passes = error => PASSING.test(error.code) && !(error.retry_ms > WAIT_MOST_MS);

function onAnswer({re, ok, error}) {
  if (re == resumeId) return onResumed(ok, error);
  if (re == readId && ok) addLines(ok.lines);
  const command = out.find(waiting => waiting.id == re);
  if (!command) return;
  flying = null;
  if (error && passes(error)) return env.later(pump, error.retry_ms || LATER_MS);
  settle(re);
  if (ok) onOk(command, ok);
  else onError(command, error);
  mind();
  changed('state');
}

function resume() {
  if (!s) return;
  resumeId = newId(env);
  sendNow({id: resumeId, do: 'chat.resume', chat: s.chat, token: s.token, n: lastWhole(lines)});
}

function onResumed(ok, error) {
  if (error) {
    return passes(error) ? env.later(resume, error.retry_ms || LATER_MS) : forget('lost');
  }
  bound = true;
  // It goes on as another one, whose lines begin at 1.
  if (ok.token) {
    s = {...s, ...ok, seenN: 0, old: lines};
    lines = [];
  }
  addLines(ok.lines);
  setState(ok);
  changed('link');
  if (s.seenN) sendNow({do: 'chat.seen', n: s.seenN});
  tellPage();
  mind();
}

// Once for each page, also where the address changes and the document stays.
export function tellPage() {
  const {page, title} = env.page();
  if (!live() || !bound || s.page == page) return;
  s.page = page;
  save();
  sendNow({do: 'chat.page', page, title});
}

const events = {
  'chat.state': setState,
  'chat.next': resume,
  'chat.line': ev => addLines([ev]),
  'chat.queue': ({place, eta_ms}) => setState({...s.st, place, eta_ms}),
  'chat.seen': ({n}) => setState({...s.st, seen: n}),
  'chat.typing': ({name}) => setTyping(name || ' '),
  department(given) {
    d = given;
    save();
    changed('department');
  },
};

function onLink(what, value) {
  if (what == 'frame') {
    const {ev, pos, ...rest} = value;
    if ('re' in value) onAnswer(value);
    else if (s) events[ev]?.(rest);
    return;
  }
  if (what == 'up' || what == 'down') {
    bound = flying = null;
    if (s && out[0]?.do != 'chat.start') resume();
    else pump();
    what = 'link';
  }
  if (what == 'failing' && value < 2) return;
  if (value == 4401) forget('lost');
  else changed(what);
}

const messages = () => [...failed, ...out].filter(one => one.do == 'chat.send');

// What was written and never arrived, also in a chat that was forgotten.
export const unsent = () => [...spare, ...messages().map(one => one.text)];

export function forget(what) {
  spare = unsent();
  gone = s;
  stopLink();
  clearStore();
  load();
  changed(what || 'state');
}

// A name is one line, whatever was pasted.
const cleaned = fields => {
  const got = {};
  for (const name in fields) {
    const value = fields[name];
    const tidy = /^(name|email|phone)$/.test(name) ? cleanLine : clean;
    got[name] = value?.trim ? tidy(value).trim() : value;
  }
  return got;
};

// Give a command that must not get lost.  After a chat that is over a new one says which it was.
export function tell(what, fields) {
  const before = s || gone;
  const missed = s?.st.state == 'missed';
  const first = {lang: env.lang, ...env.page()};
  if (what == 'chat.start') {
    stopLink();
    if (before) Object.assign(first, {previous: before.chat, previous_token: before.token});
  }
  const more = what == 'chat.start' || (what == 'chat.leave-message' && !missed);
  // What never arrived stands in these words now.
  if (more || missed) {
    for (const {id} of messages()) settle(id);
    spare = [];
    failed = [];
  }
  queue({do: what, ...cleaned(fields), ...(more && first)});
}

export function discard(id) {
  failed = failed.filter(command => command.id != id);
  drop(id);
  changed('state');
}

export function sayTyping() {
  if (!live() || !bound || env.now() - typingSent < TYPING_EVERY_MS) return;
  typingSent = env.now();
  sendNow({do: 'chat.typing'});
}

export const unread = () =>
  s ? lines.filter(line => line.n > s.seenN && line.by == 'agent').length : 0;

export function see() {
  const n = lastWhole(lines);
  if (!s || n <= s.seenN) return;
  s.seenN = n;
  save();
  if (bound && live()) sendNow({do: 'chat.seen', n});
}

// Of the panel: whether it is open, and what stands in the composer.
export function remember(name, value) {
  if (s) s[name] = value;
  save();
}

// Another tab wrote the chat down: it may have begun one, gone further, or forgotten it.
export function elsewhere() {
  const theirs = readChat();
  if (theirs?.token != s?.token) {
    stopLink();
    load();
  } else if (s) s.seenN = Math.max(s.seenN, theirs.seenN);
  changed('state');
}
