// Missed chats as work to be done: those to answer, the longest waiting first; answered by mail, by
// hand or by a later chat, put away, taken and given; and the next one stands there.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway, until} from './harness.mjs';
import {assertFits, consoleOf, go, setStatus, visitor} from './console_parts.mjs';

const g = await startGateway();
const [department] = await g.departments();
const ann = await g.addAgent('Ann', 'ann@example.com', [department.id]);
const ben = await g.addAgent('Ben', 'ben@example.com', [department.id]);
await g.ctl('portal', 'set', 'from=shop@example.com');

// Who rings and leaves before anybody takes it.
async function missed(name, fields = {}) {
  const v = await visitor(g, department.code, {name, email: `${name.toLowerCase()}@example.net`, ...fields});
  await v.ask('chat.end');
  return v;
}
const row = name => `.pane-list .row:has(.row-name:text-is("${name}"))`;
const count = (page, n) => page.waitForSelector(`.nav a[href^="#/missed"] .count:text-is("${n}")`);
const names = page => page.locator('.pane-list .row-name').allTextContents();

async function desk(who, options) {
  const page = await consoleOf(g, who, options);
  await setStatus(page, 'busy');
  return page;
}

test('the longest waiting stands first, the count is of those to answer, and it is live', async () => {
  const one = await desk(ann);
  for (const name of ['Hana', 'Leo', 'Rin']) await missed(name);
  await count(one, 3);
  await go(one, '#/missed', row('Rin'));
  assert.deepEqual(await names(one), ['Hana', 'Leo', 'Rin']);
  await missed('Tom');
  await count(one, 4);
  await one.waitForSelector(row('Tom'));
  await one.click(row('Hana') + ' a');
  await one.waitForSelector('.box-bar[data-box="to-answer"]:has-text("Waits for an answer")');
  await assertAccessible(one, 'one that waits');
  await shot(one, 'console-missed');
  noComplaints(one);
});

test('answered by hand: it goes from all lists of those that wait, and the next stands there', async () => {
  const one = await desk(ann), two = await desk(ben);
  await go(one, '#/missed', row('Hana'));
  await go(two, '#/missed', row('Hana'));
  await one.click(row('Hana') + ' a');
  await one.click('.box-acts .button:has-text("Answered")');
  await one.waitForSelector('.chat-title:has-text("Leo")');
  await one.waitForSelector('[data-mail-composer]');
  for (const page of [one, two]) {
    await page.waitForSelector(row('Hana'), {state: 'detached'});
    await count(page, 3);
  }
  await two.click('.filters .chip:has-text("Answered 1")');
  await two.click(row('Hana') + ' a');
  await two.waitForSelector('.box-bar:has-text("Ann said so")');
  await two.click('.box-acts .button:has-text("Back to those to answer")');
  await two.waitForSelector(row('Hana'), {state: 'detached'});
  await one.waitForSelector(row('Hana'));
  noComplaints(one);
});

test('a mail answers it, and the next one is open to be answered', async () => {
  const one = await desk(ann);
  await one.keyboard.press('Alt+y');
  await one.waitForSelector('.chat-title:has-text("Hana")');
  await one.waitForSelector('.composer .button:has-text("Send and next")');
  await one.waitForSelector('[data-mail-composer]:not([aria-busy])');
  await one.fill('[data-mail-composer]', 'We do ship to Norway.');
  await one.keyboard.press('Control+Enter');
  await one.waitForSelector('.chat-title:has-text("Leo")');
  await one.waitForSelector(row('Hana'), {state: 'detached'});
  await go(one, '#/missed/answered', row('Hana'));
  await one.click(row('Hana') + ' a');
  await one.waitForSelector('.box-bar:has-text("By mail, Ann")');
});

test('taken by one, it is passed over by the other; who was slower is told who was first', async () => {
  const one = await desk(ann), two = await desk(ben);
  for (const page of [one, two]) {
    await go(page, '#/missed', row('Leo'));
    await page.click(row('Leo') + ' a');
  }
  await one.click('.box-acts .button:has-text("Take it")');
  await two.waitForSelector('.box-bar:has-text("Ann is to answer it")');
  await two.waitForSelector(row('Leo') + ':has-text("Ann")');
  await two.keyboard.press('Alt+y');
  await two.waitForSelector('.chat-title:has-text("Rin")');
  await one.click('.box-acts .button:has-text("Give it back")');
  await two.waitForSelector(row('Leo') + ':not(:has-text("Ann"))');
});

test('who comes back and is talked with waits no more, and the chat is named', async () => {
  const one = await consoleOf(g, ann);
  await setStatus(one, 'available');
  await go(one, '#/missed', row('Rin'));
  const v = await visitor(g, department.code, {name: 'Rin', email: 'RIN@example.net'});
  await one.waitForSelector('.offer');
  await one.keyboard.press('Alt+a');
  await one.waitForSelector('[data-composer]');
  await go(one, '#/missed/answered', row('Rin'));
  await one.click(row('Rin') + ' a');
  await one.waitForSelector('.box-bar:has-text("In a later chat with Ann")');
  await one.click('.box-bar .link');
  await until('the chat itself', async () => (await one.evaluate(() => location.hash)).includes(v.chat.chat));
  await v.ask('chat.end');
});

test('on a phone, in Japanese and in the dark it fits', async () => {
  await g.ctl('agent', 'set', 'ann@example.com', 'lang=ja');
  const one = await consoleOf(g, ann, {narrow: true, dark: true});
  await go(one, '#/missed', row('Leo'));
  await assertFits(one, 'the list');
  await one.click(row('Leo') + ' a');
  await one.waitForSelector('.box-bar:has-text("返信待ち")');
  await assertFits(one, 'the line over it');
  await shot(one, 'console-missed-phone');
});
