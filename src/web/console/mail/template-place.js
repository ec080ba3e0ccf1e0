// Where in a template the gateway found what is wrong, and what that is in people's language.
import { explain } from '../base/words.js';

// { line, column, text } of a refused template; line 0: it is not about a place.
export function placeOf(error) {
  const { line = 0, column = 0 } = error.values || {};
  return { line, column, text: explain(error) };
}

// Where line and column (in characters, from 1) are in a text.
export function offsetOf(text, line, column) {
  let at = 0;
  for (let n = 1; n < line; n++) {
    at = text.indexOf('\n', at) + 1;
    if (!at) return text.length;
  }
  const rest = [...text.slice(at).split('\n', 1)[0]];
  return at + rest.slice(0, column - 1).join('').length;
}
