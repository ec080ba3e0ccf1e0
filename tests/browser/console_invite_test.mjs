// Invitations and new passwords by mail: from the page of agents or the sign-in page to the
// mailbox, by the link to the console.
import assert from 'node:assert/strict';
import {readFileSync, readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';
import test from 'node:test';
import {assertAccessible, noComplaints, openPage, person, shot, startGateway, until} from './harness.mjs';
import {assertFits, consoleOf, go, startMailServer, textOf} from './console_parts.mjs';

const g = await startGateway({log_level: 'debug'});
const server = await startMailServer();
const admin = await g.setPassword('admin@localhost');

const linkIn = mail => /https?:\/\/\S+\/console\/#link=[\w-]{43}/.exec(textOf(mail))?.[0];

async function nextMail(do_) {
  const before = server.mails.length;
  await do_();
  await until('a mail', () => server.mails.length > before);
  return server.mails[before];
}

function* filesBelow(dir) {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) yield* filesBelow(path);
    else if (statSync(path).isFile()) yield path;
  }
}

async function assertKeptSecret(link, mail) {
  const token = link.split('#link=')[1];
  const backup = join(g.dir, `backup-${token.slice(0, 4)}`);
  const lines = mail.split('\n\n').slice(1).join('\n').split('\n').filter(line => line.length > 30);

  await g.ctl('backup', 'make', backup);
  assert.ok(lines.length > 10);
  assert.ok(!g.log.includes(token), 'the log');
  for (const dir of [join(g.dir, 'state'), backup])
    for (const path of filesBelow(dir)) {
      const found = readFileSync(path);
      for (const trace of [token, token.slice(0, 20), token.slice(-20), ...lines])
        assert.ok(!found.includes(trace), `${path} holds ${trace}`);
    }
}

