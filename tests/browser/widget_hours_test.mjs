// The widget outside of business hours: the form, with when the chat opens, by the visitor's own
// calendar and clock.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {assertAccessible, noComplaints, shot} from './harness.mjs';
import {g, scene, talk, text, visit} from './visitor.mjs';

const HOUR = 3600e3;
const at = (ms, options) => new Intl.DateTimeFormat('en-GB', {timeZone: 'UTC', ...options}).format(ms);
const hoursOf = ms => {
  const time = at(ms, {hour: '2-digit', minute: '2-digit'});
  return `${time}-${String(Number(time.slice(0, 2)) + 1).padStart(2, '0')}:${time.slice(3)}`;
};

async function closed(s, inMs) {
  const opens = Date.now() + inMs;
  await g.ctl('hours', 'set', s.name, 'zone=UTC', 'week=mon-sun 00:00-24:00');
  const days = [];
  for (let ms = Date.now(); at(ms, {dateStyle: 'short'}) != at(opens, {dateStyle: 'short'});
    ms += 24 * HOUR)
    days.push(`${new Date(ms).toISOString().slice(0, 10)} closed`);
  days.push(`${new Date(opens).toISOString().slice(0, 10)} ${hoursOf(opens)}`);
  await g.ctl('hours', 'set', s.name, `days=${days.join(';')}`);
  return Math.floor(opens / 60e3) * 60e3;
}

for (const [lang, timezoneId, inH, words] of [
  ['en', 'America/New_York', 26, (day, time) => `The chat opens ${day} at ${time}.`],
  ['ja', 'Asia/Tokyo', 26, (day, time) => `チャットの受付は${day} ${time} からです。`],
  ['en', 'Europe/Berlin', 24 * 5, (day, time) => `The chat opens ${day} at ${time}.`],
]) {
  test(`it says when the chat opens (${lang}, ${timezoneId})`, async () => {
    const s = await scene();
    const opens = await closed(s, inH * HOUR);
    const w = await visit(s.code, {lang, timezoneId});
    await w.bubble.click();
    const local = ms => new Intl.DateTimeFormat('sv-SE', {timeZone: timezoneId}).format(ms);
    const days = Math.round((Date.parse(local(opens)) - Date.parse(local(Date.now()))) / 864e5);
    // Late in the evening, 26 hours from now is the day after tomorrow.
    const day = days < 2 ? new Intl.RelativeTimeFormat(lang, {numeric: 'auto'}).format(days, 'day')
      : (lang == 'en' ? 'on ' : '') + new Intl.DateTimeFormat(lang, {weekday: 'long', month: 'long',
        day: 'numeric', timeZone: timezoneId}).format(opens);
    const time = new Intl.DateTimeFormat('en-GB', {hour: '2-digit', minute: '2-digit',
      timeZone: timezoneId}).format(opens);
    await text(w.panel, words(day, time));
    await w.field(w.t.message).fill('Please call me');
    await w.field(w.t.email).fill('hanako@example.com');
    await assertAccessible(w.page, 'closed');
    await shot(w.page, `widget-closed-${lang}-${timezoneId.replace('/', '-')}`);
    await w.button(w.t.leave).click();
    await text(w.panel, w.t.received);
    noComplaints(w.page);
  });
}

test('a running chat goes on past closing', async () => {
  const {name, w, agent, conversation} = await talk();
  await closed({name}, 26 * HOUR);
  await w.say('Are you still there?');
  await text(w.mine, 'Are you still there?');
  await agent.ask('chat.send', {conversation, text: 'Of course'});
  await text(w.theirs, 'Of course');
  assert.equal(await w.panel.getByText('The chat opens').count(), 0);
  noComplaints(w.page);
});
