// Canned replies where one writes: "/" at a line's beginning (or Alt+Q) asks the gateway for those
// that have the words typed behind it, and what is chosen takes their place.  The focus stays in the
// text; while an input method converts, nothing happens.
import { html, useRef, useState } from '../../vendor/ui.js';
import { announce } from '../base/bits.js';
import { cleanLine } from '../../shared/text.js';
import { store } from '../base/here.js';
import { fill, holeIn, pieces, valuesOf } from './placeholders.js';
import { explain, number, t } from '../base/words.js';

const PAUSE_MS = 100; // while somebody types on
const ROWS = 20;
const QUERY_MAX = 200;
const isSlash = (ch) => ch === '/' || ch === '／';
const NOTHING = { at: -1, keyed: false, query: '', rows: [], count: 0, all: 0, chosen: 0,
  loading: false, wanted: false, error: null, department: '' };

// area: the textarea's ref; on: whether it takes them; changed(): its text is another now.
// → { look(e) on input, onKey(e) → handled, open() by key, props for the textarea, palette }
export function useCanned({ c, area, on, changed }) {
  const s = store.value;
  const state = useRef({ ...NOTHING, dismissed: -1, round: 0, timer: 0 });
  const [, draw] = useState(0);
  const m = state.current;
  const put = (change) => {
    Object.assign(m, change);
    draw((n) => n + 1);
  };

  function close(dismissed = -1) {
    clearTimeout(m.timer);
    if (m.at >= 0) put({ ...NOTHING, dismissed, round: m.round + 1 });
    else m.dismissed = dismissed;
  }
  function ask(query) {
    if (m.query === query && (m.loading || m.rows.length)) return;
    const first = !m.loading && !m.rows.length;
    const round = m.round + 1;
    put({ query, round, loading: true, wanted: false });
    clearTimeout(m.timer);
    m.timer = setTimeout(() => s.command('canned.find', {
      text: [...cleanLine(query)].slice(0, QUERY_MAX).join(''), conversation: c.id, max: ROWS,
    }).then((ok) => round === m.round && arrived(ok),
      (error) => round === m.round && put({ error, loading: false, rows: [] })), first ? 0 : PAUSE_MS);
  }
  function arrived(ok) {
    const { wanted } = m;
    put({ rows: ok.rows, count: ok.count, all: ok.all, department: ok.department_name,
      chosen: 0, loading: false, wanted: false, error: null });
    if (wanted && ok.rows[0]) pick(ok.rows[0]);
    else announce(t('canned.found', { n: ok.count }));
  }
  // Where the slash stands that one types behind; -1: nowhere.
  function slashAt(el) {
    const caret = el.selectionStart;
    if (m.at >= 0 && isSlash(el.value[m.at]) && caret > m.at
      && !el.value.slice(m.at, caret).includes('\n')) return m.at;
    const start = el.value.lastIndexOf('\n', caret - 1) + 1;
    return caret > start && isSlash(el.value[start]) ? start : -1;
  }
  function look(e) {
    const el = area.current;
    if (!on || !el || e?.isComposing) return;
    const at = slashAt(el);
    if (at < 0) return close();
    if (at === m.dismissed) return;
    m.at = at;
    ask(el.value.slice(at + 1, el.selectionStart));
  }
  function open() {
    const el = area.current;
    if (!on || !el || m.at >= 0) return;
    el.focus();
    el.setRangeText('/', el.selectionStart, el.selectionEnd, 'end');
    Object.assign(m, { at: el.selectionStart - 1, keyed: true, dismissed: -1 });
    changed();
    look();
  }
  function replace(from, to, text) {
    const el = area.current;
    close(from);
    el.focus();
    el.setSelectionRange(from, to);
    // So that undoing brings back what was typed.
    if (!text || !document.execCommand('insertText', false, text))
      el.setRangeText(text, from, to, 'end');
    changed();
  }
  function pick(row) {
    const el = area.current;
    const { at, department } = m;
    const values = valuesOf(c.head.peek(), s.agent.peek(), department);
    replace(at, el.selectionStart, fill(row.text, values));
    const hole = holeIn(el.value, at);
    if (hole) el.setSelectionRange(hole.start, hole.end);
  }
  function onKey(e) {
    if (m.at < 0 || e.isComposing || e.keyCode === 229) return false;
    const step = e.key === 'ArrowDown' ? 1 : e.key === 'ArrowUp' ? -1 : 0;
    if (step && m.rows.length) {
      put({ chosen: (m.chosen + step + m.rows.length) % m.rows.length });
    } else if (e.key === 'Escape') {
      e.stopPropagation();
      const { at, keyed, query } = m;
      if (keyed && !query) replace(at, at + 1, '');
      else close(at);
    } else if ((e.key === 'Enter' || e.key === 'Tab') && !e.shiftKey && (m.loading || m.rows.length)) {
      if (m.loading) m.wanted = true;
      else pick(m.rows[m.chosen]);
    } else {
      return false;
    }
    e.preventDefault();
    return true;
  }

  const shown = on && m.at >= 0;
  return {
    look, onKey, open, close,
    props: shown ? { 'aria-haspopup': 'listbox', 'aria-autocomplete': 'list',
      'aria-controls': m.rows.length ? 'canned-list' : undefined,
      'aria-activedescendant': m.rows.length ? `canned-${m.chosen}` : undefined } : {},
    palette: shown && html`<${Palette} m=${m} onPick=${pick} />`,
  };
}

