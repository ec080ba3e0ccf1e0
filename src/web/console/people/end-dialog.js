// Before an agent is disabled or deleted: who takes over the open chats and the open tasks, what ends
// with the account, and, where it is deleted, whether the name stays.
import { html, useEffect, useState } from '../../vendor/ui.js';
import { Button, toast } from '../base/bits.js';
import { openDialog } from '../base/dialog.js';
import { href } from '../base/here.js';
import { explain, number, t } from '../base/words.js';
import { Agent, NoTargets, Search, Target } from '../routing/targets.js';

const ASK_AFTER_MS = 150;
const QUEUE = { kind: 'queue', id: '' };
const KINDS = ['chats', 'tasks'];

// What the agent has open, and who could go on with what `kind` says: asked anew while somebody types,
// and of the tasks, when another is to take the chats.
function useWork(s, agent, kind, text, chatsTo) {
  const [state, setState] = useState({ work: null, error: null });
  const [round, setRound] = useState(0);
  useEffect(() => {
    let wanted = true;
    const timer = setTimeout(() => s.command('agent.work', { agent, kind, ...(text && { text }),
      ...(chatsTo && { chats_to: chatsTo }) }).then(
      (work) => wanted && setState({ work, error: null }),
      (error) => wanted && setState((old) => ({ ...old, error }))
    ), text ? ASK_AFTER_MS : 0);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [text, chatsTo, round]);
  return { ...state, again: () => setRound((n) => n + 1) };
}

// What else happens, each in a line; nothing is left to be found out afterwards.
function Outcome({ work, removes }) {
  const lines = [
    work.offers && t('end.offers', { n: work.offers }),
    work.handed && t('end.handed', { n: work.handed }),
    work.sessions && t('end.sessions', { n: work.sessions }),
    removes && work.canned && t('end.canned', { n: work.canned }),
  ].filter(Boolean);
  const warnings = [
    work.last_admin && t('end.last-admin'),
    ...work.alone_in.map((d) => t('end.alone', { department: d.name })),
  ].filter(Boolean);
  return html`${lines.length > 0 && html`<ul class="end-lines">
      ${lines.map((line) => html`<li key=${line}>${line}</li>`)}</ul>`}
    ${warnings.map((line) => html`<p class="end-warning" key=${line}>${line}</p>`)}`;
}

// One question: who has the chats, or the tasks, from now on.
function Takers({ kind, work, error, to, setTo, setText }) {
  const chosen = to ? `${to.kind} ${to.id}` : '';
  const found = { departments: [], agents: work.agents, more: work.more };
  const pick = { chosen, choose: setTo, group: `end-${kind}-to` };
  return html`<p id=${`end-${kind}`}><strong>${t(`end.${kind}`, { n: work[kind] })}</strong></p>
    <${Search} label=${t('end.search')} id=${`end-${kind}-search`} onText=${setText} />
    <div class=${`targets of-${kind}`} role="group" aria-labelledby=${`end-${kind}`}>
      <fieldset><legend>${t('end.queue.legend')}</legend><ul>
        <${Target} one=${QUEUE} ...${pick}><span>${t(`end.${kind}.back`)}</span>
          <small>${t(`end.${kind}.back.help`)}</small><//></ul></fieldset>
      ${work.agents.length > 0 && html`<fieldset><legend>${t('end.agents')}</legend>
        <ul>${work.agents.map((a) => ({ ...a, kind: 'agent' })).map((one) => html`<${Agent}
          key=${one.id} one=${one} place=${kind === 'chats'} busy=${kind === 'chats'} ...${pick}
          mend=${one.lacks && href({ page: 'agents', rest: [String(one.id)] })} />`)}</ul>
        </fieldset>`}
      ${(!work.agents.length || work.more) && html`<${NoTargets} found=${found} error=${error} />`}
    </div>`;
}

// Where what is open of this kind goes, as the command has it.
const heirOf = (kind, n, to) => (!n ? {} : to.kind === 'queue' ? { [`${kind}_back`]: true }
  : { [`${kind}_to`]: to.id });

function Body({ done, s, agent, removes }) {
  const [text, setText] = useState({ chats: '', tasks: '' });
  const [to, setTo] = useState({ chats: null, tasks: null });
  const [forget, setForget] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState(null);
  const chatsTo = to.chats?.kind === 'agent' ? to.chats.id : '';
  const works = { chats: useWork(s, agent.id, 'chats', text.chats),
    tasks: useWork(s, agent.id, 'tasks', text.tasks, chatsTo) };
  const { work, error } = works.chats;
  const asked = work ? KINDS.filter((kind) => work[kind] && works[kind].work) : [];
  const open = !work || (work.tasks && !works.tasks.work) || asked.some((kind) => !to[kind]);
  const send = async (e) => {
    e.preventDefault();
    if (busy || open) return;
    setBusy(true);
    try {
      await s.command(removes ? 'agent.remove' : 'agent.disable', { agent: agent.id,
        ...heirOf('chats', work.chats, to.chats), ...heirOf('tasks', work.tasks, to.tasks),
        ...(forget && { anonymise: true }) });
      toast(t(removes ? 'end.remove.done' : 'end.disable.done', { name: agent.name }), { kind: 'good' });
      done(true);
    } catch (why) {
      setRefused(why);
      setBusy(false);
      KINDS.forEach((kind) => works[kind].again());
    }
  };
  return html`<form class="transfer end" onSubmit=${send}>
    <p>${t(removes ? 'end.remove.text' : 'end.disable.text')}</p>
    ${error && !work && html`<p class="error" role="alert">${explain(error)}</p>`}
    ${asked.map((kind) => html`<${Takers} key=${kind} kind=${kind} work=${works[kind].work}
      error=${works[kind].error} to=${to[kind]}
      setTo=${(one) => setTo((old) => ({ ...old, [kind]: one }))}
      setText=${(part) => setText((old) => ({ ...old, [kind]: part }))} />`)}
    ${work && html`<${Outcome} work=${work} removes=${removes} />`}
    ${removes && html`<label class="check"><input type="checkbox" id="end-forget" checked=${forget}
        aria-describedby="end-forget-help"
        onChange=${(e) => setForget(e.currentTarget.checked)} /> ${t('end.forget')}</label>
      <p class="help" id="end-forget-help">${t('end.forget.help')}</p>`}
    ${refused && html`<p class="error" role="alert">${explain(refused)}</p>`}
    <div class="buttons"><${Button} onClick=${() => done(undefined)}>${t('cancel')}<//>
      <${Button} type="submit" kind="danger" busy=${busy || open}>${
        t(removes ? 'end.remove.yes' : 'end.disable.yes')}<//></div>
  </form>`;
}

// agent: { id, name }.  True when it is done; undefined: it was thought better of.
export const askEnd = (s, agent, removes) => openDialog(
  t(removes ? 'end.remove.title' : 'end.disable.title', { name: agent.name }),
  ({ done }) => html`<${Body} done=${done} s=${s} agent=${agent} removes=${removes} />`,
  { wide: true });
