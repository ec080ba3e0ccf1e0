// Chats that ring at all who are free: the first who accepts has it, and the others are told whose it is.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway, until} from './harness.mjs';
import {assertFits, consoleOf, go, offered, peopleOfThree, setStatus} from './console_parts.mjs';

const g = await startGateway();
const [department] = await g.departments();
const {ann, ben, eve, ring} = await peopleOfThree(g, department);

async function desk(options) {
  const pages = [];
  for (const who of [ann, ben]) pages.push(await consoleOf(g, who, options));
  for (const page of pages) await setStatus(page, 'available');
  return pages;
}

test('it is chosen on the page of the department, and who it would ring at is said there', async () => {
  const page = await consoleOf(g, eve);
  await setStatus(page, 'busy');
  await go(page, `#/departments/${department.id}`, '#set-strategy');
  await page.selectOption('#set-strategy', 'ring-all');
  await page.click('.save-bar .button.primary, form .button.primary');
  await until('saved', async () =>
    (await g.ctl('department', 'show', department.id)).strategy == 'ring-all');
  const pages = await desk();
  await page.click('.explain .button');
  await page.waitForSelector('.explain:has-text("It would ring at 2 at once"):has-text("Ann"):has-text("Ben")');
  await assertAccessible(page, 'at whom it would ring');
  await page.locator('.explain').scrollIntoViewIfNeeded();
  await shot(page, 'console-ring-explain');
  for (const one of [page, ...pages]) noComplaints(one);
});

test('both accept at once: one has it, the other is told who within a second', async () => {
  const pages = await desk();
  const v = await ring({name: 'Mei'});
  for (const page of pages) await offered(page);
  await shot(pages[0], 'console-ring-offer');
  // Pressed where it is: whoever waits for the button to stand still may see the other be first.
  const buttons = await Promise.all(pages.map(page => page.waitForSelector('.offer .button.primary')));
  await Promise.all(buttons.map(button => button.evaluate(it => it.click())));
  const won = page => page.locator('.chat-title p:has-text("You")').count();
  const told = page => page.locator('.toast:has-text("Ann"), .toast:has-text("Ben")').count();
  // Counted from when the winner sees it himself: a slow machine is slow to both.
  await until('one winner', async () => await won(pages[0]) + await won(pages[1]) == 1, 5000);
  await until('one who knows', async () => await told(pages[0]) + await told(pages[1]) >= 1, 1000);
  for (const page of pages) await until('no offer is left', async () => !await page.locator('.offer').count());
  const mine = await won(pages[0]) ? pages[0] : pages[1];
  assert.equal(await told(mine), 0);
  await mine.waitForSelector('.event.rung:has-text("Rings at 2: ")');
  await mine.locator('.pane-side .passed li:has-text("rung too")').waitFor();
  await assertAccessible(mine, 'why this agent has it');
  await shot(mine, 'console-ring-why');
  await v.ask('chat.end');
});

test('who is too late reads whose it is; who lets it pass sees it go', async () => {
  const [one, two] = await desk();
  await ring({name: 'Mei'});
  for (const page of [one, two]) await offered(page);
  await one.click('.offer .button:not(.primary):has-text("Decline")');
  await until('it is gone for one', async () => !await one.locator('.offer').count());
  assert.equal(await two.locator('.offer').count(), 1);
  await two.click('.offer .button.primary');
  await two.waitForSelector('[data-composer]');
  await two.waitForSelector('.event.rung-out:has-text("No longer rings at Ann")');
});

test('on a phone, in Japanese and in the dark it fits', async () => {
  await g.ctl('agent', 'set', 'ann@example.com', 'lang=ja');
  const [page] = await desk({narrow: true, dark: true});
  await ring({name: 'Mei'});
  await offered(page);
  await assertFits(page, 'the offer');
  await page.click('.offer .button.primary');
  await page.waitForSelector('.event.rung:has-text("2 人に一斉に案内しました：")');
  await assertFits(page, 'the chat');
  await shot(page, 'console-ring-phone');
});
