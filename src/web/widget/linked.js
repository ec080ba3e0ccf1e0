// What somebody wrote, with its addresses as links.

import {h} from './kit.js';
import {splitLinks} from './links.js';

export const linked = (text = '') =>
  splitLinks(text).map((part, i) =>
    i % 2
      ? h('a', {href: part, target: '_blank', rel: 'noopener noreferrer nofollow'}, part)
      : part,
  );
