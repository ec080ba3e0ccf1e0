// Open conversations: their lines in order without gaps, who types, what is unread, what has come.
// What is being sent is in sending.js.
import { computed, signal } from '../../vendor/ui.js';
import { createSending } from './sending.js';

const TYPING_MS = 6000;
const TYPING_AGAIN_MS = 3000;

const isFromVisitor = (line) => line.kind === 'message' && line.by === 'visitor';
// The question that was asked at the start waits for an answer, too.
const isAsked = (line) => isFromVisitor(line) || (line.kind === 'rang' && Boolean(line.text));
const isFromAgent = (line) => line.kind === 'message' && line.by === 'agent';

export function createConversations(store) {
  const open = new Map(); // id → conversation
  const opened = signal(0); // changes whenever one is opened or closed
  const { stored, settle, pump, send, retry, discard } = createSending(store, open);

  const keyOf = (id) => `conversation ${id}`;
  const lastSeq = (c) => (c.lines.peek().length ? c.lines.peek().at(-1).seq : 0);
  const lastN = (c) => c.lines.peek().reduce((max, l) => Math.max(max, l.n || 0), 0);

  function make(id) {
    const c = {
      id,
      head: store.row(id),
      lines: signal([]),
      fresh: signal(0), // lines up to this seq were there when it was opened: not to be announced
      more: signal(false),
      mails: signal([]), got: signal(0),
      phase: signal('loading'), // loading, ready, failed
      error: signal(null),
      // { id, text, note, at }; error: refused; trouble, againAt: not taken yet, tried again then;
      // taken: answered, its line is to come
      sending: signal([]),
      flying: null, // the one of them that waits for its answer: they keep their order
      typing: signal(null), // { name, until }
      page: signal(null), // { page, title } where the visitor has gone since
      tookN: 0, // up to which line the visitor was told that they are here
      seenHere: signal(0), // the visitor's lines up to this n were seen on this screen
      users: 0,
      typedAt: 0,
    };
    c.unread = computed(() => {
      const seen = Math.max(c.seenHere.value, c.head.value?.seen_agent || 0);
      return c.lines.value.filter((l) => isFromVisitor(l) && l.n > seen).length;
    });
    // Since when the visitor has waited for an answer; 0: the last word is an agent's.
    c.waitingSince = computed(() => {
      let since = 0;
      if (c.head.value?.state !== 'active') return 0;
      for (let i = c.lines.value.length - 1; i >= 0; i--) {
        const line = c.lines.value[i];
        if (isFromAgent(line)) break;
        if (isAsked(line)) since = line.time_ms;
      }
      return since;
    });
    c.sending.value = stored().filter((m) => m.conversation === id);
    return c;
  }

  function merge(c, lines) {
    const known = new Map(c.lines.peek().map((l) => [l.seq, l]));
    let added = 0;
    for (const line of lines) {
      if (!known.has(line.seq)) added++;
      known.set(line.seq, line);
    }
    // What its author has changed says something else from then on.
    for (const { line, text, mentions, time_ms, kind } of lines)
      if (known.has(line)) known.set(line,
        { ...known.get(line), text, mentions, edited_ms: time_ms, removed: kind === 'removed' });
    c.lines.value = [...known.values()].sort((a, b) => a.seq - b.seq);
    took(c);
    const arrived = new Set(lines.map((l) => l.id).filter(Boolean));
    if (arrived.size) settle(c, (m) => arrived.has(m.id));
    return added;
  }

  // What has come here is told to the visitor, once for all that come together.
  const visitorN = (c) =>
    c.lines.peek().reduce((max, l) => (isFromVisitor(l) && l.n > max ? l.n : max), 0);
  function took(c) {
    if (visitorN(c) <= c.tookN) return;
    store.env.after(0, () => {
      const n = visitorN(c);
      const head = c.head.peek();
      if (n <= c.tookN || n <= c.seenHere.peek() || head?.state !== 'active') return;
      if (String(head.agent) !== String(store.agent.peek()?.id)) return;
      c.tookN = n;
      store.hint('chat.got', { conversation: c.id, n });
    });
  }

  function openConversation(id) {
    id = String(id);
    let c = open.get(id);
    if (c) {
      c.users++;
      return c;
    }
    c = make(id);
    c.users = 1;
    open.set(id, c);
    opened.value++;
    store.subscribe(
      keyOf(id),
      'conversation',
      () => ({ conversation: id, seq: lastSeq(c) }),
      (ok) => {
        const first = c.phase.peek() !== 'ready';
        const before = lastSeq(c);
        store.keepRow(ok.head);
        c.tookN = 0;
        // More was missed than one answer holds: a hole would be between what is here and it.
        if (before && ok.more) c.lines.value = [];
        const added = merge(c, ok.lines || []);
        if (!before || ok.more) c.more.value = Boolean(ok.more);
        if (first) c.fresh.value = lastSeq(c);
        if (ok.mails) c.mails.value = ok.mails;
        c.got.value = ok.got || 0;
        store.tell('drafts', { conversation: c.id, drafts: ok.drafts });
        c.error.value = null;
        c.phase.value = 'ready';
        return first ? 0 : added;
      },
      (error) => {
        c.error.value = error;
        c.phase.value = 'failed';
      }
    );
    pump(c);
    return c;
  }

  function close(id) {
    const c = open.get(String(id));
    if (!c || --c.users > 0) return;
    open.delete(c.id);
    opened.value++;
    store.unsubscribe(keyOf(c.id));
    store.sweep();
  }

  // The lines come anew with the next answer, which is asked for from the first on.
  function reread() {
    for (const c of open.values()) {
      c.lines.value = [];
      c.phase.value = 'loading';
    }
  }

  function takeLine(frame) {
    const c = open.get(String(frame.conversation));
    if (!c) return;
    if (frame.seq <= lastSeq(c)) return;
    // Public lines have numbers without gaps (seq has some: what is no line).
    if (frame.n && lastN(c) && frame.n > lastN(c) + 1) {
      store.askAgain(keyOf(c.id)); // something is missing: ask from the last that is here
      return;
    }
    merge(c, [frame]);
    if (isFromVisitor(frame)) c.typing.value = null;
    store.tell('line', { conversation: c, line: frame });
  }

  function takeTyping(frame) {
    const c = open.get(String(frame.conversation));
    if (!c) return;
    const until = store.now() + TYPING_MS;
    c.typing.value = { by: frame.by, name: frame.name, until };
    store.env.after(TYPING_MS, () => {
      if (c.typing.peek()?.until === until) c.typing.value = null;
    });
  }

  function takeGot(frame) {
    const c = open.get(String(frame.conversation));
    if (c) c.got.value = frame.n;
  }

  function takeMail(frame) {
    const c = open.get(String(frame.conversation));
    if (!c) return;
    const rest = c.mails.peek().filter((m) => m.id !== frame.mail.id);
    c.mails.value = [frame.mail, ...rest].sort((a, b) => b.created_ms - a.created_ms);
  }

  function takePage(frame) {
    const c = open.get(String(frame.conversation));
    if (c) c.page.value = { page: frame.page, title: frame.title };
  }

  // One may not see it any more: what is on the screen goes.
  function takeGone(frame) {
    const c = open.get(String(frame.conversation));
    if (!c) return;
    c.lines.value = [];
    c.mails.value = [];
    c.error.value = { code: 'unknown' };
    c.phase.value = 'failed';
  }

  async function older(c) {
    const first = c.lines.peek()[0];
    if (!first || !c.more.peek()) return;
    const ok = await store.command('conversation.read', {
      conversation: c.id, before: first.seq, max: 100,
    });
    merge(c, ok.lines || []);
    c.more.value = Boolean(ok.more);
  }

  function typed(c) {
    if (store.now() - c.typedAt < TYPING_AGAIN_MS) return;
    c.typedAt = store.now();
    store.hint('chat.typing', { conversation: c.id });
  }

  // The visitor's lines on the screen have been seen.
  function seen(c) {
    const n = visitorN(c);
    if (n <= c.seenHere.peek()) return;
    c.seenHere.value = n;
    const head = c.head.peek();
    if (n > (head?.seen_agent || 0) && head?.state === 'active')
      store.command('chat.seen', { conversation: c.id, n }).catch(() => {});
  }

  const ids = () => [...open.keys()];
  const find = (id) => open.get(String(id));

  return {
    open: openConversation, opened, close, find, ids, older, send, retry, discard, typed, seen,
    takeLine, takeTyping, takeMail, takeGone, takeGot, takePage, reread,
  };
}
