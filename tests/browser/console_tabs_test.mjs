// The row of tabs and the rows of the lists: many chats, long names, and keys that end in the composer.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway, until} from './harness.mjs';
import {accepted, assertFits, consoleOf, focused, go, offered, setStatus, visitor} from './console_parts.mjs';

const g = await startGateway();
const [department] = await g.departments();
const aiko = await g.addAgent('Aiko', 'aiko@example.com', [department.id]);
await g.ctl('agent', 'set', 'aiko@example.com', 'capacity=12');
const LONG = 'Bartholomew-Maximilian-von-und-zu-Hohenlohe-Langenburg-Schillingsfuerst-Waldenburg';

const rung = [];
async function ring(name) {
  const v = await visitor(g, department.code, {name});
  rung.push(v);
  return v;
}
// What one test leaves open is nothing to the next.
test.afterEach(async () => {
  for (const v of rung.splice(0)) if (!v.closed) await v.ask('chat.end').catch(() => {});
});
async function taken(page, ...names) {
  const all = [];
  for (const name of names) {
    all.push(await ring(name));
    await accepted(page);
  }
  return all;
}
const current = page => page.textContent('.tab.current .tab-name');
// How far the current tab stands out of what is seen of the row.
const cut = page => page.evaluate(() => {
  const tab = document.querySelector('.tab.current').getBoundingClientRect();
  const box = document.querySelector('.tabs-box').getBoundingClientRect();
  return Math.max(0, box.left - tab.left, tab.right - box.right);
});
// What stands further right than the box that it is in.
const outside = (page, box, parts) => page.evaluate(([box, parts]) => {
  const edge = document.querySelector(box).getBoundingClientRect().right;
  return [...document.querySelectorAll(`${box} :is(${parts})`)]
    .filter(el => el.getBoundingClientRect().right > edge + 0.5).map(el => el.textContent);
}, [box, parts]);

test('many tabs with unread marks widen no page, and the current one is always seen', async () => {
  const page = await consoleOf(g, aiko, {viewport: {width: 360, height: 740}});
  await setStatus(page, 'available');
  const names = ['One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven'];
  const all = await taken(page, ...names);
  assert.equal(await cut(page), 0, 'the newest');
  for (const v of all.slice(0, 6)) await v.say('Hello?');
  await until('six marks', async () => await page.locator('.tab .unread').count() == 6);
  await until('it to be seen with the marks of those before it', async () => await cut(page) == 0, 1000);
  await assertFits(page, 'tabs with marks');
  for (const [i, name] of names.entries()) {
    await page.keyboard.press(`Alt+${i + 1}`);
    await until(name, async () => await current(page) == name);
    await until(`${name} to be seen`, async () => await cut(page) == 0, 2000);
  }
  await page.reload();
  await page.waitForSelector('.tab.current');
  await until('it to be seen after a reload', async () => await cut(page) == 0, 3000);
  await assertFits(page, 'after a reload');
  await shot(page, 'console-tabs-narrow');
  noComplaints(page);
});

test('a long name is cut with dots, and moves neither time nor marks out of the row', async () => {
  for (const viewport of [{width: 1280, height: 800}, {width: 360, height: 740}]) {
    const page = await consoleOf(g, aiko, {viewport});
    await setStatus(page, 'available');
    const v = await ring(LONG);
    await offered(page);
    assert.deepEqual(await outside(page, '.offer', '.countdown'), []);
    await accepted(page);
    await v.say('Hello?');
    await page.waitForSelector('.chat-name');
    assert.ok(await page.evaluate(() => {
      const name = document.querySelector('.chat-name');
      return name.scrollWidth > name.clientWidth && getComputedStyle(name).textOverflow == 'ellipsis';
    }));
    assert.equal(await page.getAttribute('.chat-name', 'title'), LONG);
    assert.deepEqual(await outside(page, '.chat-head', '.button'), []);
    await assertFits(page, 'a chat of a long name');
    await shot(page, `console-long-name-${viewport.width}`);
    if (viewport.width < 720) await page.click('[aria-label="Back to the list"]');
    await page.waitForSelector('.rows .row:has-text("Bartholomew")');
    assert.deepEqual(await outside(page, '.rows .row', '.wait, .row-time, .unread, .state'), []);
    assert.ok(await page.evaluate(() => {
      const name = document.querySelector('.row-name');
      return name.scrollWidth > name.clientWidth && getComputedStyle(name).textOverflow == 'ellipsis';
    }));
    await assertFits(page, 'a list with a long name');
    await shot(page, `console-long-row-${viewport.width}`);
    await v.ask('chat.end');
    await page.close();
  }
});

