// What the parts that are loaded later use of the chat.
export {
  d,
  discard,
  failed,
  forget,
  lines,
  live,
  out,
  pending,
  s,
  sayTyping,
  tell,
  tellPage,
  typing,
  unread,
} from './chat.js';
