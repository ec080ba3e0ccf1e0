// The way from a chat that is over to a new one.

import * as t from 'text';
import {act, chat, h, values} from './kit.js';

export const again = h(
  'button',
  {
    class: 'main',
    onclick() {
      Object.assign(values, chat.s.who, {rating: 0, comment: ''});
      chat.forget();
      act.askDoor();
    },
  },
  t.again,
);