// The part of a title that was typed, as it was typed.
function Marked({ text, query }) {
  const at = query ? text.toLowerCase().indexOf(query.toLowerCase()) : -1;
  if (at < 0) return text;
  return html`${text.slice(0, at)}<mark>${text.slice(at, at + query.length)}</mark>${
    text.slice(at + query.length)}`;
}

export const Pieces = ({ text }) => pieces(text).map((p) => (p.hole
  ? html`<span class="hole">${p.hole}</span>` : p.text));

function Palette({ m, onPick }) {
  if (m.error) return html`<div class="palette"><p class="palette-none error">${explain(m.error)}</p></div>`;
  if (!m.rows.length)
    return html`<div class="palette"><p class="palette-none">${m.loading ? t('canned.loading')
      : t(m.all ? 'canned.none' : 'canned.none.yet')}</p></div>`;
  return html`<div class="palette">
    <ul role="listbox" id="canned-list" aria-label=${t('canned')}>
      ${m.rows.map((row, i) => html`<li key=${row.canned} role="option" id=${`canned-${i}`}
        aria-selected=${i === m.chosen ? 'true' : 'false'}
        ref=${(el) => i === m.chosen && el?.scrollIntoView({ block: 'nearest' })}
        onMouseDown=${(e) => {
          e.preventDefault(); // the focus stays where one writes
          onPick(row);
        }}>
        <code>${row.shortcut && html`/${row.shortcut}`}</code>
        <p><b><${Marked} text=${row.title} query=${m.query.trim()} /></b> <span><${Pieces}
          text=${row.text.slice(0, 200)} /></span></p>
        <span class="palette-of">${t(`canned.scope.${row.scope}`)}</span></li>`)}
    </ul>
    <div class="palette-foot" aria-hidden="true"><span><kbd>Tab</kbd> ${t('canned.insert')}</span>
      <span><kbd>↑</kbd> <kbd>↓</kbd> ${t('canned.choose')}</span><span><kbd>Esc</kbd> ${t('close')}</span>
      <span class="push">${t('canned.of', { count: number(m.count), all: number(m.all) })}</span></div>
  </div>`;
}

// Says what is not filled in, when it would be sent; onFill leads there, onSend sends all the same.
export function HoleNote({ hole, onFill, onSend }) {
  return html`<p class="hole-note" role="alert"><span>${t('canned.hole', { name: hole.name })}</span>
    <button type="button" class="link" onClick=${onFill}>${t('canned.hole.fill')}</button>
    <button type="button" class="link" onClick=${onSend}>${t('canned.hole.send')}</button></p>`;
}

// Before a text goes: lead() to the first hole, once for each; true: there is none, or it is to stand.
export function useHoles(area) {
  const [hole, setHole] = useState(null);
  const lead = (found) => {
    area.current.focus();
    area.current.setSelectionRange(found.start, found.end);
    setHole(found);
  };
  return {
    hole,
    clear: () => hole && setHole(null),
    again: () => lead(holeIn(area.current.value) || hole),
    passes(text) {
      const found = holeIn(text);
      if (!found) return true;
      lead(holeIn(area.current.value));
      return false;
    },
  };
}
