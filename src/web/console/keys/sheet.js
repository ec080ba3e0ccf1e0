// All keys on one page: what each does, another one for it, and back to what they were at first.
import { html, useLayoutEffect, useRef, useState } from '../../vendor/ui.js';
import { Button, announce, toast } from '../base/bits.js';
import { openDialog } from '../base/dialog.js';
import { store } from '../base/here.js';
import { DEFAULTS, comboOf, heldWithDigit, keysFor, ownKeys, readable } from '../base/keymap.js';
import { explain, t } from '../base/words.js';
import { isBrowsers } from './browsers.js';

const FIXED = [['send', 'Enter / Ctrl+Enter'], ['escape', 'Esc']];
const MODIFIERS = ['Control', 'Alt', 'Shift', 'Meta', 'AltGraph', 'CapsLock'];

// Why these keys cannot be given to a word; '': they can.
export function whyNot(word, combo, text) {
  const keys = readable(combo);
  if (!combo) return t('keys.why.alone');
  if (word === 'tab' && !heldWithDigit(combo)) return t('keys.why.digit');
  if (isBrowsers(combo)) return t('keys.why.browser', { keys });
  // The tabs have all nine digits.
  const held = heldWithDigit(combo);
  const other = Object.entries(keysFor(text)).find(([one, has]) => one !== word && (has === combo ||
    ([one, word].includes('tab') && held && heldWithDigit(has) === held)));
  return other ? t('keys.why.taken', { keys, what: t(`keys.${other[0]}`) }) : '';
}

// As it is written in the list, and as it is kept.
const shown = (word, combo) => readable(word === 'tab' ? combo.replace(/\d$/, '1 … 9') : combo);
const kept = (word, combo) => (word === 'tab' ? combo.replace(/\d$/, '1') : combo);

// The gateway's text with one word's keys changed: what is as at first needs no word.
export function changed(text, word, combo) {
  const own = { ...ownKeys(text), [word]: combo };
  if (combo === DEFAULTS[word]) delete own[word];
  return Object.entries(own).map(([one, keys]) => `${one}=${keys}`).join(' ');
}

async function save(text, said) {
  const s = store.value;
  const me = s.agent.value;
  try {
    await s.command('agent.set', { agent: me.id, keys: text });
    s.agent.value = { ...s.agent.peek(), keys: text };
    announce(said);
    return true;
  } catch (e) {
    toast(explain(e), { kind: 'bad' });
    return false;
  }
}

// Waits for keys to be pressed: nothing of them is done meanwhile.
function Press({ word, text, done }) {
  const [why, setWhy] = useState('');
  const box = useRef(null);
  useLayoutEffect(() => box.current.focus(), []);
  const set = async (combo) => {
    const what = t(`keys.${word}`);
    const keys = shown(word, combo) || t('keys.none');
    if (await save(changed(text, word, combo), t('keys.saved', { what, keys }))) done();
  };
  const onKey = (e) => {
    const bare = !e.ctrlKey && !e.altKey && !e.metaKey && !e.shiftKey;
    if (e.key === 'Tab' && !e.ctrlKey && !e.altKey) return;
    e.preventDefault();
    e.stopPropagation();
    if (MODIFIERS.includes(e.key) || e.isComposing) return;
    if (bare && e.key === 'Escape') done();
    else if (bare && e.key === 'Backspace') set('');
    else {
      const no = whyNot(word, comboOf(e), text);
      setWhy(no);
      if (!no) set(kept(word, comboOf(e)));
    }
  };
  return html`<span class="keys-press"><button type="button" class="keys-wait" ref=${box}
      aria-label=${`${t('keys.change.of', { what: t(`keys.${word}`) })}. ${t('keys.press')}`}
      aria-describedby="keys-press-help" onKeyDown=${onKey} onBlur=${done}>${t('keys.press')}</button>
    <small id="keys-press-help" class=${why ? 'error' : 'quiet-text'} role=${why ? 'alert' : undefined}>${
      why || t('keys.press.help')}</small></span>`;
}

function Row({ word, text, open, setOpen }) {
  const combo = keysFor(text)[word];
  const change = useRef(null);
  const what = t(`keys.${word}`);
  const back = () => {
    setOpen('');
    requestAnimationFrame(() => change.current?.focus());
  };
  return html`<tr data-keys=${word}><th scope="row">${what}</th>
    <td>${open ? html`<${Press} word=${word} text=${text} done=${back} />`
      : html`${combo ? html`<kbd>${shown(word, combo)}</kbd>` : html`<span
        class="quiet-text">${t('keys.none')}</span>`}
        ${combo !== DEFAULTS[word] && html` <small class="quiet-text">${t('keys.own')}</small>`}`}</td>
    <td class="keys-do">${!open && html`<button type="button" class="link" ref=${change}
        aria-label=${t('keys.change.of', { what })} onClick=${() => setOpen(word)}>${t('keys.change')}</button>
      ${combo !== DEFAULTS[word] && html`<button type="button" class="link"
        aria-label=${`${t('keys.reset')}: ${what}`} onClick=${() => {
          const no = whyNot(word, DEFAULTS[word], text);
          if (no) toast(no, { kind: 'warn' });
          else save(changed(text, word, DEFAULTS[word]),
            t('keys.saved', { what, keys: shown(word, DEFAULTS[word]) }));
        }}>${t('keys.reset')}</button>`}`}</td></tr>`;
}

function Sheet() {
  const text = store.value.agent.value.keys || '';
  const [open, setOpen] = useState('');
  return html`<p class="help">${t('keys.text')}</p>
    <table class="keys"><tbody>${Object.keys(DEFAULTS).map((word) => html`<${Row} key=${word} word=${word}
      text=${text} open=${open === word} setOpen=${setOpen} />`)}
    ${FIXED.map(([word, keys]) => html`<tr key=${word}><th scope="row">${t(`keys.${word}`)}</th>
      <td><kbd>${keys}</kbd></td><td class="keys-do quiet-text"><small>${t('keys.fixed')}</small></td></tr>`)}
    </tbody></table>
    ${text && html`<div class="buttons"><${Button} icon="retry" onClick=${() =>
      save('', t('keys.reset.all'))}>${t('keys.reset.all')}<//></div>`}`;
}

export const showKeys = () => openDialog(t('keys.title'), Sheet, { wide: true });
