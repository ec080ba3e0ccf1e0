// The words of all folders, and the ways of writing times, in the language that is chosen.
import { signal } from '../../vendor/ui.js';

// Whose words are there before anything is shown; those of the pages beside the chats, and why
// something is refused, come behind.  Each folder has its own; no key is in two.
const FIRST = ['base', 'frame', 'chats', 'routing', 'visitor'];
const LATE = [
  'mail', 'manage', 'people', 'export', 'first', 'floor', 'keys', 'lines', 'mentions', 'missed', 'report',
  'search', 'self', 'tasks', 'views', 'refused',
];

export const WORDS = { en: {}, ja: {} };
export const lang = signal('en');
export const zone = signal(''); // that times are read in: an IANA name; '': the browser's

const loads = new Map();
// Once; again after a failure, which a lost network is.
function load(tongue, folders) {
  const key = `${tongue} ${folders}`;
  if (!loads.has(key))
    loads.set(key, Promise.all(folders.map((f) => import(`../${f}/words.${tongue}.js`))).then(
      (all) => Object.assign(WORDS[tongue], ...all.map((words) => words.default)),
      (error) => {
        loads.delete(key);
        throw error;
      }));
  return loads.get(key);
}

export const lateWords = () => load(lang.value, LATE);
export const allWords = (tongue) => Promise.all([load(tongue, FIRST), load(tongue, LATE)]);

// At the start: the first wish that there are words for, or what it was.  The words that come late
// are on their way; without them the words of an error's kind stand in for its reason.
export async function chooseLang(...wishes) {
  const shorts = wishes.map((wish) => String(wish || '').slice(0, 2).toLowerCase());
  const tongue = shorts.find((short) => WORDS[short]) || lang.value;
  await load(tongue, FIRST);
  lang.value = tongue;
  lateWords().catch(() => {});
}

// While something is shown, of which nobody knows whose words it needs.
export async function switchLang(tongue) {
  await allWords(tongue);
  lang.value = tongue;
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
  const key = `${lang.value} ${kind} ${zone.value}`;
  const make = (timeZone) => new Intl.DateTimeFormat(lang.value === 'ja' ? 'ja-JP' : 'en-GB',
    { ...options, timeZone });
  if (!formats.has(key)) {
    try {
      formats.set(key, make(zone.value || undefined));
    } catch {
      formats.set(key, make()); // a zone that the browser has not
    }
  }
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
const sameDay = (a, b) => day(a) === day(b);
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

// The first of some, and how many there are beside.
export const someOf = (names, count) => names.join(lang.value === 'ja' ? '、' : ', ') +
  (count > names.length ? ` +${count - names.length}` : '');

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
  if (values.permission)
    return { permission: tOr(`word.permissions.${values.permission}`, values.permission) };
  if (reason !== 'range-ms') return values;
  return Object.fromEntries(Object.entries(values).map(([name, ms]) => [name, duration(ms)]));
}

const UNITS = [['h', 3600000], ['min', 60000], ['s', 1000]];
export function duration(ms) {
  const [unit, size] = UNITS.find(([, one]) => ms >= one && ms % one === 0) || UNITS[2];
  return t(`duration.${unit}`, { n: number(ms / size) });
}
