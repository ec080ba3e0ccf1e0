// A day at the desk: what is said of waits, of oneself and of mails is so, and covers nothing.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway, until} from './harness.mjs';
import {accepted, assertFits, consoleOf, endFront, offered, setStatus, startMailServer, visitor} from './console_parts.mjs';

const g = await startGateway();
const [department] = await g.departments();
const mailServer = await startMailServer(line => (/^RCPT/i.test(line) ? '250 2.1.5 0A1B2C Recipient fine' : undefined));
await g.ctl('portal', 'set', 'relay_host=127.0.0.1', `relay_port=${mailServer.port}`, 'relay_tls=none');
await g.ctl('department', 'set', department.id, 'mail.from.on=true', 'mail.from.addresses=sales@example.com',
  'mail.transcript.on=true', 'mail.transcript.addresses=team@example.com');
const aiko = await g.addAgent('Aiko', 'aiko@example.com', [department.id]);
await g.ctl('agent', 'set', 'aiko@example.com', 'permissions=block,see_ip', 'capacity=12');
const offersLast = ms => g.ctl('department', 'set', department.id, `offer_ms=${ms}`, 'pause_ms=0');
await offersLast(20000);
const rung = [];
async function ring(fields) {
  const v = await visitor(g, department.code, fields);
  rung.push(v);
  return v;
}
test.afterEach(async () => {
  for (const v of rung.splice(0)) if (!v.closed) await v.ask('chat.end').catch(() => {});
});

test('an address of no page says so, and leads back', async () => {
  const page = await consoleOf(g, aiko);
  await setStatus(page, 'available');
  await page.waitForSelector('.empty:has-text("offered to you at the top right")');
  for (const address of ['#/nowhere', '#/constructor', '#/%E0%A4/x']) {
    await page.evaluate(to => (location.hash = to), address);
    await page.waitForSelector('.page .empty:has-text("There is no such page")');
  }
  await page.reload();
  await page.waitForSelector('.page .empty:has-text("There is no such page")');
  await assertAccessible(page, 'no such page');
  await page.click('.page .empty a');
  await page.waitForSelector('.list-head h2:text-is("My chats")');
  await setStatus(page, 'offline');
  await page.waitForSelector('.empty:has-text("Set yourself to Available")');
  await page.context().close();
});

test('who is made away is told why, and that somebody waits; what was not answered is no news once it is taken', async () => {
  const page = await consoleOf(g, aiko);
  await offersLast(1200);
  await setStatus(page, 'available');
  await ring({name: 'Patient'});
  await page.waitForSelector('.toast:has-text("You did not answer Patient")');
  await page.waitForSelector('.banners .banner:has-text("two chats in a row were not answered")');
  await page.waitForSelector('.banners .banner:has-text("1 chat is waiting for an agent.")');
  await assertAccessible(page, 'made away');
  await shot(page, 'console-made-away');
  await page.reload();
  await page.waitForSelector('.banners .banner:has-text("two chats in a row were not answered")');
  await offersLast(1200);
  await page.click('.banners .link:has-text("Become available")');
  await page.waitForSelector('.toast:has-text("You did not answer Patient")');
  assert.equal(await page.locator('.banners .banner:has-text("in a row")').count(), 0);
  await page.hover('.toast'); // it would stay for as long as one reads it
  await page.waitForSelector('.banners .banner:has-text("in a row")');
  await page.evaluate(() => (location.hash = '#/unassigned'));
  await page.waitForSelector('.row:has-text("Patient") .row-take');
  await page.evaluate(() => document.querySelector('.row-take').click());
  await page.waitForSelector('.chat-title:has-text("Patient")');
  await until('the toasts to go', async () => await page.locator('.toast:has-text("You did not answer")').count() == 0, 3000);
  noComplaints(page);
  await offersLast(20000);
  await setStatus(page, 'offline');
});

test('one chat has one clock', async () => {
  const page = await consoleOf(g, aiko);
  await setStatus(page, 'available');
  const v = await ring();
  await accepted(page);
  await v.say('One');
  await page.waitForSelector('.message.visitor:has-text("One")');
  await until('some time to pass', async () => !/0:0[01]/.test(await page.textContent('.tab .wait')));
  await v.say('Two');
  await page.waitForSelector('.row-last:has-text("Two")');
  const clocks = await page.evaluate(() => [...document.querySelectorAll('.tab .wait, .row .wait')]
    .map(wait => wait.lastChild.textContent));
  assert.equal(clocks.length, 2);
  assert.equal(clocks[0], clocks[1]);
  assert.notEqual(clocks[0], '0:00');
  await setStatus(page, 'offline');
});

