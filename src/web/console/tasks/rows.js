// Tasks as rows: done with a tick, changed in a dialog; and the newest of what the gateway says of
// them.
import { html, useEffect, useRef, useState } from '../../vendor/ui.js';
import { Button, Icon, Time, serverTick } from '../base/bits.js';
import { showChat, store } from '../base/here.js';
import { act } from '../base/page.js';
import { editTask } from './task-dialog.js';
import { nameOf, stamp, t } from '../base/words.js';

const TOGETHER_MS = 100; // changes that come in a row are asked for once

// Those that task.list gives for these fields; asked again when one of them, or one that fits, changes.
export function useTasks(fields, fits) {
  const s = store.value;
  const [state, setState] = useState({ rows: [], error: null, phase: 'loading' });
  const latest = useRef(null);
  const key = JSON.stringify(fields);
  latest.current = { fits, rows: state.rows };
  useEffect(() => {
    let wanted = true;
    let timer = 0;
    const ask = () => s.command('task.list', { ...fields, max: 200 }).then(
      (ok) => wanted && setState({ rows: ok.rows, error: null, phase: 'ready' }),
      (error) => wanted && setState((old) => ({ ...old, error, phase: 'ready' })));
    ask();
    const stop = s.listen((what, f) => {
      const concerns = what === 'caught-up' || (what === 'task' && (f.gone !== undefined
        ? latest.current.rows.some((row) => row.task === String(f.gone))
        : latest.current.fits(f.task) || latest.current.rows.some((row) => row.task === f.task.task)));
      if (!concerns) return;
      clearTimeout(timer);
      timer = setTimeout(ask, TOGETHER_MS);
    });
    return () => {
      wanted = false;
      clearTimeout(timer);
      stop();
    };
  }, [s, key]);
  return state;
}

export const isOverdue = (task, now) => !task.done && task.due_ms > 0 && task.due_ms <= now;

export function TaskRow({ task, chat = false }) {
  const s = store.value;
  const late = isOverdue(task, serverTick(s));
  const mine = String(task.agent) === String(s.agent.value.id);
  const may = task.edit || mine;
  const turn = () => act(s.command(task.done ? 'task.reopen' : 'task.done', { task: task.task }));
  return html`<li class=${`task ${task.done ? 'done' : ''} ${late ? 'overdue' : ''}`}>
    <label class="task-title"><input type="checkbox" checked=${task.done} disabled=${!may}
      onChange=${turn} /><span>${task.title}</span></label>
    ${task.edit && html`<${Button} small kind="quiet" icon="gear" label=${t('tasks.edit', {
      title: task.title })} onClick=${() => editTask(s, task)} />`}
    <p class="task-of">
      ${task.due_ms > 0 && html`<span class="task-due"><${Icon} name=${late ? 'warn' : 'clock'}
        size=${13} /><${Time} ms=${task.due_ms}>${stamp(task.due_ms)}<//>${late && html` <strong>${
        t('tasks.overdue')}</strong>`}</span>`}
      ${!(chat && mine) && html`<span>${task.agent ? mine ? t('tasks.mine') : task.agent_name
        : t('tasks.nobody')}</span>`}
      ${chat && task.conversation && html`<button type="button" class="link"
        onClick=${() => showChat(task.conversation, 'all')}>${nameOf({ name: task.visitor,
          number: task.number })} #${task.number}</button>`}
    </p></li>`;
}
