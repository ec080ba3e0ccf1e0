// The connection, which comes back: opening it, noticing that it died, waiting between attempts.
// It knows nothing of chats.  Another way of carrying the same frames (polling) would offer the
// same functions.

const QUIET_MS = 20000; // nothing heard for so long: ask whether somebody is there
const ANSWER_MS = 8000; // no word within this: the connection is dead
const FIRST_MS = 300;
const LONGEST_MS = 15000;

let env, on, socket, up, wanted, tries, pings, again, watch;

// env: open() -> socket, later(fn, ms) -> cancel, random01().
// on: (what, value) with 'up', 'down', 'frame' object, 'failing' times in a row, 'refused' code.
export function useLink(givenEnv, givenOn) {
  env = givenEnv;
  on = givenOn;
  socket = up = wanted = again = watch = null;
  tries = pings = 0;
}

export const isUp = () => up;

const watchFor = (fn, ms) => {
  watch?.();
  watch = env.later(fn, ms);
};

const probe = () => send({id: 'ping' + ++pings, do: 'ping'});

// Send now, or not at all.  Where an answer is due, silence means that the connection is dead.
export function send(frame) {
  if (!up) return;
  socket.send(JSON.stringify(frame));
  if (frame.id) watchFor(lose, ANSWER_MS);
  return true;
}

function lose(code) {
  const old = socket;
  const was = up;
  socket = up = null;
  again?.();
  watch?.();
  again = watch = null;
  if (!old) return;
  old.onopen = old.onmessage = old.onclose = null;
  old.close();
  if (was) on('down');
  if (!wanted) return;
  if (code == 4401 || code == 4403) {
    wanted = null;
    return on('refused', code);
  }
  if (!was) on('failing', tries);
  // After a restart everybody comes back at once: the first wait is spread as well.
  const most = code == 1001 || code == 1013 ? 5000 : Math.min(FIRST_MS * 2 ** tries, LONGEST_MS);
  tries++;
  again = env.later(connect, most * (0.3 + 0.7 * env.random01()));
}

function connect() {
  again?.();
  again = null;
  const mine = (socket = env.open());
  watchFor(lose, ANSWER_MS);
  mine.onopen = () => {
    up = true;
    watchFor(probe, QUIET_MS);
    on('up');
  };
  mine.onmessage = event => {
    tries = 0;
    watchFor(probe, QUIET_MS);
    on('frame', JSON.parse(event.data));
  };
  mine.onclose = event => lose(event.code);
}

export function startLink() {
  if (wanted) return;
  wanted = true;
  tries = 0;
  connect();
}

export function stopLink() {
  wanted = null;
  lose();
}

// The network or the page came back, or went: do not wait, look.
export function wake() {
  if (up) probe();
  else if (again) {
    tries = 0;
    connect();
  }
}
