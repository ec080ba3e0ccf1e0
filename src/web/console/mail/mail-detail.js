// One mail: what became of it for each recipient and attempt, and what can be done about it.
import { html, useRef, useState } from '../../vendor/ui.js';
import { Button, Icon, toast } from '../base/bits.js';
import { openDialog } from '../base/dialog.js';
import { store } from '../base/here.js';
import { Trouble, act, useAsked } from '../base/page.js';
import { explain, number, stamp, t, tOr } from '../base/words.js';

const CAN_RETRY = ['deferred', 'failed', 'uncertain', 'held'];
const CAN_CANCEL = ['queued', 'deferred', 'failed', 'uncertain', 'held'];
const hasLink = (m) => ['invitation', 'reset'].includes(m.kind); // which is its reader's alone
const composed = (m) => Boolean(m.message_id);
export const canRetry = (m) => CAN_RETRY.includes(m.state) && (m.kept || !composed(m));
export const canCancel = (m) => CAN_CANCEL.includes(m.state);

// The recipients that it has not reached, and that no other mail goes for.
const unreached = (m) => (hasLink(m) || ['sent', 'suppressed', 'folded'].includes(m.state) ? []
  : (m.to || []).filter((to) => to.state !== 'sent' && !to.replaced_by));
export const canReaddress = (m) => unreached(m).length > 0;

export function causeText(cause) {
  const code = /^code-(\d{3})$/.exec(cause || '');
  return code ? t('cause.code', { code: code[1] }) : tOr(`cause.${cause}`, cause || '');
}

// The server's last word on a recipient: its code, and what it said.
export const answerOf = (to) => [to.code || '', to.reply].filter(Boolean).join(' ');

// All pieces of the message, one after the other, as a file.
export async function download(s, m) {
  const parts = [];
  for (let offset = 0; offset !== null;) {
    const ok = await act(s.command('mail.source', { mail: m.id, offset }));
    if (!ok) return;
    parts.push(ok.text);
    offset = ok.next > offset ? ok.next : null;
  }
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob(parts, { type: 'message/rfc822' }));
  link.download = `mail-${m.id}.eml`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

