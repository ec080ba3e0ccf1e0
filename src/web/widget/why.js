// Why something was refused, in the visitor's language: by the reason's code, else by the error's.

import * as t from 'text';
import words from 'refused';
import {fill} from './kit.js';

const BY_CODE = {ended: t.ended, 'too-big': t.tooLong, rate: words.rate, full: words.rate};

const by = {};
for (const codes in words) for (const code of codes.split(' ')) by[code] = words[codes];

export const why = ({reason = '', code, values = {}}) =>
  fill(
    by[reason] || (/^address-/.test(reason) && t.badEmail) || BY_CODE[code] || t.failed,
    Object.values(values)[0],
  );
