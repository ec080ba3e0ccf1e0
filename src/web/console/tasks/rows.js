// Tasks as rows: done with a tick, changed in a dialog; and the newest of what the gateway says of
// them.
import { html, useEffect, useRef, useState } from '../../vendor/ui.js';
import { Button, Icon, Time, serverTick } from '../base/bits.js';
import { Face } from '../base/face.js';
import { showChat, store } from '../base/here.js';
import { act } from '../base/page.js';
import { editTask } from './task-dialog.js';
import { nameOf, stamp, t } from '../base/words.js';

const TOGETHER_MS = 100; // changes that come in a row are asked for once
const ROWS_MAX = 200;
const PAGES_MAX = 10;

// A page may hold none where one may not see most of them: then the next ones.
async function rowsOf(s, fields) {
  const rows = [];
  for (let cursor = null, page = 0; page < PAGES_MAX && rows.length < ROWS_MAX; page += 1) {
    const ok = await s.command('task.list', { ...fields, max: ROWS_MAX, ...(cursor && { cursor }) });
    rows.push(...ok.rows);
    cursor = ok.cursor;
    if (!cursor) break;
  }
  return rows;
}

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
    const ask = () => rowsOf(s, fields).then(
      (rows) => wanted && setState({ rows, error: null, phase: 'ready' }),
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
  const take = () => act(s.command('task.set', { task: task.task, version: task.version,
    agent: String(s.agent.value.id) }), t('tasks.taken', { title: task.title }));
  const turn = () => act(s.command(task.done ? 'task.reopen' : 'task.done', { task: task.task }));
  return html`<li class=${`task ${task.done ? 'done' : ''} ${late ? 'overdue' : ''}`}>
    <label class="task-title"><input type="checkbox" checked=${task.done} disabled=${!may}
      onChange=${turn} /><span>${task.title}</span></label>
    ${task.edit && html`<span class="task-acts">
      ${chat && !task.agent && html`<${Button} small label=${t('tasks.take.label', {
        title: task.title })} onClick=${take}>${t('tasks.take')}<//>`}
      <${Button} small kind="quiet" icon="gear" label=${t('tasks.edit', { title: task.title })}
        onClick=${() => editTask(s, task)} /></span>`}
    <p class="task-of">
      ${task.due_ms > 0 && html`<span class="task-due"><${Icon} name=${late ? 'warn' : 'clock'}
        size=${13} /><${Time} ms=${task.due_ms}>${stamp(task.due_ms)}<//>${late && html` <strong>${
        t('tasks.overdue')}</strong>`}</span>`}
      ${!(chat && mine) && html`<span>${task.agent && !mine && html`<${Face} size="tiny" id=${task.agent}
        name=${task.agent_name} /> `}${task.agent ? mine ? t('tasks.mine') : task.agent_name
        : t('tasks.nobody')}</span>`}
      ${chat && task.conversation && html`<button type="button" class="link"
        onClick=${() => showChat(task.conversation, 'all')}>${nameOf({ name: task.visitor,
          number: task.number })} #${task.number}</button>`}
    </p></li>`;
}
