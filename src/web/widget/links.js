// Web addresses in what people write.

import {h} from './kit.js';

export const linked = text =>
  text
    .split(/(https?:\/\/[^\s<>"「」（）、。]*[^\s<>"「」（）、。.,:;!?)])/)
    .map((part, i) =>
      i % 2
        ? h('a', {href: part, target: '_blank', rel: 'noopener noreferrer nofollow'}, part)
        : part,
    );
