// Handling time beside a chat: it runs, is corrected, and the correction stays in the history.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, shot, startGateway} from './harness.mjs';
import {accepted, consoleOf, endFront, ringer, setStatus} from './console_parts.mjs';

const g = await startGateway();
const [front] = await g.departments();
const ann = await g.addAgent('Ann', 'ann@example.com', [front.id]);
const ring = ringer(g, front);

const seconds = async page => {
  const text = await page.textContent('.times [data-time]');
  return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
};

test('it is corrected by its agent, runs on from there, and what it was is kept', async () => {
  const page = await consoleOf(g, ann);
  await setStatus(page, 'available');
  await ring({name: 'Mei'});
  await accepted(page);
  await page.waitForSelector('.times [data-time]');
  await page.click('.times .link');
  await assertAccessible(page, 'correcting the handling time');
  await page.fill('#time-of', 'soon');
  await page.click('dialog .button.primary');
  await page.waitForSelector('#time-error:has-text("1:02:03")');
  await page.fill('#time-of', '1:00:00');
  await shot(page, 'console-times');
  await page.click('dialog .button.primary');
  await page.waitForSelector('.event.timed:has-text("1:00:00 (was 0:0")');
  await page.waitForSelector('.times:has-text("corrected")');
  assert.ok((await seconds(page)) >= 3600);
  await endFront(page);
  await page.click('.times .link');
  await page.fill('#time-of', '15');
  await page.click('dialog .button.primary');
  await page.waitForSelector('.times [data-time]:has-text("15:00")');
  assert.equal(await seconds(page), 900);
});
