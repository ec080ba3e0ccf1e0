// One's own page: what is kept about oneself, where one is signed in, and API tokens.
import assert from 'node:assert/strict';
import {createHmac} from 'node:crypto';
import test from 'node:test';
import {assertAccessible, noComplaints, openPage, person, shot, startGateway, until} from './harness.mjs';
import {assertFits, consoleOf} from './console_parts.mjs';

const g = await startGateway();
const [department] = await g.departments();
const aiko = await g.addAgent('Aiko', 'aiko@example.com', [department.id]);
const admin = await g.setPassword('admin@localhost');
const page = await consoleOf(g, aiko);

const asks = async secret => {
  const answer = await fetch(`${g.url}/api/v1/session`, {headers: {authorization: `Bearer ${secret}`}});
  return {status: answer.status, ...(await answer.json())};
};
let secret = '';

test('one goes to it by one\'s own name', async () => {
  await page.click('#person-menu');
  await page.click('.menu-item:has-text("Your profile")');
  await page.waitForSelector('.self h2:has-text("API tokens")');
  await assertAccessible(page, 'the profile');
});

test('what one says of oneself is saved, and the zone is the one that times are read in', async () => {
  await page.fill('#set-signature', 'Aiko Mori\nTea and more');
  await page.fill('#set-zone', 'Asia/Nowhere');
  await page.click('.settings-foot .button.primary');
  await page.waitForSelector('#set-zone-error');
  const since = page.locator('.self-rows li:has-text("This one") small');
  await page.fill('#set-zone', 'Pacific/Kiritimati');
  const before = await since.textContent();
  await page.click('.settings-foot .button.primary');
  await until('times to be of that zone', async () => await since.textContent() != before);
  const shown = await g.ctl('agent', 'show', aiko.email);
  assert.equal(shown.signature, 'Aiko Mori\nTea and more');
  await assertAccessible(page, 'the profile');
  await shot(page, 'console-profile');
});

test('where one is signed in is shown, and ended from here', async () => {
  const other = await consoleOf(g, aiko);
  const row = page.locator('.self-rows li', {has: page.locator('.button:has-text("Sign out there")')});
  const open = page.locator('.self-rows li:has-text("open now")').nth(1);
  await open.waitFor(); // others may be there before it
  const n = await row.count();
  await open.locator('.button').click();
  await other.waitForSelector('#password');
  await until('it to be gone', async () => await row.count() == n - 1);
  const third = await consoleOf(g, aiko);
  await until('the third to be there', async () => await row.count() == n);
  await page.click('.button:has-text("Sign out everywhere else")');
  await page.click('dialog .button.primary');
  await third.waitForSelector('#password');
  await until('nobody else to be there', async () => await row.count() == 0);
  await page.waitForSelector('.self-rows li:has-text("This one"):has-text("127.0.0.1")');
});

