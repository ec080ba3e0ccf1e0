// What is new while the panel is closed: a number on the bubble, and in its label.

import * as t from 'text';
import {chat, ctx, fill} from './kit.js';

// The label; the panel takes the number away.
export const news = () => {
  const count = chat.unread();
  ctx.bubble.dataset.news = count;
  return fill(t.openUnread, count);
};
