// Quiet hours: when it is quiet, on whose clock, and how a form says it.
import assert from 'node:assert/strict';
import test from 'node:test';
import { isQuiet } from '../../src/web/console/frame/quiet.js';
import { quietOf, quietText } from '../../src/web/console/self/quiet-text.js';

const NIGHTS = 'mon 22:00-31:00; tue 22:00-31:00; fri 12:00-13:00,22:00-24:00';
const CASES = [
  // 2027-01-04 is a Monday.
  ['', 'UTC', '2027-01-04T23:00Z', false],
  [NIGHTS, 'UTC', '2027-01-04T21:59Z', false],
  [NIGHTS, 'UTC', '2027-01-04T22:00Z', true],
  [NIGHTS, 'UTC', '2027-01-05T06:59Z', true],
  [NIGHTS, 'UTC', '2027-01-05T07:00Z', false],
  [NIGHTS, 'UTC', '2027-01-06T06:00Z', true], // of Tuesday's night
  [NIGHTS, 'UTC', '2027-01-06T22:30Z', false],
  [NIGHTS, 'UTC', '2027-01-08T12:30Z', true],
  [NIGHTS, 'UTC', '2027-01-08T13:00Z', false],
  [NIGHTS, 'UTC', '2027-01-09T00:00Z', false],
  [NIGHTS, 'Asia/Tokyo', '2027-01-04T13:00Z', true],
  [NIGHTS, 'Asia/Tokyo', '2027-01-04T22:00Z', false],
  ['sun 20:00-30:00', 'UTC', '2027-01-04T05:59Z', true], // from Sunday into Monday
  ['mon 00:00-24:00', 'UTC', '2027-01-04T00:00Z', true],
];

test('it is quiet within the hours of the agent\'s clock, past midnight too', () => {
  for (const [week, zone, at, quiet] of CASES)
    assert.equal(isQuiet(week, zone, Date.parse(at)), quiet, `${week} ${zone} ${at}`);
  // A zone that the browser has not: its own stands in.
  const always = 'mon 00:00-24:00; tue 00:00-24:00; wed 00:00-24:00; thu 00:00-24:00; fri 00:00-24:00; ' +
    'sat 00:00-24:00; sun 00:00-24:00';
  assert.equal(isQuiet(always, 'Mars/Olympus', Date.now()), true);
});

test('the form says one span for the days it is chosen on, and nothing of what it cannot say', () => {
  const on = [true, true, false, false, false, false, true];
  assert.equal(quietText({ from: '22:00', to: '07:00', on }),
    'mon 22:00-31:00; tue 22:00-31:00; sun 22:00-31:00');
  assert.equal(quietText({ from: '12:00', to: '13:30', on: [true] }), 'mon 12:00-13:30');
  assert.equal(quietText({ from: '08:00', to: '08:00', on: [true] }), 'mon 08:00-32:00');
  assert.equal(quietText({ from: '00:00', to: '00:00', on: [true] }), 'mon 00:00-24:00');
  for (const said of [{ from: '22:00', to: '07:00', on }, { from: '00:00', to: '00:00', on }])
    assert.deepEqual(quietOf(quietText(said)), said);
  assert.equal(quietOf(NIGHTS), null);
  assert.equal(quietOf(''), null);
  assert.equal(quietOf('mon 09:00-10:00,11:00-12:00'), null);
});
