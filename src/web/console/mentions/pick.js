// "@" in a note asks the gateway for colleagues who may read the chat, and the one who is chosen takes
// the place of what was typed.  The focus stays in the text; while an input method converts, nothing
// happens.  One step back over a name takes all of it away, and with it the mention.
import { html, useEffect, useRef, useState } from '../../vendor/ui.js';
import { announce } from '../base/bits.js';
import { store } from '../base/here.js';
import { cleanLine } from '../../shared/text.js';
import { agentsOf, choose, learn, named, tokens } from './names.js';
import { explain, someOf, t, tOr } from '../base/words.js';

const PAUSE_MS = 100; // while somebody types on
const ROWS = 8;
const ALL = 200;
const QUERY_MAX = 40;
const NAMES_SHOWN = 5;
const isAt = (ch) => ch === '@' || ch === '＠';
const NOTHING = { at: -1, query: null, rows: [], chosen: 0, loading: false, wanted: false, error: null };

// Where the "@" stands that one types behind; -1: nowhere.
function atOf(el) {
  const caret = el.selectionStart;
  for (let i = caret - 1; i >= 0 && caret - i <= QUERY_MAX; i--) {
    if (el.value[i] === '\n') return -1;
    if (isAt(el.value[i])) return /[A-Za-z0-9_]/.test(el.value[i - 1] || '') ? -1 : i;
  }
  return -1;
}

function createPicker({ s, id, el, put, m, changed, known }) {
  const close = (dismissed = -1) => {
    clearTimeout(m.timer);
    put({ ...NOTHING, dismissed, round: m.round + 1 });
  };
  const told = () => put({ told: named(id, el.value, known) });
  function arrived(ok) {
    const me = String(s.agent.peek().id);
    const rows = ok.agents.filter((agent) => String(agent.id) !== me);
    learn(id, rows);
    if (!rows.length && /\s/.test(m.query)) return close(m.at);
    put({ rows, chosen: 0, loading: false, error: null });
    if (m.wanted && rows[0]) pick(rows[0]);
    else announce(rows.length ? t('mentions.found', { n: rows.length }) : t('mentions.none'));
    return undefined;
  }
  function ask(query) {
    if (m.query === query) return;
    const first = m.query === null;
    const round = m.round + 1;
    put({ query, round, loading: true, wanted: false });
    clearTimeout(m.timer);
    m.timer = setTimeout(() => s.command('task.candidates', { conversation: id, max: ROWS,
      text: cleanLine(query) }).then((ok) => round === m.round && arrived(ok),
    (error) => round === m.round && put({ error, loading: false, rows: [] })), first ? 0 : PAUSE_MS);
  }
  function look(e) {
    if (e?.isComposing) return;
    told();
    const at = atOf(el);
    // What is a whole name already asks for nothing more.
    const all = agentsOf(id, known);
    const done = at >= 0 && tokens(el.value, all).some(({ from, to, name }) => from === at &&
      (to < el.selectionStart || !all.some((a) => a.name !== name && a.name.startsWith(name))));
    if (at < 0 || done) {
      if (m.at >= 0 || m.dismissed >= 0) close();
      return;
    }
    if (at === m.dismissed) return;
    m.at = at;
    ask(el.value.slice(at + 1, el.selectionStart));
  }
  function replace(from, to, text) {
    el.focus();
    el.setSelectionRange(from, to);
    // So that undoing brings back what was typed.
    if (!document.execCommand(text ? 'insertText' : 'delete', false, text)) {
      el.setRangeText(text, from, to, 'end');
      el.dispatchEvent(new Event('input', { bubbles: true }));
    }
    changed?.();
    told();
  }
  function pick(row) {
    const { at } = m;
    const to = el.selectionStart;
    choose(id, row);
    close(at);
    replace(at, to, `@${row.name} `);
    announce(t('mentions.chosen', { name: row.name }));
  }
  function back() {
    const caret = el.selectionStart;
    const one = caret === el.selectionEnd && tokens(el.value, agentsOf(id, known)).find((x) =>
      x.to === caret);
    if (!one) return false;
    close();
    replace(one.from, one.to, '');
    return true;
  }
  function keyed(e) {
    const step = e.key === 'ArrowDown' ? 1 : e.key === 'ArrowUp' ? -1 : 0;
    if (e.key === 'Backspace') return back();
    if (m.at < 0) return false;
    if (step && m.rows.length) put({ chosen: (m.chosen + step + m.rows.length) % m.rows.length });
    else if (e.key === 'Escape') close(m.at);
    else if ((e.key === 'Enter' || e.key === 'Tab') && !e.shiftKey && m.loading) put({ wanted: true });
    else if ((e.key === 'Enter' || e.key === 'Tab') && !e.shiftKey && m.rows.length) pick(m.rows[m.chosen]);
    else return false;
    return true;
  }
  function onKey(e) {
    if (e.isComposing || e.keyCode === 229 || e.ctrlKey || e.metaKey || e.altKey || !keyed(e)) return;
    e.preventDefault();
    e.stopImmediatePropagation();
  }
  return { look, pick, onKey, close, told };
}