test('what is told in passing covers neither what is written nor what sends it', async () => {
  for (const viewport of [{width: 1280, height: 800}, {width: 1000, height: 700}, {width: 390, height: 780}]) {
    const page = await consoleOf(g, aiko, {viewport});
    await setStatus(page, 'available');
    await ring({name: 'Long enough to need several lines of a toast that says something about it'});
    await accepted(page);
    await page.evaluate(async () => {
      const {toast} = await import(new URL('../base/bits.js', document.querySelector('script[type=module]').src));
      for (let i = 0; i < 3; i++) toast(`Something that happened elsewhere, number ${i}, in a long sentence`, {ms: 60000});
    });
    await page.waitForSelector('.toast');
    const covered = await page.evaluate(() => {
      const of = el => el.getBoundingClientRect();
      const toasts = [...document.querySelectorAll('.toast')].map(of);
      return [...document.querySelectorAll('.composer, .composer .button, [data-composer], .log .bubble')]
        .filter(el => toasts.some(t => t.left < of(el).right && of(el).left < t.right && t.top < of(el).bottom && of(el).top < t.bottom))
        .map(el => el.className || el.tagName);
    });
    if (viewport.width >= 720) assert.deepEqual(covered, [], `${viewport.width}`);
    else assert.ok(!covered.some(what => /composer|button|TEXTAREA/.test(what)), covered.join());
    await assertFits(page, 'toasts');
    await shot(page, `console-toasts-${viewport.width}`);
    await page.evaluate(() => (location.hash = '#/blocks'));
    await page.waitForSelector('main[data-page=blocks]');
    await assertFits(page, 'toasts on a page');
    await page.close();
    await rung.at(-1).ask('chat.end');
  }
});

test('a list of chats and a list of addresses are two names, and a question says what will be', async () => {
  const page = await consoleOf(g, aiko);
  await setStatus(page, 'available');
  await ring();
  await accepted(page);
  assert.equal(await page.textContent('.nav a[href^="#/blocked"] .nav-label'), 'Blocked chats');
  assert.equal(await page.textContent('.nav a[href^="#/blocks"] .nav-label'), 'Block list');
  await page.click('.chat-actions [aria-label="Block"]');
  await page.waitForSelector('dialog[open]'); // until then Escape goes past it
  const question = await page.textContent('dialog p');
  assert.match(question, /^This blocks 127\.0\.0\.1: this chat closes/);
  assert.doesNotMatch(question, /is blocked/);
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', {state: 'detached'});
  await setStatus(page, 'offline');
});

test('addresses break behind their parts, and a mail server’s own words stay out of the panel', async () => {
  const page = await consoleOf(g, aiko);
  await setStatus(page, 'available');
  await ring({email: 'bartholomew.maximilian@subsidiary.example-holding.example',
    page: 'https://shop.example.com/tea/green/sencha-from-the-mountains?colour=dark&size=large', title: ''});
  await accepted(page);
  // No part of an address that has room in one line is broken in two.
  const broken = await page.evaluate(() => [...document.querySelectorAll('.pane-side dd a, .pane-side dd .mono')].flatMap(el =>
    [...el.childNodes].filter(node => node.nodeType == 3 && node.data.length < 18).filter(node => {
      const range = document.createRange();
      range.selectNodeContents(node);
      return range.getClientRects().length > 1;
    }).map(node => node.data)));
  assert.deepEqual(broken, []);
  assert.equal(await page.textContent('.pane-side a[href^="mailto:"]'), 'bartholomew.maximilian@subsidiary.example-holding.example');
  await shot(page, 'console-addresses');
  await endFront(page);
  await until('the transcript to be sent',
    async () => /Sent.*Transcript.*team@example\.com/s.test(await page.textContent('.mails')));
  assert.doesNotMatch(await page.textContent('.mails'), /0A1B2C|250/);
  noComplaints(page);
  await setStatus(page, 'offline');
});

test('a password is changed by whoever knows the present one, and other places are signed out', async () => {
  const mia = await g.addAgent('Mia', 'mia@example.com', [department.id]);
  const page = await consoleOf(g, mia);
  const elsewhere = await consoleOf(g, mia);
  const ask = async (current, next) => {
    await page.fill('#current', current);
    await page.fill('#next', next);
    await page.click('dialog .button.primary');
  };
  await page.click('#person-menu');
  await page.click('.menu-item:has-text("Change password")');
  await page.waitForSelector('#current');
  await assertAccessible(page, 'changing the password');
  await shot(page, 'console-password');
  await ask(mia.password, 'short');
  await page.waitForSelector('#next-error:has-text("10 characters")');
  await ask('not the present one', 'another long password');
  await page.waitForSelector('#current-error:has-text("not your present password")');
  await ask(mia.password, 'another long password');
  await page.waitForSelector('.toast:has-text("Your password is changed.")');
  await elsewhere.waitForSelector('#email');
  await page.reload();
  await page.waitForSelector('.top');
  await elsewhere.fill('#email', mia.email);
  await elsewhere.fill('#password', 'another long password');
  await elsewhere.keyboard.press('Enter');
  await elsewhere.waitForSelector('.top');
});

test("waiting times are the gateway's, whatever the browser's clock says", async () => {
  await offersLast(20000);
  for (const ahead of [3600000, -3600000]) {
    const script = `{ const now = Date.now; Date.now = () => now() + ${ahead}; }`;
    const page = await consoleOf(g, aiko, {script});
    await setStatus(page, 'available');
    const v = await ring();
    await offered(page);
    assert.match(await page.textContent('.offer-meta'), /\b0:[0-2]\d/, `${ahead} ms ahead`);
    assert.match(await page.textContent('.offer .countdown'), /^\s*(20|1?\d)\s*$/, `${ahead} ms ahead`);
    await accepted(page);
    await v.ask('chat.send', {text: 'still there?'});
    await page.waitForSelector('.row .wait');
    assert.match(await page.textContent('.row .wait'), /\b0:[0-2]\d$/, `${ahead} ms ahead`);
    await v.ask('chat.end');
    noComplaints(page);
    await setStatus(page, 'offline');
    await page.context().close();
  }
});