function Readdress({ done, s, m }) {
  const left = unreached(m);
  const to = useRef(null);
  const address = useRef(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const send = async (e) => {
    e.preventDefault();
    const fields = { mail: m.id, to: to.current.value.trim(),
      address: address.current?.value || left[0].address };
    setBusy(true);
    try {
      await s.command('mail.readdress', fields);
      toast(t('mail.readdress.done', { to: fields.to }), { kind: 'good' });
      done(true);
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  return html`<form onSubmit=${send}>
    <p>${t('mail.readdress.help')}</p>
    <div class="field"><label for="readdress-old">${t('mail.readdress.old')}</label>
      ${left.length > 1 ? html`<select id="readdress-old" ref=${address}>${left.map((r) =>
        html`<option key=${r.address}>${r.address}</option>`)}</select>`
        : html`<input id="readdress-old" readonly value=${left[0].address} />`}</div>
    <div class=${`field ${error ? 'wrong' : ''}`}>
      <label for="readdress-to">${t('mail.readdress.to')}</label>
      <input id="readdress-to" ref=${to} type="email" required autofocus autocomplete="off"
        aria-describedby=${error ? 'readdress-error' : undefined} />
      ${error && html`<p class="error" role="alert" id="readdress-error">${explain(error)}</p>`}
    </div>
    <div class="buttons"><${Button} onClick=${() => done(undefined)}>${t('cancel')}<//>
      <${Button} type="submit" kind="primary" icon="mail"
        busy=${busy}>${t('mail.readdress.send')}<//></div>
  </form>`;
}

export const askReaddress = (s, m) => openDialog(t('mail.readdress.title'), ({ done }) =>
  html`<${Readdress} done=${done} s=${s} m=${m} />`);

function Head({ m }) {
  const other = (id) => html`<button type="button" class="link" onClick=${() =>
    showMail(id)}>${t('mail.other')}</button>`;
  const rows = [
    [t('mail.subject'), m.subject], [t('mail.from'), m.from], [t('mail.cc'), m.cc],
    ['Message-ID', m.message_id && html`<span class="mono">${m.message_id}</span>`],
    [t('mail.created'), stamp(m.created_ms)],
    [t('mail.settled'), m.settled_ms ? stamp(m.settled_ms) : ''],
    [t('mail.due'), m.due_ms && !m.settled_ms ? stamp(m.due_ms) : ''],
    [t('mail.sending'), m.awaited_ms ? t('mail.awaited', { time: stamp(m.awaited_ms) }) : ''],
    [t('mail.attempts'), number(m.attempts ?? 0)],
    [t('mail.cause'), m.cause && causeText(m.cause)], [t('mail.reason'), m.reason],
    [t('mail.size'), m.kept ? t('mail.bytes', { n: number(m.bytes) })
      : composed(m) ? t('mail.gone') : ''],
    [t('mail.digest'), m.digest && html`${t(`mail.${m.digest_state}`)} ${other(m.digest)}`],
    [t('mail.notices'), m.notices && number(m.notices)],
    [t('mail.replaces'), m.replaces && html`${m.instead_of} ${other(m.replaces)}`],
  ];
  return html`<dl>${rows.filter(([, v]) => v).map(([label, v]) => html`<div key=${label}>
    <dt>${label}</dt><dd>${v}</dd></div>`)}</dl>`;
}

function Recipients({ m }) {
  return html`<div class="table-box"><table class="table"><thead><tr>
    <th scope="col">${t('mail.to')}</th>
    <th scope="col">${t('mail.state')}</th><th scope="col">${t('mail.reply')}</th></tr></thead>
    <tbody>${(m.to || []).map((to) => html`<tr key=${to.address}><th scope="row">${to.address}</th>
      <td><span class=${`state mail-${to.state}`}>${tOr(`mail.${to.state}`, to.state || '')}</span>
        ${to.replaced_by && html`<small><button type="button" class="link"
          onClick=${() => showMail(to.replaced_by)}>${t('mail.replaced')}</button></small>`}</td>
      <td class="mono">${answerOf(to)}</td></tr>`)}</tbody></table></div>`;
}

function Tries({ m }) {
  return m.tries?.length > 0 && html`<h3>${t('mail.tries')}</h3>
    <ol class="tries">${m.tries.map((one) => html`<li key=${one.time_ms}>
      <time datetime=${new Date(one.time_ms).toISOString()}>${stamp(one.time_ms)}</time>
      <span class=${`state mail-${one.state}`}>${tOr(`mail.${one.state}`, one.state)}</span>
      ${one.cause && html`<span>${causeText(one.cause)}</span>`}</li>`)}</ol>`;
}

function Detail({ id, done }) {
  const s = store.value;
  const { data, error, again } = useAsked('mail.show', { mail: id });
  const m = data?.mail;
  if (!m) return html`<${Trouble} error=${error} />`;
  const change = async (command) => {
    await act(s.command(command, { mail: id }), t(`${command}.done`));
    again();
  };
  return html`
    ${m.cause === 'doubtful' && html`<p class="banner warn"><${Icon} name="warn" size=${16}
      />${t('mail.doubtful.help')}</p>`}
    <${Head} m=${m} /><${Recipients} m=${m} /><${Tries} m=${m} />
    <div class="buttons">
      ${m.kept && !hasLink(m) && html`<${Button} icon="down" onClick=${() => download(s, m)}>
        ${t('mail.source')}<//>`}
      ${canReaddress(m) && html`<${Button} icon="mail" onClick=${() => {
        done(undefined);
        askReaddress(s, m);
      }}>${t('mail.readdress')}<//>`}
      ${canCancel(m) && html`<${Button} onClick=${() => change('mail.cancel')}>
        ${t('mail.cancel.this')}<//>`}
      ${canRetry(m) && html`<${Button} kind="primary" icon="retry"
        onClick=${() => change('mail.retry')}>${t('mail.retry')}<//>`}
    </div>`;
}

export const showMail = (id) => openDialog(t('mail.detail'), ({ done }) => html`<${Detail}
  key=${id} id=${id} done=${done} />`, { wide: true });
