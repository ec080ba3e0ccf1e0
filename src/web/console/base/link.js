// One connection to the gateway: it stays open, answers find their commands, and a command that
// was not answered is sent again, with the same id, on the next connection.  It knows no topic and
// no page; store.js gives meaning to what comes in.
import { signal } from '../../vendor/ui.js';

const PING_MS = 20000; // ask for a sign of life this often
const DEAF_MS = 45000; // a connection that has said nothing for so long is given up
const OPEN_MS = 15000; // an attempt that takes longer than this has failed
const BACK_OFF_MS = [500, 1000, 2000, 4000, 8000];

export class CommandError extends Error {
  constructor(error) {
    super(error.what || error.code);
    this.code = error.code;
    this.field = error.field;
    this.retryMs = error.retry_ms;
  }
}

// env: open() → a WebSocket; now(), after(ms, fn) → cancel(), random() in [0, 1), id() → text,
//      signedIn() → a promise of true or false (asked when an attempt fails).
// on:  event(frame), opened(), signedOut().
export function createLink(env, on) {
  const phase = signal('idle'); // idle, connecting, open, waiting, closed
  const lostAt = signal(0); // when the connection was lost; 0 while it is there
  const pending = new Map(); // id → command that has no answer yet, in the order of sending
  let socket = null;
  let tries = 0;
  let heardAt = 0;
  let stopTimer = () => {};
  let stopPing = () => {};

  function later(ms, fn) {
    stopTimer();
    stopTimer = env.after(ms, fn);
  }

  function connect() {
    if (phase.value === 'closed') return;
    phase.value = 'connecting';
    let mine;
    try {
      mine = env.open();
    } catch {
      lost(mine, 0);
      return;
    }
    socket = mine;
    later(OPEN_MS, () => drop(mine));
    mine.onopen = () => socket === mine && opened();
    mine.onmessage = (e) => socket === mine && received(e.data);
    mine.onclose = (e) => socket === mine && lost(mine, e.code);
    mine.onerror = () => {}; // a close follows
  }

  function opened() {
    stopTimer();
    tries = 0;
    heardAt = env.now();
    phase.value = 'open';
    lostAt.value = 0;
    on.opened();
    for (const c of pending.values()) if (!c.once) transmit(c.frame);
    stopPing();
    stopPing = env.after(PING_MS, ping);
  }

  function ping() {
    if (phase.value !== 'open') return;
    if (env.now() - heardAt > DEAF_MS) {
      drop(socket);
      return;
    }
    transmit({ id: env.id(), do: 'ping' });
    stopPing = env.after(PING_MS, ping);
  }

  // Give a connection up without waiting for the other side to agree.
  function drop(which) {
    if (which !== socket || !which) return;
    which.onopen = which.onmessage = which.onclose = null;
    try {
      which.close();
    } catch {
      // it was not open yet
    }
    lost(which, 0);
  }

  function lost(which, code) {
    socket = null;
    stopPing();
    stopTimer();
    if (phase.value === 'closed') return;
    if (!lostAt.value) lostAt.value = env.now();
    // A subscription's answer belongs to the connection that asked: on.opened() asks again.
    for (const [id, c] of pending) {
      if (!c.once) continue;
      pending.delete(id);
      c.reject(new CommandError({ code: 'unreachable' }));
    }
    if (code === 4401) {
      end();
      return;
    }
    const step = BACK_OFF_MS[Math.min(tries, BACK_OFF_MS.length - 1)];
    const wait = code === 1001 ? 5000 * env.random() : step * (0.6 + 0.8 * env.random());
    const failedBefore = phase.value === 'connecting';
    tries++;
    phase.value = 'waiting';
    if (!failedBefore) {
      later(wait, connect);
      return;
    }
    env.signedIn().then(
      (yes) => (yes ? phase.value === 'waiting' && later(wait, connect) : end()),
      () => phase.value === 'waiting' && later(wait, connect)
    );
  }

  function end() {
    if (phase.value === 'closed') return;
    close();
    on.signedOut();
  }

  function received(text) {
    heardAt = env.now();
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      drop(socket); // not the protocol: start afresh
      return;
    }
    if (frame.re === undefined) {
      if (frame.ev === 'signed-out') end();
      else on.event(frame);
      return;
    }
    const c = pending.get(frame.re);
    if (frame.ev !== undefined) {
      c?.heard?.(frame); // what happens before the answer
      return;
    }
    if (!c) return; // a ping, or an answer that was given twice
    pending.delete(frame.re);
    if (frame.error) c.reject(new CommandError(frame.error));
    else c.resolve(c.once ? frame : { ...frame.ok, pos: frame.pos });
  }

  function transmit(frame) {
    if (phase.value === 'open') socket.send(JSON.stringify(frame));
  }

  // A command that is sent until it is answered; `id` lets the caller know its line again.
  function command(name, fields = {}, id = env.id()) {
    return new Promise((resolve, reject) => {
      if (phase.value === 'closed') {
        reject(new CommandError({ code: 'unauthenticated' }));
        return;
      }
      const frame = { id, do: name, ...fields };
      pending.set(id, { frame, resolve, reject, once: false });
      transmit(frame);
    });
  }

  // A question whose answer is only good on this connection; rejected when that is lost.
  // heard(frame): for events that belong to it.
  function ask(name, fields = {}, heard) {
    return new Promise((resolve, reject) => {
      if (phase.value !== 'open') {
        reject(new CommandError({ code: 'unreachable' }));
        return;
      }
      const id = env.id();
      const frame = { id, do: name, ...fields };
      pending.set(id, { frame, resolve, reject, heard, once: true });
      transmit(frame);
    });
  }

  // What may be lost: no id, no answer.
  function hint(name, fields) {
    transmit({ do: name, ...fields });
  }

  function close() {
    phase.value = 'closed';
    stopTimer();
    stopPing();
    const old = socket;
    socket = null;
    if (old) {
      old.onopen = old.onmessage = old.onclose = null;
      try {
        old.close();
      } catch {
        // it was not open yet
      }
    }
    for (const c of pending.values()) c.reject(new CommandError({ code: 'unauthenticated' }));
    pending.clear();
  }

  // The network is said to be back: do not wait for the timer.
  function hurry() {
    if (phase.value === 'waiting') later(0, connect);
  }

  return { phase, lostAt, connect, command, ask, hint, close, hurry, unanswered: () =>
    pending.size };
}
