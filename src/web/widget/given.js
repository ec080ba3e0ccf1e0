// What the parts that are loaded later use of the chat.
export {
  d,
  discard,
  failed,
  forget,
  lines,
  live,
  mayRateAgain,
  out,
  pending,
  s,
  sayTyping,
  tell,
  typing,
  unread,
} from './chat.js';
