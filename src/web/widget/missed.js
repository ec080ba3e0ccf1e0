// A missed chat can be rung again: with all that was said before, and without a form unless something
// is missing in it.

import * as t from 'text';
import {act, chat, h, values} from './kit.js';

const WORDS_MOST = 4000;

export const missedWords = () => (chat.s.st.why == 'visitor' ? t.leftQueue : t.missed);

const ring = closed => {
  if (!act.isMissed()) return;
  const {door, fields} = chat.d;
  act.state.note = door == 'open' ? '' : closed;
  if (act.state.note) return act.redraw();
  const known = {...chat.s.who, question: [...values.words].slice(0, WORDS_MOST).join('')};
  const lacks = Object.keys(fields).some(
    name => fields[name] == 'must' && !(known[name] || '').trim(),
  );
  if (lacks || chat.pending('chat.start')) act.state.ringing = true;
  else chat.tell('chat.start', known);
  act.redraw();
};

// closed: what is said where the door has closed meanwhile.
export const ringButton = closed =>
  h('button', {onclick: () => act.askDoor().then(() => ring(closed))}, t.ring);