async function choosePassword(page, password) {
  await page.fill('#new', password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.top');
}

test('without a From address a new agent gets a link by hand, and the form says why', async () => {
  const page = await consoleOf(g, admin);
  await go(page, '#/agents/new', '#invite');
  assert.ok(await page.isDisabled('#invite'));
  assert.match(await page.textContent('#invite-help'), /set a From address/);
  await page.fill('#set-name', 'Bob');
  await page.fill('#set-email', 'bob@example.com');
  await page.click('.settings-foot .primary');
  await page.waitForSelector('#link');
  noComplaints(page);
});

test('an agent is invited by mail, chooses a password by its link, and is in', async () => {
  await g.ctl('portal', 'set', 'relay_host=127.0.0.1', `relay_port=${server.port}`, 'relay_tls=none',
    'from=desk@example.com', 'name=The Tool Shop');
  const page = await consoleOf(g, admin);
  await go(page, '#/agents/new', '#invite');
  assert.ok(await page.isChecked('#invite'));
  await assertAccessible(page, 'a new agent');
  await page.fill('#set-name', '中村 健太');
  await page.fill('#set-email', 'kenta@example.com');
  await page.selectOption('#set-lang', 'ja');
  const mail = await nextMail(() => page.click('.settings-foot .primary'));
  await page.waitForSelector('.toast:has-text("kenta@example.com")');
  assert.equal(await page.locator('#link').count(), 0);
  await page.waitForSelector('.link-mail .mail-sent', {timeout: 20000});
  await shot(page, 'console-invited');
  assert.match(textOf(mail), /パスワードを設定/);
  const link = linkIn(mail);
  await assertKeptSecret(link, mail);

  const kenta = await openPage(await person({locale: 'ja-JP'}), link);
  await kenta.waitForSelector('h1:has-text("パスワードを設定")');
  await choosePassword(kenta, 'ten letters long');
  assert.equal(await kenta.getAttribute('html', 'lang'), 'ja', 'the console goes on in the language');
  assert.match(await kenta.textContent('#person-menu'), /中村 健太/);
  await go(page, '#/agents', '.table');
  await until('the invitation to be over', async () =>
    (await page.locator('tr:has-text("kenta@example.com") .link-mail').count()) == 0);
});

test('an invitation that failed is seen on the page of agents, and sent again', async () => {
  await g.ctl('portal', 'set', 'relay_port=1');
  const page = await consoleOf(g, admin);
  await g.ctl('agent', 'add', 'Carol', 'carol@example.com', 'invite=yes');
  await go(page, '#/agents', '.table');
  const row = page.locator('tr:has-text("carol@example.com")');
  await row.locator('.mail-deferred').waitFor({timeout: 20000});
  await assertAccessible(page, 'a deferred invitation');
  await shot(page, 'console-invitation-deferred');
  await g.ctl('portal', 'set', `relay_port=${server.port}`);
  const mail = await nextMail(() => row.locator('.button:has-text("Send again")').click());
  await row.locator('.mail-sent').waitFor({timeout: 20000});
  const carol = await openPage(await person(), linkIn(mail));
  await choosePassword(carol, 'carol has a password');
  await go(page, '#/outbox', '.table');
  await page.waitForSelector('.table a:has-text("Carol")');
  await shot(page, 'console-outbox-links');
});

test('whoever forgot the password asks at the sign-in page; others learn nothing', async () => {
  const page = await openPage(await person(), `${g.url}/console/`);
  await page.fill('#email', 'nobody@example.com');
  await page.click('.link:has-text("Forgot your password?")');
  await page.waitForSelector('h1:has-text("Forgot")');
  assert.equal(await page.inputValue('#email'), 'nobody@example.com', 'what was typed comes along');
  const sent = server.mails.length;
  await page.click('.primary');
  await page.waitForSelector('[role=status]:has-text("nobody@example.com")');
  const unknown = await page.textContent('.signin-card');
  await assertAccessible(page, 'the question was taken');
  await page.click('.link:has-text("Back to signing in")');
  await page.waitForSelector('#password');
  await page.click('.link:has-text("Forgot your password?")');
  await page.fill('#email', 'kenta@example.com');
  const mail = await nextMail(() => page.click('.primary'));
  await page.waitForSelector('[role=status]:has-text("kenta@example.com")');
  assert.equal(await page.textContent('.signin-card'),
    unknown.replace('nobody@example.com', 'kenta@example.com'));
  assert.equal(server.mails.length, sent + 1, 'one mail, to the account');
  assert.match(textOf(mail), /パスワードの再設定/);
  await assertKeptSecret(linkIn(mail), mail);

  const own = await openPage(await person(), linkIn(mail));
  await choosePassword(own, 'another ten letters');
  await consoleOf(g, {email: 'kenta@example.com', password: 'another ten letters'});
  const late = await openPage(await person(), linkIn(mail));
  await late.fill('#new', 'once more this link');
  await late.keyboard.press('Enter');
  await late.waitForSelector('.error:has-text("not valid any more")');
  await assertAccessible(late, 'a link that was used');
  await shot(late, 'console-link-used');
  await late.click('.link:has-text("Send me a new link")');
  await late.waitForSelector('h1:has-text("Forgot")');
});

for (const [name, options] of [
  ['en light', {}],
  ['ja dark', {locale: 'ja-JP', dark: true}],
  ['ja light narrow', {locale: 'ja-JP', narrow: true}],
  ['en dark narrow', {narrow: true, dark: true}],
]) {
  test(`the pages before the sign-in are accessible, fit, and speak the browser's language: ${name}`,
    async () => {
      const page = await openPage(await person(options), `${g.url}/console/`);
      const look = async what => {
        await assertAccessible(page, `${name} ${what}`);
        await assertFits(page, `${name} ${what}`);
        await shot(page, `console-${what}-${name}`.replaceAll(' ', '_'));
      };
      await page.waitForSelector('#password');
      assert.equal(await page.getAttribute('html', 'lang'), name.slice(0, 2));
      await look('signin');
      await page.click('.signin-card .link');
      await page.waitForSelector('.signin-text');
      await look('forgot');
      await page.fill('#email', `somebody-with-a-rather-long-name-${name.replaceAll(' ', '-')}@example.com`);
      await page.keyboard.press('Enter');
      await page.waitForSelector('[role=status]');
      await look('forgot-done');
      const linked = await openPage(await person(options), `${g.url}/console/#link=${'x'.repeat(43)}`);
      await linked.waitForSelector('#new');
      await assertAccessible(linked, `${name} link`);
      await shot(linked, `console-choose-${name}`.replaceAll(' ', '_'));
    });
}

test('a browser with several languages gets the first that there is', async () => {
  const context = await person({locale: 'fr-FR'});
  await context.addInitScript(() =>
    Object.defineProperty(navigator, 'languages', {get: () => ['fr-FR', 'ja', 'en']}));
  const page = await openPage(context, `${g.url}/console/`);
  await page.waitForSelector('#password');
  assert.equal(await page.getAttribute('html', 'lang'), 'ja');
});
