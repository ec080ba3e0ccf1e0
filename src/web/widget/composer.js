// The composer: what is being written and not sent yet.  It outlives each change of the chat's
// state, the page, and the chat itself: then its words go into the form.

import * as t from 'text';
import {chat, h, icon, later, root} from './kit.js';
import {toEnd} from './log.js';

const TEXT_MOST = 4000;

export const input = h('textarea', {
  rows: 1,
  'aria-label': t.write,
  placeholder: t.write,
  enterkeyhint: 'send',
  oninput() {
    grow();
    if (input.value) chat.sayTyping();
  },
  // Enter that ends a conversion is not an Enter that sends.
  onkeydown(event) {
    if (event.key != 'Enter' || event.shiftKey || event.isComposing || event.keyCode == 229) return;
    event.preventDefault();
    submit();
  },
});
const grow = () => {
  input.style.height = 'auto';
  input.style.height = input.scrollHeight + 2 + 'px';
};
const tooLong = h('p', {class: 'bad', role: 'alert'});
const submit = () => {
  const words = input.value.trim();
  // Nothing can be sent any more: what shall become of the words?
  if (!chat.live()) return root.querySelector('.over > .main')?.focus();
  tooLong.textContent = [...words].length > TEXT_MOST ? t.tooLong : '';
  if (!words || tooLong.textContent) return;
  setDraft('');
  chat.tell('chat.send', {text: words});
  toEnd();
  input.focus();
};
const sendButton = h(
  'button',
  {class: 'main icon', 'aria-label': t.send},
  icon('M4 12h15M13 6l6 6-6 6'),
);
export const composer = h(
  'form',
  {
    class: 'composer',
    onsubmit(event) {
      event.preventDefault();
      submit();
    },
  },
  tooLong,
  input,
  sendButton,
);

export const inUse = () => !!input.value || root.activeElement == input;

export const setDraft = words => {
  input.value = words;
  grow();
};

// Its height is known once it is shown, and another one when it becomes wider.
new ResizeObserver(() => later(grow)).observe(composer);
setDraft(chat.s?.draft || '');
