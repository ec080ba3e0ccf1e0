// Custom roles: made from the table of rights, given to an agent, changed under an open console; and
// why an agent may do something, or not.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway, until} from './harness.mjs';
import {accepted, assertFits, consoleOf, go, setStatus, visitor} from './console_parts.mjs';

const g = await startGateway();
const [department] = await g.departments();
const ann = await g.addAgent('Ann Bell', 'ann@example.com', [department.id]);
const boss = await g.addAgent('Boss', 'boss@example.com');
await g.ctl('agent', 'set', 'boss@example.com', 'role=admin');

test('a role is made, given and changed, and felt at once', async () => {
  const page = await consoleOf(g, boss);
  await go(page, '#/agents', '.table');
  await page.click('.page-actions a:has-text("Custom roles")');
  await page.waitForSelector('.empty, .table, h1:has-text("Custom roles")');
  await page.click('.page-actions .button.primary');
  await page.fill('#role-name', 'Second line');
  await page.check('#right-end');
  await page.waitForSelector('.rights tr:has(#right-block):has-text("Ordinary agents need it, too")');
  await assertAccessible(page, 'a new role');
  await assertFits(page);
  await shot(page, 'console-role-new');
  await page.click('.role-form .button.primary');
  await page.waitForSelector('.table tr:has-text("Second line"):has-text("Reply, End, Notes")');
  await shot(page, 'console-roles');

  await go(page, '#/agents', '.table a:has-text("Ann Bell")');
  await page.click('.table a:has-text("Ann Bell")');
  await page.selectOption('#agent-role', {label: 'Second line'});
  await page.waitForSelector('.card:has-text("Has the role Second line.")');
  const one = await consoleOf(g, ann);
  await setStatus(one, 'available');
  const v = await visitor(g, department.code, {name: 'Mei'});
  await accepted(one);
  await one.waitForSelector('.chat-actions .button:has-text("End chat")');

  await page.selectOption('#why-action', 'end');
  await page.fill('#why-chat', '#1');
  await page.click('.why-form .button');
  await page.waitForSelector('.why-yes:has-text("Yes, Ann Bell may.")');
  await page.waitForSelector('.explain li:has-text("The chat is its own.")');
  await assertAccessible(page, 'why');
  await shot(page, 'console-role-why');

  const [role] = (await g.ctl('role', 'list')).rows ?? await g.ctl('role', 'list');
  await g.ctl('role', 'set', role.role, 'permissions=reply');
  await until('the right to end to go', async () =>
    !(await one.locator('.chat-actions .button:has-text("End chat")').count()));
  await page.click('.why-form .button');
  await page.waitForSelector('.why-no:has-text("No, Ann Bell may not.")');
  await page.waitForSelector('.explain li:has-text("which it lacks")');
  await v.ask('chat.end');
  noComplaints(page);
  noComplaints(one);
});

test('a role that somebody has is not deleted, and says who has it', async () => {
  const page = await consoleOf(g, boss, {colorScheme: 'dark'});
  await go(page, '#/agents/roles', '.table a:has-text("Second line")');
  await page.click('.table a:has-text("Second line")');
  await page.click('.page-actions .button.danger-quiet');
  await page.click('dialog .button.danger');
  await page.waitForSelector('.toast:has-text("Ann Bell")');
  await g.ctl('agent', 'set', ann.email, 'role=agent');
  await page.click('.page-actions .button.danger-quiet');
  await page.click('dialog .button.danger');
  await page.waitForSelector('.toast:has-text("Second line is deleted")');
  noComplaints(page);
});

test('in Japanese and on a phone it fits', async () => {
  await g.ctl('agent', 'set', boss.email, 'lang=ja');
  await g.ctl('role', 'add', '受付', 'permissions=reply,note');
  const page = await consoleOf(g, boss, {viewport: {width: 390, height: 844}});
  await go(page, '#/agents/roles/new', '#role-name');
  await assertFits(page);
  await assertAccessible(page, 'a new role in Japanese');
  await shot(page, 'console-role-ja');
  noComplaints(page);
});
