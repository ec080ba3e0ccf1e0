// Searching in the console: by key and by hand, in both languages, hits in their lines, and a line that is
// far back in its chat.
import assert from 'node:assert/strict';
import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'node:test';
import {assertAccessible, atEnd, noComplaints, shot, startGateway, until} from './harness.mjs';
import {accepted, assertFits, consoleOf, go, setStatus, visitor} from './console_parts.mjs';

// While this file is there, the index does not come any further (test builds).
const holdDir = mkdtempSync(join(tmpdir(), 'deskbell-hold-'));
const hold = join(holdDir, 'hold');
atEnd(() => rmSync(holdDir, {recursive: true, force: true}));
process.env.DESKBELL_HOLD = `search.write:${hold}`;

const g = await startGateway({messages_per_minute: 100000});
const [department] = await g.departments();
const aiko = await g.addAgent('Aiko', 'aiko@example.com', [department.id]);
await g.ctl('agent', 'set', 'aiko@example.com', 'capacity=9');
const other = await g.ctl('department', 'add', 'Returns');
const ben = await g.addAgent('Ben', 'ben@example.com', [other.department]);

const indexed = () => until('search to be up to date', async () => {
  const {search} = await g.ctl('status');
  return search.records === 0;
});
const hits = page => page.$$eval('.hit', all => all.map(el => el.querySelector('strong').textContent));
const marked = page => page.$$eval('.hit mark', all => all.map(el => el.textContent));
async function ask(page, text) {
  await page.fill('#query', text);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.hits ul[aria-busy="false"], .empty, #query-error');
}

const chats = {};
test('what was said stands in its line, and opens there', async () => {
  const page = await consoleOf(g, aiko);
  await setStatus(page, 'available');
  chats.mei = await visitor(g, department.code, {name: 'Mei', question: 'Is gift wrapping free?'});
  await accepted(page);
  chats.hanako = await visitor(g, department.code, {name: '花子', question: '缶は一つずつ包装できますか'});
  await accepted(page);
  await page.keyboard.press('Alt+p');
  await page.keyboard.type('ギフト箱は棚にあります');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.message.note');
  await indexed();

  await page.keyboard.press('Control+k');
  await page.waitForSelector('#query:focus');
  await page.waitForSelector('.search-tips');
  await page.keyboard.type('GIFT wrap');
  await page.waitForSelector('.hit');
  assert.deepEqual(await hits(page), ['Mei']);
  assert.deepEqual(await marked(page), ['gift', 'wrap']);
  assert.match(await page.textContent('.query-note'), /1 chat found/);
  assert.match(page.url(), /#\/search\/GIFT%20wrap$/);

  await ask(page, '包装');
  await until('the other', async () => (await hits(page))[0] === '花子');
  assert.deepEqual(await marked(page), ['包装']);
  await ask(page, 'ぎふと');
  await until('the note', async () => (await marked(page))[0] === 'ギフト');
  assert.ok(await page.$('.hit .hit-who .icon'), 'a note is marked as one');

  await page.keyboard.press('ArrowDown');
  assert.equal(await page.evaluate(() => document.activeElement.closest('.hit') !== null), true);
  await page.keyboard.press('ArrowUp');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'query');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.message.note.found');
  assert.equal(await page.textContent('.tab.current .tab-name'), '花子');
  await page.goBack();
  await page.waitForSelector('.hit');
  assert.equal(await page.inputValue('#query'), 'ぎふと');
  noComplaints(page);
});

test('a line far back is read back to', async () => {
  const page = await consoleOf(g, aiko);
  await page.waitForSelector('.nav');
  await chats.mei.say('the one and only marmalade');
  for (let i = 0; i < 420; i++) await chats.mei.say(`and on ${i}`);
  await indexed();
  await go(page, '#/search/marmalade', '.hit');
  await page.click('.hit a');
  await page.waitForSelector('.message.found');
  assert.match(await page.textContent('.message.found .bubble'), /marmalade/);
  const seen = await page.evaluate(() => {
    const line = document.querySelector('.message.found').getBoundingClientRect();
    const box = document.querySelector('.log').getBoundingClientRect();
    return line.top >= box.top && line.bottom <= box.bottom;
  });
  assert.ok(seen, 'it is on the screen');
  await shot(page, 'console-search-line');
});

test('filters stand in the address, and nothing is found of others', async () => {
  const page = await consoleOf(g, aiko);
  await go(page, '#/search/gift', '.hit');
  await page.selectOption('select[aria-label="State"]', 'ended');
  await page.waitForSelector('.empty');
  assert.match(page.url(), /#\/search\/gift\/state%3Dended$/);
  await shot(page, 'console-search-empty');
  await page.selectOption('select[aria-label="State"]', 'open');
  await page.waitForSelector('.hit');
  await page.reload();
  await page.waitForSelector('.hit');
  assert.equal(await page.inputValue('select[aria-label="State"]'), 'open');
  await page.click('.search-filters button.chip');
  await until('the filter to go', async () => (await page.inputValue('select[aria-label="State"]')) === '');
  await page.click('.order button:has-text("Best match")');
  await page.waitForSelector('.order button[aria-pressed="true"]:has-text("Best match")');
  await page.waitForSelector('.hit');
  await page.fill('.of-contact input', '花子');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.empty');
  await page.fill('#query', '');
  await until('all of the contact', async () => (await hits(page)).join() === '花子');

  const his = await consoleOf(g, ben);
  await go(his, '#/search/gift', '.empty');
  assert.deepEqual(await hits(his), []);
});

test('what cannot be searched for, and what takes its time, is said', async () => {
  const page = await consoleOf(g, aiko);
  await go(page, '#/search', '.search-tips');
  await ask(page, 'x');
  assert.match(await page.textContent('#query-error'), /two letters/);
  assert.equal(await page.getAttribute('#query', 'aria-invalid'), 'true');
  await shot(page, 'console-search-short');
  await ask(page, 'agent:nobody');
  await until('whom', async () => /“nobody”/.test(await page.textContent('#query-error')));

  writeFileSync(hold, '');
  await chats.mei.say('the very newest');
  await until('search to be held', async () => (await g.ctl('status')).search.behind);
  await ask(page, 'gift');
  await page.waitForSelector('.banner:has-text("catching up")');
  await shot(page, 'console-search-behind');
  rmSync(hold);
  await indexed();
  await ask(page, 'newest');
  await page.waitForSelector('.hit');
  assert.equal(await page.$('.banner:has-text("catching up")'), null);
  assert.ok(!existsSync(hold));
});

test('it can be read and used in both languages and themes, wide and narrow', async () => {
  for (const [lang, dark, narrow] of [['en', false, false], ['ja', true, false], ['ja', false, true], ['en', true, true]]) {
    const name = `console-search-${lang}-${dark ? 'dark' : 'light'}${narrow ? '-narrow' : ''}`;
    const page = await consoleOf(g, aiko, {narrow, dark, locale: lang === 'ja' ? 'ja-JP' : 'en-GB'});
    await page.evaluate(l => {
      const old = JSON.parse(localStorage.getItem('deskbell.choices') || '{}');
      localStorage.setItem('deskbell.choices', JSON.stringify({...old, lang: l}));
    }, lang);
    await page.reload();
    await page.waitForSelector('.find');
    await page.click('.find');
    await page.waitForSelector('.search-tips');
    await assertAccessible(page, `${name}, empty`);
    await assertFits(page, name);
    await shot(page, `${name}-tips`);
    await page.fill('#query', 'gift');
    await page.waitForSelector('.hit');
    await assertAccessible(page, name);
    await assertFits(page, name);
    await shot(page, name);
  }
});
