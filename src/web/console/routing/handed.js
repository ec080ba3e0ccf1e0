// A chat that is handed on: the button, the line over it while nobody has taken it, the note that
// its receiver reads first, and what became of it.
import { html } from '../../vendor/ui.js';
import { Button, Icon, serverTick, toast } from '../base/bits.js';
import { showChat, store } from '../base/here.js';
import { withKey } from '../base/keymap.js';
import { explain, nameOf, span, t, tOr } from '../base/words.js';

const dialog = () => import('./transfer-dialog.js');

const may = (head) => (head?.may || []).includes('transfer');
export const canTransfer = (head) => head?.state === 'active' && may(head);

export async function askTransfer(s, id) {
  const head = s.row(id).peek();
  if (!canTransfer(head) || !s.online.peek()) return;
  (await dialog()).askTransfer(s, head);
}
// Before it is asked for, so that a lost connection does not keep it away.
export const loadTransfer = dialog;

export function TransferButton({ head, busy }) {
  return canTransfer(head) && html`<${Button} small icon="transfer" kind="quiet" busy=${busy}
    label=${withKey(t('transfer.button'), 'transfer')} onClick=${() => askTransfer(store.value, head.conversation)} />`;
}

async function takeBack(s, head) {
  try {
    await s.command('conversation.take-back', { conversation: head.conversation });
  } catch (e) {
    toast(explain(e), { kind: 'bad' });
  }
}

const toWhom = ({ agent_name: agent, department_name: department }) =>
  agent ? t('handed.agent', { agent, department }) : department;

// Over the chat, for as long as it is on its way.
export function HandedBanner({ head }) {
  const s = store.value;
  const { handed } = head || {};
  if (!handed) return null;
  const left = span(Math.max(0, handed.until_ms - serverTick(s)));
  return html`<div class="banner handed" role="status">
    <${Icon} name="transfer" size=${16} />
    <span>${t('handed.on', { to: toWhom(handed) })} ${t('handed.left', { left })}</span>
    ${may(head) && html`<${Button} small busy=${!s.online.value}
      onClick=${() => takeBack(s, head)}>${t('handed.take-back')}<//>`}
  </div>`;
}

// On an offer: from whom, and what he wants one to know.
export function HandedNote({ head }) {
  const { handed } = head || {};
  if (!handed) return null;
  return html`<div class="handed-note"><p><${Icon} name="transfer" size=${13} />
    ${t('handed.from', { agent: handed.by_name, department: handed.from_name })}</p>
    ${handed.note && html`<p class="handed-words">${handed.note}</p>`}</div>`;
}

// To whoever handed it on, unless he did this himself.
export function followHanded(s) {
  return s.listen((what, f) => {
    if (what !== 'handed' || (f.by && String(f.by) === String(s.agent.peek()?.id))) return;
    const name = nameOf({ name: f.visitor, number: f.number });
    const why = f.why ? tOr(`handed.why.${f.why}`, '') : '';
    const values = { name, agent: f.agent_name || '', why };
    const back = f.outcome === 'back';
    toast(t(`handed.outcome.${f.outcome}`, values).trim(), {
      kind: back ? 'warn' : '', ms: back ? 12000 : 6000, about: `handed ${f.conversation}`,
      ...(back && { action: t('handed.open'), act: () => showChat(f.conversation, 'mine') }),
    });
  });
}
