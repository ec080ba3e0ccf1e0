// What a search is narrowed down by, and how all of a question stands in the address:
// #/search/gift%20wrap/state=ended&since=2026-10-01; with view=ID it began as that saved view.
import { html } from '../../vendor/ui.js';
import { Icon } from '../base/bits.js';
import { store } from '../base/here.js';
import { t } from '../base/words.js';

const STATES = ['open', 'waiting', 'active', 'ended', 'missed'];
const KEYS = ['department', 'agent', 'contact', 'state', 'rating', 'tag', 'days', 'since', 'before',
  'order'];
const DAYS = [1, 7, 30, 90, 365];
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const IS = {
  department: /^\d{1,19}$/, agent: /^\d{1,19}$/, contact: /\S/, tag: /\S/, rating: /^[1-5]$/,
  state: new RegExp(`^(${STATES.join('|')})$`), since: DAY, before: DAY, order: /^relevance$/,
  days: /^[1-9]\d{0,4}$/, view: /^\d{1,19}$/,
};

export function questionOf([text = '', rest = '']) {
  const params = new URLSearchParams(rest);
  const question = { text };
  for (const key of [...KEYS, 'view']) {
    const value = params.get(key) || '';
    question[key] = IS[key].test(value) ? value : '';
  }
  return question;
}

export function paramsOf(question) {
  const params = new URLSearchParams();
  for (const key of [...KEYS, 'view']) if (question[key]) params.set(key, question[key]);
  const rest = params.toString();
  if (rest) return [question.text, rest];
  return question.text ? [question.text] : [];
}

// Days begin and end where this browser is; the last one is looked at, too.
const dayStart = (day, more = 0) => {
  const [y, m, d] = day.split('-').map(Number);
  return new Date(y, m - 1, d + more).getTime();
};

export function fieldsOf({ text, department, agent, contact, state, rating, tag, days, since, before,
  order }) {
  return {
    text: text.trim(),
    ...(department && { department }), ...(agent && { agent }),
    ...(contact && { contact: contact.trim() }), ...(state && { state }),
    ...(rating && { rating: Number(rating) }), ...(tag && { tag: tag.trim() }), ...(days && { since_days: Number(days) }),
    ...(since && { since_ms: dayStart(since) }),
    ...(before && { before_ms: dayStart(before, 1) }), ...(order && { order }),
  };
}

// All that a saved view keeps of it, what is not asked included.
export function viewOf(question) {
  const { text, department, agent, contact, state, rating, tag, since_days: days, since_ms: since,
    before_ms: before } = fieldsOf({ ...question, order: '' });
  return { list: 'search', filter: '', text, contact: contact || '', of: department || null,
    held_by: agent || null, state: state || '', rating: rating || 0, tag: tag || '',
    since_days: days || 0, since_ms: since || 0, before_ms: before || 0 };
}

const dayOf = (ms) => {
  const at = new Date(ms);
  const two = (n) => String(n).padStart(2, '0');
  return ms ? `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}` : '';
};

// And back.
export const questionOfView = (view) => ({
  text: view.text, department: view.of || '', agent: view.held_by || '', contact: view.contact,
  state: view.state, rating: view.rating ? String(view.rating) : '', tag: view.tag,
  days: view.since_days ? String(view.since_days) : '', since: dayOf(view.since_ms),
  before: dayOf(view.before_ms && view.before_ms - 1), order: '', view: view.view,
});

// In what order is nobody's condition.
export const isSame = (a, b) => a.text.trim() === b.text.trim() &&
  KEYS.every((key) => key === 'order' || a[key] === b[key]);

export const isAsked = (question) => Boolean(question.text.trim()) ||
  KEYS.some((key) => key !== 'order' && question[key]);

const byName = (a, b) => a[1].localeCompare(b[1]);

function Choice({ name, value, change, all }) {
  if (!all.length && !value) return null;
  return html`<select class="chip" aria-label=${t(`search.${name}`)} value=${value}
    data-chosen=${value ? '' : undefined}
    onChange=${(e) => change({ [name]: e.currentTarget.value })}>
    <option value="">${t(`search.${name}.any`)}</option>
    ${all.map(([id, label]) => html`<option key=${id} value=${id}>${label}</option>`)}
  </select>`;
}

function Day({ name, value, change }) {
  return html`<label class="chip since" data-chosen=${value ? '' : undefined}>
    <span>${t(`search.${name}`)}</span>
    <input type="date" value=${value} onChange=${(e) => change({ [name]: e.currentTarget.value })} />
  </label>`;
}

function Words({ name, value, change, max }) {
  return html`<label class=${`chip of-${name}`} data-chosen=${value ? '' : undefined}>
    <span>${t(`search.${name}`)}</span><input type="text" value=${value} maxlength=${max}
      autocomplete="off" spellcheck="false"
      onChange=${(e) => change({ [name]: e.currentTarget.value.trim() })} /></label>`;
}

export function Filters({ question, change }) {
  const s = store.value;
  const names = (map) => [...map.values()].map((x) => [String(x.id), x.name]).sort(byName);
  const some = KEYS.some((key) => key !== 'order' && question[key]);
  return html`<div class="filters search-filters" role="group" aria-label=${t('filter')}>
    <${Choice} name="department" value=${question.department} change=${change}
      all=${names(s.departments.value)} />
    <${Choice} name="agent" value=${question.agent} change=${change} all=${names(s.agents.value)} />
    <${Choice} name="state" value=${question.state} change=${change}
      all=${STATES.map((x) => [x, t(`search.state.${x}`)])} />
    <${Choice} name="rating" value=${question.rating} change=${change}
      all=${[5, 4, 3, 2, 1].map((n) => [String(n), '★'.repeat(n) + '☆'.repeat(5 - n)])} />
    <${Words} name="contact" value=${question.contact} change=${change} max="100" />
    <${Words} name="tag" value=${question.tag} change=${change} max="40" />
    <${Choice} name="days" value=${question.days} change=${change}
      all=${[...new Set([...DAYS, Number(question.days)])].filter(Boolean).sort((a, b) => a - b)
        .map((n) => [String(n), t('search.days.last', { n })])} />
    <${Day} name="since" value=${question.since} change=${change} />
    <${Day} name="before" value=${question.before} change=${change} />
    ${some && html`<button type="button" class="chip" onClick=${() =>
      change(Object.fromEntries(KEYS.filter((k) => k !== 'order').map((k) => [k, ''])))}>
      <${Icon} name="close" size=${13} /> ${t('search.filters.off')}</button>`}
  </div>`;
}
