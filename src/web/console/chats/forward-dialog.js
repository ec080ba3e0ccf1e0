// Which lines go outside by e-mail, to whom, and with what note.  Private notes only by choice.
import { html, useRef, useState } from '../../vendor/ui.js';
import { Button, toast } from '../base/bits.js';
import { openDialog } from '../base/dialog.js';
import { clean } from '../../shared/text.js';
import { clock, explain, t } from '../base/words.js';

const LINES_MAX = 200;

// The lines that have words, newest last.
export const linesToForward = (lines) => lines.filter((l) => l.text &&
  ['rang', 'left', 'message', 'note', 'mail'].includes(l.kind)).slice(-LINES_MAX);

function Body({ done, s, c }) {
  const lines = linesToForward(c.lines.value);
  const to = useRef(null);
  const cover = useRef(null);
  const [chosen, setChosen] = useState(new Set(lines.filter((l) => l.kind !== 'note').map((l) =>
    l.seq)));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const toggle = (seq) => {
    const next = new Set(chosen);
    if (!next.delete(seq)) next.add(seq);
    setChosen(next);
  };
  const send = async (e) => {
    e.preventDefault();
    const picked = lines.filter((l) => chosen.has(l.seq));
    const fields = { conversation: c.id, to: to.current.value.trim(),
      lines: picked.map((l) => l.seq) };
    const words = clean(cover.current.value).trim();
    if (words) fields.text = words;
    if (picked.some((l) => l.kind === 'note')) fields.with_notes = true;
    setBusy(true);
    try {
      await s.command('conversation.forward', fields);
      toast(t('forward.done', { to: fields.to }), { kind: 'good' });
      done(true);
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  return html`<form class="forward" onSubmit=${send}>
    <div class="field"><label for="forward-to">${t('forward.to')}</label>
      <input id="forward-to" ref=${to} type="email" required autofocus autocomplete="off" /></div>
    <div class="field"><label for="forward-cover">${t('forward.cover')}</label>
      <textarea id="forward-cover" ref=${cover} rows="3" maxlength="4000"></textarea></div>
    <fieldset class="forward-lines"><legend>${t('forward.lines')}</legend>
      ${lines.map((l) => html`<label key=${l.seq}><input type="checkbox" value=${l.seq}
        checked=${chosen.has(l.seq)} onChange=${() => toggle(l.seq)} />
        <span>${clock(l.time_ms)} <strong>${l.name || ''}</strong>
          ${l.kind === 'note' && ` (${t('note')})`} ${l.text}</span></label>`)}
    </fieldset>
    ${error && html`<p class="error" role="alert">${explain(error)}</p>`}
    <div class="buttons"><${Button} onClick=${() => done(undefined)}>${t('cancel')}<//>
      <${Button} type="submit" kind="primary" icon="mail"
        busy=${busy || !chosen.size}>${t('forward.send')}<//></div>
  </form>`;
}

export const askForward = (s, c) => openDialog(t('forward.title'), ({ done }) => html`<${Body}
  done=${done} s=${s} c=${c} />`, { wide: true });
