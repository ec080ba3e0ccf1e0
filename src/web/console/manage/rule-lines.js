// Rules between their text, as the gateway keeps it, and parts, as rows show them.  Words, quotes and
// expressions are read as core/rules/rules.c reads them, and a line is written so that they read the
// same again.  What of it is possible the gateway says.

export const LOOKS = ['lang', 'page', 'tag', 'name', 'email', 'phone', 'question'];
const MS = { ms: 1, s: 1000, m: 60000, h: 3600000 };
export const UNITS = ['s', 'm', 'h'];

const trim = (text) => text.replace(/^[ \t]+/, '').replace(/[ \t]+$/, '');
const isQuoted = (text) => text.length >= 2 && text[0] === '"' && text.at(-1) === '"';

// Of an expression between slashes, up to its last; 0: it is none.
function expressionLength(text) {
  if (text[0] !== '/') return 0;
  for (let len = 1; len < text.length; len++) {
    if (text[len] === '/' && (len + 1 === text.length || text[len + 1] === ' ')) return len + 1;
    if (text[len] === '\\') len++;
  }
  return 0;
}

// The first word, with what stands between quotes or slashes in it, and what follows it.
function wordOf(line) {
  let quoted = false;
  let len = 0;
  for (; len < line.length && (quoted || line[len] !== ' '); len++) {
    if (line[len] === '"') quoted = !quoted;
    if (!quoted && line[len] === ':') len += expressionLength(line.slice(len + 1));
  }
  return [line.slice(0, len), trim(line.slice(len))];
}

// As a number in a unit that people choose, or null.
function strictOf(text) {
  const [, digits, unit] = /^(\d{1,9})(d|h|m|s|ms)$/.exec(text) || [];
  if (!digits) return null;
  if (unit === 'd') return { strict: String(24 * digits), unit: 'h' };
  if (unit === 'ms') return { strict: String(digits / 1000), unit: 's' };
  return { strict: String(Number(digits)), unit };
}

// { conds: [{ look, value }], strict, unit, skills }, strict '' where there is none; null: it is not
// all that rows have a place for.  What is still missing in it is empty.
export function readLine(line) {
  const rule = { conds: [], strict: '', unit: 's', skills: '' };
  let [word, rest] = wordOf(trim(line));
  for (; word && word !== '->'; [word, rest] = wordOf(rest)) {
    const [, name, raw] = /^([^:]*):([^]*)$/.exec(word) || [];
    if (name === undefined) return null;
    const value = isQuoted(raw) ? raw.slice(1, -1) : raw;
    const strict = name === 'strict' && rule.strict === '' && strictOf(value);
    if (!strict && !LOOKS.includes(name)) return null;
    if (strict) Object.assign(rule, strict);
    else rule.conds.push({ look: name, value });
  }
  return word ? { ...rule, skills: rest } : null;
}

const joined = (parts) => parts.filter(Boolean).join(' ');
const bare = ({ look, value }) => `${look}:${value}`;

function readsSame(line, conds, skills) {
  const read = readLine(line);
  return read !== null && read.skills === skills && read.conds.length === conds.length &&
    read.conds.every((c, at) => c.look === conds[at].look && c.value === conds[at].value);
}

// How it can be written, bare first, in quotes last.
const formsOf = (cond) => [bare(cond), `${cond.look}:"${cond.value}"`].filter((text) =>
  readsSame(`${text} -> x`, [cond], 'x'));

function strictText({ strict, unit }) {
  const n = Number(strict);
  return `strict:${Number.isInteger(n) ? `${n}${unit}` : `${Math.round(n * MS[unit])}ms`}`;
}

// The line of a rule; null: no line can hold one of its values, for quotes in it.  Bare, one may
// swallow what follows it: then all are in quotes that can be.
export function writeLine(rule) {
  const skills = trim(rule.skills);
  const forms = rule.conds.map(formsOf);
  for (const at of [0, -1]) {
    const conds = forms.map((of) => of.at(at));
    if (readsSame(joined([...conds, '->', skills]), rule.conds, skills))
      return joined([...conds, rule.strict !== '' && strictText(rule), '->', skills]);
  }
  return null;
}

// What stands for a line that there is not: the words of the rule, as the gateway takes no line.
export const refusedLine = (rule) =>
  joined(['?', ...rule.conds.map(bare), '->', trim(rule.skills)]);

// All lines, empty ones, too, which are none of the gateway's rules.
export const linesOf = (text) => (text === '' ? [] : text.split('\n'));
export const isRule = (line) => trim(line) !== '';
