// Lists of conversations: snapshot, differences, further pages.  A list keeps the ids in its order;
// the rows themselves are the store's, shared with open conversations.
import { signal } from '../../vendor/ui.js';

const PAGE = 50;
export const OPEN_STATES = ['waiting', 'offered', 'active'];

// Which rows a filter lets through; the gateway does the same, this is for lists that are derived.
export const FILTERS = {
  open: (row) => OPEN_STATES.includes(row.state),
  unreplied: (row) => OPEN_STATES.includes(row.state) && Boolean(row.unreplied),
  replied: (row) => OPEN_STATES.includes(row.state) && !row.unreplied,
};

// Waiting ones in the order of their turn, ended ones by their end behind the open ones, everything
// else newest first.
export function compareRows(list, a, b) {
  if (list === 'unassigned') return a.rang_ms - b.rang_ms || idOrder(a, b);
  if (list === 'mine') return (b.spoke_ms || b.since_ms) - (a.spoke_ms || a.since_ms);
  if (list === 'blocked') return idOrder(b, a);
  if (list === 'to-answer') return (a.ended_ms || 0) - (b.ended_ms || 0) || idOrder(a, b);
  return (a.ended_ms ? 1 : 0) - (b.ended_ms ? 1 : 0) ||
    (b.ended_ms || 0) - (a.ended_ms || 0) || idOrder(b, a);
}

function idOrder(a, b) {
  const x = String(a.conversation);
  const y = String(b.conversation);
  return x.length - y.length || (x < y ? -1 : x > y ? 1 : 0);
}

export function createLists(store) {
  const open = new Map(); // key → list

  const keyOf = (name, filter, department, tag) =>
    `list ${name} ${filter || ''} ${department || ''} ${tag || ''}`;

  function fieldsOf(list) {
    const fields = { list: list.name };
    if (list.filter) fields.filter = list.filter;
    if (list.department) fields.department = list.department;
    if (list.tag) fields.tag = list.tag;
    return fields;
  }

  function sorted(list, ids) {
    const at = (id) => store.row(id).peek();
    return ids.filter((id) => at(id)).sort((a, b) => compareRows(list.name, at(a), at(b)));
  }

  function openList(name, { filter = '', department = '', tag = '', max = PAGE } = {}) {
    const key = keyOf(name, filter, department, tag);
    let list = open.get(key);
    if (list) {
      list.users++;
      return list;
    }
    list = {
      key, name, filter, department, tag, tagNumber: null, users: 1,
      ids: signal([]), count: signal(null), cursor: signal(null),
      phase: signal('loading'), error: signal(null),
    };
    open.set(key, list);
    store.subscribe(
      key,
      'list',
      () => ({ ...fieldsOf(list), max }),
      (ok) => {
        for (const row of ok.rows) store.keepRow(row);
        list.tagNumber = ok.tag ?? null;
        list.ids.value = sorted(list, ok.rows.map((r) => String(r.conversation)));
        list.count.value = ok.count ?? (list.tag ? null : ok.rows.length);
        list.cursor.value = ok.cursor ?? null;
        list.error.value = null;
        list.phase.value = 'ready';
      },
      (error) => {
        list.error.value = error;
        list.phase.value = 'failed';
      }
    );
    return list;
  }

  function close(list) {
    if (--list.users > 0) return;
    open.delete(list.key);
    store.unsubscribe(list.key);
    store.sweep();
  }

  // The next page, from where the last one ended.
  async function more(list) {
    if (list.cursor.peek() === null || list.phase.peek() === 'more') return;
    list.phase.value = 'more';
    try {
      const ok = await store.command('list.read', {
        ...fieldsOf(list), cursor: list.cursor.peek(), max: PAGE,
      });
      for (const row of ok.rows) store.keepRow(row);
      const ids = new Set([...list.ids.peek(), ...ok.rows.map((r) => String(r.conversation))]);
      list.ids.value = sorted(list, [...ids]);
      list.cursor.value = ok.cursor ?? null;
    } catch (error) {
      list.error.value = error;
    }
    list.phase.value = 'ready';
  }

  // Lists by a tag are known by its number: it can be written in many ways.
  function listOf(frame) {
    if (!frame.tag) return open.get(keyOf(frame.list, frame.filter, frame.department));
    return [...open.values()].find((l) => l.tagNumber === frame.tag && l.name === frame.list &&
      l.filter === (frame.filter || '') && l.department === String(frame.department || ''));
  }

  function take(frame) {
    const list = listOf(frame);
    if (!list) {
      if (frame.gone !== undefined) return;
      store.keepRow(frame.row);
      return;
    }
    const before = list.ids.peek();
    if (frame.gone !== undefined) {
      const id = String(frame.gone);
      if (before.includes(id)) {
        list.ids.value = before.filter((x) => x !== id);
        if (list.count.peek() !== null) list.count.value = Math.max(0, list.count.peek() - 1);
      }
      return;
    }
    store.keepRow(frame.row);
    const id = String(frame.row.conversation);
    if (!before.includes(id)) {
      list.ids.value = sorted(list, [...before, id]);
      if (list.count.peek() !== null) list.count.value++;
    } else if (list.name === 'mine') list.ids.value = sorted(list, before);
  }

  function ids() {
    return [...open.values()].flatMap((l) => l.ids.peek());
  }

  return { open: openList, close, more, take, ids };
}
