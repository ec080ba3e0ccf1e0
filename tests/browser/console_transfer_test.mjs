// Chats that go from hand to hand: two consoles and a visitor, who never hears of a private department.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway, until} from './harness.mjs';
import {accepted, assertFits, deskOfTwo, offered, setStatus} from './console_parts.mjs';

const SECRET = 'Chargebacks';
const NOTE = 'Order 2291 was paid twice';
const g = await startGateway();
const [front] = await g.departments();
await g.ctl('department', 'add', SECRET, 'type=private');
const back = (await g.departments()).find(d => d.name == SECRET);
const ann = await g.addAgent('Ann', 'ann@example.com', [front.id]);
const ben = await g.addAgent('Ben', 'ben@example.com', [back.id]);

// Ann has a chat in front of her, Ben is there.
const talk = deskOfTwo(g, front, [ann, ben], 'available');

async function hand(page, name, note) {
  await page.keyboard.press('Alt+t');
  await page.waitForSelector(`.target:has-text("${name}")`);
  await page.fill('#target-search', name.slice(0, 3).toLowerCase());
  await page.waitForSelector(`.target:has-text("${name}") input:not(:disabled)`);
  await page.check(`.target:has-text("${name}") input`);
  if (note) await page.fill('#transfer-note', note);
}

const assertKeptSecret = v => {
  const heard = JSON.stringify([v.events, v.lines, v.state]);
  for (const word of [SECRET, NOTE, back.id]) assert.ok(!heard.includes(word), `the visitor hears ${word}`);
};

test('to a private department with a note, which is read first; the visitor hears of a colleague alone', async () => {
  const {one, two, v, id} = await talk();
  await one.fill('[data-composer]', 'half a sentence');
  await hand(one, SECRET, NOTE);
  await assertAccessible(one, 'where a chat can go');
  await shot(one, 'console-transfer');
  await one.keyboard.press('Control+Enter');
  await one.waitForSelector('.banner.handed:has-text("Chargebacks")');
  await one.waitForSelector('.row .state.handed');
  assert.equal(await offered(two), id);
  await two.waitForSelector('.handed-note:has-text("From Ann")');
  await two.waitForSelector(`.handed-words:has-text("${NOTE}")`);
  await shot(two, 'console-transfer-offer');
  await assertAccessible(one, 'a chat on its way');
  await assertAccessible(two, 'an offer with a note');
  await v.say('Are you still there?');
  await accepted(two);
  await two.waitForSelector(`.event .quote.is-note:has-text("${NOTE}")`);
  await two.waitForSelector('.message.visitor:has-text("Are you still there?")');
  await one.waitForSelector('.toast:has-text("Ben goes on with Mei")');
  await two.fill('[data-composer]', 'Yes, I am Ben');
  await two.keyboard.press('Enter');
  await v.hears('Yes, I am Ben');
  assert.ok(v.lines.some(l => l.kind == 'transferred' && l.by == 'system'));
  assert.equal(v.state.agent, 'Ben');
  assertKeptSecret(v);
  noComplaints(one);
  noComplaints(two);
});

test('what is declined comes back, says so, and the draft is still there', async () => {
  const {one, two, id} = await talk();
  await one.fill('[data-composer]', 'half a sentence');
  await hand(one, 'Ben');
  await one.click('.transfer .button.primary:has-text("Transfer to Ben")');
  await one.waitForSelector('.banner.handed:has-text("Ben in Chargebacks")');
  assert.equal(await offered(two), id);
  await two.keyboard.press('Alt+r');
  await one.waitForSelector('.toast:has-text("Mei is yours again. It was declined.")');
  await one.waitForSelector('.event.came-back:has-text("Back with Ann")');
  await until('the draft', async () => await one.inputValue('[data-composer]') == 'half a sentence');
  assert.equal(await one.locator('.banner.handed').count(), 0);
  noComplaints(one);
});

test('taken back, the offer is over on the other console', async () => {
  const {one, two} = await talk();
  await hand(one, 'Ben');
  await one.keyboard.press('Control+Enter');
  await offered(two);
  await one.click('.banner.handed .button:has-text("Take back")');
  await one.waitForSelector('[data-composer]');
  await two.waitForSelector('.offers', {state: 'hidden'});
  await two.waitForSelector('.toast:has-text("Mei was handed to somebody else")');
  noComplaints(two);
});

test('who cannot is grey and says why; on a phone, in Japanese and in the dark it fits', async () => {
  await g.ctl('agent', 'set', 'ann@example.com', 'lang=ja');
  const {one, two} = await talk({narrow: true, dark: true});
  await setStatus(two, 'away');
  await one.click('.chat-actions .button[aria-label*="転送 (Alt+T)"]');
  await one.waitForSelector('.target.cannot:has-text("Ben"):has-text("いまは対応できません")');
  assert.ok(await one.isDisabled('.target:has-text("Ben") input'));
  await assertFits(one, 'the dialog');
  await assertAccessible(one, 'the dialog on a phone');
  await shot(one, 'console-transfer-phone');
});
