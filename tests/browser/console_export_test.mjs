// Conversations as files: a list, one chat, what a search has found; by rights, and given up at will.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway, until} from './harness.mjs';
import {assertFits, consoleOf, go, setStatus, visitor} from './console_parts.mjs';

const g = await startGateway();
const [department] = await g.departments();
const ann = await g.addAgent('Ann', 'ann@example.com', [department.id]);
const ben = await g.addAgent('Ben', 'ben@example.com', [department.id]);
await g.ctl('agent', 'set', 'ann@example.com', 'permissions=export');
const SAVE = 'button[aria-label="Export"]';

async function missed(name, fields = {}) {
  const v = await visitor(g, department.code, {name, email: `${name.toLowerCase()}@example.net`, ...fields});
  await v.ask('chat.end');
}
async function desk(who, options) {
  const page = await consoleOf(g, who, options);
  await setStatus(page, 'busy');
  return page;
}
async function file(page) {
  const [download] = await Promise.all([page.waitForEvent('download'),
    page.click('dialog .button.primary')]);
  return {name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8')};
}

test('a list as a table: a row for each, and no formula among them', async () => {
  const one = await desk(ann);
  await missed('Hana');
  await missed('Leo', {question: '=1+1'});
  await go(one, '#/missed', '.row-name:text-is("Leo")');
  await one.click(`.list-head ${SAVE}`);
  await assertAccessible(one, 'the dialog of export');
  await shot(one, 'console-export');
  const {name, text} = await file(one);
  assert.match(name, /^to-answer-\d{4}-\d\d-\d\d\.csv$/);
  const [head, ...rows] = text.replace(/^\ufeff/, '').trim().split('\r\n');
  assert.match(head, /^number,conversation,state,department,/);
  assert.equal(rows.length, 2);
  assert.ok(rows[0].includes(',Hana,') && rows[1].includes(",'=1+1,"), rows.join('\n'));
  await one.waitForSelector('dialog', {state: 'detached'});
  noComplaints(one);
});

test('one chat with its lines, as JSON', async () => {
  const one = await desk(ann);
  await go(one, '#/missed', '.row-name:text-is("Leo")');
  await one.click('.row:has(.row-name:text-is("Leo")) a');
  await one.click(`.chat-actions ${SAVE}`);
  await one.check('dialog input[value="json"]');
  const {name, text} = await file(one);
  assert.match(name, /^chat-2-.*\.json$/);
  const [chat] = JSON.parse(text);
  assert.equal(chat.head.name, 'Leo');
  assert.ok(chat.lines.some(line => line.text == '=1+1'));
});

test('who may not has no button, and it fits on a phone in Japanese', async () => {
  const two = await desk(ben);
  await go(two, '#/missed', '.row-name:text-is("Leo")');
  assert.equal(await two.locator(SAVE).count(), 0);
  await g.ctl('agent', 'set', 'ann@example.com', 'lang=ja');
  const one = await consoleOf(g, ann, {narrow: true, dark: true});
  await go(one, '#/missed', '.row-name:text-is("Leo")');
  await one.click('.list-head button[aria-label="書き出す"]');
  await until('the dialog', () => one.locator('dialog .export').count());
  await assertFits(one, 'the dialog');
  await shot(one, 'console-export-phone');
});
