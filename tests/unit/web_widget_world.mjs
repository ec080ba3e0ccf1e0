// A visitor's tab without a browser: the widget's chat, a network that the test cuts, a gateway that
// the test plays, and a clock that only the test moves.
import {join} from 'node:path';

const top = process.env.TOP_SRCDIR || new URL('../..', import.meta.url).pathname;
const from = name => import(join(top, 'src/web/widget', name));
export const {addLine, lastWhole} = await from('lines.js');
export const chat = await from('chat.js');
export const {mayRateAgain} = await from('rate.js');

export class Storage {
  constructor(entries = {}) {
    for (const name in entries) this[name] = entries[name];
  }
  getItem(name) {
    return Object.hasOwn(this, name) ? this[name] : null;
  }
  setItem(name, value) {
    this[name] = String(value);
  }
  removeItem(name) {
    delete this[name];
  }
}

// One tab of a visitor, with a network that the test cuts and a gateway that the test plays.
export function tab({storage = new Storage(), now = 1e12} = {}) {
  const w = {now, storage, sockets: [], timers: [], changes: [], page: '/shop'};
  let count = 0;
  const env = {
    now: () => w.now,
    random: size => Array.from({length: size}, () => ++count % 256),
    random01: () => 1,
    later(fn, ms) {
      const timer = {fn, at: w.now + ms};
      w.timers.push(timer);
      return () => (w.timers = w.timers.filter(one => one != timer));
    },
    open() {
      const socket = {
        up: [],
        closed: false,
        send: text => socket.up.push(JSON.parse(text)),
        close: () => (socket.closed = true),
      };
      w.sockets.push(socket);
      return socket;
    },
    storage: () => {
      if (!w.storage) throw new Error('denied');
      return w.storage;
    },
    key: 'deskbell:C',
    lang: 'en',
    d: {name: 'Sales', door: 'open'},
    page: () => ({page: w.page, title: 'Shop', referrer: ''}),
  };
  w.begin = () => chat.begin(env, what => w.changes.push(what));
  w.advance = ms => {
    const end = w.now + ms;
    for (;;) {
      const next = w.timers.filter(one => one.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      w.timers = w.timers.filter(one => one != next);
      w.now = next.at;
      next.fn();
    }
    w.now = end;
  };
  w.socket = () => w.sockets[w.sockets.length - 1];
  w.accept = () => w.socket().onopen();
  w.down = frame => w.socket().onmessage({data: JSON.stringify(frame)});
  w.cut = code => w.socket().onclose({code});
  w.last = () => w.socket().up[w.socket().up.length - 1];
  w.sent = what => w.socket().up.filter(frame => frame.do == what);
  w.begin();
  return w;
}

// A tab with a chat that an agent has joined.
export function chatting(options) {
  const w = tab(options);
  chat.tell('chat.start', {email: 'h@example.com', question: 'Hello?'});
  w.accept();
  w.down({re: w.last().id, ok: {chat: '7', token: 't', state: 'waiting', place: 1, n: 0, seen: 0}});
  w.down({ev: 'chat.state', chat: '7', state: 'active', agent: 'Aiko', n: 1, seen: 0, pos: '5'});
  w.down({ev: 'chat.line', n: 1, kind: 'joined', by: 'agent', name: 'Aiko', time_ms: 1, pos: '5'});
  return w;
}

export const resumed = (w, lines = [], state = 'active') =>
  w.down({re: w.sent('chat.resume')[0].id, ok: {chat: '7', state, n: 9, seen: 0, lines}});
export const line = (n, text = 'x', more = {}) => ({
  n,
  kind: 'message',
  by: 'agent',
  name: 'Aiko',
  text,
  time_ms: n,
  ...more,
});
