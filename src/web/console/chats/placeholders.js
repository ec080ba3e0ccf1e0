// What stands for something in a canned reply: {visitor.name} and its like, which are filled in when
// it is chosen, and {?order number}, which the agent fills in.
export const NAMES = ['visitor.name', 'visitor.email', 'agent.name', 'department.name',
  'conversation.number', 'date', 'time'];

const HOLE = new RegExp(`\\{(\\?[^{}\\n]{1,60}|${NAMES.map((n) => n.replace('.', '\\.')).join('|')})\\}`, 'g');

// What the values have; the rest stays to be filled in.
export const fill = (text, values) =>
  text.replace(HOLE, (all, name) => String(values[name] ?? '') || all);

// The pieces of a text in order: { text } or { text, hole: its name }.
export function pieces(text) {
  const all = [];
  let at = 0;
  for (const { 0: whole, 1: name, index } of text.matchAll(HOLE)) {
    if (index > at) all.push({ text: text.slice(at, index) });
    all.push({ text: whole, hole: name.replace(/^\?/, '') });
    at = index + whole.length;
  }
  if (at < text.length) all.push({ text: text.slice(at) });
  return all;
}

// The first that is not filled in: { start, end, name }; null: none.
export function holeIn(text, from = 0) {
  for (const { 0: whole, 1: name, index } of text.matchAll(HOLE))
    if (index >= from) return { start: index, end: index + whole.length, name: name.replace(/^\?/, '') };
  return null;
}

// What looks like one and is none: it would be sent as it stands.
export const strangers = (text) => [...new Set((text.replace(HOLE, '').match(/\{[^{}\n]{1,60}\}/g) || []))];

export function valuesOf(head, agent, departmentName, now = Date.now()) {
  const tag = head.lang === 'ja' ? 'ja-JP' : 'en-GB';
  return {
    'visitor.name': head.name, 'visitor.email': head.email, 'agent.name': agent?.name,
    'department.name': departmentName, 'conversation.number': head.number,
    date: new Intl.DateTimeFormat(tag, { dateStyle: 'long' }).format(now),
    time: new Intl.DateTimeFormat(tag, { timeStyle: 'short' }).format(now),
  };
}