// What a telephone shows: RFC 6238, with the secret in base32.
function codeOf(secret, steps = 0) {
  const bits = [...secret].map(c => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0'))
    .join('');
  const key = Buffer.from(bits.match(/.{8}/g).map(byte => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + steps));
  const mac = createHmac('sha1', key).update(counter).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0');
}

test('a second factor is set up with a telephone, asked for, and reset for who has lost it', async () => {
  await page.click('.card:has-text("Second factor") .button:has-text("Set up")');
  await page.fill('#factor-current', aiko.password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('svg.qr path');
  await assertAccessible(page, 'setting up a second factor');
  await shot(page, 'console-factor');
  await page.click('dialog summary');
  const phone = await page.inputValue('#factor-secret');
  await page.fill('#factor-code', '000000');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#factor-code-error');
  await page.fill('#factor-code', codeOf(phone));
  await page.keyboard.press('Enter');
  await page.waitForSelector('#recovery');
  const codes = (await page.inputValue('#recovery')).split('\n');
  assert.equal(codes.length, 10);
  await page.click('dialog .button.primary');
  await page.waitForSelector('.card:has-text("Recovery codes left: 10")');

  const other = await openPage(await person(), `${g.url}/console/`);
  await other.fill('#email', aiko.email);
  await other.fill('#password', aiko.password);
  await other.keyboard.press('Enter');
  await other.waitForSelector('#code');
  await assertAccessible(other, 'signing in with a code');
  await other.fill('#code', '000000');
  await other.keyboard.press('Enter');
  await other.waitForSelector('#signin-error:has-text("not right")');
  await shot(other, 'console-signin-code');
  await other.fill('#code', codes[0]);
  await other.keyboard.press('Enter');
  await other.waitForSelector('.top');

  const boss = await consoleOf(g, admin);
  const id = (await g.ctl('agent', 'show', aiko.email)).id;
  await boss.evaluate(hash => (location.hash = hash), `#/agents/${id}`);
  await boss.click('.button:has-text("Reset second factor")');
  await boss.click('dialog .button.danger');
  await page.waitForSelector('.card:has-text("It is off.")');
});

test('whose role needs one sets it up before anything else', async () => {
  await g.ctl('portal', 'set', 'factor_roles=agent');
  const other = await openPage(await person(), `${g.url}/console/`);
  await other.fill('#email', aiko.email);
  await other.fill('#password', aiko.password);
  await other.keyboard.press('Enter');
  await other.waitForSelector('svg.qr');
  await assertAccessible(other, 'setting up at the door');
  await shot(other, 'console-factor-door');
  await other.click('summary');
  await other.fill('#factor-code', codeOf(await other.inputValue('#factor-secret')));
  await other.keyboard.press('Enter');
  await other.waitForSelector('#recovery');
  await other.click('.button.primary');
  await other.waitForSelector('.top');
  await g.ctl('portal', 'set', 'factor_roles=');
  await g.ctl('factor', 'reset', aiko.email);
});

test('a token is made with a password, and shown once', async () => {
  await page.click('.button:has-text("New API token")');
  await page.fill('#token-name', 'Till');
  await page.check('input[value=reply]');
  assert.equal(await page.locator('input[value=admin]').count(), 0); // an agent has not got that
  await page.fill('#token-current', 'wrong');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#token-current-error');
  await assertAccessible(page, 'a new token');
  await page.fill('#token-current', aiko.password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('#secret');
  secret = await page.inputValue('#secret');
  assert.match(secret, /^dbk_/);
  await shot(page, 'console-token');
  await page.click('dialog .button.primary');
  await page.waitForSelector('.self-rows li:has-text("Till"):has-text("Reply to visitors"):has-text("never used")');
  assert.ok(!(await page.content()).includes(secret));
});

test('it lets a program in until it is revoked, here or by an administrator', async () => {
  const me = await asks(secret);
  assert.equal(me.status, 200);
  assert.deepEqual(me.ok.token.permissions, ['reply']);
  const boss = await consoleOf(g, admin);
  await boss.evaluate(id => (location.hash = `#/agents/${id}`), me.ok.agent.id);
  await boss.waitForSelector('.self-rows li:has-text("Till"):has-text("used")');
  await assertAccessible(boss, 'an agent with tokens');
  await shot(boss, 'console-agent-tokens');
  await boss.click('.self-rows .button');
  await boss.click('dialog .button.danger');
  await page.waitForFunction(() => !document.querySelector('.self-rows li .button.danger-quiet'));
  assert.equal((await asks(secret)).status, 401);
  noComplaints(boss);
});

test('it reads in Japanese, and fits a telephone', async () => {
  await g.ctl('agent', 'set', aiko.email, 'lang=ja');
  const small = await consoleOf(g, aiko, {narrow: true, dark: true});
  await g.ctl('token', 'add', aiko.email, '在庫システムとの連携', 'permissions=reply,note,transfer');
  await small.evaluate(() => (location.hash = '#/profile'));
  await small.waitForSelector('.self-rows li:has-text("在庫システムとの連携"):has-text("訪問者への返信")');
  await assertFits(small, 'the profile');
  await shot(small, 'console-profile-narrow-ja');
  await small.click('.button:has-text("APIトークンを追加")');
  await small.waitForSelector('#token-name');
  await assertFits(small, 'a new token');
  await assertAccessible(small, 'a new token, narrow');
  await shot(small, 'console-token-narrow-ja');
  noComplaints(small);
});
