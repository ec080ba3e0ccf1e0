// Whether a moment lies in the hours of a week, as the gateway keeps them: "mon 22:00-31:00; …", each
// day once, what goes on past midnight counted on.

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const DAY = 24 * 60;
const SPAN = /(\d+):(\d+)-(\d+):(\d+)/g;

// On the clock of a zone: the day of the week, 0: Monday, and the minute of the day.
function clockOf(at, timeZone) {
  const parts = {};
  for (const { type, value } of new Intl.DateTimeFormat('en-US', {
    timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
  }).formatToParts(at)) parts[type] = value;
  return { day: DAYS.indexOf(parts.weekday), minute: 60 * parts.hour + Number(parts.minute) };
}

const holds = (text, minute) => [...text.matchAll(SPAN)].some(([, h, m, h2, m2]) =>
  minute >= 60 * h + Number(m) && minute < 60 * h2 + Number(m2));

// zone: '': the browser's, which also stands in for one that it has not.
export function isQuiet(week, zone, at) {
  if (!week) return false;
  let now;
  try {
    now = clockOf(at, zone || undefined);
  } catch {
    now = clockOf(at);
  }
  const of = (day) => week.split('; ').filter((one) =>
    one.startsWith(DAYS[(day + 7) % 7].toLowerCase())).join();
  return holds(of(now.day), now.minute) || holds(of(now.day - 1), now.minute + DAY);
}
