// Who is to have a chat, by hand: all who can answer in its department, busy or not, and what the
// others lack.
import { html, useState } from '../../vendor/ui.js';
import { Button, toast } from '../base/bits.js';
import { confirm, openDialog } from '../base/dialog.js';
import { href } from '../base/here.js';
import { explain, nameOf, t } from '../base/words.js';
import { Agent, NoTargets, Search, sendKey, useTargets } from './targets.js';

const holderOf = (head) => (head.state === 'active' ? { holder: head.agent } : {});

function give(s, head, agent) {
  return s.command('conversation.assign', {
    conversation: head.conversation, agent, ...holderOf(head),
  });
}

function Body({ done, s, head }) {
  const [text, setText] = useState('');
  const [to, setTo] = useState(null);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState(null);
  const { found, error, ask } = useTargets(s, 'conversation.candidates', head.conversation, text);
  const name = nameOf(head);
  const admin = s.agent.value.role === 'admin';
  const mend = (id) => admin && href({ page: 'agents', rest: [String(id)] });

  const send = async (e) => {
    e.preventDefault();
    if (!to || busy) return;
    setBusy(true);
    try {
      await give(s, head, to.id);
      toast(t('assign.done', { name, to: to.name }), { kind: 'good' });
      done(true);
    } catch (why) {
      setRefused(why);
      setBusy(false);
      ask();
    }
  };
  return html`<form class="transfer" onSubmit=${send} onKeyDown=${sendKey(send)}>
    <p>${t('assign.lead')}</p>
    <${Search} label=${t('assign.search')} onText=${setText} />
    <div class="targets">
      ${found.agents.length > 0 && html`<fieldset><legend>${t('transfer.agents')}</legend>
        <ul>${found.agents.map((one) => html`<${Agent} key=${one.id} one=${one} place=${false}
          chosen=${to ? `agent ${to.id}` : ''} choose=${setTo} mend=${mend(one.id)} />`)}
        </ul></fieldset>`}
      <${NoTargets} found=${found} error=${error} />
    </div>
    ${refused && html`<p class="error" role="alert">${explain(refused)}</p>`}
    <div class="buttons"><${Button} onClick=${() => done(undefined)}>${t('cancel')}<//>
      <${Button} type="submit" kind="primary" icon="user" busy=${busy || !to}
        title="Ctrl+Enter">${to ? t('assign.to', { to: to.name }) : t('assign.go')}<//></div>
  </form>`;
}

export const askAssign = (s, head) => openDialog(t('assign.title', { number: head.number }),
  ({ done }) => html`<${Body} done=${done} s=${s} head=${head} />`, { wide: true });

// From a colleague, who is told by whom.
export async function askTakeOver(s, head, from) {
  const sure = await confirm(t('takeover.title'), t('takeover.text', { name: nameOf(head), from }),
    t('takeover.yes'));
  if (!sure) return;
  try {
    await give(s, head, s.agent.peek().id);
  } catch (e) {
    toast(explain(e), { kind: 'bad' });
  }
}
