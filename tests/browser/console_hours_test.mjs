// Business hours in the console: a week to type in and to see, what it says of now while it is
// typed, holidays and single days, and all that is wrong in them at its place.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway, until} from './harness.mjs';
import {assertFits, consoleOf, go} from './console_parts.mjs';

const g = await startGateway();
const [first] = await g.departments();
const admin = await g.setPassword('admin@localhost');
const page = await consoleOf(g, admin);
const here = `#/departments/${first.id}`;
const kept = async () => g.ctl('department', 'show', first.name);
const rest = () => page.click('.settings-foot [type=submit]');
const bars = at => page.locator(`.hours .track >> nth=${at}`).locator('.span').evaluateAll(all =>
  all.map(el => [el.style.insetInlineStart, el.style.width, el.classList.contains('bad')]));

test('a week is typed, seen in bars, told of now, and kept in one form', async () => {
  await go(page, here, '#hours-on');
  await page.getByText('Always open, as long as somebody is there.').waitFor();
  await page.click('label[for=hours-on]');
  assert.equal(await page.inputValue('#hours-0'), '09:00-18:00');
  assert.equal(await page.inputValue('#hours-6'), '');
  await page.fill('#set-hours-zone', 'Asia/Tokyo');
  for (let at = 0; at < 7; at++) await page.fill(`#hours-${at}`, '0-24');
  await page.waitForSelector('.hours-now.open:has-text("Open now.")');
  await page.fill('#hours-4', '９：００〜１２：００、13-26');
  assert.deepEqual(await bars(4), [['37.5%', '12.5%', false], ['54.1667%', '45.8333%', false]]);
  assert.deepEqual((await bars(5))[0].slice(0, 1), ['0%']);
  await page.fill('#hours-5', '10:00-16:00');
  assert.deepEqual(await bars(5), [['0%', '8.33333%', false], ['41.6667%', '25%', false]]);
  await assertAccessible(page, 'hours');
  await shot(page, 'console-hours');
  await rest();
  await page.waitForSelector('.settings-foot:has-text("Saved")');
  const d = await kept();
  assert.match(d['hours.week'], /fri 09:00-12:00,13:00-26:00; sat 10:00-16:00; sun 00:00-24:00/);
  assert.equal(d['hours.zone'], 'Asia/Tokyo');
  assert.equal(await page.inputValue('#hours-4'), '09:00-12:00, 13:00-26:00');
});

test('what is wrong is said at the day, at once in the line of now, and when it is saved', async () => {
  await page.fill('#hours-2', '09-14, 13-18');
  assert.equal(await page.getAttribute('#hours-2', 'aria-invalid'), 'true');
  await page.waitForSelector('.hours-now.bad:has-text("wed: 09:00-14:00 and 13:00-18:00 overlap")');
  await page.fill('#set-hours-holidays', '12-25 Christmas\n2027-02-30 Never');
  await rest();
  await page.waitForSelector('#hours-error:has-text("overlap"), .form-wrong');
  await page.fill('#hours-2', '09-14');
  await rest();
  await page.waitForSelector('#set-hours-holidays-error:has-text("2027-02-30")');
  await until('the field to be gone to', () =>
    page.evaluate(() => document.activeElement.id == 'set-hours-holidays'));
  await assertAccessible(page, 'hours that are wrong');
  await page.fill('#set-hours-holidays', '12-25 Christmas\n2999-11-23 勤労感謝の日');
  await page.fill('#set-hours-days', '2999-12-24 9-12\n2999-12-28 closed');
  await rest();
  await page.waitForSelector('.settings-foot:has-text("Saved")');
  const d = await kept();
  assert.equal(d['hours.holidays'], '12-25 Christmas\n2999-11-23 勤労感謝の日');
  assert.equal(d['hours.days'], '2999-12-24 09:00-12:00; 2999-12-28 closed');
});

test('while it is closed the line says when it opens, by the clock of its zone', async () => {
  await g.ctl('hours', 'set', first.name, 'zone=Asia/Tokyo', 'week=mon-sun 00:00-24:00');
  const today = new Intl.DateTimeFormat('sv-SE', {timeZone: 'Asia/Tokyo'}).format(Date.now());
  await g.ctl('hours', 'set', first.name, `days=${today} closed`);
  await page.waitForSelector('.hours-now:has-text("Closed now. Opens"):has-text("00:00")');
  await g.ctl('hours', 'set', first.name, 'days=');
  await page.waitForSelector('.hours-now.open:has-text("Open now")');
});

test('somebody else’s week comes in, also under one’s hands', async () => {
  await page.fill('#hours-0', '08:00-09:00');
  await g.ctl('hours', 'set', first.name, 'week=tue 10:00-11:00');
  await page.waitForSelector('.meanwhile:has-text("tue 10:00-11:00")');
  await page.click('.settings-foot .link:has-text("Undo"), .settings-foot .button.link');
  await until('the other’s week', async () => (await page.inputValue('#hours-1')) == '10:00-11:00');
  assert.equal(await page.inputValue('#hours-0'), '');
});

test('by keyboard, in Japanese, narrow and dark', async () => {
  await g.ctl('agent', 'set', 'admin@localhost', 'lang=ja');
  const narrow = await consoleOf(g, admin, {locale: 'ja-JP', dark: true, narrow: true});
  await go(narrow, here, '#hours-on');
  await narrow.focus('#hours-on');
  await narrow.keyboard.press('Tab');
  assert.equal(await narrow.evaluate(() => document.activeElement.id), 'hours-0');
  await narrow.keyboard.type('9:00〜17:00');
  await narrow.waitForSelector('.hours-now:has-text("。")');
  await assertFits(narrow, 'hours');
  await assertAccessible(narrow, 'hours (ja)');
  await narrow.locator('.hours-part').scrollIntoViewIfNeeded();
  await shot(narrow, 'console-hours-narrow');
  await narrow.keyboard.press('Enter');
  await narrow.waitForSelector('.settings-foot:has-text("保存")');
  await until('it to be kept', async () => (await kept())['hours.week'].includes('mon 09:00-17:00'));
  await narrow.click('label[for=hours-on]');
  await narrow.click('.settings-foot [type=submit]');
  await until('it to be open always', async () => (await kept())['hours.week'] == '');
  noComplaints(narrow);
  noComplaints(page);
});
