// Saved views: kept under a name, in the navigation with a live count, on every console of the agent;
// shared with a department by those who may; changed, deleted; each sees in it what he may see.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway} from './harness.mjs';
import {accepted, assertFits, consoleOf, go, setStatus, visitor} from './console_parts.mjs';

const g = await startGateway();
const [department] = await g.departments();
const ann = await g.addAgent('Ann', 'ann@example.com', [department.id]);
const ben = await g.addAgent('Ben', 'ben@example.com', [department.id]);
await g.ctl('agent', 'set', 'ann@example.com', 'permissions=supervise');
await g.ctl('agent', 'set', 'ben@example.com', 'scope=own');
const VIEW = name => `.nav a[title="${name}"]`;
const count = (page, name, n) => page.waitForSelector(`${VIEW(name)} .count:text-is("${n}")`);
const rung = [];
test.afterEach(async () => {
  for (const v of rung.splice(0)) if (!v.closed) await v.ask('chat.end').catch(() => {});
});

async function talk(page, name) {
  await setStatus(page, 'available');
  const v = await visitor(g, department.code, {name});
  rung.push(v);
  const id = await accepted(page);
  await setStatus(page, 'busy');
  return {v, id};
}
const save = async (page, name, owner) => {
  await page.click('.list-head button[aria-label="Save as a view"]');
  await page.fill('#view-name', name);
  if (owner) await page.selectOption('#view-owner', {label: owner});
};

test('a list by a tag gets a name, and counts on every console as tags come and go', async () => {
  const one = await consoleOf(g, ann);
  const {id} = await talk(one, 'Mei');
  await go(one, '#/all?c=' + id, '.list-head');
  await one.click('.chat-title .tag.add');
  await one.fill('dialog input[role=combobox]', 'VIP');
  await one.keyboard.press('Enter');
  await one.waitForSelector('dialog .tags .tag:has-text("VIP")');
  await one.keyboard.press('Escape');
  await one.click('.list-head .tag.add');
  await one.click('dialog .tag-list li:has-text("VIP")');
  await one.waitForSelector('.list-head .tag.chosen:has-text("VIP")');
  await save(one, 'Our VIPs');
  await one.waitForSelector('dialog .help:has-text("All chats · VIP")');
  await assertAccessible(one, 'the dialog of a view');
  await shot(one, 'console-view-dialog');
  await one.click('dialog .button.primary');
  await one.waitForSelector('#list-title:text-is("Our VIPs")');
  await one.waitForSelector('.row-name:text-is("Mei")');
  await count(one, 'Our VIPs', 1);
  const two = await consoleOf(g, ann);
  await count(two, 'Our VIPs', 1);
  await two.click(VIEW('Our VIPs'));
  await two.waitForSelector('.row-name:text-is("Mei")');
  await shot(two, 'console-view');
  await assertAccessible(two, 'a view');
  // Once it is over it still counts, and no more when it loses the tag.
  await rung[0].ask('chat.end');
  await two.waitForSelector('.row .state.ended');
  await count(two, 'Our VIPs', 1);
  await one.click('.chat-title .tag.add');
  await one.click('dialog .tags button[aria-label="Take VIP away"]');
  await count(one, 'Our VIPs', 0);
  await count(two, 'Our VIPs', 0);
  noComplaints(one);
  noComplaints(two);
});

test('a name that is taken is refused at the field; another one is on the other console at once', async () => {
  const one = await consoleOf(g, ann);
  const two = await consoleOf(g, ann);
  await go(one, '#/mine/unreplied', '.list-head');
  await save(one, 'Our VIPs');
  await one.click('dialog .button.primary');
  await one.waitForSelector('dialog .field.wrong .error:has-text("has this name")');
  await one.fill('#view-name', 'Mine, unreplied');
  await one.click('dialog .button.primary');
  await one.waitForSelector('#list-title:text-is("Mine, unreplied")');
  await two.waitForSelector(VIEW('Mine, unreplied'));
  await one.click('.list-head button[aria-label="Change this view"]');
  await one.fill('#view-name', 'To reply');
  await one.click('dialog .button.primary');
  await one.waitForSelector('#list-title:text-is("To reply")');
  await two.click(VIEW('To reply'));
  await one.click('.list-head button[aria-label="Change this view"]');
  await one.click('dialog button:text-is("Delete")');
  await one.click('dialog .button.danger');
  await two.waitForSelector(VIEW('To reply'), {state: 'detached'});
  await two.waitForSelector('text=This view is no longer there');
  noComplaints(one);
  noComplaints(two);
});

