// What is told of tasks wherever one is: that one is due, and that a colleague has given one.
import { toast } from '../base/bits.js';
import { go, showChat } from '../base/here.js';
import { t } from '../base/words.js';

const DUE_MS = 60000;

export function followTasks(s) {
  return s.listen((what, f) => {
    if (what !== 'task' || !f.task) return;
    const me = String(s.agent.peek()?.id);
    const { task } = f;
    if (String(task.agent) !== me || task.done) return;
    const open = { action: t('tasks.open'), act: () => (task.conversation
      ? showChat(task.conversation, 'all') : go({ page: 'tasks' })) };
    if (f.what === 'due')
      toast(t('tasks.is-due', { title: task.title }), { kind: 'warn', ms: DUE_MS,
        about: `task ${task.task}`, ...open });
    else if (f.what === 'added' && String(f.by ?? '') !== me)
      toast(t('tasks.given', { by: f.by_name || t('tasks.operator'), title: task.title }), {
        ms: 12000, about: `task ${task.task}`, ...open });
  });
}
