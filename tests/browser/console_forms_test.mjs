// The console's forms: all that is wrong in one round, in sight and in people's words; and what is
// managed by several at once, live.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway, until} from './harness.mjs';
import {consoleOf, go, setStatus, visitor} from './console_parts.mjs';

const g = await startGateway();
const [first] = await g.departments();
const admin = await g.setPassword('admin@localhost');
await g.ctl('member', 'set', 'admin@localhost', first.id);
const page = await consoleOf(g, admin);

const errorsOf = on => on.evaluate(() =>
  [...document.querySelectorAll('.settings .error')].map(el => el.textContent.trim()));
// Where the first wrong field is, against what covers the page's end.
const inSight = on => on.evaluate(() => {
  const box = document.activeElement.getBoundingClientRect();
  const foot = document.querySelector('.settings-foot').getBoundingClientRect();
  return box.top >= 0 && box.bottom <= Math.min(foot.top, innerHeight);
});
test('all that is wrong is shown at once, in sight, and named by the button', async () => {
  await page.setViewportSize({width: 1280, height: 520});
  await go(page, `#/departments/${first.id}`, '#set-colour');
  await page.fill('#set-name', ' ');
  await page.click('label[for="set-mail-block-on"]');
  await page.fill('#set-queue_max', '99999999');
  await page.fill('#set-colour', 'red');
  await page.click('.settings-foot .primary');
  await page.waitForSelector('#set-name-error');
  assert.deepEqual(await errorsOf(page), [
    'Please fill this in.', 'Enter an address, or switch this off.',
    (await page.textContent('#set-queue_max-error')).trim(), 'A colour looks like #2457c5.']);
  assert.match(await page.textContent('#set-queue_max-error'), /this has|this is 99999999/);
  await until('the first to be gone to', () =>
    page.evaluate(() => document.activeElement.id == 'set-name'));
  assert.ok(await inSight(page), 'the first is in sight');
  assert.deepEqual(await page.locator('.form-wrong .link').allTextContents(),
    ['Name', 'Block notice to', 'Longest queue', 'Colour']);
  await page.click('.form-wrong .link:has-text("Colour")');
  await until('the last to be gone to', () =>
    page.evaluate(() => document.activeElement.id == 'set-colour'));
  assert.ok(await inSight(page), 'and so is the last');
  await assertAccessible(page, 'a form with faults');
  await shot(page, 'console-forms-faults');
  await page.click('.settings-foot .button:has-text("Undo changes")');
  assert.deepEqual(await errorsOf(page), []);
  noComplaints(page);
});

test('what only the gateway knows comes back in one round, too', async () => {
  await go(page, '#/portal', '#set-zone');
  await page.fill('#set-zone', 'Nowhere/Land');
  await page.fill('#set-from', 'a@b@example.com');
  await page.fill('#set-relay_host', 'mail..example.com');
  await page.click('.settings-foot .primary');
  await page.waitForSelector('#set-zone-error');
  assert.equal((await errorsOf(page)).length, 4, 'and what both can see');
  assert.match(await page.textContent('#set-from-error'), /more than one @/);
  assert.match(await page.textContent('#set-relay_host-error'), /two in a row/);
  assert.match(await page.textContent('#set-relay_tls-error'), /Without encryption/);
  await page.click('.settings-foot .button:has-text("Undo changes")');
});

test('Japanese forms answer in Japanese, and nowhere by a setting\'s own name', async () => {
  await g.ctl('agent', 'set', 'admin@localhost', 'lang=ja');
  const ja = await consoleOf(g, admin, {locale: 'ja-JP'});
  await go(ja, `#/departments/${first.id}`, '#set-colour');
  await ja.fill('#set-name', '');
  await ja.click('label[for="set-mail-missed-on"]');
  await ja.fill('#set-mail-missed', 'team@例');
  await ja.fill('#set-origins', 'example.com');
  await ja.click('label[for="set-relay-own"]');
  await ja.fill('#set-relay-host', 'a..b');
  await ja.click('.settings-foot .primary');
  await ja.waitForSelector('.settings .error');
  const client = await errorsOf(ja);
  await ja.fill('#set-name', 'Sales');
  await ja.click('.settings-foot .primary');
  await ja.waitForSelector('#set-relay-host-error');
  const all = [...client, ...await errorsOf(ja),
    ...await ja.locator('.form-wrong .link').allTextContents()];
  for (const text of all) {
    assert.match(text, /[\u3040-\u30ff\u4e00-\u9fff]/, text);
    assert.doesNotMatch(text, /[a-z]+[._][a-z]+\.?(on|host|addresses)\b(?!.*例)/, text);
  }
  await shot(ja, 'console-forms-faults-ja');
  await g.ctl('agent', 'set', 'admin@localhost', 'lang=en');
  await ja.close({runBeforeUnload: false});
});

