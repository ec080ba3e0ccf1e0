// Chats that are given by hand: assigned, handed over, taken over; a race of two consoles has one winner.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway, until} from './harness.mjs';
import {accepted, assertFits, consoleOf, go, setStatus, visitor} from './console_parts.mjs';

const g = await startGateway();
const [department] = await g.departments();
const ann = await g.addAgent('Ann', 'ann@example.com', [department.id]);
const ben = await g.addAgent('Ben', 'ben@example.com', [department.id]);
const eve = await g.addAgent('Eve', 'eve@example.com', [department.id]);
await g.ctl('agent', 'add', 'Lee', 'lee@example.com', `departments=${department.name}`, 'role=light');
const rung = [];
test.afterEach(async () => {
  for (const v of rung.splice(0)) if (!v.closed) await v.ask('chat.end').catch(() => {});
});

// Ann has a chat; the others are there, and take no offers.
async function talk(options) {
  const pages = [];
  for (const who of [ann, ben, eve]) pages.push(await consoleOf(g, who, options));
  await setStatus(pages[0], 'available');
  for (const page of pages.slice(1)) await setStatus(page, 'busy');
  const v = await visitor(g, department.code, {name: 'Mei'});
  rung.push(v);
  const id = await accepted(pages[0]);
  return {pages, v, id};
}

const look = (page, id) => go(page, `#/all?c=${id}`, '.chat-actions .button:has-text("Take over")');

test('handed over by whoever has it: the other is told by whom, the visitor reads who goes on', async () => {
  const {pages: [one, two], v} = await talk();
  await one.keyboard.press('Alt+g');
  await one.waitForSelector('.target.cannot:has-text("Lee"):has-text("May not answer chats")');
  await assertAccessible(one, 'who can have it');
  await shot(one, 'console-assign');
  await one.check('.target:has-text("Ben") input');
  await one.keyboard.press('Control+Enter');
  await two.waitForSelector('.toast:has-text("Ann gave you the chat with Mei")');
  await two.click('.toast .link:has-text("Open it")');
  await two.waitForSelector('.event.assigned:has-text("Ann gave it to Ben")');
  await two.fill('[data-composer]', 'Ben here');
  await two.keyboard.press('Enter');
  await v.hears('Ben here');
  assert.ok(v.lines.some(l => l.kind == 'joined' && l.name == 'Ben'));
  noComplaints(one);
  noComplaints(two);
});

test('taken over after a question; the one before is told by whom within a second', async () => {
  const {pages: [one, two], id} = await talk();
  await look(two, id);
  await two.click('.chat-actions .button:has-text("Take over")');
  await two.waitForSelector('dialog:has-text("Ann talks with Mei")');
  await assertAccessible(two, 'whether to take it over');
  const since = Date.now();
  await two.click('dialog .button.primary');
  await one.waitForSelector('.toast:has-text("Ben took over the chat with Mei")');
  assert.ok(Date.now() - since < 1000, `${Date.now() - since} ms`);
  await two.waitForSelector('.event.assigned:has-text("Ben took it over")');
  await two.waitForSelector('.chat-actions .button:has-text("End chat")');
  noComplaints(one);
});

test('two take it over at once: one has it, the other is told who', async () => {
  const {pages: [, two, three], id} = await talk();
  for (const page of [two, three]) {
    await look(page, id);
    await page.click('.chat-actions .button:has-text("Take over")');
    await page.waitForSelector('dialog .button.primary');
  }
  await Promise.all([two, three].map(page => page.click('dialog .button.primary')));
  const won = async page => await page.locator('.chat-title p:has-text("You")').count();
  const lost = async page => await page.locator('.toast:has-text("has already taken it")').count();
  await until('one winner', async () => await won(two) + await won(three) == 1 &&
    await lost(two) + await lost(three) == 1, 3000);
  assert.equal(await won(two), await lost(three));
});

test('on a phone, in Japanese and in the dark it fits', async () => {
  await g.ctl('agent', 'set', 'ann@example.com', 'lang=ja');
  const {pages: [one]} = await talk({narrow: true, dark: true});
  await one.click('.chat-actions .button[aria-label*="割り当て"]');
  await one.waitForSelector('.target:has-text("Ben") input:not(:disabled)');
  await assertFits(one, 'the dialog');
  await assertFits(one, 'the header');
  await shot(one, 'console-assign-phone');
});

test('who would get the next chat is said on the department\'s page, and why not the others', async () => {
  await g.ctl('agent', 'set', 'eve@example.com', 'role=admin');
  const page = await consoleOf(g, eve);
  await setStatus(page, 'busy');
  await go(page, `#/departments/${department.id}`, '.explain');
  await page.click('.explain .button');
  await page.waitForSelector('.explain:has-text("Nobody is free"), .explain:has-text("would be asked first")');
  await page.waitForSelector('.explain li:has-text("Eve"):has-text("not available")');
  await assertAccessible(page, 'who gets the next chat');
  await page.locator('.explain').scrollIntoViewIfNeeded();
  await shot(page, 'console-explain');
});

test('beside a chat stands why this agent has it, and by name who was passed over', async () => {
  await g.ctl('agent', 'set', 'eve@example.com', 'role=agent');
  await g.ctl('agent', 'set', 'ann@example.com', 'lang=en');
  const {pages: [one], id} = await talk();
  const panel = one.locator('.pane-side');
  await panel.locator('.passed li').first().waitFor();
  assert.match(await panel.textContent(), /Why this agent\s*Had the least to do/);
  assert.deepEqual((await panel.locator('.passed li').allTextContents()).map(text => text.replace(/\s+/g, ' ').trim()).sort(),
    ['Administrator offline', 'Ben not available', 'Eve not available']);
  await panel.locator('.passed').scrollIntoViewIfNeeded();
  await assertAccessible(one, 'why this agent');
  await shot(one, 'console-why');
  const shown = await g.ctl('conversation', 'show', id);
  assert.deepEqual(shown.head.others.map(o => o.name).sort(), ['Administrator', 'Ben', 'Eve']);
  assert.equal(shown.head.how, 'least-busy');
});

test('in Japanese and in the dark it is said, too', async () => {
  const {pages: [one]} = await talk({lang: 'ja', scheme: 'dark'});
  await one.locator('.pane-side .passed li').first().waitFor();
  await one.locator('.pane-side .passed').scrollIntoViewIfNeeded();
  await shot(one, 'console-why-ja');
});
