// To whom a chat goes on: agents and departments in one list with one search, what each lacks who
// cannot, a note for whoever takes it, and what the visitor reads of it.
import { html, useRef, useState } from '../../vendor/ui.js';
import { Button, Icon, toast } from '../base/bits.js';
import { openDialog } from '../base/dialog.js';
import { href } from '../base/here.js';
import { clean } from '../../shared/text.js';
import { explain, nameOf, number, t } from '../base/words.js';
import { Agent, NoTargets, Search, Target, sendKey, useTargets } from './targets.js';

function Dept({ one, name, ...rest }) {
  const is = one.lacks ? t(`transfer.lacks.${one.lacks}`)
    : t('transfer.there', { there: number(one.there), free: number(one.free) });
  return html`<${Target} one=${one} ...${rest} face=${html`<${Icon} name=${one.type === 'private'
      ? 'lock' : 'home'} size=${16} />`}>
    <span>${one.name}${one.type === 'private' && html` <span class="badge">${t('transfer.private')}
      </span>`}</span>
    <small>${is}${one.type === 'private' && !one.lacks && ` · ${t('transfer.unnamed', { name })}`}
      ${one.waiting > 0 && ` · ${t('transfer.waiting', { n: one.waiting })}`}</small><//>`;
}

function Body({ done, s, head }) {
  const [text, setText] = useState('');
  const [to, setTo] = useState(null);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState(null);
  const note = useRef(null);
  const { found, error, ask } = useTargets(s, 'conversation.targets', head.conversation, text);
  const name = nameOf(head);
  const admin = s.agent.value.role === 'admin';
  const mend = (page, id) => admin && href({ page, rest: [String(id)] });
  const chosen = to ? `${to.kind} ${to.id}` : '';
  const more = { chosen, choose: setTo };

  const send = async (e) => {
    e.preventDefault();
    if (!to || busy) return;
    const fields = { conversation: head.conversation, holder: head.agent };
    if (to.kind === 'agent') Object.assign(fields, { agent: to.id, department: to.department });
    else fields.department = to.id;
    const words = clean(note.current.value).trim();
    if (words) fields.text = words;
    setBusy(true);
    try {
      await s.command('conversation.transfer', fields);
      toast(t('transfer.done', { name, to: to.name }), { kind: 'good' });
      done(true);
    } catch (why) {
      setRefused(why);
      setBusy(false);
      ask();
    }
  };
  return html`<form class="transfer" onSubmit=${send} onKeyDown=${sendKey(send)}>
    <p>${t('transfer.lead', { n: Math.round((found.transfer_ms || 0) / 1000) })}</p>
    <${Search} label=${t('transfer.search')} onText=${setText} />
    <div class="targets">
      ${found.departments.length > 0 && html`<fieldset><legend>${t('transfer.departments')}</legend>
        <ul>${found.departments.map((one) => html`<${Dept} key=${one.id} one=${one} name=${name}
          mend=${mend('departments', one.id)} ...${more} />`)}</ul></fieldset>`}
      ${found.agents.length > 0 && html`<fieldset><legend>${t('transfer.agents')}</legend>
        <ul>${found.agents.map((one) => html`<${Agent} key=${one.id} one=${one}
          mend=${mend('agents', one.id)} ...${more} />`)}</ul></fieldset>`}
      <${NoTargets} found=${found} error=${error} />
    </div>
    <div class="field"><label for="transfer-note">${to ? t('transfer.note.for', { to: to.name })
      : t('transfer.note')} <small>${t('transfer.note.who')}</small></label>
      <textarea id="transfer-note" ref=${note} rows="2" maxlength="4000"></textarea></div>
    ${refused && html`<p class="error" role="alert">${explain(refused)}</p>`}
    <div class="buttons"><span class="help">${t('transfer.reads', { name })}</span>
      <${Button} onClick=${() => done(undefined)}>${t('cancel')}<//>
      <${Button} type="submit" kind="primary" icon="transfer" busy=${busy || !to}
        title="Ctrl+Enter">${to ? t('transfer.to', { to: to.name }) : t('transfer.go')}<//></div>
  </form>`;
}

export const askTransfer = (s, head) => openDialog(t('transfer.title', { number: head.number }),
  ({ done }) => html`<${Body} done=${done} s=${s} head=${head} />`, { wide: true });
