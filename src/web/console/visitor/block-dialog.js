// The question before a visitor's address is blocked: why, and for how long.
import { html, useRef, useState } from '../../vendor/ui.js';
import { Button, toast } from '../base/bits.js';
import { confirm, openDialog } from '../base/dialog.js';
import { OPEN_STATES } from '../base/lists-state.js';
import { cleanLine } from '../../shared/text.js';
import { explain, t } from '../base/words.js';

const HOUR_MS = 3600000;
export const EXPIRIES = [
  ['hour', HOUR_MS], ['day', 24 * HOUR_MS], ['month', 30 * 24 * HOUR_MS], ['never', 0],
];

export function ExpirySelect({ id, value, onChange }) {
  return html`<select id=${id} value=${value} onChange=${(e) => onChange(e.currentTarget.value)}>
    ${EXPIRIES.map(([word]) => html`<option key=${word} value=${word}>${t(`expiry.${word}`)}
      </option>`)}
  </select>`;
}

// until_ms for a word of the list; 0: for good.
export function untilOf(word, now) {
  const ms = EXPIRIES.find(([w]) => w === word)[1];
  return ms ? now + ms : 0;
}

// A chat that has ended closes no more; others from the address may be running.
function What({ head }) {
  const ip = head.block_prefix || head.ip; // of IPv6 the network
  const text = OPEN_STATES.includes(head.state)
    ? (ip ? t('block.text.ip', { ip }) : t('block.text'))
    : (ip ? t('block.ended.ip', { ip }) : t('block.ended'));
  const n = head.same_address;
  return html`<p>${text}${n > 0 && html` <strong>${t('block.others', { n })}</strong>`}</p>`;
}

function Body({ done, head }) {
  const reason = useRef(null);
  const [expiry, setExpiry] = useState('day');
  return html`<form onSubmit=${(e) => {
    e.preventDefault();
    done({ text: cleanLine(reason.current.value).trim(), expiry });
  }}>
    <${What} head=${head} />
    <div class="field"><label for="block-reason">${t('block.reason')}</label>
      <input id="block-reason" ref=${reason} maxlength="200" autofocus /></div>
    <div class="field"><label for="block-expiry">${t('block.expiry')}</label>
      <${ExpirySelect} id="block-expiry" value=${expiry} onChange=${setExpiry} /></div>
    <div class="buttons"><${Button} onClick=${() => done(undefined)}>${t('cancel')}<//>
      <${Button} type="submit" kind="danger">${t('block.yes')}<//></div>
  </form>`;
}

// Others may have rung since this head came; a slow line keeps nobody from the question.
function headNow(s, shown) {
  return Promise.race([
    s.command('conversation.read', { conversation: String(shown.conversation), max: 1 })
      .then((ok) => ok.head || shown, () => shown),
    new Promise((done) => setTimeout(done, 1000, shown)),
  ]);
}

// An address that is more than this visitor's is asked for once more, with why.
async function blockAdd(s, fields) {
  try {
    return await s.command('block.add', fields);
  } catch (e) {
    if (e.code !== 'confirm') throw e;
    if (!await confirm(t('block.title'), [explain(e)], t('block.yes'), { danger: true })) return null;
    return s.command('block.add', { ...fields, confirm: true });
  }
}

export async function askBlock(s, shown) {
  const head = await headNow(s, shown);
  const wish = await openDialog(t('block.title'), ({ done }) => html`<${Body} done=${done}
    head=${head} />`);
  if (!wish) return;
  const fields = { conversation: String(head.conversation),
    until_ms: untilOf(wish.expiry, s.serverNow()) };
  if (wish.text) fields.text = wish.text;
  try {
    const ok = await blockAdd(s, fields);
    if (ok) toast(t('block.done'), {
      kind: 'good',
      action: ok.block && t('undo'),
      act: () => s.command('block.remove', { block: String(ok.block) }).catch((e) =>
        toast(explain(e), { kind: 'bad' })),
      ms: 10000,
    });
  } catch (e) {
    toast(explain(e), { kind: 'bad' });
  }
}
