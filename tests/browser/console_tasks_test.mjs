// Follow-up tasks: given in a chat, done on one's own page, told when they are due.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway} from './harness.mjs';
import {assertFits, deskOfTwo, go} from './console_parts.mjs';

const g = await startGateway();
const [department] = await g.departments();
const ann = await g.addAgent('Ann', 'ann@example.com', [department.id]);
const ben = await g.addAgent('Ben', 'ben@example.com', [department.id]);
const talk = deskOfTwo(g, department, [ann, ben]);

test('given to a colleague in a chat, who is told, and does it on his page', async () => {
  const {one, two} = await talk();
  await one.click('.pane-side .button:has-text("Add a task")');
  await one.fill('#task-title', 'Call back about the teapot');
  await one.selectOption('#task-agent', {label: 'Ben'});
  await assertAccessible(one, 'a new task');
  await shot(one, 'console-task-new');
  await one.keyboard.press('Enter');
  await one.waitForSelector('.pane-side .task:has-text("Call back about the teapot"):has-text("Ben")');
  await two.waitForSelector('.toast:has-text("Ann gave you a task: Call back about the teapot")');
  await two.waitForSelector('.nav a:has-text("My tasks") .count:has-text("1")');
  await go(two, '#/tasks', '.task');
  await assertAccessible(two, 'my tasks');
  await shot(two, 'console-tasks');
  await two.check('.task input');
  await two.waitForSelector('.tasks-done summary:has-text("1 done")');
  await one.waitForSelector('.pane-side .task.done');
  await two.waitForSelector('.nav a:has-text("My tasks") .count:has-text("0")');
  await assertFits(one, 'a chat with tasks');
  noComplaints(one);
  noComplaints(two);
});

test('when it is due who has it is told, and it is marked', async () => {
  const {one, id} = await talk();
  const {rows: [row]} = await g.ctl('conversation', 'list', 'all', 'max=1');
  assert.equal(String(row.conversation), String(id));
  await g.ctl('task', 'add', String(row.number), 'Ask the warehouse', 'agent=ann@example.com', 'due=3s');
  await one.waitForSelector('.pane-side .task:has-text("Ask the warehouse")');
  await one.waitForSelector('.toast:has-text("Due now: Ask the warehouse")');
  await one.waitForSelector('.pane-side .task.overdue:has-text("overdue")');
  await shot(one, 'console-task-due');
  noComplaints(one);
});

test('on a phone, in Japanese and in the dark it fits', async () => {
  await g.ctl('agent', 'set', 'ann@example.com', 'lang=ja');
  const {one} = await talk({narrow: true, dark: true});
  await go(one, '#/tasks', '.task');
  await assertFits(one, 'my tasks');
  await shot(one, 'console-tasks-phone');
});
