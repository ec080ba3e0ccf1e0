// Disabling and deleting agents from their pages: it is asked who takes over, and done in one step;
// a name that is forgotten goes from consoles that are open, too.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway, until} from './harness.mjs';
import {accepted, assertFits, consoleOf, go, setStatus, visitor} from './console_parts.mjs';

const g = await startGateway();
const [department] = await g.departments();
const ann = await g.addAgent('Ann Bell', 'ann@example.com', [department.id]);
const ben = await g.addAgent('Ben', 'ben@example.com', [department.id]);
await g.addAgent('Idle', 'idle@example.com', [department.id]);
const boss = await g.addAgent('Boss', 'boss@example.com');
await g.ctl('agent', 'set', 'boss@example.com', 'role=admin');

// Ann has a chat, Ben is there and busy, the boss looks at the agents.
async function talk(options) {
  const one = await consoleOf(g, ann);
  await setStatus(one, 'available');
  const v = await visitor(g, department.code, {name: 'Mei'});
  await accepted(one);
  await one.fill('[data-composer]', 'Ann speaking.');
  await one.keyboard.press('Enter');
  await v.hears('Ann speaking.');
  const two = await consoleOf(g, ben);
  await setStatus(two, 'busy');
  const page = await consoleOf(g, boss, options);
  await go(page, '#/agents', '.table');
  return {one, two, page, v};
}
const switchOf = name => `.table tr:has-text("${name}") .switch input`;

test('the switch in the list asks who takes over, and says what else happens', async () => {
  const {one, two, page, v} = await talk();
  await page.click(switchOf('Ann Bell'), {force: true});
  await page.waitForSelector('dialog .target:has-text("Back to the queue")');
  await page.waitForSelector('dialog .target.cannot:has-text("Idle"):has-text("No connection")');
  assert.ok(await page.isDisabled('dialog .button.danger'), 'somebody has to be chosen');
  await page.waitForSelector('dialog .end-lines:has-text("signed out at once")');
  await assertAccessible(page, 'who takes over');
  await assertFits(page);
  await shot(page, 'console-leaver-disable');
  await page.keyboard.press('Escape');
  await until('nothing to have happened', () => page.isChecked(switchOf('Ann Bell')));
  await page.click(switchOf('Ann Bell'), {force: true});
  await page.check('dialog .target:has-text("Ben") input');
  await page.click('dialog .button.danger');
  await page.waitForSelector('.toast:has-text("Ann Bell is disabled")');
  await one.waitForSelector('#email');
  await two.waitForSelector('.toast:has-text("gave you the chat with Mei")');
  await until('the switch to be off', async () => !(await page.isChecked(switchOf('Ann Bell'))));
  await v.ask('chat.end');
  await page.click(switchOf('Ann Bell'), {force: true});
  await page.waitForSelector('.toast:has-text("Ann Bell is enabled")');
  noComplaints(page);
});

test('who does the open tasks is asked, too, and nobody is an answer: whoever sees them takes one', async () => {
  const {two, page, v} = await talk();
  const {rows: [row]} = await g.ctl('conversation', 'list', 'all', 'max=1');
  for (const title of ['Call back about the teapot', 'Send the catalogue'])
    await g.ctl('task', 'add', String(row.number), title, 'agent=ann@example.com');
  await page.click(switchOf('Ann Bell'), {force: true});
  await page.waitForSelector('dialog :text("2 open tasks: whose are they from now on?")');
  await page.check('dialog .of-chats .target:has-text("Ben") input');
  assert.ok(await page.isDisabled('dialog .button.danger'), 'the tasks are still open');
  await page.check('dialog .of-tasks .target:has-text("Ben") input');
  assert.ok(await page.isChecked('dialog .of-chats .target:has-text("Ben") input'));
  await assertAccessible(page, 'who takes over chats and tasks');
  await assertFits(page);
  await shot(page, 'console-leaver-tasks');
  await page.check('dialog .of-tasks .target:has-text("Nobody, for now") input');
  await go(two, '#/tasks', '.empty');
  await page.click('dialog .button.danger');
  await page.waitForSelector('.toast:has-text("Ann Bell is disabled")');
  await two.waitForSelector('.tasks-pool:has-text("For whoever takes them")');
  await assertAccessible(two, 'tasks that are nobody\'s');
  await shot(two, 'console-tasks-pool');
  await two.click('.task:has-text("Send the catalogue") .button:has-text("I’ll do it")');
  await two.waitForSelector('.toast:has-text("“Send the catalogue” is yours")');
  await until('one of them to be his', async () => (await two.locator('ul.tasks').count()) === 2);
  await two.waitForSelector('.nav a:has-text("My tasks") .count:has-text("1")');
  await page.click(switchOf('Ann Bell'), {force: true});
  await page.waitForSelector('.toast:has-text("Ann Bell is enabled")');
  await g.ctl('agent', 'disable', 'ben@example.com', 'to=queue', 'tasks=boss@example.com');
  await page.waitForSelector('.toast:has-text("The operator gave you a task: Send the catalogue")');
  await g.ctl('agent', 'enable', 'ben@example.com');
  await v.ask('chat.end');
  noComplaints(page);
  noComplaints(two);
});

test('the form of an agent asks, too, and gives the switch back where it was thought better of', async () => {
  const page = await consoleOf(g, boss, {locale: 'ja-JP'});
  await page.waitForSelector('.nav');
  await go(page, '#/agents', '.table');
  await page.click('.table a:has-text("Ann Bell")');
  await page.click('#set-enabled', {force: true});
  await page.click('.settings-foot .primary');
  await page.waitForSelector('dialog');
  await assertFits(page);
  await shot(page, 'console-leaver-ja');
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', {state: 'detached'});
  assert.ok((await g.ctl('agent', 'show', ann.email)).enabled);
  noComplaints(page);
});

test('a deleted agent who is forgotten is called otherwise at once, in chats that are open', async () => {
  const {two, page, v} = await talk({colorScheme: 'dark'});
  await go(two, `#/all?c=${v.chat.chat}`, '.message.agent .message-head:has-text("Ann Bell")');
  await page.click('.table a:has-text("Ann Bell")');
  await page.click('.page-actions .button.danger-quiet');
  await page.check('dialog .target:has-text("Back to the queue") input');
  await page.check('#end-forget');
  await assertAccessible(page, 'deleting an agent');
  await shot(page, 'console-leaver-remove');
  await page.click('dialog .button.danger');
  await page.waitForSelector('.table');
  assert.equal(await page.locator('.table:has-text("Ann Bell")').count(), 0);
  await two.waitForSelector('.message.agent .message-head:has-text("Former agent")');
  assert.ok(!(await two.textContent('body')).includes('Ann Bell'));
  assert.match(await two.textContent('.message.agent'), /Ann speaking\./);
  await v.ask('chat.end');
  noComplaints(page);
  noComplaints(two);
});
