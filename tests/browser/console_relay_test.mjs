// The relay from the console: its password, and a test mail with all that is said, against a real
// gateway, its dispatcher and a mail server that wants a login.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway} from './harness.mjs';
import {assertFits, consoleOf, go, startMailServer} from './console_parts.mjs';

const PASSWORD = 'hunter22 geheim';
const token = Buffer.from(`\0ann\0${PASSWORD}`).toString('base64');

const server = await startMailServer(line => {
  if (/^EHLO/i.test(line)) return '250-mail.test\r\n250 AUTH PLAIN';
  const [, given] = /^AUTH PLAIN (.*)/i.exec(line) || [];
  if (given) return given == token ? `235 welcome, ${PASSWORD}` : `535 5.7.8 not with ${given}`;
  return /^RCPT TO:<nobody@/i.test(line) ? '550 5.1.1 no such user' : undefined;
});
const g = await startGateway();
const [first] = await g.departments();
const admin = await g.setPassword('admin@localhost');
const page = await consoleOf(g, admin);

async function tryIt(on, to) {
  await on.fill('#trial-to', to);
  await on.click('.trial [type=submit]');
  await on.waitForSelector('.trial .verdict, .trial .error', {timeout: 70000});
}
const dialogue = async on => (await on.locator('.dialogue p').allTextContents())
  .map(line => line.replace(/\s+/g, ' ').trim());

test('what has to be set first is said', async () => {
  await go(page, '#/portal', '#trial-to');
  assert.equal(await page.inputValue('#trial-to'), 'admin@localhost', 'one\'s own address is there');
  await page.fill('#trial-to', 'not an address');
  await page.click('.trial [type=submit]');
  await page.waitForSelector('#trial-to-error');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'trial-to');
  await tryIt(page, 'me@example.com');
  assert.match(await page.textContent('.trial .error'), /No From address is set/);
  await g.ctl('portal', 'set', 'from=chat@example.com', 'relay_host=127.0.0.1',
    `relay_port=${server.port}`, 'relay_tls=none', 'relay_user=ann');
});

test('a password is set, never shown, and taken away', async () => {
  await go(page, '#/mine', '.panes');
  await go(page, '#/portal', '#set-relay_secret');
  assert.equal(await page.getAttribute('#set-relay_secret', 'type'), 'password');
  await page.fill('#set-relay_secret', 'wrong at first');
  await page.click('.secret .button');
  await page.waitForSelector('.toast:has-text("password was set")');
  assert.equal(await page.inputValue('#set-relay_secret'), '');
  await page.waitForSelector('.field:has(#set-relay_secret):has-text("Set, and sealed")');
  assert.equal((await g.ctl('portal', 'show')).relay_secret, true);
  await page.click('.button:has-text("Remove the password")');
  await page.waitForSelector('.field:has(#set-relay_secret):has-text("Not set")');
  assert.equal((await g.ctl('portal', 'show')).relay_secret, false);
  await page.fill('#set-relay_secret', 'wrong again');
  await page.press('#set-relay_secret', 'Enter'); // sets it, and does not send the settings
  await page.waitForSelector('.field:has(#set-relay_secret):has-text("Set, and sealed")');
  await assertAccessible(page, 'a secret');
});

test('a refused login is told with its dialogue, and without the login', async () => {
  await tryIt(page, 'me@example.com');
  assert.match(await page.textContent('.trial .verdict'), /Not sent[\s\S]*refuses the user name or the password/);
  const lines = await dialogue(page);
  assert.ok(lines.some(l => /^--.*connected to 127\.0\.0\.1 port/.test(l)), lines.join('\n'));
  assert.ok(lines.some(l => /^C:.*AUTH PLAIN \*+$/.test(l)), lines.join('\n'));
  assert.ok(lines.some(l => /^S:.*535 5\.7\.8 not with \*+/.test(l)), lines.join('\n'));
  const text = await page.content();
  for (const secret of ['wrong again', Buffer.from('\0ann\0wrong again').toString('base64')])
    assert.ok(!text.includes(secret), secret);
  await assertAccessible(page, 'a test mail that failed');
  await shot(page, 'console-trial-failed');
});

test('with the right password it is sent', async () => {
  await page.fill('#set-relay_secret', PASSWORD);
  await page.click('.secret .button');
  await page.waitForSelector('.toast:has-text("password was set")');
  await tryIt(page, 'me@example.com');
  assert.match(await page.textContent('.trial .verdict'), /Sent/);
  assert.match(server.mails.at(-1), /Subject: .*Test mail/);
  assert.ok(!(await page.content()).includes(PASSWORD), 'not even if the server repeats it');
  assert.ok((await dialogue(page)).some(l => /^S:.*235 welcome, \*+$/.test(l)));
  noComplaints(page);
});

test('a department tries its own From, and a refused receiver is named', async () => {
  await g.ctl('department', 'set', first.id, 'mail.from.on=true', 'mail.from.addresses=shop@example.com');
  await go(page, `#/departments/${first.id}`, '#trial-to');
  await tryIt(page, 'nobody@example.com');
  assert.match(await page.textContent('.trial .verdict'), /Refused[\s\S]*does not exist/);
  assert.match(await page.textContent('.trial .verdict'), /5\.1\.1 no such user/);
  assert.ok((await dialogue(page)).some(l => l.includes('MAIL FROM:<shop@example.com>')));
  await assertAccessible(page, 'a refused receiver');
});

for (const [name, options] of [
  ['en light', {}],
  ['ja dark', {locale: 'ja-JP', dark: true}],
  ['ja light narrow', {locale: 'ja-JP', narrow: true}],
  ['en dark narrow', {narrow: true, dark: true}],
  ['en forced colours', {forcedColors: 'active'}],
]) {
  test(`a dialogue is accessible and fits: ${name}`, async () => {
    const own = await consoleOf(g, admin, options);
    if (name.startsWith('ja')) {
      await own.click('#person-menu');
      await own.click('.menu-item[lang=ja]');
    }
    await go(own, '#/portal', '#trial-to');
    await tryIt(own, 'nobody@example.com');
    await assertAccessible(own, `${name} dialogue`);
    await assertFits(own, `${name} dialogue`);
    await own.locator('.trial').scrollIntoViewIfNeeded();
    await shot(own, `console-trial-${name}`.replace(/ /g, '_'));
    noComplaints(own);
  });
}
