// A chat that is over and goes on as another: the question before it, which says how its visitor can
// be reached, and the line that leads from one to the other.
import { html } from '../../vendor/ui.js';
import { Icon, toast } from '../base/bits.js';
import { confirm } from '../base/dialog.js';
import { showChat } from '../base/here.js';
import { explain, nameOf, t } from '../base/words.js';

// A mail can go where he left an address, and there is one to send from.
const wayTo = (head, reach) =>
  reach.here ? 'here' : (head.may || []).includes('mail') ? 'mail' : reach.email ? 'no-from' : 'none';

export async function askReopen(s, head) {
  const about = { conversation: head.conversation };
  try {
    const reach = await s.command('conversation.reach', about);
    const sure = await confirm(t('reopen.title', { number: head.number }),
      [t('reopen.text'), t(`reopen.${wayTo(head, reach)}`, { name: nameOf(head) })],
      t('reopen.yes'));
    if (!sure) return;
    const { conversation } = await s.command('conversation.reopen', about);
    showChat(String(conversation), 'mine');
  } catch (e) {
    toast(explain(e), { kind: 'bad' });
  }
}

const Way = ({ id, number }) => html`<button type="button" class="link"
  onClick=${() => showChat(String(id))}>#${number}</button>`;

export function ChainBar({ head }) {
  return html`<p class="banner chain"><${Icon} name="retry" size=${16} /><span>
    ${head.previous_number && html`${t('chain.from')} <${Way} id=${head.previous}
      number=${head.previous_number} /> `}
    ${head.next && html`${t('chain.to')} <${Way} id=${head.next} number=${head.next_number} />`}
  </span></p>`;
}
