// The report of time: one's own for an agent, everybody's for an administrator; by period, sorted,
// grouped and as a file.
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway} from './harness.mjs';
import {accepted, assertFits, consoleOf, endFront, go, ringer, setStatus} from './console_parts.mjs';

const g = await startGateway();
const [front] = await g.departments();
const admin = await g.setPassword('admin@localhost');
const people = [await g.addAgent('Aiko', 'aiko@shop.example', [front.name]),
  await g.addAgent('Ben', 'ben@shop.example', [front.name])];
const ring = ringer(g, front);
const desks = [];
const page = await consoleOf(g, admin);
const cells = async (at, row) => (await at.locator('.table tr', {hasText: row}).locator('th, td')
  .allTextContents()).map(text => text.trim());
const names = async at => (await at.locator('.table tbody th').allTextContents()).map(x => x.trim());

test('what has ended is there, and what goes on is not', async () => {
  for (const one of people) {
    const desk = await consoleOf(g, one);
    desks.push(desk);
    await setStatus(desk, 'available');
    await ring({name: `of ${one.name ?? one.email}`});
    await accepted(desk);
    await desk.waitForSelector('.times [data-time]');
    await setStatus(desk, 'away');
  }
  await go(page, '#/report', '.empty:has-text("Nothing has ended")');
  for (const desk of desks) await endFront(desk);
  await g.ctl('conversation', 'time', '1', people[0].email, 'seconds=3723');
  await g.ctl('conversation', 'time', '2', people[1].email, 'seconds=62');
  await page.getByRole('button', {name: 'Ask again'}).click();
  await page.waitForSelector('.table tfoot:has-text("1:03:05")');
  assert.deepEqual(await cells(page, 'Aiko'),
    ['Aiko', front.name, '1', '1:02:03', '1:02:03', '1:02:03']);
  assert.deepEqual(await cells(page, 'Total'), ['Total', '2', '1:03:05', '31:32', '1:03:05']);
  await assertAccessible(page, 'the report of time');
  await shot(page, 'console-report');
});

test('it is sorted by each column, and grouped', async () => {
  assert.deepEqual(await names(page), ['Aiko', 'Ben']);
  await page.getByRole('button', {name: 'Handling time'}).click();
  assert.equal(await page.locator('th[aria-sort]').getAttribute('aria-sort'), 'ascending');
  assert.deepEqual(await names(page), ['Ben', 'Aiko']);
  await page.getByRole('button', {name: 'Agent', exact: true}).press('Enter');
  assert.deepEqual(await names(page), ['Aiko', 'Ben']);
  await page.getByLabel('Rows').selectOption('departments');
  assert.deepEqual(await names(page), [front.name]);
  assert.deepEqual(await cells(page, front.name),
    [front.name, '2', '1:03:05', '31:32', '1:03:05']);
  await page.getByLabel('Rows').selectOption('rows');
});

test('it is of a period and of an agent, and what cannot be is told', async () => {
  await page.getByLabel('Agent', {exact: true}).selectOption('Ben');
  await page.waitForSelector('.table tfoot:has-text("1:02")');
  assert.deepEqual(await names(page), ['Ben']);
  await page.getByLabel('Agent', {exact: true}).selectOption('');
  await page.getByLabel('Period').selectOption('yesterday');
  await page.waitForSelector('.empty:has-text("Nothing has ended")');
  await page.getByLabel('Period').selectOption('days');
  await page.waitForSelector('.quiet-text:has-text("Choose the first and the last day")');
  const day = new Date().toISOString().slice(0, 10);
  await page.getByLabel('From', {exact: true}).fill('2020-01-01');
  await page.getByLabel('To', {exact: true}).fill(day);
  await page.waitForSelector('.banner:has-text("366 days at most")');
  await page.getByLabel('From', {exact: true}).fill(day.slice(0, 8) + '01');
  await shot(page, 'console-report-days');
  await page.waitForSelector('.table tfoot:has-text("1:03:05")');
});

test('it is taken along as a table', async () => {
  const [file] = await Promise.all([page.waitForEvent('download'),
    page.getByRole('button', {name: 'Download as CSV'}).click()]);
  const text = await readFile(await file.path(), 'utf8');
  assert.match(text, /^\ufeffagent,department,conversations,handling s,/);
  assert.match(text, new RegExp(`\r\nAiko,${front.name},1,3723,3723,1,3723,id:`));
  noComplaints(page);
});

test('an agent sees his own, in Japanese, narrow and dark', async () => {
  await g.ctl('agent', 'set', people[0].email, 'lang=ja');
  const narrow = await consoleOf(g, people[0], {locale: 'ja-JP', dark: true, narrow: true});
  await go(narrow, '#/report', '.table');
  await narrow.waitForSelector('h1:has-text("レポート")');
  assert.deepEqual(await names(narrow), ['Aiko']);
  assert.equal(await narrow.getByLabel('担当者', {exact: true}).count(), 0);
  await assertFits(narrow, 'the report of time');
  await assertAccessible(narrow, 'the report of time (ja)');
  await shot(narrow, 'console-report-narrow');
  noComplaints(narrow);
});
