// A world for the console's state core: a clock that only the test moves, and a gateway that answers
// what the test says.
import { createStore } from '../../src/web/console/base/store.js';

export const ME = {
  agent: { id: '1', name: 'Aiko', status: 'available', capacity: 3, load: 0, role: 'agent' },
  portal: { name: 'Shop' }, departments: [], agents: [], offers: [], counts: { mine: 0 }, notices: [],
};

export function world({ answers = {}, stored = {}, store: wantStore = true } = {}) {
  const w = { now: 1000000, timers: [], sockets: [], sent: [], signedIn: true, told: [], kept: { ...stored } };
  let ids = 0;

  w.advance = async (ms) => {
    const until = w.now + ms;
    for (;;) {
      w.timers.sort((a, b) => a.at - b.at);
      const next = w.timers[0];
      if (!next || next.at > until) break;
      w.timers.shift();
      w.now = next.at;
      next.fn();
      await w.settle();
    }
    w.now = until;
    await w.settle();
  };
  // The machine sleeps: no timer goes on, the clock does.
  w.sleep = async (ms) => {
    w.now += ms;
    for (const timer of w.timers) timer.at = Math.max(timer.at, w.now);
    await w.advance(0);
  };
  w.settle = async () => {
    for (let i = 0; i < 20; i++) await null;
  };

  w.env = {
    open() {
      const socket = {
        send(text) {
          const frame = JSON.parse(text);
          w.sent.push(frame);
          const answer = w.answers[frame.do === 'subscribe' ? `subscribe ${frame.topic}` : frame.do];
          if (w.deaf || answer === undefined || frame.id === undefined) return;
          const what = typeof answer === 'function' ? answer(frame) : answer;
          if (what) queueMicrotask(() => w.down({ re: frame.id, ...what }));
        },
        close() {
          socket.closed = true;
        },
      };
      w.sockets.push(socket);
      return socket;
    },
    seen: () => !w.hidden,
    now: () => w.now,
    after(ms, fn) {
      const timer = { at: w.now + ms, fn };
      w.timers.push(timer);
      return () => {
        w.timers = w.timers.filter((t) => t !== timer);
      };
    },
    random: () => 0.5,
    id: () => `id-${++ids}`,
    signedIn: async () => w.signedIn,
    storage: {
      get: (key) => w.kept[key] ?? null,
      set(key, text) {
        w.kept[key] = text;
      },
    },
  };
  w.answers = {
    ping: { ok: {}, pos: '10' },
    'subscribe me': { ok: ME, pos: '10' },
    'subscribe list': { ok: { rows: [], count: 0, cursor: null }, pos: '10' },
    ...answers,
  };
  w.socket = () => w.sockets.at(-1);
  w.down = (frame) => w.socket().onmessage({ data: JSON.stringify(frame) });
  w.accept = async () => {
    w.socket().onopen();
    await w.settle();
  };
  w.cut = async (code = 1006) => {
    w.socket().onclose({ code });
    await w.settle();
  };
  w.reconnect = async () => {
    const before = w.sockets.length;
    await w.advance(12000);
    if (w.sockets.length === before) throw new Error('it did not try again within 12 s');
    await w.accept();
  };
  w.sentAs = (name) => w.sent.filter((f) => f.do === name);

  if (wantStore) {
    w.store = createStore(w.env);
    w.store.listen((what, detail) => w.told.push([what, detail]));
    w.store.connect();
  }
  return w;
}

export const head = (id, more = {}) => ({
  conversation: String(id), number: 1, state: 'active', agent: '1', seen_agent: 0, seen_visitor: 0,
  rang_ms: 900000, since_ms: 900000, spoke_ms: 900000, may: ['see', 'reply'], pos: '10', ...more,
});
export const line = (id, seq, more = {}) => ({
  conversation: String(id), seq, n: seq, kind: 'message', by: 'visitor', text: `line ${seq}`,
  time_ms: 900000 + seq, ...more,
});
