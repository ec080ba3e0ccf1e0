// A question at the foot of the panel, before something that cannot be undone.  The page around
// keeps its light; Escape, and what has the focus first, are the harmless answer.

import * as t from 'text';
import {h, root, text} from './kit.js';

const WORDS = {
  end: [t.endSure, t.endHint, t.endNo, t.end],
  leave: [t.leaveSure, t.leaveHint, t.leaveNo, t.leaveYes],
};

let shut = () => {};

// Ask over the panel, 'end' or 'leave': done() where the visitor means it.
export const ask = (panel, what, done) => {
  const [question, hint, no, yes] = WORDS[what];
  const others = [...panel.children];
  const before = root.activeElement;
  const harmless = h('button', {onclick: () => shut()}, no);
  const sheet = h(
    'div',
    {
      class: 'sheet',
      role: 'alertdialog',
      'aria-label': question,
      onkeydown(event) {
        if (event.key != 'Escape' || event.isComposing) return;
        event.preventDefault();
        shut();
      },
    },
    h('b', {}, question),
    text(hint, 'small'),
    h(
      'div',
      {class: 'pair'},
      harmless,
      h(
        'button',
        {
          class: 'main',
          onclick() {
            shut();
            done();
          },
        },
        yes,
      ),
    ),
  );
  shut();
  shut = () => {
    shut = () => {};
    sheet.remove();
    for (const other of others) other.inert = false;
    before?.focus();
  };
  for (const other of others) other.inert = true;
  panel.append(sheet);
  harmless.focus();
};

// What was asked has settled itself.
export const unask = () => shut();
