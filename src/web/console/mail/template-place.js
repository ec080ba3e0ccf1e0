// Where in a template the gateway found what is wrong, and what that is in people's language.
import { explain, t } from '../base/words.js';

// What the gateway says of a place in a text, by the beginning of its sentence.
const WRONG = [
  ['unknown name', 'unknown'], ['this section is never closed', 'unclosed'],
  ['this section is not open', 'unopened'], ['another section has to be closed', 'crossed'],
  ['this is a list', 'list'], ['this list is open', 'again'], ['this tag has no', 'endless'],
  ['sections are nested', 'deep'],
];

// { line, column, text } of a refused template; line 0: it is not about a place.
export function placeOf(error) {
  const found = /^line (\d+), column (\d+): (.*?)(?: "(.*)")?$/.exec(error.message || '');
  if (!found) return { line: 0, column: 0, text: explain(error) };
  const [, line, column, said, name = ''] = found;
  const known = WRONG.find(([begins]) => said.startsWith(begins));
  const what = known ? t(`template.wrong.${known[1]}`, { name }) : said;
  return {
    line: Number(line), column: Number(column),
    text: t('template.at', { line, column, what }),
  };
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
