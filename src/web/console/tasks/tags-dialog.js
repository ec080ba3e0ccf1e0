// Tags are put to a chat and taken away, and one is chosen to look at the chats that have it: a field
// that knows those in use, the most used first.
import { html, useEffect, useRef, useState } from '../../vendor/ui.js';
import { Button, Icon, announce } from '../base/bits.js';
import { openDialog } from '../base/dialog.js';
import { explain, number, t } from '../base/words.js';

const PAUSE_MS = 120;
const SHOWN = 8;
const LETTERS_MAX = 40;

// Those in use that have what was typed last; those before stay until the answer is there.
function useInUse(s, text) {
  const [rows, setRows] = useState([]);
  useEffect(() => {
    let wanted = true;
    const timer = setTimeout(() => s.command('tag.list', { max: SHOWN, ...(text && { text }) }).then(
      (ok) => wanted && setRows(ok.rows), () => {}), text ? PAUSE_MS : 0);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [s, text]);
  return rows;
}

// without: not to be offered; own: what is typed will do, in use or not.
function Picker({ s, label, without = [], own, error, pick }) {
  const input = useRef(null);
  const [text, setText] = useState('');
  const [at, setAt] = useState(-1);
  const rows = useInUse(s, text.trim()).filter((row) => !without.includes(row.tag));
  const typed = text.trim();
  const take = (tag) => {
    if (!tag) return;
    pick(tag);
    setText('');
    setAt(-1);
    input.current?.focus();
  };
  const onKey = (e) => {
    if (e.isComposing || e.keyCode === 229) return;
    const step = e.key === 'ArrowDown' ? 1 : e.key === 'ArrowUp' ? -1 : 0;
    if (step && rows.length) setAt(Math.max(-1, Math.min(rows.length - 1, at + step)));
    else if (e.key === 'Enter') take(at >= 0 ? rows[at].tag : own ? typed : rows[0]?.tag);
    else return;
    e.preventDefault();
  };
  return html`<div class=${`field ${error ? 'wrong' : ''}`}><label for="tag">${label}</label>
    <input id="tag" ref=${input} type="text" role="combobox" autocomplete="off" autofocus
      aria-expanded=${rows.length ? 'true' : 'false'} aria-controls="tag-list"
      aria-autocomplete="list" aria-invalid=${error ? 'true' : undefined}
      aria-activedescendant=${at >= 0 ? `tag-${at}` : undefined}
      aria-describedby=${error ? 'tag-error' : undefined} maxlength=${LETTERS_MAX} value=${text}
      onInput=${(e) => {
        setText(e.currentTarget.value);
        setAt(-1);
      }} onKeyDown=${onKey} />
    ${error && html`<p class="error" id="tag-error" role="alert">${error}</p>`}
    <ul class="tag-list" role="listbox" id="tag-list" aria-label=${t('tags.in-use')}>
      ${rows.map((row, i) => html`<li key=${row.tag} role="option" id=${`tag-${i}`}
        aria-selected=${i === at ? 'true' : 'false'} onMouseDown=${(e) => {
          e.preventDefault();
          take(row.tag);
        }}><span class="tag">${row.tag}</span>
        <small>${t('tags.count', { n: row.count, count: number(row.count) })}</small></li>`)}
    </ul></div>`;
}

function Change({ done, s, id }) {
  const c = s.conversations.find(id);
  const head = (c?.head || s.row(id)).value;
  const [error, setError] = useState(null);
  const tags = head?.tags || [];
  const send = async (verb, tag) => {
    try {
      await s.command(`conversation.${verb}`, { conversation: id, tag });
      setError(null);
      announce(t(verb === 'tag' ? 'tags.put' : 'tags.gone', { tag }));
    } catch (e) {
      setError(explain(e));
    }
  };
  return html`<div>
    <${Picker} s=${s} label=${t('tags.label')} without=${tags} own error=${error}
      pick=${(tag) => send('tag', tag)} />
    <p class="help">${t('tags.help')}</p>
    <ul class="tags" aria-label=${t('tags')}>${tags.map((tag) => html`<li key=${tag} class="tag">
      ${tag}<button type="button" aria-label=${t('tags.remove', { tag })}
        onClick=${() => send('untag', tag)}><${Icon} name="close" size=${12} /></button></li>`)}
    </ul>
    ${!tags.length && html`<p class="quiet-text">${t('tags.none')}</p>`}
    <div class="buttons"><${Button} kind="primary" onClick=${() => done(true)}>${t('close')}<//></div>
  </div>`;
}

export const askTags = (s, id) => openDialog(t('tags.title', {
  number: (s.conversations.find(id)?.head || s.row(id)).peek()?.number ?? '' }),
  ({ done }) => html`<${Change} done=${done} s=${s} id=${id} />`);

// Resolves with one of those in use.
export const askTag = (s) => openDialog(t('tags.filter.title'), ({ done }) => html`<div>
  <${Picker} s=${s} label=${t('tags.label')} pick=${done} />
  <div class="buttons"><${Button} onClick=${() => done(undefined)}>${t('cancel')}<//></div></div>`);
