// A chat that is given by hand: the buttons, and who is told of it.
import { html } from '../../vendor/ui.js';
import { Button, toast } from '../base/bits.js';
import { showChat, store } from '../base/here.js';
import { withKey } from '../base/keymap.js';
import { nameOf, t } from '../base/words.js';

const dialog = () => import('./assign-dialog.js');
export const loadAssign = dialog;

const may = (head) => (head?.may || []).includes('assign');

export async function askAssign(s, id) {
  const head = s.row(id).peek();
  if (may(head) && s.online.peek()) (await dialog()).askAssign(s, head);
}

// Taking over is for who could answer it, and does not have it.
export function AssignButtons({ head, busy }) {
  const s = store.value;
  const me = s.agent.value;
  const other = head.state === 'active' && String(head.agent) !== String(me.id);
  const from = s.agents.value.get(String(head.agent))?.name || t('somebody');
  const answers = (me.departments || []).some((m) => m.chat &&
    String(m.department) === String(head.department)) || me.role === 'admin';
  if (!may(head)) return null;
  return html`${other && answers && html`<${Button} small busy=${busy}
      onClick=${async () => (await dialog()).askTakeOver(s, head, from)}>${t('takeover')}<//>`}
    <${Button} small icon="user" kind="quiet" busy=${busy} label=${withKey(t('assign.button'), 'assign')}
      onClick=${() => askAssign(s, head.conversation)} />`;
}

// To whoever has it now, and whoever had it, unless he did it himself.
export function followAssigned(s) {
  return s.listen((what, f) => {
    const me = String(s.agent.peek()?.id);
    if (what !== 'assigned' || (f.by && String(f.by) === me)) return;
    const values = { name: nameOf({ name: f.visitor, number: f.number }),
      agent: f.agent_name, by: f.by_name || t('assigned.operator') };
    const mine = String(f.agent) === me;
    const over = f.by && String(f.by) === String(f.agent);
    toast(t(mine ? 'assigned.mine' : over ? 'assigned.over' : 'assigned.away', values), {
      kind: mine ? '' : 'warn', ms: 12000, about: `assigned ${f.conversation}`,
      ...(mine && { action: t('handed.open'), act: () => showChat(f.conversation, 'mine') }),
    });
  });
}