test('a relay\'s fields are closed while it is off', async () => {
  await go(page, `#/departments/${first.id}`, '#set-relay-own');
  const closed = () => page.evaluate(() => ['host', 'port', 'tls', 'auth', 'user', 'secret']
    .map(x => document.getElementById(`set-relay-${x}`).disabled));
  assert.deepEqual(await closed(), Array(6).fill(true));
  await page.click('label[for="set-relay-own"]');
  assert.deepEqual(await closed(), Array(6).fill(false));
});

test('a test mail says which settings it goes by', async () => {
  assert.match(await page.textContent('.trial-by'), /localhost:25/);
  await page.waitForSelector('.trial .banner:has-text("not saved are not tried")');
  await page.click('.settings-foot .button:has-text("Undo changes")');
  await until('the notice to go', async () => await page.locator('.trial .banner').count() == 0);
});

test('a second department of one name is asked about', async () => {
  await go(page, '#/departments/new', '#set-name');
  await page.fill('#set-name', ` ${first.name.toUpperCase()}`);
  await page.click('.settings-foot .primary');
  await page.waitForSelector('dialog:has-text("A second department")');
  await page.click('dialog .button:has-text("Cancel")');
  assert.equal((await g.departments()).length, 1);
  assert.equal(await page.inputValue('#set-name'), ` ${first.name.toUpperCase()}`);
  await page.click('.settings-foot .primary');
  await page.click('dialog .primary');
  await page.waitForSelector('#embed');
  const made = (await g.departments()).find(d => d.id != first.id);
  await g.ctl('department', 'remove', made.id);
});

test('departments are live, and what is edited stays under the hands', async () => {
  await go(page, '#/departments', '.table');
  await g.ctl('department', 'add', 'Night desk');
  await page.waitForSelector('.table th:has-text("Night desk")');
  const night = (await g.departments()).find(d => d.name == 'Night desk');
  await g.ctl('department', 'set', night.id, 'name=Late desk', 'enabled=off');
  await page.waitForSelector('.table tr:has-text("Late desk") input:not(:checked)', {state: 'attached'});
  await g.ctl('department', 'remove', night.id);
  await until('it to go', async () => await page.locator('.table th:has-text("Late desk")').count() == 0);
  const row = page.locator(`.table tr:has-text("${first.name}")`);
  await setStatus(page, 'available');
  const v = await visitor(g, first.code);
  await until('the row to count the chat', async () =>
    (await row.locator('td.num').allTextContents()).some(x => x.trim() == '1'));
  await v.ask('chat.end');

  await go(page, `#/departments/${first.id}`, '#set-name');
  await page.fill('#set-name', 'Mine');
  await g.ctl('department', 'set', first.id, 'name=Theirs', 'queue_max=7');
  await page.waitForSelector('.meanwhile:has-text("Theirs")');
  assert.equal(await page.inputValue('#set-name'), 'Mine', 'what is written stays');
  assert.equal(await page.inputValue('#set-queue_max'), '7', 'what is not written follows');
  await shot(page, 'console-forms-meanwhile');
  await page.click('.settings-foot .primary');
  await page.waitForSelector('.settings-foot .quiet-text:has-text("Saved")');
  assert.equal((await g.departments())[0].name, 'Mine');
  noComplaints(page);
});

test('agents are live, and a deleted one keeps the name of what was written', async () => {
  await go(page, '#/agents', '.table');
  const yuki = await g.addAgent('Yuki Mori', 'yuki@example.com', [first.id]);
  await page.waitForSelector('.table th:has-text("Yuki Mori")');
  await setStatus(page, 'away');
  const desk = await consoleOf(g, yuki);
  await setStatus(desk, 'available');
  await page.waitForSelector('.table tr:has-text("Yuki Mori"):has-text("Available")');
  const v = await visitor(g, first.code, {name: '', email: 'nameless@example.net'});
  await desk.click('.offer .primary');
  await desk.waitForSelector('[data-composer]');
  assert.match(await desk.textContent('.chat-name'), /nameless@example\.net/);
  await desk.fill('[data-composer]', 'I was here.');
  await desk.press('[data-composer]', 'Enter');
  await v.hears('I was here.');
  await v.ask('chat.end');
  await g.ctl('agent', 'remove', 'yuki@example.com');
  await until('her row to go', async () => await page.locator('.table th:has-text("Yuki Mori")').count() == 0);
  await go(page, `#/completed?c=${v.chat.chat}`, '.message:has-text("I was here.")');
  assert.match(await page.textContent('.message.agent .message-head'), /Yuki Mori/);
  const kept = await v.ask('chat.read', {}).catch(() => null);
  assert.ok(!kept || kept.lines.some(line => line.name == 'Yuki Mori'));
  noComplaints(page);
});
