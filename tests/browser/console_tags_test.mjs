// Tags: put to a chat and taken away, live on every console, found by search and in lists.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway} from './harness.mjs';
import {assertFits, deskOfTwo, go} from './console_parts.mjs';

const g = await startGateway();
const [department] = await g.departments();
const ann = await g.addAgent('Ann', 'ann@example.com', [department.id]);
const ben = await g.addAgent('Ben', 'ben@example.com', [department.id]);
const takeChat = deskOfTwo(g, department, [ann, ben]);

// Ann has a chat; Ben looks at it.
async function talk(options) {
  const desk = await takeChat(options);
  await go(desk.two, `#/all?c=${desk.id}`, '.chat-title .chat-name:has-text("Mei")');
  return desk;
}

const add = async (page, tag) => {
  await page.fill('dialog input[role=combobox]', tag);
  await page.keyboard.press('Enter');
  await page.waitForSelector(`dialog .tags .tag:has-text("${tag}")`);
};

test('by key and by hand, and everybody who looks sees it at once', async () => {
  const {one, two} = await talk();
  await one.keyboard.press('Alt+m');
  await one.waitForSelector('dialog input[role=combobox]');
  await add(one, 'VIP');
  await add(one, 'ギフト');
  await assertAccessible(one, 'the tags of a chat');
  await shot(one, 'console-tags');
  await two.waitForSelector('.chat-title a.tag:has-text("VIP")');
  await two.waitForSelector('.row .tag[title="ギフト"]:has-text("+1")'); // there is room for one
  await two.waitForSelector('.event.tagged:has-text("Ann added the tag “VIP”")');
  // The same word again is there already; one that cannot be says why at the field.
  await one.fill('dialog input[role=combobox]', 'ｖｉｐ');
  await one.keyboard.press('Enter');
  await one.waitForFunction(() => document.querySelector('dialog input').value === '');
  assert.equal(await one.locator('dialog .tags .tag').count(), 2);
  await one.fill('dialog input[role=combobox]', 'a,b');
  await one.keyboard.press('Enter');
  await one.waitForSelector('dialog .field.wrong [role=alert]');
  await one.click('dialog .tags button[aria-label="Take VIP away"]');
  await two.waitForSelector('.event.untagged');
  await two.waitForSelector('.chat-title a.tag:has-text("VIP")', {state: 'detached'});
  await one.keyboard.press('Escape');
  await assertFits(one, 'a header with tags');
  await assertAccessible(one, 'a chat with tags');
  await shot(one, 'console-tags-header');
  noComplaints(one);
  noComplaints(two);
});

test('what is in use is offered, and narrows lists and searches down', async () => {
  const {one, two} = await talk();
  await one.click('.chat-title .tag.add');
  await one.waitForSelector('dialog .tag-list li:has-text("ギフト")');
  await one.fill('dialog input[role=combobox]', 'ぎふ');
  await one.waitForSelector('dialog .tag-list li:has-text("ギフト")');
  await one.keyboard.press('ArrowDown');
  await one.keyboard.press('Enter');
  await one.waitForSelector('dialog .tags .tag:has-text("ギフト")');
  await add(one, 'Refund');
  await one.keyboard.press('Escape');
  await go(two, '#/all', '.list-head .tag.add');
  await two.click('.list-head .tag.add');
  await two.click('dialog .tag-list li:has-text("Refund")');
  await two.waitForSelector('.list-head .tag.chosen:has-text("Refund")');
  await two.waitForFunction(() => document.querySelectorAll('.row').length === 1);
  await shot(two, 'console-tags-list');
  // It leaves the list with the tag, live.
  await one.keyboard.press('Alt+m');
  await one.click('dialog .tags button[aria-label="Take Refund away"]');
  await two.waitForSelector('.empty-title:has-text("No chat here has this tag")');
  await two.click('.list-head .tag.chosen');
  await two.waitForSelector('.row .tag:has-text("ギフト")');
  await one.keyboard.press('Escape');
  await one.click('.chat-title a.tag:has-text("ギフト")');
  await one.waitForSelector('.search-filters .of-tag input');
  assert.equal(await one.inputValue('.search-filters .of-tag input'), 'ギフト');
  await one.waitForSelector('.hit');
  await assertAccessible(one, 'a search by tag');
  noComplaints(one);
});

test('on a phone, in Japanese and in the dark they stand in the drawer', async () => {
  await g.ctl('agent', 'set', 'ann@example.com', 'lang=ja');
  const {one} = await talk({narrow: true, dark: true});
  await one.click('.chat-actions .button[aria-label*="訪問者"]');
  await one.click('.side-tags .tag.add');
  await one.waitForSelector('dialog input[role=combobox]');
  await assertFits(one, 'the dialog');
  await shot(one, 'console-tags-phone');
});
