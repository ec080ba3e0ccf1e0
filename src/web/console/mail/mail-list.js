// The mails of a chat, in the panel beside it.
import { html } from '../../vendor/ui.js';
import { Parts, Time } from '../base/bits.js';
import { href, isAdmin } from '../base/here.js';
import { causeText } from './mail-detail.js';
import { clock, t, tOr } from '../base/words.js';

export function MailList({ mails }) {
  if (!mails.length) return html`<p class="quiet-text">${t('mails.none')}</p>`;
  return html`<ul class="mails">${mails.map((m) => html`<li key=${m.id}>
    <span class=${`state mail-${m.state}`}>${t(`mail.${m.state}`)}</span>
    <span>${tOr(`mail.kind.${m.kind}`, m.kind)} <${Time} ms=${m.created_ms}>${clock(m.created_ms)}
      <//></span>
    ${(m.to || []).map((to) => html`<small key=${to.address}><${Parts} text=${to.address} />
      ${m.to.length > 1 && to.state && to.state !== m.state &&
        html` (${tOr(`mail.${to.state}`, to.state)})`}</small>`)}
    ${!['sent', 'cancelled'].includes(m.state) && (m.cause || isAdmin()) && html`<small class="error">${m.cause
      ? causeText(m.cause) : m.reason}</small>`}
    ${isAdmin() && html`<small><a
      href=${href({ page: 'outbox', rest: ['mail', m.id] })}>${t('mail.open')}</a></small>`}
  </li>`)}</ul>`;
}