test('a department has one by who may, and each sees in it what he may', async () => {
  const one = await consoleOf(g, ann);
  const two = await consoleOf(g, ben);
  await setStatus(two, 'busy');
  await talk(one, 'Jun');
  await go(one, '#/all/open', '.list-head');
  await save(one, 'All open', `Everybody in ${department.name}`);
  await one.click('dialog .button.primary');
  await count(one, 'All open', 1);
  await count(two, 'All open', 0);
  await two.click(VIEW('All open'));
  await two.waitForSelector('.list-body .empty:has-text("All open")');
  assert.equal(await two.locator('.list-head button[aria-label="Change this view"]').count(), 0);
  await two.click(VIEW('All chats'));
  await two.click('.list-head button[aria-label="Save as a view"]');
  await two.waitForSelector('#view-name');
  assert.equal(await two.locator('#view-owner').count(), 0);
  noComplaints(one);
  noComplaints(two);
});

test('a search is kept with its conditions, found again, changed to others, and never over a stale one', async () => {
  const one = await consoleOf(g, ann);
  const two = await consoleOf(g, ann);
  await talk(one, 'Sora');
  await go(one, '#/search', '#query');
  assert.equal(await one.locator('.search-saved button').count(), 0, 'nothing is asked yet');
  await one.selectOption('select[aria-label="State"]', 'active');
  await one.waitForSelector('.hit-top strong:text-is("Sora")');
  await one.click('.search-saved button:text-is("Save as a view")');
  await one.fill('#view-name', 'Under way');
  await one.waitForSelector('dialog .help:has-text("Search · Under way")');
  await one.click('dialog .button.primary');
  await one.waitForSelector('.search-saved h1:text-is("Under way")');
  // What is open and asks for no words has a live number; by words there is none.
  await count(two, 'Under way', 1);
  await two.click(VIEW('Under way'));
  await two.waitForSelector('.hit-top strong:text-is("Sora")');
  await two.waitForSelector(`${VIEW('Under way')}[aria-current=page]`);
  await assertAccessible(two, 'a saved search');
  await shot(two, 'console-saved-search');
  await one.fill('#query', 'order');
  await one.selectOption('select[aria-label="Begun in"]', '7');
  await one.click('.search-saved button:text-is("Change the view to these")');
  await one.waitForSelector('dialog p:has-text("It will show: Search · “order” · Under way · The last 7 days")');
  await shot(one, 'console-saved-search-change');
  await one.click('dialog .button.primary');
  await one.waitForSelector('.search-saved button:text-is("Change this view")');
  await two.waitForSelector('#query');
  await two.waitForFunction(() => document.querySelector('#query').value === 'order');
  await one.waitForSelector(`${VIEW('Under way')} .count`, {state: 'detached'});
  await two.waitForSelector('.hit-line mark:text-is("order")');
  // Both change it: the second is told what the first made of it, and nothing is lost.
  await one.fill('#query', 'teapot');
  await one.click('.search-saved button:text-is("Change the view to these")');
  await two.fill('#query', 'where');
  await two.click('.search-saved button:text-is("Change the view to these")');
  await two.click('dialog .button.primary');
  await two.waitForSelector('dialog', {state: 'detached'});
  await one.click('dialog .button.primary');
  await one.waitForSelector('dialog .banner:has-text("Ann has changed it meanwhile: “Under way” shows now Search · “where”")');
  await one.keyboard.press('Escape');
  assert.equal(await one.inputValue('#query'), 'teapot');
  // In place of what another shows: a list becomes that view.
  await go(one, '#/all/open', '.list-head');
  await one.click('.list-head button[aria-label="Save as a view"]');
  await one.selectOption('#view-owner', {label: 'Under way'});
  await one.click('dialog .button.primary');
  await one.waitForSelector('#list-title:text-is("Under way")');
  await count(two, 'Under way', 1);
  noComplaints(one);
  noComplaints(two);
});

test('on a phone, in Japanese, in the dark', async () => {
  await g.ctl('agent', 'set', 'ann@example.com', 'lang=ja');
  const one = await consoleOf(g, ann, {narrow: true, dark: true});
  await go(one, '#/all/open', '.list-head');
  await one.click('.list-head button[aria-label="ビューとして保存"]');
  await one.waitForSelector('#view-name');
  await assertFits(one, 'the dialog');
  await shot(one, 'console-view-phone');
});