test('tabs of ended chats are closed by a key, a button, all at once; digits count the running', async () => {
  const page = await consoleOf(g, aiko);
  await setStatus(page, 'available');
  const [one, two, three] = await taken(page, 'One', 'Two', 'Three', 'Four');
  await one.ask('chat.end');
  await three.ask('chat.end');
  await until('two to be over', async () => await page.locator('.tab.ended').count() == 2);
  assert.deepEqual(await page.locator('.tab').evaluateAll(all =>
    all.map(tab => [tab.querySelector('.tab-name').textContent, tab.querySelector('.tab-key')?.textContent])),
  [['One', undefined], ['Two', '1'], ['Three', undefined], ['Four', '2']]);
  await page.keyboard.press('Alt+1');
  await until('the first that runs', async () => await current(page) == 'Two');
  await page.keyboard.press('Alt+2');
  await until('the second that runs', async () => await current(page) == 'Four');
  assert.equal(await page.textContent('.tabs-over-word'), 'Close 2 ended');
  await assertAccessible(page, 'ended tabs');
  await shot(page, 'console-tabs-ended');
  await page.keyboard.press('Alt+x');
  await until('the one in front to be closed', async () => await page.locator('.tab').count() == 3);
  assert.equal(await current(page), 'Three', 'the one before it comes to the front');
  await page.keyboard.press('Alt+Shift+X');
  await until('the ended ones to be closed', async () => await page.locator('.tab').count() == 1);
  assert.equal(await current(page), 'Two');
  assert.equal(await page.locator('.tabs-over').count(), 0);
  await until('the composer to have the focus', async () => await focused(page) == 'TEXTAREA');
  await two.ask('chat.end');
  await page.click('.composer-closed .button:has-text("Close tab")');
  await page.waitForSelector('.pane-main > .empty');
  assert.equal(await page.locator('.tab').count(), 0);
  noComplaints(page);
});

test('whatever had the focus, a chat that a key asks for is written into', async () => {
  const page = await consoleOf(g, aiko);
  await setStatus(page, 'available');
  await ring('First');
  await offered(page);
  await page.focus('.nav a[href^="#/all"]');
  await accepted(page);
  await page.keyboard.type('Good day');
  assert.equal(await page.inputValue('[data-composer]'), 'Good day');
  const second = await ring('Second');
  await offered(page);
  await page.focus('.nav a[href^="#/completed"]');
  await accepted(page);
  await page.keyboard.type('Hello');
  await page.keyboard.press('Enter');
  await second.hears('Hello');
  assert.equal(new URL(page.url()).hash.split('?')[0], '#/mine', 'Enter went into the chat');
  for (const [key, text] of [['Alt+1', 'Good day, one'], ['Alt+k', ''], ['Alt+j', 'Good day, one']]) {
    await page.focus('.nav a[href^="#/missed"]');
    await page.keyboard.press(key);
    if (key == 'Alt+1') {
      await until('the first tab in front', async () => await focused(page) == 'TEXTAREA Good day');
      await page.keyboard.type(', one');
    }
    await until(`${key} to lead into the composer`, async () => await focused(page) == `TEXTAREA ${text}`.trim());
  }
  // Somebody who goes through the lists by the keyboard is left where he is.
  await page.focus('.nav a[href^="#/all"]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('main[data-page=all] .rows .row');
  assert.match(await focused(page), /^A/);
  noComplaints(page);
});
