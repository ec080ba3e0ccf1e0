// My tasks: those to be done first, by when they are due; behind them what was done lately.
import { html } from '../../vendor/ui.js';
import { Empty } from '../base/bits.js';
import { store } from '../base/here.js';
import { PageHead, Trouble } from '../base/page.js';
import { TaskRow, useTasks } from './rows.js';
import { t } from '../base/words.js';

export function Tasks() {
  const me = String(store.value.agent.value.id);
  const { rows, error, phase } = useTasks({}, (task) => String(task.agent) === me);
  const open = rows.filter((task) => !task.done);
  const done = rows.filter((task) => task.done);
  return html`<${PageHead} title=${t('page.tasks')} />
    <${Trouble} error=${error} />
    ${!open.length && phase === 'ready' && html`<${Empty} icon="task" title=${t('tasks.all-done')}>${
      t('tasks.all-done.help')}<//>`}
    ${open.length > 0 && html`<ul class="tasks card" aria-label=${t('page.tasks')}>${open.map((task) =>
      html`<${TaskRow} key=${task.task} task=${task} chat />`)}</ul>`}
    ${done.length > 0 && html`<details class="tasks-done"><summary>${t('tasks.done', {
      n: done.length })}</summary><ul class="tasks card">${done.map((task) => html`<${TaskRow}
      key=${task.task} task=${task} chat />`)}</ul></details>`}`;
}
