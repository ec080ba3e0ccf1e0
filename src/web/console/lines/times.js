// How long a chat was in whose hands, beside the chat, and its being corrected.
import { html, useRef, useState } from '../../vendor/ui.js';
import { Button, serverTick } from '../base/bits.js';
import { openDialog } from '../base/dialog.js';
import { hasPermission, store } from '../base/here.js';
import { explain, span, t } from '../base/words.js';

const now = (s, one) => one.ms + (one.since_ms ? Math.max(0, serverTick(s) - one.since_ms) : 0);

// "1:02:03", "2:03" or "15" (minutes), as seconds; null: none of these.
export function secondsOf(text) {
  const half = text.normalize('NFKC').trim();
  if (/^\d{1,5}$/.test(half)) return Number(half) * 60;
  if (!/^\d{1,5}(:[0-5]\d){1,2}$/.test(half)) return null;
  return half.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

function Form({ done, s, head, one }) {
  const field = useRef(null);
  const [error, setError] = useState('');
  const save = async (e) => {
    e.preventDefault();
    const seconds = secondsOf(field.current.value);
    if (seconds === null) return setError(t('times.form'));
    try {
      await s.command('conversation.time',
        { conversation: head.conversation, agent: one.agent, seconds });
      done(true);
    } catch (refused) {
      setError(explain(refused));
    }
    return undefined;
  };
  return html`<form onSubmit=${save}>
    <div class=${`field ${error ? 'wrong' : ''}`}>
      <label for="time-of">${t('times.of', { name: one.name })}</label>
      <input id="time-of" ref=${field} required autofocus autocomplete="off" maxlength="11"
        aria-describedby="time-help time-error" aria-invalid=${error ? 'true' : undefined}
        defaultValue=${span(now(s, one))} />
      <p class="help" id="time-help">${t('times.help')}</p>
      ${error && html`<p class="error" id="time-error" role="alert">${error}</p>`}
    </div>
    <div class="buttons"><${Button} onClick=${() => done(undefined)}>${t('cancel')}<//>
      <${Button} type="submit" kind="primary">${t('save')}<//></div>
  </form>`;
}

const correct = (s, head, one) => openDialog(t('times.correct'),
  ({ done }) => html`<${Form} done=${done} s=${s} head=${head} one=${one} />`);

export function Times({ head }) {
  const s = store.value;
  const me = String(s.agent.value.id);
  const may = (one) => String(one.agent) === me ? (head.may || []).includes('note')
    : hasPermission('supervise');
  if (!head.times?.length) return null;
  return html`<h3>${t('times')}</h3><dl class="times">${head.times.map((one) => html`<div
    key=${one.agent}><dt>${one.name}</dt><dd><span data-time=${one.agent}>${span(now(s, one))}</span>
    ${one.corrected && html` <small>${t('times.corrected')}</small>`}
    ${may(one) && html` <button type="button" class="link" aria-label=${t('times.correct.of',
      { name: one.name })} onClick=${() => correct(s, head, one)}>${t('times.correct.short')}</button>`}
    </dd></div>`)}</dl>`;
}
