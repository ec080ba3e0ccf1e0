// A test mail: where to, what is said meanwhile, and what is wrong.  It goes by what is saved, which
// is named, and says so where the form beside it holds something else.
import { html, useEffect, useRef, useState } from '../../vendor/ui.js';
import { Button, Field, Icon } from '../base/bits.js';
import { store } from '../base/here.js';
import { unsavedHere } from '../base/unsaved.js';
import { explain, t, tOr } from '../base/words.js';

// What stands before a line: people who read SMTP know it so.
const MARKS = { client: 'C:', server: 'S:', note: '--' };
const NEAR_END_PX = 24;

function Dialogue({ lines }) {
  const box = useRef(null);
  const follows = useRef(true);
  useEffect(() => {
    if (follows.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines.length]);
  return html`<div class="dialogue" role="log" tabindex="0" ref=${box} aria-label=${t('trial.log')}
    onScroll=${({ currentTarget: b }) => {
      follows.current = b.scrollHeight - b.scrollTop - b.clientHeight < NEAR_END_PX;
    }}>${lines.map((line, i) => html`<p key=${i} class=${`by-${line.by}`}>
      <span class="mark" aria-hidden="true">${MARKS[line.by]}</span>
      <span class="hidden">${t(`trial.by.${line.by}`)} </span>
      <span>${line.text}</span></p>`)}</div>`;
}

function Diagnosis({ outcome, diagnosis }) {
  const good = outcome === 'sent';
  return html`<div class=${`verdict ${good ? 'good' : 'warn'}`} role="status">
    <p class="verdict-title"><${Icon} name=${good ? 'check' : 'warn'} size=${16}
      />${t(`trial.outcome.${outcome}`)}</p>
    <p>${tOr(`trial.code.${diagnosis.code}`, diagnosis.text, diagnosis)}</p>
    ${!good && diagnosis.reply && html`<p class="help">
      ${t('trial.reply')} <span class="mono" dir="ltr">${diagnosis.reply}</span></p>`}</div>`;
}

// by: { host, port, from } as they are saved; null: not known yet.
export function TrialCard({ department, by }) {
  const s = store.value;
  const [to, setTo] = useState(s.agent.value?.email || '');
  const [lines, setLines] = useState([]);
  const [state, setState] = useState({}); // { busy, error, result }
  const field = useRef(null);

  async function send(e) {
    e.preventDefault();
    const told = [];
    setLines([]);
    setState({ busy: true });
    try {
      // Asked once, on this connection: sent again, it would be a second mail.
      const { ok } = await s.ask('mail.test', { to: to.trim(), ...(department && { department }) },
        (frame) => {
          told.push(...frame.lines);
          setLines([...told]);
        });
      setLines(ok.lines);
      setState({ result: ok });
    } catch (error) {
      setState({ error });
      if (error.field === 'to') field.current?.querySelector('input').focus();
    }
  }
  const { busy, error, result } = state;
  const wrong = error?.field === 'to' ? explain(error) : '';
  return html`<section class="card trial"><h2>${t('trial')}</h2>
    <p class="help">${t(department ? 'trial.help.department' : 'trial.help.portal')}</p>
    ${by && html`<p class="help trial-by">${t(by.from ? 'trial.by' : 'trial.by.nobody', by)}</p>`}
    ${unsavedHere.value && html`<p class="banner warn" role="status"><${Icon} name="warn" size=${16}
      /><span>${t('trial.unsaved')}</span></p>`}
    <form onSubmit=${send} novalidate ref=${field}>
      <${Field} id="trial-to" label=${t('trial.to')} error=${wrong}>
        <input id="trial-to" type="email" value=${to} autocomplete="email"
          aria-invalid=${wrong ? 'true' : undefined}
          aria-describedby=${wrong ? 'trial-to-error' : undefined}
          onInput=${(e) => setTo(e.currentTarget.value)} /><//>
      <${Button} type="submit" icon="send" busy=${busy || !to.trim() || !s.online.value}>
        ${t(busy ? 'trial.busy.short' : 'trial.send')}<//>
    </form>
    ${error && !wrong && html`<p class="error" role="alert">${explain(error)}</p>`}
    ${result && html`<${Diagnosis} ...${result} />`}
    ${(busy || lines.length > 0) && html`<${Dialogue} lines=${lines} />`}
  </section>`;
}
