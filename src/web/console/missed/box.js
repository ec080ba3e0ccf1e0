// One that was missed: the line over it that says where it lies, with what can be done about that,
// and the way to the next one that waits for an answer.
import { html, useEffect } from '../../vendor/ui.js';
import { Button, Icon, toast } from '../base/bits.js';
import { go, route, setMode, showChat, store } from '../base/here.js';
import { explain, nameOf, stamp, t, tOr } from '../base/words.js';

export const TO_ANSWER = 'to-answer';

// The one that waits longest of those that came after this one, else of all: whoever is given to a
// colleague is left to him.
export async function nextToAnswer(s, id) {
  const me = String(s.agent.peek().id);
  const after = s.row(id || '').peek()?.ended_ms || 0;
  const { rows } = await s.command('list.read', { list: TO_ANSWER, max: 100 });
  const free = rows.filter((row) => String(row.conversation) !== id &&
    (!row.box.given || String(row.box.given) === me));
  const next = free.find((row) => row.ended_ms >= after) || free[0];
  if (next) s.keepRow(next);
  return next ? String(next.conversation) : null;
}

// Its composer is open where it can be answered by mail.
export function openToAnswer(s, id) {
  if ((s.row(id).peek()?.may || []).includes('mail')) setMode(id, 'mail');
  showChat(id, 'missed');
}

// Alt+Y, from anywhere: the one that has waited longest.
export async function goNext(s) {
  const id = await nextToAnswer(s, route.peek().chat).catch(() => null);
  if (id) openToAnswer(s, id);
  else if (route.peek().page !== 'missed') go({ page: 'missed', chat: route.peek().chat });
  else toast(t('box.none'));
}

async function put(s, head, box) {
  const goes = head.box.is === TO_ANSWER && route.peek().page === 'missed';
  try {
    await s.command('conversation.box', { conversation: head.conversation, box, was: head.box.is });
    toast(t(`box.done.${box}`, { name: nameOf(head) }), { kind: 'good' });
    const next = goes && await nextToAnswer(s, String(head.conversation));
    if (next) openToAnswer(s, next);
  } catch (e) {
    toast(explain(e), { kind: 'bad' });
  }
}

const give = (s, head, agent) => s.command('conversation.assign', {
  conversation: head.conversation, ...(agent && { agent }),
  ...(head.box.given && { holder: head.box.given }),
}).catch((e) => toast(explain(e), { kind: 'bad' }));

function Says({ box }) {
  const values = { name: box.by_name || t('box.operator'), time: box.time_ms ? stamp(box.time_ms)
    : '', number: box.number };
  if (box.is === TO_ANSWER) return html`<strong>${t('box.is.to-answer')}</strong>`;
  if (box.is === 'put-away') return html`<strong>${t('box.is.put-away')}</strong>
    ${t('box.by', values)}`;
  return html`<strong>${t('box.is.answered')}</strong> ${box.how === 'chat'
    ? html`${t('box.chat', values)} ${box.chat && html`<button type="button" class="link"
      onClick=${() => showChat(box.chat)}>#${box.number}</button>`}`
    : t(box.time_ms ? `box.${box.how}` : 'box.mail.old', values)}`;
}

// An answer went off by mail: the next one stands there.
function useNext(s, id) {
  useEffect(() => s.listen(async (what, f) => {
    if (what !== 'mailed' || f.id !== id || route.peek().page !== 'missed') return;
    const next = await nextToAnswer(s, id).catch(() => null);
    if (next) openToAnswer(s, next);
  }), [s, id]);
}

export function BoxBar({ head }) {
  const s = store.value;
  const { box } = head;
  const id = String(head.conversation);
  const may = (word) => (head.may || []).includes(word);
  const me = String(s.agent.value.id);
  const mine = String(box.given || '') === me;
  const off = !s.online.value;
  useNext(s, id);
  return html`<div class="banner box-bar" data-box=${box.is}>
    <${Icon} name=${box.is === TO_ANSWER ? 'missed' : box.is === 'answered' ? 'check' : 'inbox'}
      size=${16} />
    <span><${Says} box=${box} /> ${head.why && box.is === TO_ANSWER && tOr(`why.${head.why}`, '')}
      ${box.given && html`<span class="box-given">${mine ? t('box.mine')
        : t('box.given', { name: box.given_name })}</span>`}</span>
    <span class="box-acts">
      ${may('box') && box.is !== TO_ANSWER && html`<${Button} small busy=${off}
        onClick=${() => put(s, head, TO_ANSWER)}>${t('box.back')}<//>`}
      ${may('box') && box.is === TO_ANSWER && html`
        ${!box.given ? html`<${Button} small kind="quiet" busy=${off}
          onClick=${() => give(s, head, me)}>${t('box.take')}<//>`
          : mine && html`<${Button} small kind="quiet" busy=${off}
            onClick=${() => give(s, head, null)}>${t('box.free')}<//>`}
        <${Button} small icon="check" busy=${off}
          onClick=${() => put(s, head, 'answered')}>${t('box.answered')}<//>
        <${Button} small busy=${off}
          onClick=${() => put(s, head, 'put-away')}>${t('box.put-away')}<//>`}
    </span>
  </div>`;
}
