// One connection to the gateway: it stays open, answers find their commands, and a command that
// was not answered is sent again, with the same id, on the next connection.  Whether the other side
// is still there is never taken for granted: what is asked is answered soon, or it is doubted.  It
// knows no topic and no page; store.js gives meaning to what comes in.
import { signal } from '../../vendor/ui.js';

const PING_MS = 2320; // after so long without a word: ask for a sign of life
const UNSEEN_PING_MS = 10000; // likewise of a page that nobody looks at
const ANSWER_MS = 2150; // an answer that takes longer than this is in doubt, and said to be
const SLEPT_MS = 3000; // a timer that is late by so much: the machine slept
const DEAF_MS = 8000; // a connection that owes an answer for so long is given up ...
const DEAF_MOST_MS = 45000; // ... and the next ones later, for a slow line must get through at all
const OPEN_MS = 10000; // an attempt that takes longer than this has failed
const BACK_OFF_MS = [500, 1000, 2000, 4000, 8000];

export class CommandError extends Error {
  constructor(error) {
    super(error.what || error.code);
    this.code = error.code;
    this.field = error.field;
    this.reason = error.reason;
    this.values = error.values;
    this.faults = error.faults;
    this.changed = error.changed;
    this.retryMs = error.retry_ms;
  }
}

// env: open() → a WebSocket; seen() → does somebody look at the page?  now(), after(ms, fn) → cancel(), random() in [0, 1), id() → text,
//      signedIn() → a promise of true or false (asked when an attempt fails).
// on:  event(frame), opened(), signedOut().
export function createLink(env, on) {
  const phase = signal('idle'); // idle, connecting, open, waiting, closed
  const doubt = signal(false); // it is open, but an answer is owed
  const lostAt = signal(0); // since when it is lost or in doubt; 0 while it is there
  const pending = new Map(); // id → command that has no answer yet, in the order of sending
  let socket = null;
  let tries = 0;
  let deaf = 0; // how many in a row were given up without a word from them
  let owed = false; // something was asked, and nothing was heard since
  let stopTimer = () => {};
  let stopWatch = () => {};

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
    phase.value = 'open';
    heard();
    on.opened();
    for (const c of pending.values()) if (!c.once) transmit(c.frame);
  }

  // fn is told how much later than meant it is called: timers stand still while a machine sleeps.
  function watch(ms, fn) {
    const due = env.now() + ms;
    stopWatch();
    stopWatch = env.after(ms, () => phase.value === 'open' && fn(env.now() - due));
  }

  function heard() {
    owed = false;
    doubt.value = false;
    lostAt.value = 0;
    watch(env.seen() ? PING_MS : UNSEEN_PING_MS, (late) => (late > SLEPT_MS ? suspect() : ping()));
  }

  function ping() {
    transmit({ id: env.id(), do: 'ping' });
  }

  function expect() {
    if (owed) return;
    owed = true;
    watch(ANSWER_MS, suspect);
  }

  // Nothing says that anybody is there any more: so it is said, until there is a word.
  function suspect() {
    if (phase.value !== 'open' || doubt.value) return;
    doubt.value = true;
    lostAt.value = env.now();
    owed = true;
    watch(Math.min(DEAF_MS * 2 ** deaf, DEAF_MOST_MS) - ANSWER_MS, () => {
      deaf++;
      drop(socket);
    });
    ping();
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
    stopWatch();
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
    doubt.value = false;
    later(wait, connect);
    // Nothing waits for this: a network that is gone may keep the question for minutes.
    if (failedBefore)
      env.signedIn().then((yes) => yes || phase.value === 'open' || end(), () => {});
  }

  function end() {
    if (phase.value === 'closed') return;
    close();
    on.signedOut();
  }

  function received(text) {
    deaf = 0;
    heard();
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
    if (phase.value !== 'open') return;
    socket.send(JSON.stringify(frame));
    if (frame.id !== undefined) expect();
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
    stopWatch();
    doubt.value = false;
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

  // The network or the page is said to be back: do not wait for the timer, look.
  function hurry() {
    if (phase.value === 'waiting') later(0, connect);
    else if (!doubt.value && !owed) ping();
  }

  return { phase, doubt, lostAt, connect, command, ask, hint, close, hurry, suspect,
    unanswered: () => pending.size };
}
