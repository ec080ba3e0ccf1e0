// The outbox: what is in the way of mails and how many wait for it, what became of each, and what
// can be done about it.
import { html, useEffect } from '../../vendor/ui.js';
import { Button, Empty, Icon, Time } from '../base/bits.js';
import { go, href, route, showChat, store } from '../base/here.js';
import { answerOf, askReaddress, canCancel, canReaddress, canRetry, causeText,
  showMail } from './mail-detail.js';
import { More, PageHead, Trouble, act, useAsked, usePages } from '../base/page.js';
import { number, t, tOr, when } from '../base/words.js';

const STATES = ['', 'queued', 'sending', 'held', 'deferred', 'sent', 'folded', 'failed',
  'uncertain', 'suppressed', 'cancelled'];
const REFRESH_MS = 5000;

// #/outbox, #/outbox/failed, #/outbox/any/connect, #/outbox/failed/code-550
const at = (state, cause) => ({
  page: 'outbox', rest: cause ? [state || 'any', cause] : state ? [state] : [],
});

function Causes({ rows, cause, retry }) {
  const s = store.value;
  const there = rows.filter((c) => c.retry > 0).sort((a, b) => b.retry - a.retry);
  const count = (c) => ['deferred', 'uncertain', 'failed'].filter((x) => c[x]).map((x) =>
    t('mail.count', { n: number(c[x]), state: t(`mail.${x}`) })).join(', ');
  return there.length > 0 && html`<section class="card causes" aria-label=${t('mail.causes')}>
    <h2>${t('mail.causes')}</h2>
    <ul>${there.map((c) => html`<li key=${c.cause} aria-current=${c.cause === cause ? 'true'
      : undefined}>
      <span><strong>${count(c)}</strong> ${causeText(c.cause)}</span>
      <span class="row-actions"><${Button} small kind="quiet"
        onClick=${() => go(at('', c.cause))}>${t('mail.causes.show')}<//>
        ${s.online.value && html`<${Button} small icon="retry"
          onClick=${() => retry({ cause: c.cause })}>${t('mail.retry.all')}<//>`}</span>
    </li>`)}</ul></section>`;
}

function State({ m }) {
  const why = m.cause || m.relay_rests ? causeText(m.cause || m.relay_rests) : m.reason;
  const due = m.due_ms && ['queued', 'deferred', 'uncertain'].includes(m.state) &&
    m.due_ms > store.value.serverNow();
  return html`<span class=${`state mail-${m.state}`}>${t(`mail.${m.state}`)}</span>
    ${!['sent', 'cancelled', 'held', 'folded'].includes(m.state) && why && html`<small title=${m.reason}>${why}</small>`}
    ${due ? html`<small>${t('mail.next', { time: when(m.due_ms) })}</small>` : null}
    ${m.awaited_ms
      ? html`<small>${t('mail.awaited.until', { time: when(m.awaited_ms) })}</small>` : null}
    ${m.state === 'held' && m.due_ms
      ? html`<small>${t('mail.held.until', { time: when(m.due_ms) })}</small>` : null}
    ${m.digest_state && html`<small>${t('mail.digest')}: ${t(`mail.${m.digest_state}`)}</small>`}
    ${m.uncertain && m.state === 'sent' && html`<small>${t('mail.twice')}</small>`}`;
}

function Recipients({ m }) {
  const to = m.to || [];
  const told = to.find((r) => r.code && r.state !== 'sent') || to.find((r) => r.code);
  return html`<td>${to.map((r) => r.address).join(', ')}
    ${told && html`<small class="mono">${answerOf(told)}</small>`}</td>`;
}

