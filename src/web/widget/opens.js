// Where a department is closed: when it opens next, as the visitor's calendar and clock have it.

import * as t from 'text';
import {chat, fill, lang, text} from './kit.js';

const dayOf = date => Math.floor(date / 864e5 - date.getTimezoneOffset() / 1440);

export const opens = () => {
  const date = new Date(chat.d.opens_ms);
  if (date < Date.now()) return '';
  const days = dayOf(date) - dayOf(new Date());
  const day =
    days < 2
      ? new Intl.RelativeTimeFormat(lang, {numeric: 'auto'}).format(days, 'day')
      : fill(
          t.onDay,
          date.toLocaleDateString(lang, {weekday: 'long', month: 'long', day: 'numeric'}),
        );
  return text(fill(fill(t.opens, day), date.toLocaleTimeString('en-GB', {timeStyle: 'short'})));
};
