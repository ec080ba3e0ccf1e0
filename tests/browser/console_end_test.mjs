// The end of a chat and its undoing, in a real browser: what agent and visitor see of it.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, shot, startGateway, until} from './harness.mjs';
import {accepted, assertFits, consoleOf, endFront, setStatus, visitor} from './console_parts.mjs';

const g = await startGateway();
const [front] = await g.departments();
const ann = await g.addAgent('Ann', 'ann@example.com', [front.id]);
const rung = [];
test.afterEach(async () => {
  for (const v of rung.splice(0)) if (!v.closed) await v.ask('chat.end').catch(() => {});
});

async function talk(who = ann, options = {}) {
  const page = await consoleOf(g, who, options);
  await setStatus(page, 'available');
  const v = await visitor(g, front.code, {name: 'Mei'});
  rung.push(v);
  const id = await accepted(page);
  return {page, v, id};
}

const reply = async (page, v, text) => {
  await page.fill('[data-composer]', text);
  await page.keyboard.press('Enter');
  await v.hears(text);
};

test('an end is undone by toast, by banner and by key; the visitor never hears of it', async () => {
  const {page, v} = await talk();
  await reply(page, v, 'Hello');
  await page.keyboard.press('Alt+e');
  await page.waitForSelector('.toast:has-text("The chat with Mei is ended.") .toast-left');
  await page.waitForSelector('.banner.ending');
  await page.waitForSelector('.composer-closed:has-text("This chat is ending.")');
  await page.waitForSelector('.row .state.ending, .chat-head .state.ending');
  await assertAccessible(page, 'an end that can be undone');
  await shot(page, 'console-ending');
  await page.click('.toast .link:has-text("Undo")');
  await page.waitForSelector('.banner.ending', {state: 'detached'});
  await reply(page, v, 'One thing more');
  await page.click('.chat-actions .button:has-text("End chat")');
  await page.click('.banner.ending .button:has-text("Undo")');
  await page.waitForSelector('.event.end-undone >> nth=1');
  await page.keyboard.press('Alt+e');
  await page.waitForSelector('.banner.ending');
  await page.keyboard.press('Alt+z');
  await page.waitForSelector('.toast', {state: 'detached'});
  await reply(page, v, 'Still here');
  assert.ok(!v.lines.some(l => l.kind == 'ended'));
  assert.equal(v.state.state, 'active');
});

test('an end stands after its time, also where the page went meanwhile; then it is rated', async () => {
  const {page, v} = await talk();
  await reply(page, v, 'Bye');
  await page.keyboard.press('Alt+e');
  await page.waitForSelector('.banner.ending');
  await assert.rejects(v.ask('chat.feedback', {rating: 5}), {reason: 'feedback-early'});
  await page.reload();
  await page.waitForSelector('.banner.ending .button:has-text("Undo")');
  assert.ok(!v.lines.some(l => l.kind == 'ended'));
  await until('the visitor to read of the end', () => v.lines.find(l => l.kind == 'ended'));
  await page.waitForSelector('.event.ended');
  await page.waitForSelector('.banner.ending', {state: 'detached'});
  await v.ask('chat.feedback', {rating: 5});
});

test('what the visitor writes before undoes it, and the agent is told', async () => {
  const {page, v} = await talk();
  await reply(page, v, 'Bye');
  await page.keyboard.press('Alt+e');
  await page.waitForSelector('.banner.ending');
  await v.say('Wait, please');
  await page.waitForSelector('.toast.warn:has-text("Mei wrote before the chat had ended")');
  await page.waitForSelector('[data-composer]');
  await reply(page, v, 'Yes?');
  await endFront(page);
});

test('an end in Japanese, and on a narrow screen', async () => {
  const aiko = await g.addAgent('愛子', 'aiko@example.com', [front.id]);
  await g.ctl('agent', 'set', 'aiko@example.com', 'lang=ja');
  await g.ctl('agent', 'set', 'ann@example.com', 'enabled=off');
  const {page, v} = await talk(aiko, {locale: 'ja-JP', dark: true, narrow: true});
  await reply(page, v, 'はい');
  await page.keyboard.press('Alt+e');
  await page.waitForSelector('.banner.ending:has-text("元に戻せます")');
  await assertFits(page, 'an end that can be undone');
  await shot(page, 'console-ending-ja-narrow');
  await page.click('.banner.ending .button:has-text("元に戻す")');
  await page.waitForSelector('.banner.ending', {state: 'detached'});
});
