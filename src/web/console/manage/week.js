// A week of business hours between its one text, as the gateway keeps it, and a text for each day;
// and as bars.  What is possible the gateway says: here is only what one can see.

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const DAY = 24 * 60;
const SPAN = /(\d{1,2})(?::(\d{2}))?\s*[-~\u2010-\u2014\u301c\uff0d]\s*(\d{1,2})(?::(\d{2}))?/g;

// As Japanese keyboards type it.
export const plain = (text) => text.normalize('NFKC').replaceAll('、', ',');

export function daysOf(week) {
  const days = DAYS.map(() => '');
  for (const part of String(week).split(';')) {
    const [, day, text] = /^\s*([a-z]{3})\S*\s+(.*)$/.exec(part) || [];
    if (DAYS.includes(day) && text !== 'closed')
      days[DAYS.indexOf(day)] = text.split(',').map((one) => one.trim()).join(', ');
  }
  return days;
}

// With a week in which no day is open the switch stays on, and the gateway says what is wrong.
export function weekOf(days) {
  const parts = days.map((text, i) => [DAYS[i], plain(text).trim()]).filter(([, text]) => text);
  return parts.map(([day, text]) => `${day} ${text}`).join('; ') || 'mon closed';
}

const spansOf = (text) => [...plain(text).matchAll(SPAN)].map(([, h, m, h2, m2]) =>
  ({ from: 60 * h + Number(m || 0), to: 60 * h2 + Number(m2 || 0) }));

// For each day [{ from, to }] in percent of it, with what goes on from the day before.
export function barsOf(days) {
  const spans = days.map((text) => spansOf(text).map((s) => ({ ...s, bad: s.to <= s.from })));
  return days.map((_, i) => {
    const before = spans[(i + 6) % 7].filter((s) => s.to > DAY && !s.bad)
      .map((s) => ({ from: 0, to: s.to - DAY }));
    const all = [...before, ...spans[i].map((s) => ({ ...s, to: s.bad ? s.from + 30 : s.to }))]
      .sort((a, b) => a.from - b.from);
    return all.map((s, at) => ({
      from: (100 * s.from) / DAY,
      to: (100 * Math.min(s.to, DAY)) / DAY,
      bad: Boolean(s.bad) || (at > 0 && s.from < all[at - 1].to),
    }));
  });
}

export function weekdayNames(lang) {
  // The first of January 2024 was a Monday.
  const name = (at, weekday) => new Intl.DateTimeFormat(lang, { weekday, timeZone: 'UTC' })
    .format(Date.UTC(2024, 0, 1 + at));
  return DAYS.map((_, at) => ({ short: name(at, 'short'), long: name(at, 'long') }));
}
