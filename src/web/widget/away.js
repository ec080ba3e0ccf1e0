// What stands where a chat cannot be had: the form for a message, and what follows it.  Loaded
// when the door is closed, or a chat was missed.

import * as t from 'text';
import {again} from './again.js';
import {act, chat, fill, formOf, h, lang, text} from './kit.js';

export const offline = () => {
  const missed = act.isMissed() && act.latePart();
  const closed = chat.d.door == 'busy' ? t.full : t.offline;
  return [
    text(missed ? act.state.note || missed.missedWords() : chat.d.text[lang] || closed),
    chat.d.opens_ms && act.latePart(true)?.opens(),
    formOf('ask', {
      what: 'chat.leave-message',
      fields: [...act.asked('chat.leave-message', 'email'), ['text', t.message, true, 'words']],
      label: t.leaveMessage,
      cls: 'main',
      submit: got => chat.tell('chat.leave-message', got),
    }),
    missed && missed.ringButton(closed),
  ];
};

export const left = () => [
  h('p', {class: 'done', tabindex: -1}, fill(t.received, chat.s.left || '')),
  again,
];

export const unkept = () => text(t.unkept, 'small');
