// The live floor: a supervisor sees everybody's status, load and waits come and go, changes a
// status, and watches a chat without writing in it.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway, until} from './harness.mjs';
import {accepted, assertFits, consoleOf, go, setStatus, visitor} from './console_parts.mjs';

const g = await startGateway();
const [first] = await g.departments();
const admin = await g.setPassword('admin@localhost');
const aiko = await g.addAgent('Aiko', 'aiko@shop.example', [first.name]);
const page = await consoleOf(g, admin);
const desk = await consoleOf(g, aiko);
const row = name => page.locator('.floor-cols tr', {has: page.locator(`th:has-text("${name}")`)});

test('it shows who is there, who waits, and goes on by itself', async () => {
  await go(page, '#/floor', '.tiles');
  await row('Aiko').waitFor();
  assert.equal(await row('Aiko').locator('select').inputValue(), 'offline');
  await setStatus(desk, 'available');
  await page.waitForFunction(() => document.querySelector('.floor-cols select')?.value == 'available');
  const v = await visitor(g, first.code);
  await page.waitForSelector('.floor-queue li:has-text("Hanako Sato"):has-text("offered to Aiko")');
  await accepted(desk);
  await row('Aiko').locator('.floor-chats .link').waitFor();
  assert.match(await row('Aiko').locator('.load').textContent(), /1 \/ 3/);
  assert.equal(await page.locator('.floor-queue li').count(), 0);
  await v.say('Is anybody there?');
  await row('Aiko').locator('.wait').waitFor();
  await assertAccessible(page, 'the floor');
  await shot(page, 'console-floor');
});

test('a chat is watched, and written in only when that is asked for', async () => {
  await row('Aiko').locator('.floor-chats .link').click();
  await page.waitForSelector('.watching:has-text("You are watching this chat")');
  await page.waitForSelector('.message:has-text("Is anybody there?")');
  assert.equal(await page.locator('[data-composer]').count(), 0);
  await assertAccessible(page, 'a chat that is watched');
  await page.click('.watching .button');
  await page.waitForSelector('[data-composer]');
});

test('a status is changed from here, and the other is what it says', async () => {
  await go(page, '#/floor', '.tiles');
  await row('Aiko').locator('select').selectOption('away');
  await page.waitForSelector('.toast:has-text("Aiko is now: Away")');
  await desk.waitForSelector('.menu-button:has-text("Away")');
  await until('the row to follow', async () =>
    (await row('Aiko').locator('select').inputValue()) == 'away');
});

test('a queue is moved to another department, where somebody is', async () => {
  await g.ctl('department', 'add', 'Billing', 'type=private');
  const ken = await g.addAgent('Ken', 'ken@shop.example', ['Billing']);
  const back = await consoleOf(g, ken);
  await setStatus(back, 'available');
  const v = await visitor(g, first.code);
  await page.waitForSelector('.floor-queue li:has-text("missed in")');
  const queues = page.getByRole('region', {name: 'Queues'});
  await queues.getByRole('row', {name: first.name}).getByRole('button', {name: 'Move…'}).click();
  await page.waitForSelector('dialog:has-text("Move the queue of")');
  await assertAccessible(page, 'moving a queue');
  await shot(page, 'console-floor-move');
  await page.getByLabel('To the queue of').selectOption('Billing');
  await page.getByRole('button', {name: 'Move the queue', exact: true}).click();
  await page.waitForSelector('.toast:has-text("waits in Billing now")');
  await accepted(back);
  await back.waitForSelector('.event.moved:has-text("Waits in the queue of Billing now")');
  await until('the visitor to be answered', () => v.state?.state == 'active');
  assert.equal(JSON.stringify(v.events).includes('Billing'), false);
  noComplaints(back);
});

test('who may not see it has no way there; who has the permission has', async () => {
  assert.equal(await desk.locator('.nav a[href*="floor"]').count(), 0);
  await g.ctl('agent', 'set', aiko.email, 'permissions=supervise');
  await desk.waitForSelector('.nav a[href*="floor"]');
  await go(desk, '#/floor', '.tiles');
  await desk.waitForSelector('.floor-cols th:has-text("Aiko")');
  noComplaints(desk);
});

test('in Japanese, narrow and dark', async () => {
  await g.ctl('agent', 'set', admin.email, 'lang=ja');
  const narrow = await consoleOf(g, admin, {locale: 'ja-JP', dark: true, narrow: true});
  await go(narrow, '#/floor', '.tiles');
  await narrow.waitForSelector('h1:has-text("現在の状況")');
  await assertFits(narrow, 'the floor');
  await assertAccessible(narrow, 'the floor (ja)');
  await shot(narrow, 'console-floor-narrow');
  noComplaints(narrow);
  noComplaints(page);
});