function Row({ m, change }) {
  const s = store.value;
  return html`<tr>
    <td><${State} m=${m} /></td>
    <th scope="row"><button type="button" class="link"
      onClick=${() => showMail(m.id)}>${tOr(`mail.kind.${m.kind}`, m.kind)}</button>
      ${m.notices ? html`<small>${t('mail.notices.in', { n: m.notices })}</small>` : null}
      ${m.subject && html`<small>${m.subject}</small>`}</th>
    <${Recipients} m=${m} />
    <td>${s.departments.value.get(String(m.department))?.name || ''}
      ${m.number && html`<small><button type="button" class="link"
        onClick=${() => showChat(m.conversation, 'all')}>#${m.number}</button></small>`}
      ${m.agent && html`<a href=${href({ page: 'agents', rest: [m.agent] })}>${
        s.agents.value.get(String(m.agent))?.name}</a>`}</td>
    <td class="num">${number(m.attempts ?? 0)}</td>
    <td><${Time} ms=${m.created_ms}>${when(m.created_ms)}<//></td>
    <td class="row-actions">
      ${canRetry(m) && html`<${Button} small icon="retry"
        onClick=${() => change('mail.retry', m)}>${t('mail.retry')}<//>`}
      ${canReaddress(m) && m.state === 'failed' && html`<${Button} small icon="mail" kind="quiet"
        label=${t('mail.readdress')} onClick=${() => askReaddress(s, m)} />`}
      ${canCancel(m) && html`<${Button} small
        onClick=${() => change('mail.cancel', m)}>${t('mail.cancel')}<//>`}
    </td></tr>`;
}

function Table({ rows, change }) {
  return html`<div class="table-box"><table class="table outbox"><thead><tr>
    <th scope="col">${t('mail.state')}</th><th scope="col">${t('mail.kind')}</th>
    <th scope="col">${t('mail.to')}</th><th scope="col">${t('department')}</th>
    <th scope="col" class="num">${t('mail.attempts')}</th><th scope="col">${t('mail.time')}</th>
    <th scope="col"><span class="hidden">${t('actions')}</span></th></tr></thead>
    <tbody>${rows.map((m) => html`<${Row} key=${m.id} m=${m} change=${change} />`)}</tbody>
  </table></div>`;
}

export function Outbox() {
  const s = store.value;
  const [first, second] = route.value.rest;
  const mail = first === 'mail' ? second : '';
  const state = STATES.includes(first) ? first : '';
  const cause = mail ? '' : second || '';
  const list = usePages('mail.list', { max: 50, ...(state && { state }), ...(cause && { cause }) });
  const causes = useAsked('mail.causes');
  const { rows } = list;
  const again = () => {
    list.again();
    causes.again();
  };
  useEffect(() => {
    if (list.further) return undefined; // reading further back: leave it be
    const timer = setInterval(() => !document.hidden && again(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [state, cause, list.further]);
  useEffect(() => {
    if (!mail) return;
    go(at(''));
    showMail(mail);
  }, [mail]);
  const change = async (command, m) => {
    await act(s.command(command, { mail: m.id }), t(`${command}.done`));
    again();
  };
  const retry = async (which) => {
    const ok = await act(s.command('mail.retry', which));
    if (ok) act(Promise.resolve(), t('mail.retry.all.done', { n: ok.meant }));
    again();
  };
  const waiting = (causes.data?.rows || []).some((c) => c.retry > 0) ||
    rows.some((m) => m.relay_rests);
  return html`<${PageHead} title=${t('page.outbox')}>
      ${waiting && html`<${Button} icon="retry"
        onClick=${() => retry({ all: true })}>${t('mail.retry.every')}<//>`}<//>
    <${Trouble} error=${list.error || causes.error} />
    <${Causes} rows=${causes.data?.rows || []} cause=${cause} retry=${retry} />
    <div class="filters" role="group"
      aria-label=${t('filter')}>${STATES.map((x) => html`<button type="button" class="chip" key=${x}
      aria-pressed=${x === state ? 'true' : 'false'}
        onClick=${() => go(at(x, cause))}>
      ${x ? t(`mail.${x}`) : t('filter.all.all')}</button>`)}
      ${cause && html`<button type="button" class="chip" aria-pressed="true"
        onClick=${() => go(at(state))}>${causeText(cause)} <${Icon} name="close" size=${13}
        /><span class="hidden">${t('filter.off')}</span></button>`}</div>
    ${list.there && !rows.length && html`<${Empty} icon="mail" title=${t('mails.none')} />`}
    ${rows.length > 0 && html`<${Table} rows=${rows} change=${change} />`}
    <${More} list=${list} />`;
}
