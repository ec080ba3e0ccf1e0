// A task in a dialog: added, changed, deleted.
import { html, useEffect, useState } from '../../vendor/ui.js';
import { Button, Field } from '../base/bits.js';
import { confirm, openDialog } from '../base/dialog.js';
import { explain, t } from '../base/words.js';

const TITLE_MAX = 200;

// For a field of date and time, by this browser's clock; and back.
const two = (n) => String(n).padStart(2, '0');
function localOf(ms) {
  if (!ms) return '';
  const d = new Date(ms);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${
    two(d.getMinutes())}`;
}
const msOf = (local) => (local ? new Date(local).getTime() : 0);

function Body({ done, s, conversation, task }) {
  const [title, setTitle] = useState(task?.title || '');
  const [due, setDue] = useState(localOf(task?.due_ms));
  const [agent, setAgent] = useState(String(task ? task.agent ?? '' : s.agent.peek().id));
  const [agents, setAgents] = useState([]);
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    s.command('task.candidates', { conversation, max: 200 }).then((ok) => setAgents(ok.agents), setError);
  }, [s, conversation]);
  const wrong = (field) => (error?.field === field ? explain(error) : '');
  const run = async (verb, fields) => {
    setBusy(true);
    try {
      await s.command(verb, fields);
      done(true);
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  };
  const save = (e) => {
    e.preventDefault();
    const fields = { title, agent: agent || null, due_ms: msOf(due) };
    if (!task) return run('task.add', { conversation, ...fields });
    return run('task.set', { task: task.task, version: task.version, ...fields });
  };
  const remove = async () => {
    done(undefined);
    if (await confirm(t('tasks.remove.title'), t('tasks.remove.text', { title: task.title }),
      t('tasks.remove.yes'), { danger: true }))
      s.command('task.remove', { task: task.task }).catch(() => {});
  };
  const known = agents.some((a) => String(a.id) === agent) || !agent;
  return html`<form onSubmit=${save}>
    <${Field} id="task-title" label=${t('tasks.title')} error=${wrong('title')}>
      <input id="task-title" autofocus maxlength=${TITLE_MAX} value=${title} autocomplete="off"
        onInput=${(e) => setTitle(e.currentTarget.value)} /><//>
    <${Field} id="task-agent" label=${t('tasks.agent')} error=${wrong('agent')}>
      <select id="task-agent" value=${agent} onChange=${(e) => setAgent(e.currentTarget.value)}>
        <option value="">${t('tasks.nobody')}</option>
        ${!known && html`<option value=${agent}>${task?.agent_name || s.agent.peek().name}</option>`}
        ${agents.map((a) => html`<option key=${a.id} value=${String(a.id)}>${a.name}</option>`)}
      </select><//>
    <${Field} id="task-due" label=${t('tasks.due')} help=${t('tasks.due.help')} error=${wrong('due_ms')}>
      <input id="task-due" type="datetime-local" value=${due}
        onInput=${(e) => setDue(e.currentTarget.value)} /><//>
    ${error && !['title', 'agent', 'due_ms'].includes(error.field) && html`<p class="error"
      role="alert">${explain(error)}</p>`}
    <div class="buttons">
      ${task && html`<${Button} kind="quiet" onClick=${remove}>${t('tasks.remove')}<//>`}
      <${Button} onClick=${() => done(undefined)}>${t('cancel')}<//>
      <${Button} type="submit" kind="primary" busy=${busy || !title.trim()}>${t('save')}<//></div>
  </form>`;
}

export const addTask = (s, conversation) => openDialog(t('tasks.add'), ({ done }) =>
  html`<${Body} done=${done} s=${s} conversation=${conversation} />`);
export const editTask = (s, task) => openDialog(t('tasks.edit.title'), ({ done }) =>
  html`<${Body} done=${done} s=${s} conversation=${task.conversation} task=${task} />`);
