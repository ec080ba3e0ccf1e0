// Quiet hours as people choose them, one span on some days, and as the gateway keeps them.
import { DAYS, daysOf } from '../manage/week.js';

const ONE = /^(\d\d:\d\d)-(\d\d):(\d\d)$/;

// { from, to, on: whether each day } where each of the days has the same one span; else null.
export function quietOf(week) {
  const days = daysOf(week);
  const spans = [...new Set(days.filter(Boolean))];
  const [, from, h, m] = ONE.exec(spans[0] || '') || [];
  if (spans.length !== 1 || !from) return null;
  return { from, to: `${String(h % 24).padStart(2, '0')}:${m}`, on: days.map(Boolean) };
}

// The end is the next day's where it is not behind the beginning.
export function quietText({ from, to, on }) {
  const [h, m] = to.split(':');
  const end = to > from ? to : `${Number(h) + 24}:${m}`;
  return DAYS.filter((_, at) => on[at]).map((day) => `${day} ${from}-${end}`).join('; ');
}
