// The visitor's place in the queue, and the way out of it.

import * as t from 'text';
import {act, chat, fill, h, text} from './kit.js';

const SAID_EVERY_MS = 30000;
const ETA_MOST_MIN = 15;

export const queue = h('div', {class: 'queue'});
let shown;
let saidAt = 0;

export const drawQueue = () => {
  const {state, place, eta_ms} = chat.s.st;
  queue.hidden = state != 'waiting';
  const minutes = Math.ceil(eta_ms / 60000);
  const words =
    (place ? fill(t.place, place) : t.waiting) +
    (minutes > 0 && minutes <= ETA_MOST_MIN ? ' ' + fill(t.eta, minutes) : '');
  // Whoever is connected has no place any more: nor does the status line.
  if (queue.hidden) return shown && act.say((shown = ''));
  if (shown == words) return;
  shown = words;
  queue.replaceChildren(
    text(words),
    text(t.waitHint, 'small'),
    h('button', {onclick: () => act.sure('leave')}, t.leave),
  );
  if (Date.now() - saidAt < SAID_EVERY_MS) return;
  saidAt = Date.now();
  act.say(words);
};