// area: the textarea's ref, beside which this stands; known: whom the note mentions already.
export function Pick({ id, area, changed, known = [] }) {
  const s = store.value;
  const state = useRef({ ...NOTHING, told: [], dismissed: -1, round: 0, timer: 0 });
  const picker = useRef(null);
  const latest = useRef(changed);
  const [, draw] = useState(0);
  const m = state.current;
  latest.current = changed;
  useEffect(() => {
    const el = area.current;
    let wanted = true;
    if (!el) return undefined;
    const put = (change) => {
      Object.assign(m, change);
      if (wanted) draw((n) => n + 1);
    };
    const p = createPicker({ s, id, el, put, m, changed: () => latest.current?.(), known: known || [] });
    picker.current = p;
    // Names in a draft are names again as soon as it is known whose they are.
    s.command('task.candidates', { conversation: id, max: ALL }).then((ok) => {
      learn(id, ok.agents.filter((agent) => String(agent.id) !== String(s.agent.peek().id)));
      p.told();
    }, () => {});
    el.addEventListener('input', p.look);
    el.addEventListener('compositionend', p.look);
    el.addEventListener('keydown', p.onKey, true);
    return () => {
      wanted = false;
      clearTimeout(m.timer);
      el.removeEventListener('input', p.look);
      el.removeEventListener('compositionend', p.look);
      el.removeEventListener('keydown', p.onKey, true);
    };
  }, [id]);
  const shown = m.at >= 0;
  useEffect(() => {
    const el = area.current;
    const say = (name, value) => (value ? el?.setAttribute(name, value) : el?.removeAttribute(name));
    say('aria-haspopup', shown && 'listbox');
    say('aria-autocomplete', shown && 'list');
    say('aria-controls', shown && m.rows.length && 'mention-list');
    say('aria-activedescendant', shown && m.rows.length && `mention-${m.chosen}`);
  });
  return html`${shown && html`<${Palette} m=${m} onPick=${(row) => picker.current.pick(row)} />`}
    ${!shown && html`<${Told} id=${id} ids=${m.told} known=${known || []} />`}`;
}

function Told({ id, ids, known }) {
  const names = ids.map((one) => agentsOf(id, known).find((a) => String(a.id) === one)?.name);
  return ids.length > 0 && html`<p class="palette-none" data-told>${t('mentions.will', {
    names: someOf(names.slice(0, NAMES_SHOWN), names.length) })}</p>`;
}

function Palette({ m, onPick }) {
  if (m.error) return html`<div class="palette"><p class="palette-none error">${explain(m.error)}</p></div>`;
  if (!m.rows.length)
    return html`<div class="palette"><p class="palette-none">${t(m.loading ? 'mentions.loading'
      : 'mentions.none')}</p></div>`;
  return html`<div class="palette">
    <ul role="listbox" id="mention-list" aria-label=${t('mentions.whom')}>
      ${m.rows.map((row, i) => html`<li key=${row.id} role="option" id=${`mention-${i}`}
        aria-selected=${i === m.chosen ? 'true' : 'false'}
        ref=${(el) => i === m.chosen && el?.scrollIntoView({ block: 'nearest' })}
        onMouseDown=${(e) => {
          e.preventDefault(); // the focus stays where one writes
          onPick(row);
        }}><p><b>${row.name}</b></p>
        <span class="palette-of">${tOr(`status.${row.status}`, row.status)}</span></li>`)}
    </ul>
    <div class="palette-foot" aria-hidden="true"><span><kbd>Tab</kbd> ${t('canned.insert')}</span>
      <span><kbd>↑</kbd> <kbd>↓</kbd> ${t('canned.choose')}</span><span><kbd>Esc</kbd> ${t('close')}</span></div>
  </div>`;
}
