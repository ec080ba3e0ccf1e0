// Whom a text mentions: "@" and a name of somebody who may read the chat, the longest name first.  Of
// two with one name it is the one who was chosen.
const AT = '[@＠]';
const MAX = 20; // as the gateway has it
const isWord = (ch) => /[A-Za-z0-9_]/.test(ch || '');

const known = new Map(); // conversation → id → name
const chosen = new Map(); // conversation, name → id

export function learn(conversation, agents) {
  const all = known.get(conversation) || new Map();
  for (const { id, name } of agents) all.set(String(id), name);
  known.set(conversation, all);
}
export const choose = (conversation, { id, name }) => chosen.set(`${conversation} ${name}`, String(id));

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

// → [{ from, to, id, name }], in their order; agents: [{ id, name }].
export function tokens(text, agents) {
  const byName = new Map();
  for (const { id, name } of agents) if (name && !byName.has(name)) byName.set(name, String(id));
  const names = [...byName.keys()].sort((a, b) => b.length - a.length);
  if (!names.length) return [];
  return [...text.matchAll(new RegExp(`${AT}(${names.map(escaped).join('|')})`, 'g'))]
    .map((m) => ({ from: m.index, to: m.index + m[0].length, name: m[1], id: byName.get(m[1]) }))
    .filter(({ from, to }) => !(isWord(text[to - 1]) && isWord(text[to])) && !isWord(text[from - 1]));
}

// Those of this conversation, whoever was chosen before others of the same name.
export function agentsOf(conversation, more = []) {
  const all = [...more, ...[...(known.get(conversation) || [])].map(([id, name]) => ({ id, name }))];
  const first = (a) => (chosen.get(`${conversation} ${a.name}`) === String(a.id) ? 0 : 1);
  return all.sort((a, b) => first(a) - first(b));
}

// The ids that a note goes with.
export function named(conversation, text, more = []) {
  return [...new Set(tokens(text, agentsOf(conversation, more || [])).map((one) => one.id))].slice(0, MAX);
}
