// Mentions in notes: whom one types is picked, told at once, and has it until he has seen the line.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway} from './harness.mjs';
import {assertFits, deskOfTwo, go} from './console_parts.mjs';

const g = await startGateway();
const [department] = await g.departments();
const ann = await g.addAgent('Ann', 'ann@example.com', [department.id]);
const ben = await g.addAgent('Ben Ito', 'ben@example.com', [department.id]);
const other = await g.addAgent('Bea Elsewhere', 'bea@example.com', []);
const talk = deskOfTwo(g, department, [ann, ben]);

const note = async (page, text) => {
  await page.click('.mode-note');
  await page.locator('[data-composer]').focus();
  await page.keyboard.type(text);
};
const unread = (page, n) => page.waitForSelector(`.nav a:has-text("Mentions") .count:has-text("${n}")`);

test('picked by keyboard alone, told at once, opened at its line, and read by that', async () => {
  const {one, two, id} = await talk();
  assert.ok(other);
  await go(two, '#/tasks', '.page-head');
  await note(one, 'Please look @be');
  await one.waitForSelector('#mention-list [role=option]:has-text("Ben Ito")');
  await one.waitForFunction(() => document.querySelectorAll('#mention-list [role=option]').length === 1); // who may read it
  await assertAccessible(one, 'whom a note mentions');
  await shot(one, 'console-mention-pick');
  await one.keyboard.press('Enter');
  assert.equal(await one.inputValue('[data-composer]'), 'Please look @Ben Ito ');
  await one.waitForSelector('[data-told]:has-text("Ben Ito")');
  await one.keyboard.press('Enter');
  await one.waitForSelector('.message.note .mention:has-text("@Ben Ito")');
  await unread(two, 1);
  await two.waitForSelector('.toast:has-text("Ann mentions you: Please look @Ben Ito")');
  await go(two, '#/mentions', '.task');
  await assertAccessible(two, 'mentions');
  await shot(two, 'console-mentions');
  await two.click('.task .task-title');
  await two.waitForSelector(`.message.note.found .mention.me:has-text("@Ben Ito")`);
  assert.match(two.url(), new RegExp(`c=${id}`));
  await unread(two, 0);
  await two.reload();
  await two.waitForSelector('.message.note .mention.me:has-text("@Ben Ito")');
  noComplaints(one);
  noComplaints(two);
});

test('a step back over a name drops it; a change of the note takes it away', async () => {
  const {one, two} = await talk();
  await go(two, '#/mentions', '.page-head');
  await note(one, 'Hello @Ben Ito');
  await one.waitForSelector('[data-told]:has-text("Ben Ito")');
  await one.keyboard.press('Backspace');
  await one.waitForFunction(() => document.querySelector('[data-composer]').value === 'Hello ');
  assert.equal(await one.locator('[data-told]').count(), 0);
  await one.keyboard.type('@Ben Ito, twice');
  // What was typed is there again after a reload, and so is whom it speaks to.
  await one.reload();
  await one.waitForSelector('.composer.is-note, .mode-note');
  await one.click('.mode-note');
  await one.waitForSelector('[data-told]:has-text("Ben Ito")');
  await one.locator('[data-composer]').focus();
  await one.keyboard.press('Enter');
  await one.waitForSelector('.message.note .mention:has-text("@Ben Ito")');
  await two.waitForSelector('.task:has-text("Hello @Ben Ito, twice")');
  await unread(two, 1);
  await one.click('.message.note .own-tools .button:has-text("Edit")');
  await one.fill('#own-text', 'Hello all');
  await one.click('dialog .button:has-text("Save")');
  await one.waitForSelector('.message.note:has-text("Hello all")');
  await unread(two, 0);
  await two.waitForSelector('.task:has-text("twice"), .toast:has-text("twice")', {state: 'detached'});
  noComplaints(one);
  noComplaints(two);
});

test('on a phone, in Japanese and in the dark', async () => {
  await g.ctl('agent', 'set', 'ben@example.com', 'lang=ja');
  const {one, two} = await talk({narrow: true, dark: true});
  await note(one, 'Look @Ben Ito');
  await one.waitForSelector('[data-told]:has-text("Ben Ito")');
  await one.keyboard.press('Enter');
  await two.waitForSelector('.toast:has-text("Annさんからのメンション: Look @Ben Ito")');
  await go(two, '#/mentions', '.task');
  await two.waitForSelector('h1:has-text("メンション")');
  await assertFits(two, 'mentions');
  await shot(two, 'console-mentions-phone');
  await two.click('.page-actions .button:has-text("すべて既読にする")');
  await two.waitForSelector('.mentioned.was-read');
  noComplaints(two);
});
