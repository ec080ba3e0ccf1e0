// One's own mentions that were not read, by where they stand.

const MAX = 200; // more are not kept
const keyOf = (conversation, line) => `${conversation} ${line}`;

let s = null;
const unread = new Map(); // conversation and line → mention

export async function begin(store) {
  s = store;
  const ok = await s.command('mention.list', { state: 'unread', max: MAX });
  if (s !== store) return;
  unread.clear();
  for (const row of ok.rows) put(row);
}
export function end() {
  s = null;
  unread.clear();
}
export function put(row) {
  if (row.read) unread.delete(keyOf(row.conversation, row.line));
  else unread.set(keyOf(row.conversation, row.line), row.mention);
}
export function drop(mention) {
  for (const [key, one] of unread) if (String(one) === String(mention)) unread.delete(key);
}
// The line is in view.
export function seen(conversation, line) {
  const mention = unread.get(keyOf(conversation, line));
  if (!mention) return;
  unread.delete(keyOf(conversation, line));
  s.command('mention.read', { mention }).catch(() => unread.set(keyOf(conversation, line), mention));
}
