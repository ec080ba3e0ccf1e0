// What comes behind the first load and then follows until the end: what is told of tasks and mentions,
// the saved views, and toasts that are no news any more.
import { effect } from '../../vendor/ui.js';
import { dropToasts, toasts } from '../base/bits.js';
import { followMentions } from '../mentions/notices.js';
import { followTasks } from '../tasks/notices.js';
import { followViews } from '../views/follow.js';

// That a chat was not answered is no news once somebody has it, or nobody will.
function forgetLapsed(s) {
  return effect(() => {
    for (const { about } of toasts.value) {
      const [, id] = /^offer (.+)$/.exec(about || '') || [];
      if (id && !['waiting', 'offered'].includes(s.row(id).value?.state ?? 'waiting'))
        queueMicrotask(() => dropToasts(about));
    }
  });
}

export function followBehind(s) {
  const ends = [followTasks(s), followMentions(s), followViews(s), forgetLapsed(s)];
  return () => ends.forEach((end) => end());
}
