// The tasks about a chat, in the panel beside it.
import { html } from '../../vendor/ui.js';
import { Button } from '../base/bits.js';
import { store } from '../base/here.js';
import { addTask } from './task-dialog.js';
import { TaskRow, useTasks } from './rows.js';
import { explain, t } from '../base/words.js';

export function TasksPanel({ head }) {
  const id = String(head.conversation);
  const { rows, error, phase } = useTasks({ conversation: id }, (task) => task.conversation === id);
  const may = (head.may || []).includes('note');
  return html`<h3>${t('tasks')}</h3>
    ${error && html`<p class="error">${explain(error)}</p>`}
    ${rows.length > 0 && html`<ul class="tasks">${rows.map((task) => html`<${TaskRow}
      key=${task.task} task=${task} />`)}</ul>`}
    ${!rows.length && phase === 'ready' && html`<p class="quiet-text">${t('tasks.none')}</p>`}
    ${may && html`<${Button} small icon="plus" onClick=${() => addTask(store.value, id)}>${
      t('tasks.add')}<//>`}`;
}
