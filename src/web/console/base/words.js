// The words of all folders, and the ways of writing times, in the language that is chosen.
import { signal } from '../../vendor/ui.js';
import enBase from './words.en.js';
import jaBase from './words.ja.js';
import enFrame from '../frame/words.en.js';
import jaFrame from '../frame/words.ja.js';
import enChats from '../chats/words.en.js';
import jaChats from '../chats/words.ja.js';
import enRouting from '../routing/words.en.js';
import jaRouting from '../routing/words.ja.js';
import enVisitor from '../visitor/words.en.js';
import jaVisitor from '../visitor/words.ja.js';
import enMail from '../mail/words.en.js';
import jaMail from '../mail/words.ja.js';

// Each folder has its own; no key is in two.
export const WORDS = {
  en: {
    ...enBase, ...enFrame, ...enChats, ...enRouting,
    ...enVisitor, ...enMail,
  },
  ja: {
    ...jaBase, ...jaFrame, ...jaChats, ...jaRouting,
    ...jaVisitor, ...jaMail,
  },
};
// What the pages beside the chats say, and why something is refused, comes behind the first load.
export const lateWords = Promise.all([
  import('../manage/words.en.js'), import('../manage/words.ja.js'),
  import('../floor/words.en.js'), import('../floor/words.ja.js'),
  import('../search/words.en.js'), import('../search/words.ja.js'),
  import('../refused/words.en.js'), import('../refused/words.ja.js'),
]).then((all) => {
  all.forEach((words, i) => Object.assign(i % 2 ? WORDS.ja : WORDS.en, words.default));
});
// There before anything is refused; without it the words of the error's kind stand in.
export const reasons = lateWords.catch(() => {});

export const lang = signal('en');

export function chooseLang(...wishes) {
  for (const wish of wishes) {
    const short = String(wish || '').slice(0, 2).toLowerCase();
    if (WORDS[short]) {
      lang.value = short;
      return;
    }
  }
}

const plurals = { en: new Intl.PluralRules('en'), ja: new Intl.PluralRules('ja') };

export function hasWord(key) {
  return WORDS[lang.value][key] !== undefined;
}

// A sentence by its key, with {names} filled in; `n` also chooses between key.one and key.other.
export function t(key, values = {}) {
  const words = WORDS[lang.value];
  let text = words[key];
  if (text === undefined && values.n !== undefined)
    text = words[`${key}.${plurals[lang.value].select(Number(values.n))}`] ?? words[`${key}.other`];
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? '');
}

// t() if there is such a word, else what the gateway says.
export const tOr = (key, other, values) => (hasWord(key) ? t(key, values) : other);

const formats = new Map();
function format(kind, options) {
  const key = `${lang.value} ${kind}`;
  if (!formats.has(key))
    formats.set(key, new Intl.DateTimeFormat(lang.value === 'ja' ? 'ja-JP' : 'en-GB', options));
  return formats.get(key);
}

export const clock = (ms) => format('clock', { hour: '2-digit', minute: '2-digit' }).format(ms);
export const clockSeconds = (ms) => format('seconds', { timeStyle: 'medium' }).format(ms);
export const weekClock = (ms) =>
  format('week', { weekday: 'short', hour: '2-digit', minute: '2-digit' }).format(ms);
export const day = (ms) =>
  format('day', { weekday: 'short', year: 'numeric', month: 'short', day: 'numeric' }).format(ms);
export const stamp = (ms) =>
  format('stamp', {
    year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit',
  }).format(ms);
const sameDay = (a, b) => new Date(a).toDateString() === new Date(b).toDateString();
// The clock today, the date before.
export function when(ms, now = Date.now()) {
  if (!ms) return '';
  if (sameDay(ms, now)) return clock(ms);
  return format('short', { month: 'short', day: 'numeric' }).format(ms);
}
export { sameDay };

// 0:41, 12:05, 1:02:09
export function span(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (x) => String(x).padStart(2, '0');
  const h = Math.floor(s / 3600);
  const m = Math.floor(s / 60) % 60;
  return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

export const number = (n) => new Intl.NumberFormat(lang.value).format(n);

// Whom a chat is with, by the best that is known; a number where nothing is.
export function nameOf(head) {
  if (head?.name || head?.email) return head.name || head.email;
  return head?.number ? t('visitor.number', { number: head.number }) : t('visitor');
}

// What a refused command says to a person: by its reason, else by its code.  The gateway's own
// sentence is English, for programs and their writers, and is nobody's to read here.
export function explain(error) {
  if (!error) return '';
  const key = `refused.${error.reason}`;
  if (error.reason && hasWord(key)) return t(key, shown(error));
  return tOr(`error.${error.code}`, t('error.io'));
}

// Times are given in milliseconds, and read in what they come to.
function shown({ reason, values = {} }) {
  if (reason !== 'range-ms') return values;
  return Object.fromEntries(Object.entries(values).map(([name, ms]) => [name, duration(ms)]));
}

const UNITS = [['h', 3600000], ['min', 60000], ['s', 1000]];
export function duration(ms) {
  const [unit, size] = UNITS.find(([, one]) => ms >= one && ms % one === 0) || UNITS[2];
  return t(`duration.${unit}`, { n: number(ms / size) });
}
