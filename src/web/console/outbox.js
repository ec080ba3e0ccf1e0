// The outbox: what became of each mail, and what can be done about it.
import { html, useEffect } from '../vendor/ui.js';
import { Button, Empty, Time } from './bits.js';
import { openDialog } from './dialog.js';
import { go, href, route, showChat, store } from './here.js';
import { More, PageHead, Trouble, act, useAsked, usePages } from './page.js';
import { number, stamp, t, tOr, when } from './words.js';

const STATES = ['', 'queued', 'sending', 'held', 'deferred', 'sent', 'folded', 'failed',
  'uncertain', 'suppressed', 'cancelled'];
const CAN_RETRY = ['deferred', 'failed', 'uncertain', 'held'];
const CAN_CANCEL = ['queued', 'deferred', 'held'];
const REFRESH_MS = 5000;

// A folded mail's fate is that of the digest it is in.
function Digest({ m }) {
  return html`${t(`mail.${m.digest_state}`)} <button type="button" class="link"
    onClick=${() => openMail(m.digest)}>${t('mail.digest.show')}</button>`;
}

function Detail({ id }) {
  const { data, error } = useAsked('mail.show', { mail: id });
  const m = data?.mail;
  if (!m) return html`<${Trouble} error=${error} />`;
  const rows = [
    [t('mail.subject'), m.subject], [t('mail.from'), m.from], [t('mail.cc'), m.cc],
    ['Message-ID', m.message_id && html`<span class="mono">${m.message_id}</span>`],
    [t('mail.created'), stamp(m.created_ms)], [t('mail.settled'), m.settled_ms ? stamp(m.settled_ms)
      : ''],
    [t('mail.attempts'), number(m.attempts ?? 0)], [t('mail.reason'), m.reason],
    [t('mail.digest'), m.digest && html`<${Digest} m=${m} />`],
    [t('mail.notices'), m.notices && number(m.notices)],
  ];
  return html`<dl>${rows.filter(([, v]) => v).map(([label, v]) => html`<div key=${label}>
    <dt>${label}</dt><dd>${v}</dd></div>`)}</dl>
    <table class="table"><thead><tr><th scope="col">${t('mail.to')}</th>
      <th scope="col">${t('mail.state')}</th><th scope="col">${t('mail.reply')}</th></tr></thead>
    <tbody>${(m.to || []).map((to) => html`<tr key=${to.address}><th scope="row">${to.address}</th>
      <td>${tOr(`mail.${to.state}`, to.state || '')}</td>
        <td class="mono">${[to.code || '', to.reply].filter(Boolean).join(' ')}</td></tr>`)}</tbody>
          </table>`;
}

function openMail(id) {
  openDialog(t('mail.detail'), () => html`<${Detail} id=${id} />`, { wide: true });
}

export function Outbox() {
  const s = store.value;
  const state = STATES.includes(route.value.rest[0]) ? route.value.rest[0] : '';
  const list = usePages('mail.list', state ? { state, max: 50 } : { max: 50 });
  const { rows, again } = list;
  useEffect(() => {
    if (list.further) return undefined; // reading further back: leave it be
    const timer = setInterval(() => !document.hidden && again(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [state, list.further]);
  const change = async (command, m) => {
    await act(s.command(command, { mail: m.id }), t(`${command}.done`));
    again();
  };
  return html`<${PageHead} title=${t('page.outbox')} />
    <${Trouble} error=${list.error} />
    <div class="filters" role="group"
      aria-label=${t('filter')}>${STATES.map((x) => html`<button type="button" class="chip" key=${x}
      aria-pressed=${x === state ? 'true' : 'false'}
        onClick=${() => go({ page: 'outbox', rest: x ? [x] : [] })}>
      ${x ? t(`mail.${x}`) : t('filter.all.all')}</button>`)}</div>
    ${list.there && !rows.length && html`<${Empty} icon="mail" title=${t('mails.none')} />`}
    ${rows.length > 0 && html`<div class="table-box"><table class="table"><thead><tr>
      <th scope="col">${t('mail.state')}</th><th scope="col">${t('mail.kind')}</th>
        <th scope="col">${t('mail.to')}</th>
      <th scope="col">${t('mail.chat')}</th><th scope="col" class="num">${t('mail.attempts')}</th>
        <th scope="col">${t('mail.time')}</th>
      <th scope="col"><span class="hidden">${t('actions')}</span></th></tr></thead><tbody>
    ${rows.map((m) => html`<tr key=${m.id}>
      <td><span class=${`state mail-${m.state}`}>${t(`mail.${m.state}`)}</span>
        ${m.reason && m.state !== 'sent' && m.state !== 'held' && html`<small>${m.reason}</small>`}
        ${m.state === 'deferred' && m.due_ms
          ? html`<small>${t('mail.next', { time: when(m.due_ms) })}</small>` : null}
        ${m.state === 'held' && m.due_ms
          ? html`<small>${t('mail.held.until', { time: when(m.due_ms) })}</small>` : null}
        ${m.digest_state
          ? html`<small>${t('mail.digest')}: ${t(`mail.${m.digest_state}`)}</small>` : null}</td>
      <th scope="row"><button type="button" class="link"
        onClick=${() => openMail(m.id)}>${tOr(`mail.kind.${m.kind}`, m.kind)}</button>
        ${m.notices ? html`<small>${t('mail.notices.in', { n: m.notices })}</small>` : null}</th>
      <td>${(m.to || []).map((to) => to.address).join(', ')}</td>
      <td>${m.number ? html`<button type="button" class="link"
        onClick=${() => showChat(m.conversation, 'all')}>#${m.number}</button>` : ''}
        ${m.agent && html`<a href=${href({ page: 'agents', rest: [m.agent] })}>${
          s.agents.value.get(String(m.agent))?.name}</a>`}</td>
      <td class="num">${number(m.attempts ?? 0)}</td>
      <td><${Time} ms=${m.created_ms}>${when(m.created_ms)}<//></td>
      <td class="row-actions">
        ${CAN_RETRY.includes(m.state) && html`<${Button} small icon="retry"
          onClick=${() => change('mail.retry', m)}>${t('mail.retry')}<//>`}
        ${CAN_CANCEL.includes(m.state) && html`<${Button} small
          onClick=${() => change('mail.cancel', m)}>${t('mail.cancel')}<//>`}
      </td></tr>`)}</tbody></table></div>`}
    <${More} list=${list} />`;
}
