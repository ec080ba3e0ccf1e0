// The picker of emoji: loaded when it is first wanted.  Words find them in English and Japanese,
// whatever the console speaks; arrows go about, Enter takes one, Escape goes back to the text.
import { html, useEffect, useRef, useState } from '../../vendor/ui.js';
import { GROUPS } from './emoji-data.js';
import { device } from '../base/here.js';
import { lang, t } from '../base/words.js';

const RECENT_MAX = 16;
const ALL = GROUPS.flatMap((group) => group.rows);

// As people take words for the same: case, width, katakana and hiragana.
export const fold = (text) => text.normalize('NFKC').toLowerCase().replace(/[\u30a1-\u30f6]/g,
  (ch) => String.fromCharCode(ch.charCodeAt(0) - 0x60));
const folded = new Map(ALL.map((row) => [row, fold(`${row.en} ${row.ja}`)]));

export function find(query) {
  const words = fold(query).split(/\s+/).filter(Boolean);
  return ALL.filter((row) => words.every((word) => folded.get(row).includes(word)));
}

function recent() {
  try {
    const kept = JSON.parse(device.get('emoji')) || [];
    return kept.map((text) => ALL.find((row) => row.text === text)).filter(Boolean);
  } catch {
    return [];
  }
}
function keep(row) {
  const kept = [row, ...recent().filter((r) => r !== row)].slice(0, RECENT_MAX);
  device.set('emoji', JSON.stringify(kept.map((r) => r.text)));
}

const nameOf = (row) => (lang.value === 'ja' ? row.ja.split(' ')[0] : row.en);

// The option that an arrow leads to: by rows as they lie on the screen.
function goTo(list, at, key) {
  const options = [...list.querySelectorAll('[role=option]')];
  if (key === 'ArrowRight') return Math.min(at + 1, options.length - 1);
  if (key === 'ArrowLeft') return Math.max(at - 1, 0);
  const here = options[at].getBoundingClientRect();
  const down = key === 'ArrowDown';
  const beyond = options.map((el, i) => ({ i, box: el.getBoundingClientRect() }))
    .filter(({ box }) => (down ? box.top > here.top + 4 : box.top < here.top - 4));
  if (!beyond.length) return at;
  const tops = beyond.map(({ box }) => box.top);
  const row = down ? Math.min(...tops) : Math.max(...tops);
  return beyond.filter(({ box }) => Math.abs(box.top - row) < 4).reduce((best, one) =>
    (Math.abs(one.box.left - here.left) < Math.abs(best.box.left - here.left) ? one : best)).i;
}

export function EmojiPicker({ onPick, onClose }) {
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const [last] = useState(recent);
  const input = useRef(null);
  const list = useRef(null);
  const groups = query.trim() ? [{ name: 'found', rows: find(query) }]
    : [...(last.length ? [{ name: 'recent', rows: last }] : []), ...GROUPS];
  const rows = groups.flatMap((group) => group.rows);
  useEffect(() => input.current.focus(), []);
  useEffect(() => document.getElementById(`emoji-${at}`)?.scrollIntoView({ block: 'nearest' }), [at]);

  const pick = (row) => {
    keep(row);
    onPick(row.text);
  };
  const look = (text) => {
    setQuery(text);
    setAt(0);
  };
  const onKey = (e) => {
    if (e.isComposing || e.keyCode === 229) return;
    const el = e.currentTarget;
    const sideways = e.key === 'ArrowLeft' || e.key === 'ArrowRight';
    if (e.key === 'Escape') {
      e.stopPropagation();
      onClose();
    } else if (e.key === 'Enter') {
      if (rows[at]) pick(rows[at]);
    } else if (rows.length && (e.key === 'ArrowUp' || e.key === 'ArrowDown'
      || (sideways && el.selectionStart === el.value.length && (at > 0 || e.key === 'ArrowRight')))) {
      setAt(goTo(list.current, at, e.key));
    } else {
      return;
    }
    e.preventDefault();
  };
  let i = 0;
  return html`<div class="palette emoji" role="group" aria-label=${t('emoji')}>
    <div class="emoji-look"><input ref=${input} role="combobox" aria-expanded=${rows.length ? 'true' : 'false'}
      aria-controls=${rows.length ? 'emoji-list' : undefined} aria-autocomplete="list"
      aria-activedescendant=${rows.length ? `emoji-${at}` : undefined} aria-label=${t('emoji.search')}
      placeholder=${t('emoji.search')} autocomplete="off" maxlength="60" onKeyDown=${onKey}
      onInput=${(e) => !e.isComposing && look(e.currentTarget.value)}
      onCompositionEnd=${(e) => look(e.currentTarget.value)} /></div>
    ${rows.length ? html`<div ref=${list} class="emoji-list" role="listbox" id="emoji-list"
      aria-label=${t('emoji')}>
      ${groups.map((group) => html`<div role="group" key=${group.name} aria-label=${t(`emoji.${group.name}`)}>
        <p class="emoji-group" aria-hidden="true">${t(`emoji.${group.name}`)}</p>
        ${group.rows.map((row) => {
          const n = i++;
          return html`<span role="option" id=${`emoji-${n}`} key=${row.text} class="emoji-one"
            aria-selected=${n === at ? 'true' : 'false'} aria-label=${nameOf(row)} title=${nameOf(row)}
            onMouseDown=${(e) => {
              e.preventDefault();
              pick(row);
            }}>${row.text}</span>`;
        })}</div>`)}</div>`
      : html`<p class="palette-none" role="status">${t('emoji.none')}</p>`}
  </div>`;
}
