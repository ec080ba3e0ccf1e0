// My tasks: those to be done first, by when they are due; then those that are nobody's, for whoever
// takes one; behind them what was done lately.
import { html, useEffect } from '../../vendor/ui.js';
import { Empty } from '../base/bits.js';
import { store } from '../base/here.js';
import { PageHead, Trouble } from '../base/page.js';
import { TaskRow, useTasks } from './rows.js';
import { t } from '../base/words.js';

const NOBODYS = { agent: null, state: 'open' };

function usePool(s) {
  useEffect(() => {
    s.subscribe('tasks', 'tasks', () => ({}), () => {}, () => {});
    return () => s.unsubscribe('tasks');
  }, [s]);
  return useTasks(NOBODYS, (task) => !task.agent && !task.done);
}

function Rows({ tasks, label }) {
  return html`<ul class="tasks card" aria-label=${label}>${tasks.map((task) => html`<${TaskRow}
    key=${task.task} task=${task} chat />`)}</ul>`;
}

export function Tasks() {
  const s = store.value;
  const me = String(s.agent.value.id);
  const { rows, error, phase } = useTasks({}, (task) => String(task.agent) === me);
  const pool = usePool(s);
  const open = rows.filter((task) => !task.done);
  const done = rows.filter((task) => task.done);
  return html`<${PageHead} title=${t('page.tasks')} />
    <${Trouble} error=${error || pool.error} />
    ${!open.length && phase === 'ready' && html`<${Empty} icon="task" title=${t('tasks.all-done')}>${
      t('tasks.all-done.help')}<//>`}
    ${open.length > 0 && html`<${Rows} tasks=${open} label=${t('page.tasks')} />`}
    ${pool.rows.length > 0 && html`<h2 class="tasks-pool">${t('tasks.pool')}</h2>
      <${Rows} tasks=${pool.rows} label=${t('tasks.pool')} />`}
    ${done.length > 0 && html`<details class="tasks-done"><summary>${t('tasks.done', {
      n: done.length })}</summary><${Rows} tasks=${done} label=${t('tasks.done', {
      n: done.length })} /></details>`}`;
}
