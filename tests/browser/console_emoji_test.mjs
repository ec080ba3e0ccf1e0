// The picker of emoji: it comes when it is wanted, is found through in both languages, and writes
// where the caret was.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway, until} from './harness.mjs';
import {accepted, assertFits, consoleOf, setStatus, visitor} from './console_parts.mjs';
import {GROUPS} from '../../src/web/console/chats/emoji-data.js';

const g = await startGateway();
const [department] = await g.departments();
const aiko = await g.addAgent('Aiko', 'aiko@example.com', [department.id]);
const box = '[data-composer]';
const look = '.emoji input';

test('each emoji is there once, with words in both languages', () => {
  const seen = new Set();
  for (const {rows} of GROUPS)
    for (const {text, en, ja} of rows) {
      assert.ok(!seen.has(text), `${text} is there twice`);
      seen.add(text);
      assert.match(text, /^\p{Emoji}/u, text);
      assert.match(en, /^[a-z0-9' -]+$/, text);
      assert.match(ja, /[\u3040-\u30ff\u4e00-\u9fff]/, text);
    }
  assert.ok(seen.size > 150, String(seen.size));
});

test('it is loaded when it is wanted, by keys alone', async () => {
  const page = await consoleOf(g, aiko);
  const asked = [];
  page.on('request', request => asked.push(request.url()));
  await setStatus(page, 'available');
  const v = await visitor(g, department.code);
  await accepted(page);
  assert.ok(!asked.some(url => url.includes('emoji-data')));
  await page.focus(box);
  await page.keyboard.type('Thank you !');
  await page.keyboard.press('ArrowLeft');
  await page.click('.modes .button[aria-label="Emoji"]');
  await page.waitForSelector('.emoji [role=option]');
  assert.ok(asked.some(url => url.includes('emoji-data')));
  await until('the words to be asked for', () => page.evaluate(look => document.activeElement == document.querySelector(look), look));
  await assertAccessible(page, 'emoji');
  await assertFits(page);
  await shot(page, 'console-emoji');
  const chosen = () => page.textContent('.emoji [aria-selected=true]');
  const all = await page.locator('.emoji [role=option]').allTextContents();
  await page.keyboard.press('ArrowRight');
  await until('the second', async () => await chosen() == all[1]);
  await page.keyboard.press('ArrowDown');
  const below = await page.evaluate(() => {
    const at = document.querySelector('.emoji [aria-selected=true]').getBoundingClientRect();
    const second = document.querySelectorAll('.emoji [role=option]')[1].getBoundingClientRect();
    return {down: at.top > second.top, under: Math.abs(at.left - second.left) < 2};
  });
  assert.deepEqual(below, {down: true, under: true});
  await page.keyboard.press('ArrowUp');
  await until('back to the second', async () => await chosen() == all[1]);
  for (const words of ['bowing', 'お辞儀', 'すみません', 'スミマセン', 'ｽﾐﾏｾﾝ', 'ＢＯＷＩＮＧ']) {
    await page.fill(look, words);
    await until(`${words} to find it`, async () => await chosen() == '🙇');
  }
  await page.fill(look, 'ハート アイ');
  await page.waitForSelector('.emoji .palette-none');
  await page.fill(look, 'HEART red');
  await until('one to be left', async () => await page.locator('.emoji [role=option]').count() == 1);
  await page.keyboard.press('Enter');
  await until('it to be written where the caret was', async () => await page.inputValue(box) == 'Thank you ❤️!');
  assert.equal(await page.locator('.emoji').count(), 0);
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await v.hears('Thank you ❤️!');
  await page.click('.modes .button[aria-label="Emoji"]');
  await page.waitForSelector('.emoji [role=group][aria-label="Used lately"] [role=option]');
  assert.equal((await page.locator('.emoji [role=option]').allTextContents())[0], '❤️');
  await page.keyboard.press('Escape');
  await until('it to go, and the text to have the focus', () => page.evaluate(box =>
    !document.querySelector('.emoji') && document.activeElement == document.querySelector(box), box));
  noComplaints(page);
  await setStatus(page, 'offline');
});

test('in a note, on a phone, in Japanese and in the dark', async () => {
  await g.ctl('agent', 'set', 'aiko@example.com', 'lang=ja');
  const ja = await consoleOf(g, aiko, {locale: 'ja-JP', colorScheme: 'dark', viewport: {width: 390, height: 780}});
  await ja.evaluate(() => (location.hash = '#/mine'));
  await ja.click('.row a');
  await ja.click('.mode-note');
  await ja.click('.modes .button[aria-label="絵文字"]');
  await ja.waitForSelector('.emoji [role=option]');
  await assertAccessible(ja, 'emoji, dark');
  await assertFits(ja);
  await ja.fill(look, '配送');
  await until('one to be left', async () => await ja.locator('.emoji [role=option]').count() == 1);
  assert.equal(await ja.getAttribute('.emoji [role=option]', 'aria-label'), '配送');
  await shot(ja, 'console-emoji-ja-phone');
  await ja.click('.emoji [role=option]');
  await until('it to be written', async () => await ja.inputValue(box) == '🚚');
  noComplaints(ja);
});
