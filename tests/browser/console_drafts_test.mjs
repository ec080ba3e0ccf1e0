// What an agent has typed and not sent, in several browsers of his: nothing of it is lost.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, shot, signIn, startGateway, until} from './harness.mjs';
import {accepted, assertFits, consoleOf, endFront, setStatus, visitor} from './console_parts.mjs';

const g = await startGateway();
const [front] = await g.departments();
const ann = await g.addAgent('Ann', 'ann@example.com', [front.id]);
const rung = [];
test.afterEach(async () => {
  for (const v of rung.splice(0)) if (!v.closed) await v.ask('chat.end').catch(() => {});
});

const open = async (page, id) => {
  await page.evaluate(c => (location.hash = `#/mine?c=${c}`), id);
  await page.waitForSelector('[data-composer]');
};
const has = (page, text) =>
  until(`a composer to have "${text}"`, () =>
    page.evaluate(wanted => document.querySelector('[data-composer]')?.value === wanted, text));
// What the server has, as the agent's own programs read it.
const kept = (agent, text) =>
  until(`the server to have "${text}"`, async () =>
    JSON.stringify((await agent.ask('draft.list')).rows.map(row => row.text)) == JSON.stringify(text ? [text] : []));

// Ann has a chat in front of her, in one browser; another one of hers is open, too.
async function desk(options) {
  const one = await consoleOf(g, ann, options);
  await setStatus(one, 'available');
  const v = await visitor(g, front.code, {name: 'Mei'});
  rung.push(v);
  const id = await accepted(one);
  const two = await consoleOf(g, ann, options);
  return {one, two, v, id, agent: await signIn(g, ann)};
}

test('another browser has it, also one that comes later, after a reload and a killed gateway', async () => {
  const {one, two, v, id, agent} = await desk();
  await one.fill('[data-composer]', 'Dear Mei, I look');
  await open(two, id);
  await has(two, 'Dear Mei, I look');
  await two.fill('[data-composer]', 'Dear Mei, I look into it');
  await has(one, 'Dear Mei, I look into it');
  await kept(agent, 'Dear Mei, I look into it');
  await one.context().close();
  await g.kill();
  await g.start();
  await two.context().close();
  const three = await consoleOf(g, ann);
  await open(three, id);
  await has(three, 'Dear Mei, I look into it');
  await three.reload();
  await open(three, id);
  await has(three, 'Dear Mei, I look into it');
  await three.press('[data-composer]', 'Enter');
  await until('the chat to have the line', async () =>
    JSON.stringify(await (await signIn(g, ann)).ask('conversation.read', {conversation: id})).includes('look into it'));
  await kept(await signIn(g, ann), '');
  await has(three, '');
  assert.ok(v.chat);
});

test('of two that write at once both are there to choose from', async () => {
  const {one, two, v, id, agent} = await desk();
  await open(two, id);
  await two.context().setOffline(true);
  await two.waitForSelector('.composer-foot.needed');
  await one.fill('[data-composer]', 'from the office');
  await kept(agent, 'from the office');
  await two.fill('[data-composer]', 'from home');
  await two.context().setOffline(false);
  await two.waitForSelector('.clash blockquote:has-text("from the office")');
  await has(two, 'from home');
  await assertAccessible(two, 'two drafts');
  await shot(two, 'console-draft-clash');
  await two.click('.clash .button:has-text("Put both together")');
  await has(two, 'from home\nfrom the office');
  await two.waitForSelector('.clash', {state: 'detached'});
  await has(one, 'from home\nfrom the office');
  await one.press('[data-composer]', 'Enter');
  await v.hears('from home\nfrom the office');
  await has(two, '');
  await kept(agent, '');
});

test('it is there after the end, as a note, and on a narrow screen in Japanese', async () => {
  const {one, two, id, agent} = await desk();
  await one.keyboard.press('Alt+p');
  await one.fill('[data-composer]', 'wants a blue one');
  await kept(agent, 'wants a blue one');
  await endFront(one);
  await has(one, 'wants a blue one');
  await open(two, id).catch(() => {});
  await until('the other to have it', () => two.evaluate(() =>
    document.querySelector('[data-composer]')?.value === 'wants a blue one'));
  await two.setViewportSize({width: 390, height: 780});
  await assertFits(two, 'a draft');
  await two.press('[data-composer]', 'Enter');
  await kept(agent, '');
});
