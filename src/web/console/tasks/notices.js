// What is told of tasks wherever one is: that one is due, and that a colleague has given one, or
// several at once.
import { toast } from '../base/bits.js';
import { go, showChat } from '../base/here.js';
import { t } from '../base/words.js';

const DUE_MS = 60000;
const GIVEN_MS = 12000;
const TOGETHER_MS = 150; // those that come in a row are told of once

const openOf = (task) => ({ action: t('tasks.open'), act: () => (task.conversation
  ? showChat(task.conversation, 'all') : go({ page: 'tasks' })) });

function tellGiven(given) {
  const [{ by, task }] = given;
  const one = given.length === 1;
  toast(one ? t('tasks.given', { by, title: task.title }) : t('tasks.given-many', { by,
    n: given.length }), { ms: GIVEN_MS, about: `task ${task.task}`, ...openOf(one ? task : {}) });
}

export function followTasks(s) {
  let given = [];
  const flush = () => {
    const all = given;
    given = [];
    for (const by of new Set(all.map((one) => one.by)))
      tellGiven(all.filter((one) => one.by === by));
  };
  return s.listen((what, f) => {
    if (what !== 'task' || !f.task) return;
    const me = String(s.agent.peek()?.id);
    const { task } = f;
    if (String(task.agent) !== me || task.done) return;
    if (f.what === 'due')
      toast(t('tasks.is-due', { title: task.title }), { kind: 'warn', ms: DUE_MS,
        about: `task ${task.task}`, ...openOf(task) });
    else if ((f.what === 'added' || f.was !== undefined) && String(f.by ?? '') !== me) {
      if (!given.length) setTimeout(flush, TOGETHER_MS);
      given.push({ by: f.by_name || t('tasks.operator'), task });
    }
  });
}
