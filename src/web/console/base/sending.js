// What an agent has typed and sent, until the gateway has it: kept here and in storage, sent in order,
// and again after trouble that passes.
import { clean } from '../../shared/text.js';

const KEEP = 'sending';
const AGAIN_MS = 5000;
// Trouble that passes: the line stays, and is sent again by itself.
const PASSING = ['again', 'busy', 'full', 'io', 'rate', 'read-only', 'timeout', 'unreachable'];

// open: id → conversation, those that are open.
export function createSending(store, open) {
  function stored() {
    try {
      return JSON.parse(store.env.storage.get(KEEP)) || [];
    } catch {
      return [];
    }
  }
  function keep(gone = []) {
    const others = stored().filter((m) => !open.has(m.conversation) && !gone.includes(m.id));
    const all = [...open.values()].flatMap((c) => c.sending.peek());
    const plain = [...others, ...all].map(({ conversation, id, text, note, mentions, at }) => ({
      conversation, id, text, note, mentions, at,
    }));
    store.env.storage.set(KEEP, JSON.stringify(plain));
  }
  function settle(c, isDone) {
    const rest = c.sending.peek().filter((m) => !isDone(m));
    if (rest.length === c.sending.peek().length) return;
    const gone = c.sending.peek().filter(isDone).map((m) => m.id);
    c.sending.value = rest;
    keep(gone);
  }
  const mark = (c, id, change) => (c.sending.value = c.sending.peek().map((m) =>
    (m.id === id ? { ...m, ...change } : m)));

  // The first that waits goes; the next one when that is answered, so that they keep their order.
  function pump(c) {
    const m = c.sending.peek().find((x) => !x.error && !x.taken);
    if (!m || c.flying) return undefined;
    c.flying = m.id;
    const name = m.note ? 'conversation.note' : 'chat.send';
    return store.command(name, { conversation: c.id, text: m.text, draft: true,
      mentions: m.mentions }, m.id).then(
      (ok) => taken(c, m, ok),
      (error) => refused(c, m, error)
    );
  }
  function taken(c, m, ok) {
    c.flying = null;
    // Its line comes by itself, and takes it off the list; unless it has come already.
    if (c.lines.peek().some((l) => l.seq === ok.seq) || !open.has(c.id))
      settle(c, (x) => x.id === m.id);
    else mark(c, m.id, { taken: true, trouble: undefined });
    pump(c);
  }
  function refused(c, m, error) {
    if (error.code === 'unauthenticated') return; // kept: sent after the next sign-in
    if (!PASSING.includes(error.code)) {
      c.flying = null;
      mark(c, m.id, { error, trouble: undefined });
      pump(c);
      return;
    }
    const wait = error.retryMs || AGAIN_MS;
    mark(c, m.id, { trouble: error, againAt: store.now() + wait });
    store.env.after(wait, () => {
      c.flying = null;
      pump(c);
    });
  }

  function send(c, typed, note = false, mentions = undefined) {
    const text = clean(typed).trim();
    if (!text) return undefined;
    const m = { conversation: c.id, id: store.env.id(), text, note, mentions, at: store.now() };
    c.sending.value = [...c.sending.peek(), m];
    c.typedAt = 0;
    keep();
    return pump(c);
  }
  // A refused line: try it as a new command, or take it back.
  function retry(c, m) {
    settle(c, (x) => x.id === m.id);
    return send(c, m.text, m.note, m.mentions);
  }
  const discard = (c, m) => settle(c, (x) => x.id === m.id);

  return { stored, settle, pump, send, retry, discard };
}
