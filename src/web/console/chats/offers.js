// The tray of offers: over everything, never taking the focus; oldest on top.
import { html, useSignal } from '../../vendor/ui.js';
import { Button, Icon, serverTick, tick, toast } from '../base/bits.js';
import { showChat, store } from '../base/here.js';
import { cleanLine } from '../../shared/text.js';
import { HandedNote } from '../routing/handed.js';
import { hint } from '../base/keymap.js';
import { explain, nameOf, span, t } from '../base/words.js';

export async function accept(s, id) {
  try {
    await s.accept(id);
    showChat(id, 'mine');
  } catch (e) {
    toast(e.code === 'unknown' ? t('offer.late.sorry') : explain(e), { kind: 'bad' });
  }
}
export async function decline(s, id, text) {
  try {
    await s.decline(id, text);
  } catch (e) {
    toast(explain(e), { kind: 'bad' });
  }
}

function Offer({ offer, first }) {
  const s = store.value;
  const reason = useSignal(null);
  const head = s.row(offer.conversation).value || offer.head || {};
  const left = Math.max(0, offer.until - tick.value);
  const seconds = Math.ceil(Math.min(left, offer.total) / 1000); // the clock ticks once a second
  const over = left <= 0;
  const dept = s.departments.value.get(String(head.department))?.name;
  const away = !s.online.value;
  const soon = seconds <= 10;
  return html`<li class=${`offer ${soon ? 'soon' : ''}`} data-offer=${offer.conversation}>
    <div class="offer-top">
      <span class="offer-name">${nameOf(head)}</span>
      <span class="countdown" role="timer" aria-label=${t('offer.left', { n: seconds })}>${seconds}
        </span>
    </div>
    <p class="offer-meta">${dept && html`<span>${dept}</span>`}
      <span>${t('offer.waited', { time: span(head.rang_ms ? serverTick(s) - head.rang_ms : tick.value - offer.at) })}</span></p>
    <${HandedNote} head=${head} />
    ${head.question && html`<p class="offer-question">${head.question}</p>`}
    ${(head.title || head.page) && html`<p class="offer-page"><${Icon} name="globe" size=${13}
      />${head.title || head.page}</p>`}
    <progress max="100" value=${Math.round((left / Math.max(1, offer.total)) * 100)}
      aria-hidden="true"></progress>
    ${reason.value !== null && html`<div class="field"><label
      for=${`why-${offer.conversation}`}>${t('decline.reason')}</label>
      <input id=${`why-${offer.conversation}`} maxlength="200" value=${reason.value}
        onInput=${(e) => (reason.value = e.currentTarget.value)} /></div>`}
    ${over ? html`<p class="quiet-text">${t('offer.passed')}</p>`
      : html`<div class="buttons">
      <${Button} kind="primary" busy=${away}
        onClick=${() => accept(s, offer.conversation)}>${t('accept')}
        ${first && html`<kbd>${hint('accept')}</kbd>`}<//>
      <${Button} busy=${away}
        onClick=${() => decline(s, offer.conversation, cleanLine(reason.value || '').trim())}>${t('decline')}
        ${first && html`<kbd>${hint('decline')}</kbd>`}<//>
      ${reason.value === null && html`<${Button} kind="link" small
        onClick=${() => (reason.value = '')}>${t('decline.why')}<//>`}
    </div>`}
  </li>`;
}

export function OfferTray() {
  const offers = store.value.offers.value;
  return html`<section class="offers" aria-label=${t('offers')} hidden=${!offers.length}>
    <ul>${offers.map((offer, i) => html`<${Offer} key=${offer.conversation} offer=${offer}
      first=${i === 0} />`)}</ul>
  </section>`;
}
