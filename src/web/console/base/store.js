// The state of the console: what the gateway said, kept right across lost connections.  Each topic
// is a subscription that asks for a snapshot on every new connection, and takes differences after
// it.  No DOM here; pages read the signals and call the methods.
import { batch, computed, signal } from '../../vendor/ui.js';
import { createLink } from './link.js';
import { createConversations } from './conversations.js';
import { createLists } from './lists-state.js';

// Positions are decimal strings of any length.
export function isNewer(a, b) {
  const x = String(a ?? '');
  const y = String(b ?? '');
  return x.length === y.length ? x > y : x.length > y.length;
}

const byId = (list) => new Map((list || []).map((x) => [String(x.id), x]));

// env: see link.js; and storage, which outlives a reload: get(key) → text or null, set(key, text).
export function createStore(env) {
  const rows = new Map(); // conversation → signal of its newest row
  const subscriptions = new Map(); // key → { topic, fields(), take(answer), fail(error) }
  const listeners = new Set();
  const s = {
    env,
    loaded: signal(false),
    agent: signal(null),
    portal: signal({}),
    departments: signal(new Map()),
    agents: signal(new Map()),
    offers: signal([]), // { conversation, at, until, total, head }, oldest first
    counts: signal({}),
    notices: signal(new Map()),
    views: signal(null), // the saved ones as rows, and what shows them; null: they come later
    signedOut: signal(false),
    now: env.now,
    skew: signal(0), // of the gateway's clock against this one's, in ms
  };
  // By the gateway's clock: for what it stamped.
  s.serverNow = () => env.now() + s.skew.peek();

  const link = createLink(env, { event, opened, signedOut });
  s.phase = link.phase;
  s.lostAt = link.lostAt;
  s.doubt = link.doubt;
  s.online = computed(() => link.phase.value === 'open' && !link.doubt.value);
  s.connect = link.connect;
  s.hurry = link.hurry;
  s.suspect = link.suspect;
  s.command = link.command;
  s.ask = link.ask;
  s.hint = link.hint;
  s.close = link.close;

  // fn(what, detail): task, offer, offer-over, handed, assigned, line, caught-up, managed, notice, signed-out.
  s.listen = (fn) => {
    listeners.add(fn);
    return () => listeners.delete(fn);
  };
  const tell = (what, detail) => listeners.forEach((fn) => fn(what, detail));
  s.tell = tell;

  // rows

  s.row = (id) => {
    const key = String(id);
    let sig = rows.get(key);
    if (!sig) rows.set(key, (sig = signal(null)));
    return sig;
  };
  // Keep a row if it is newer than the one there is.  True if it was kept.
  s.keepRow = (row) => {
    if (!row) return false;
    const sig = s.row(row.conversation);
    const old = sig.peek();
    if (old && isNewer(old.pos, row.pos)) return false;
    sig.value = row;
    return true;
  };
  // Forget rows that nothing shows any more, so that a long day does not pile them up.
  s.sweep = () => {
    const used = new Set([...s.lists.ids(), ...s.conversations.ids()]);
    for (const o of s.offers.peek()) used.add(o.conversation);
    for (const id of rows.keys()) if (!used.has(id)) rows.delete(id);
  };

  // subscriptions

  let lostLines = 0; // lines that came late, because the connection was away
  let catchingUp = 0;

  function askFor(sub) {
    return link.ask('subscribe', { topic: sub.topic, ...sub.fields() }).then(
      (frame) => {
        if (subscriptions.get(sub.key) !== sub) return;
        batch(() => (lostLines += sub.take(frame.ok, frame.pos) || 0));
      },
      (error) => {
        if (subscriptions.get(sub.key) === sub && error.code !== 'unreachable') sub.fail(error);
      }
    );
  }
  s.subscribe = (key, topic, fields, take, fail = () => {}) => {
    const sub = { key, topic, fields, take, fail };
    subscriptions.set(key, sub);
    if (link.phase.peek() === 'open') askFor(sub);
    return sub;
  };
  s.askAgain = (key) => {
    const sub = subscriptions.get(key);
    if (sub && link.phase.peek() === 'open') askFor(sub);
  };
  s.unsubscribe = (key) => {
    const sub = subscriptions.get(key);
    if (!sub) return;
    subscriptions.delete(key);
    const { seq, max, ...fields } = sub.fields();
    link.hint('unsubscribe', { topic: sub.topic, ...fields });
  };

  function opened() {
    const again = s.loaded.peek();
    const round = ++catchingUp;
    lostLines = 0;
    Promise.all([...subscriptions.values()].map(askFor)).then(() => {
      if (again && round === catchingUp && link.phase.peek() === 'open')
        tell('caught-up', lostLines);
    });
  }

  function signedOut() {
    s.signedOut.value = true;
    tell('signed-out');
  }

  // what everybody subscribes to

  s.lists = createLists(s);
  s.conversations = createConversations(s);

  s.subscribe('me', 'me', () => ({}), (ok) => {
    if (ok.now_ms) s.skew.value = ok.now_ms - env.now();
    s.agent.value = ok.agent;
    s.portal.value = ok.portal || {};
    s.departments.value = byId(ok.departments);
    s.agents.value = byId(ok.agents);
    s.counts.value = ok.counts || {};
    s.notices.value = new Map((ok.notices || []).map((n) => [n.code, n]));
    const known = new Map(s.offers.peek().map((o) => [o.conversation, o]));
    s.offers.value = (ok.offers || []).map((o) => offerFrom(o, known.get(o.conversation)));
    for (const o of s.offers.peek()) if (!known.has(o.conversation)) tell('offer', o);
    s.loaded.value = true;
  });
  s.lists.open('mine', { filter: 'open', max: 100 });

  function offerFrom(frame, old) {
    s.keepRow(frame.head);
    const left = Math.max(0, frame.expires_in_ms ?? frame.until_ms - s.serverNow());
    const at = old ? old.at : env.now();
    const until = env.now() + left;
    return {
      conversation: String(frame.conversation), head: frame.head, at, until, total: until - at,
    };
  }
  s.dropOffer = (id) => {
    const rest = s.offers.peek().filter((o) => o.conversation !== String(id));
    if (rest.length !== s.offers.peek().length) s.offers.value = rest;
  };

  function changeMap(sig, frame, object) {
    const map = new Map(sig.peek());
    if (frame.gone !== undefined) map.delete(String(frame.gone));
    else map.set(String(object.id), { ...map.get(String(object.id)), ...object });
    sig.value = map;
  }

  const take = {
    offer(f) {
      const id = String(f.conversation);
      const old = s.offers.peek().find((o) => o.conversation === id);
      const offer = offerFrom(f, old);
      if (old) s.offers.value = s.offers.peek().map((o) => (o === old ? offer : o));
      else {
        s.offers.value = [...s.offers.peek(), offer];
        tell('offer', offer);
      }
    },
    'offer.over'(f) {
      const id = String(f.conversation);
      const offer = s.offers.peek().find((o) => o.conversation === id);
      s.dropOffer(id);
      tell('offer-over', { ...f, conversation: id, offer });
    },
    handed: (f) => tell('handed', f),
    assigned: (f) => tell('assigned', f),
    task: (f) => tell('task', f),
    mention: (f) => tell('mention', f),
    list: (f) => s.lists.take(f),
    counts(f) {
      s.counts.value = f.counts;
    },
    head(f) {
      if (f.gone) s.conversations.takeGone(f);
      else s.keepRow(f.head);
    },
    resync() { // one's rights have changed
      [...subscriptions.values()].forEach(askFor);
      tell('resync');
    },
    // What is here still has the old name: it is asked for from the beginning.
    anonymised() {
      s.conversations.reread();
      take.resync();
    },
    line: (f) => s.conversations.takeLine(f),
    typing: (f) => s.conversations.takeTyping(f),
    page: (f) => s.conversations.takePage(f),
    mail: (f) => s.conversations.takeMail(f),
    draft: (f) => tell('draft', f),
    got: (f) => s.conversations.takeGot(f),
    agent(f) {
      changeMap(s.agents, f, f.agent);
      const mine = s.agent.peek();
      if (!f.agent || !mine || String(f.agent.id) !== String(mine.id)) return;
      // As a colleague one has ids of departments alone, and no switches.
      const { departments, ...rest } = f.agent;
      s.agent.value = 'email' in f.agent ? f.agent : { ...mine, ...rest };
    },
    department: (f) => changeMap(s.departments, f, f.department),
    managed: (f) => tell('managed', f),
    floor: (f) => tell('floor', f),
    portal(f) {
      s.portal.value = { ...s.portal.peek(), ...f.portal };
    },
    notice(f) {
      const map = new Map(s.notices.peek());
      if (f.on === false) map.delete(f.code);
      else map.set(f.code, f);
      s.notices.value = map;
      tell('notice', f);
    },
  };

  function event(frame) {
    const fn = take[frame.ev];
    if (fn) batch(() => fn(frame));
  }

  // what several pages do

  s.setStatus = (status) =>
    s.command('agent.status', { status }).then(() => {
      s.agent.value = { ...s.agent.peek(), status, status_why: undefined };
    });
  s.accept = (id) =>
    s.command('offer.accept', { conversation: String(id) }).finally(() => s.dropOffer(id));
  s.decline = (id, text) =>
    s
      .command('offer.decline', { conversation: String(id), ...(text ? { text } : {}) })
      .finally(() => s.dropOffer(id));

  return s;
}
