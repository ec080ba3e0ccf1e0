// What stands where a chat cannot be had: the form for a message, and what follows it.  Loaded
// when the door is closed, or a chat was missed.

import * as t from 'text';
import {again} from './again.js';
import {act, chat, fill, formOf, h, lang, text, values} from './kit.js';

const WORDS_MOST = 4000;

// Rung again with what was said before; the form comes only where something is missing in it.
const ring = () => {
  if (!act.isMissed()) return;
  const {door, fields} = chat.d;
  act.state.note = door == 'open' ? '' : door == 'busy' ? t.full : t.offline;
  if (act.state.note) return act.redraw();
  const known = {...chat.s.who, question: [...values.words].slice(0, WORDS_MOST).join('')};
  const lacks = Object.keys(fields).some(
    name => fields[name] == 'must' && !(known[name] || '').trim(),
  );
  if (lacks || chat.pending('chat.start')) act.state.ringing = true;
  else chat.tell('chat.start', known);
  act.redraw();
};

export const offline = () => {
  const missed = act.isMissed();
  return [
    text(
      act.state.note ||
        (missed
          ? chat.s.st.why == 'visitor'
            ? t.leftQueue
            : t.missed
          : chat.d.text[lang] || (chat.d.door == 'busy' ? t.full : t.offline)),
    ),
    formOf('ask', {
      what: 'chat.leave-message',
      fields: [...act.asked('chat.leave-message', 'email'), ['text', t.message, true, 'words']],
      label: t.leaveMessage,
      cls: 'main',
      submit: got => chat.tell('chat.leave-message', got),
    }),
    missed && h('button', {onclick: () => act.askDoor().then(ring)}, t.ring),
  ];
};

export const left = () => [
  h('p', {class: 'done', tabindex: -1}, fill(t.received, chat.s.left || '')),
  again,
];
