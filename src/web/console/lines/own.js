// Lines that their author changes or takes back, and what is left of that for agents: who, when, and
// what stood there before.
import { html, useRef, useState } from '../../vendor/ui.js';
import { Button, serverTick, toast } from '../base/bits.js';
import { confirm, openDialog } from '../base/dialog.js';
import { mentionHooks, store } from '../base/here.js';
import { clean } from '../../shared/text.js';
import { explain, stamp, t } from '../base/words.js';

const TEXT_MAX = 4000;
const EDIT_MAX_MS = 15 * 60000; // as the gateway has it: later, it can only be removed

function Form({ done, s, c, line }) {
  const area = useRef(null);
  const [error, setError] = useState(null);
  const Hooks = line.kind === 'note' && mentionHooks.value;
  const save = async (e) => {
    e.preventDefault();
    const text = clean(area.current.value).trim();
    if (text === line.text) return done(undefined);
    const mentions = Hooks ? Hooks.named(c.id, text, line.mentions) : undefined;
    try {
      await s.command('line.edit', { conversation: c.id, line: line.seq, text, mentions });
      done(true);
    } catch (refused) {
      setError(refused);
    }
    return undefined;
  };
  return html`<form onSubmit=${save}>
    <div class=${`field ${error ? 'wrong' : ''}`}>
      <label for="own-text">${t(line.kind === 'note' ? 'own.note' : 'own.text')}</label>
      <textarea id="own-text" ref=${area} rows="5" maxlength=${TEXT_MAX} required autofocus
        aria-describedby="own-help own-error" defaultValue=${line.text}
        onKeyDown=${(e) => e.key === 'Enter' && (e.ctrlKey || e.metaKey) && !e.isComposing && save(e)}
      ></textarea>
      ${Hooks && html`<${Hooks.Pick} id=${c.id} area=${area} known=${line.mentions} />`}
      <p class="help" id="own-help">${t(line.kind === 'note' ? 'own.help.note' : 'own.help')}</p>
      ${error && html`<p class="error" id="own-error" role="alert">${explain(error)}</p>`}
    </div>
    <div class="buttons"><${Button} onClick=${() => done(undefined)}>${t('cancel')}<//>
      <${Button} type="submit" kind="primary">${t('save')}<//></div>
  </form>`;
}

const change = (s, c, line) =>
  openDialog(t('own.edit'), ({ done }) => html`<${Form} done=${done} s=${s} c=${c} line=${line} />`);

async function remove(s, c, line) {
  const sure = await confirm(t('own.remove.title'),
    [line.text, t(line.kind === 'note' ? 'own.remove.note' : 'own.remove.text')],
    t('own.remove'), { danger: true });
  if (!sure) return;
  s.command('line.remove', { conversation: c.id, line: line.seq }).catch((e) =>
    toast(explain(e), { kind: 'bad' }));
}

export function Trace({ line, c }) {
  const s = store.value;
  const traces = c.lines.value.filter((l) => l.line === line.seq);
  return html`<details class="trace"><summary>${t(line.removed ? 'own.was-removed' : 'own.was-edited',
    { when: stamp(line.edited_ms) })}</summary>
    <ul>${traces.map((l) => html`<li key=${l.seq}><span>${t('own.before', {
      name: l.name || s.agents.value.get(String(l.agent))?.name || t('somebody'),
      when: stamp(l.time_ms) })}</span><p class="quote">${l.was}</p></li>`)}</ul>
  </details>`;
}

export function Own({ line, c }) {
  const s = store.value;
  const head = c.head.value;
  const note = line.kind === 'note';
  const may = ['message', 'note'].includes(line.kind) && (head?.may || []).includes(note ? 'note' : 'reply');
  const early = note || serverTick(s) - line.time_ms < EDIT_MAX_MS;
  const busy = !s.online.value;
  return may && html`<span class="own-tools">
    ${early && html`<${Button} small kind="link" busy=${busy}
      onClick=${() => change(s, c, line)}>${t('own.edit.short')}<//>`}
    <${Button} small kind="link" busy=${busy}
      onClick=${() => remove(s, c, line)}>${t('own.remove')}<//></span>`;
}
