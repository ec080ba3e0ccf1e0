// The agents' console in Chromium, against a real gateway: chats from ring to end.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, openPage, person, shot, startGateway,
  startSite, until} from './harness.mjs';
import {accepted, consoleOf, count, endFront, focused, gatewayBehindNetwork, go, offered, partsOf, setStatus,
  startMailServer, visitor} from './console_parts.mjs';

const g = await startGateway();
const [department] = await g.departments();
await g.ctl('department', 'set', department.id, 'offer_ms=20000',
  'mail.from.on=true', 'mail.from.addresses=sales@example.com',
  'mail.transcript.on=true', 'mail.transcript.addresses=team@example.com');
const mailServer = await startMailServer();
await g.ctl('portal', 'set', 'relay_host=127.0.0.1', `relay_port=${mailServer.port}`, 'relay_tls=none');
const aiko = await g.addAgent('Aiko', 'aiko@example.com', [department.id]);
const ken = await g.addAgent('Ken', 'ken@example.com', [department.id]);
await g.ctl('agent', 'set', 'aiko@example.com', 'permissions=block,see_ip,outbox');

const ring = fields => visitor(g, department.code, fields);

test('a one-time link sets the password and signs in, once', async () => {
  await g.ctl('agent', 'add', 'Mia', 'mia@example.com');
  const {link} = await g.ctl('agent', 'link', 'mia@example.com');
  const page = await openPage(await person(), link);
  await page.waitForSelector('#new');
  assert.ok(!page.url().includes('link='), 'the link does not stay in the address');
  await page.fill('#new', 'short');
  await page.keyboard.press('Enter');
  assert.match(await page.textContent('#new-error'), /10 characters/);
  await assertAccessible(page, 'choosing a password');
  await page.fill('#new', 'a longer password');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.top');

  const again = await openPage(await person(), link);
  await again.fill('#new', 'another password');
  await again.keyboard.press('Enter');
  await again.waitForSelector('#new-error');
  assert.match(await again.textContent('#new-error'), /not valid any more/);
});

test('a wrong password is told, signing out ends the session', async () => {
  const page = await openPage(await person(), g.url + '/console/');
  await page.fill('#email', aiko.email);
  await page.fill('#password', 'wrong wrong wrong');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#signin-error:not(:empty)');
  await assertAccessible(page, 'refused');
  await page.fill('#password', aiko.password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.top');
  await page.click('#person-menu');
  await page.click('.menu-item:has-text("Sign out")');
  await page.waitForSelector('#email');
  await page.reload();
  await page.waitForSelector('#email');
});

test('what one person left unfinished is not shown to the next at the same browser', async () => {
  const page = await consoleOf(g, aiko);
  await setStatus(page, 'available');
  const v = await ring();
  const id = await accepted(page);
  await page.fill('[data-composer]', 'between us');
  await page.click('#person-menu');
  await page.click('.menu-item:has-text("Sign out")');
  await page.waitForSelector('#email');
  const left = await page.evaluate(() => JSON.stringify(sessionStorage));
  assert.ok(!left.includes('between us') && !left.includes(id), left);
  await page.fill('#email', ken.email);
  await page.fill('#password', ken.password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.top');
  assert.equal(await page.locator('.tab').count(), 0);
  await v.ask('chat.end');
});

test('an offer never takes the focus; Alt+A accepts it from inside the composer', async () => {
  const page = await consoleOf(g, aiko);
  await setStatus(page, 'available');
  const first = await ring({name: 'First', question: 'One?'});
  await accepted(page);
  await page.click('[data-composer]');
  await page.keyboard.type('half a sentence');
  const second = await ring({name: 'Second', question: 'Two?'});
  await offered(page);
  assert.equal(await focused(page), 'TEXTAREA half a sentence');
  assert.match(await page.title(), /\(1\) New chat/);
  assert.match(await page.textContent('[role=alert][aria-live=assertive]'), /New chat from Second/);
  const left = Number(await page.textContent('.countdown'));
  assert.ok(left > 10 && left <= 20, `${left} s`);
  await assertAccessible(page, 'an offer');
  await shot(page, 'console-offer');
  await accepted(page);
  assert.equal(await page.inputValue('[data-composer]'), '');
  await page.keyboard.press('Alt+1');
  await until('the draft', async () => await page.inputValue('[data-composer]') == 'half a sentence');
  assert.equal(await page.locator('.tab').count(), 2);
  await until('the count', async () => await count(page, 'mine') == 2);

  await endFront(page);
  await page.keyboard.press('Alt+1');
  await page.waitForSelector('.chat-title:has-text("Second")');
  await endFront(page);
  await until('both to hear the end',
    () => first.state?.state == 'ended' && second.state?.state == 'ended');
  noComplaints(page);
  await setStatus(page, 'offline');
});

test('what is said goes both ways, with typing, delivery and seen; notes stay inside', async () => {
  const page = await consoleOf(g, aiko);
  await setStatus(page, 'available');
  const v = await ring();
  await accepted(page);
  assert.match(await page.textContent('.pane-side'), /Where is my order\?/);
  assert.match(await page.textContent('.pane-side'), /127\.0\.0\.1/);
  assert.match(await page.textContent('.pane-side'), /Teapot/);

  await v.say('Hello?');
  await page.waitForSelector('.message.visitor:has-text("Hello?")');
  v.hint('chat.typing');
  await page.waitForSelector('.typing');
  assert.match(await page.textContent('.typing'), /Hanako Sato is typing/);

  await page.fill('[data-composer]', 'Good morning');
  await until('the visitor to hear typing', () => v.events.some(e => e.ev == 'chat.typing'));
  await page.keyboard.press('Enter');
  await v.hears('Good morning');
  await page.waitForSelector('.message.agent:has-text("Good morning") .delivery.sent');
  const said = v.lines.find(line => line.text == 'Good morning');
  await v.ask('chat.seen', {n: said.n});
  await page.waitForSelector('.message.agent:has-text("Good morning") .delivery.seen');
  await until('the visitor to hear that he was read',
    () => v.events.some(e => e.ev == 'chat.seen') || v.state?.seen > 0);

  await page.keyboard.press('Alt+p');
  await page.waitForSelector('.composer.is-note');
  await page.keyboard.type('A regular customer');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.message.note:has-text("A regular customer")');
  await assertAccessible(page, 'a chat with a note');
  await shot(page, 'console-chat');
  await page.keyboard.press('Alt+l');
  await page.waitForSelector('.composer.is-reply');
  await page.keyboard.type('One moment');
  await page.keyboard.press('Enter');
  await v.hears('One moment');
  assert.ok(!JSON.stringify([v.lines, v.events]).includes('regular customer'));

  await endFront(page);
  await until('the mail of the transcript, with whom it is for',
    async () => /Sent.*Transcript.*team@example\.com/s.test(await page.textContent('.mails')), 20000);
  assert.ok(mailServer.mails.some(mail => /^To: team@example\.com/m.test(mail)));
  assert.equal(await page.locator('.tab.current [data-tab]').count(), 1, 'the tab stays');
  noComplaints(page);
  await setStatus(page, 'offline');
});

test('an ended chat is answered by e-mail, which its log and its mails show', async () => {
  const page = await consoleOf(g, aiko);
  await setStatus(page, 'available');
  const v = await ring();
  await accepted(page);
  await page.fill('[data-composer]', 'What was left unsaid');
  await endFront(page);
  await page.click('.composer-closed .button:has-text("Answer by e-mail")');
  await page.waitForSelector('.mail-below');
  const field = page.locator('[data-mail-composer]');
  const begun = await field.inputValue();
  assert.match(begun, /^Dear Hanako Sato,\n\nWhat was left unsaid\n\nAiko\n/, 'greeting, signature');
  assert.match(await page.textContent('.composer .mode-hint'), /hanako@example\.net/);
  await page.click('.mail-below summary');
  const below = await page.textContent('[data-mail-below]');
  assert.match(below, /Chat \d+$/, 'what the mail has behind it');
  await assertAccessible(page, 'an answer by e-mail');
  await shot(page, 'console-mail-answer');
  // Opened again it is as it was left, and begins anew only where nothing was.
  await page.fill('[data-mail-composer]', begun.replace('What was left unsaid', ''));
  assert.ok(await page.isDisabled('.composer.is-mail [type=submit]'), 'a greeting is no answer');
  const written = begun.replace('What was left unsaid', 'It left us today.');
  await page.fill('[data-mail-composer]', written);
  await page.click('.composer.is-mail .button:has-text("Cancel")');
  await page.click('.composer-closed .button:has-text("Answer by e-mail")');
  await page.waitForSelector('.mail-below');
  assert.equal(await field.inputValue(), written, 'greeted once');
  await page.press('[data-mail-composer]', 'Control+Enter');
  await page.waitForSelector('.message.mail:has-text("It left us today."):has-text("hanako@example.net")');
  await until('the mail to be sent',
    async () => /Sent.*Answer by e-mail.*hanako@example\.net/s.test(await page.textContent('.mails')), 20000);
  const mail = mailServer.mails.find(m => /^To: .*hanako@example\.net/m.test(m));
  const [, text, html] = partsOf(mail);
  const flat = (words) => words.replace(/\s+/g, ' ').trim();
  assert.equal(flat(text), flat(`${written} ${below}`), 'the mail is what was shown');
  for (const words of ['Dear Hanako Sato,', 'It left us today.', 'Aiko'])
    assert.equal(html.split(words).length, 2, `${words} stands in the HTML once`);
  assert.ok(!JSON.stringify([v.lines, v.events]).includes('left us today'), 'nothing in the chat');
  await assertAccessible(page, 'an answered chat');
  await g.ctl('department', 'set', department.id, 'mail.transcript.on=false', 'mail.from.on=false');
  await page.reload();
  await page.waitForSelector('.composer-closed:has-text("set a From address")');
  await g.ctl('department', 'set', department.id, 'mail.from.on=true', 'mail.transcript.on=true');
  noComplaints(page);
  await setStatus(page, 'offline');
});

test('chosen lines are forwarded, a note only by choice', async () => {
  const page = await consoleOf(g, aiko);
  await setStatus(page, 'available');
  const v = await ring();
  await accepted(page);
  await v.say('The green one');
  await page.waitForSelector('.message.visitor:has-text("The green one")');
  await page.keyboard.press('Alt+p');
  await page.waitForSelector('.composer.is-note');
  await page.keyboard.type('Pays late');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.message.note:has-text("Pays late")');
  await page.click('.chat-actions button[aria-label="Forward"]');
  await page.waitForSelector('dialog .forward');
  await assertAccessible(page, 'what is to be forwarded');
  await shot(page, 'console-forward');
  assert.equal(await page.isChecked('.forward-lines label:has-text("Pays late") input'), false);
  await page.uncheck('.forward-lines label:has-text("Where is my order?") input');
  await page.fill('#forward-to', 'maker@example.org');
  await page.fill('#forward-cover', 'Please look.');
  await page.click('dialog .button.primary');
  await page.waitForSelector('.event.forwarded:has-text("maker@example.org")');
  const mail = await until('the mail',
    () => mailServer.mails.find(m => /^To: .*maker@example\.org/m.test(m)), 20000);
  assert.match(mail, /The green one/);
  assert.doesNotMatch(mail, /Pays late|Where is my order/);
  await endFront(page);
  noComplaints(page);
  await setStatus(page, 'offline');
});

test('widget and console talk with each other, in Japanese, to the rating', async () => {
  const page = await consoleOf(g, aiko, {locale: 'ja-JP'});
  await page.click('#person-menu');
  await page.click('.menu-item[lang=ja]');
  await setStatus(page, 'available');
  const site = await startSite(g);
  const guest = await openPage(await person({locale: 'ja-JP'}),
    `${site.url}/ja?department=${department.code}`);
  await guest.getByRole('button', {name: 'チャットで問い合わせる'}).click();
  await guest.getByLabel('お名前').fill('佐藤 花子');
  await guest.getByLabel('メールアドレス').fill('sato@example.net');
  await guest.getByLabel('お問い合わせ内容').fill('鉄瓶の在庫はありますか。');
  await guest.getByRole('button', {name: 'チャットを始める'}).click();
  await offered(page);
  assert.match(await page.textContent('.offer'), /佐藤 花子.*鉄瓶の在庫はありますか。/s);
  await accepted(page);
  await page.waitForSelector('.message.visitor:has-text("鉄瓶の在庫")');
  await page.click('[data-composer]');
  await page.keyboard.type('はい、ございます。');
  await guest.getByText('入力しています').waitFor();
  await page.keyboard.press('Enter');
  await guest.getByText('はい、ございます。').waitFor();
  await page.waitForSelector('.message.agent:has-text("ございます") .delivery.seen');
  await guest.getByRole('textbox', {name: 'メッセージを入力'}).fill('ありがとうございます！');
  await guest.keyboard.press('Enter');
  await page.waitForSelector('.message.visitor:has-text("ありがとう")');
  await assertAccessible(page, 'a chat in Japanese');
  await shot(page, 'console-chat-ja');
  await page.click('.chat-actions .button:has-text("チャットを終了")');
  await page.click('.banner.ending .button:has-text("すぐに終了")');
  await guest.getByText('チャットは終了しました。').first().waitFor();
  await guest.getByLabel('5 段階中 4').check({force: true});
  await guest.getByRole('button', {name: '評価を送る'}).click();
  await page.waitForSelector('.event.feedback:has-text("★★★★☆")');
  noComplaints(page);
  await setStatus(page, 'offline');
});

test('Enter of an input method does not send', async () => {
  const page = await consoleOf(g, aiko);
  await setStatus(page, 'available');
  const v = await ring();
  await accepted(page);
  await page.fill('[data-composer]', 'にほんご');
  const press = more => page.$eval('[data-composer]', (el, m) =>
    el.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true, ...m})), more);
  await press({isComposing: true});
  await press({keyCode: 229});
  assert.equal(await page.inputValue('[data-composer]'), 'にほんご');
  await press({});
  await v.hears('にほんご');
  await endFront(page);
  await setStatus(page, 'offline');
});

test('a declined offer goes to the next; the one who waits too long sees it pass on', async () => {
  const [one, two] = [await consoleOf(g, aiko), await consoleOf(g, ken)];
  await setStatus(one, 'available');
  const v = await ring({name: 'Wanderer'});
  await offered(one);
  await setStatus(two, 'available');
  await one.keyboard.press('Alt+r');
  await offered(two);
  await until('the first tray to empty', async () => await one.locator('.offer').count() == 0);
  await accepted(two);
  await until('the visitor to be answered', () => v.state?.state == 'active');
  assert.equal(v.state.agent, 'Ken');
  await endFront(two);

  await g.ctl('department', 'set', department.id, 'offer_ms=1500');
  await setStatus(two, 'offline');
  const late = await ring({name: 'Late'});
  await offered(one);
  await one.waitForSelector('.toast:has-text("You did not answer Late")');
  await g.ctl('department', 'set', department.id, 'offer_ms=20000');
  await late.ask('chat.end');
  await until('the missed list to grow', async () => await count(one, 'missed') >= 1);
  await setStatus(one, 'offline');
});

test('a waiting chat is taken by hand from the unassigned; its list is live and moves on', async () => {
  const page = await consoleOf(g, aiko);
  const other = await consoleOf(g, ken);
  await setStatus(page, 'busy');
  await setStatus(other, 'available');
  const full = [];
  for (let i = 0; i < 3; i++) {
    full.push(await ring({name: `Busy ${i}`}));
    await accepted(other);
  }
  await go(page, '#/unassigned', '.empty');
  const v = await ring({name: 'Patient'});
  await page.waitForSelector('.row:has-text("Patient") .wait');
  await until('the count', async () => await count(page, 'unassigned') == 1);
  await assertAccessible(page, 'the unassigned');
  await shot(page, 'console-unassigned');
  await page.click('.row:has-text("Patient") .row-take');
  await page.waitForSelector('.chat-title:has-text("Patient")');
  await until('the visitor to be answered', () => v.state?.agent == 'Aiko');
  await until('the count to fall', async () => await count(page, 'unassigned') == 0);
  for (const one of [...full, v]) await one.ask('chat.end');
  await until('all to be completed', async () => await count(page, 'mine') == 0);
  await go(page, '#/completed', '.row:has-text("Patient")');
  await setStatus(page, 'offline');
  await setStatus(other, 'offline');
});

test('blocking closes the visitor’s chat and door, and unblocking opens it again', async () => {
  const page = await consoleOf(g, aiko);
  await setStatus(page, 'available');
  const v = await ring({name: 'Rude'});
  await accepted(page);
  await page.click('.chat-actions [aria-label="Block"]');
  await page.waitForSelector('dialog p:has-text("this chat closes")');
  assert.doesNotMatch(await page.textContent('dialog'), /same address/);
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', {state: 'detached'});
  const second = await ring({name: 'Second'});
  await page.click('.chat-actions [aria-label="Block"]');
  await page.waitForSelector('dialog:has-text("1 other open chat from the same address")');
  await assertAccessible(page, 'the question before a block');
  await page.fill('#block-reason', 'rude words');
  await page.selectOption('#block-expiry', 'hour');
  await page.click('dialog .button.danger');
  await page.waitForSelector('dialog:has-text("comes from your own address"):has-text("ends 2 chats")');
  await assertAccessible(page, 'the question before one blocks oneself');
  await shot(page, 'console-block-own');
  await page.click('dialog .button.danger');
  await page.waitForSelector('.chat .banner:has-text("blocked")');
  await until('the visitor to be put out', () => v.closed == 4403, 2000);
  await until('the other one, too', () => second.closed == 4403, 2000);
  assert.equal((await fetch(`${g.url}/w/${department.code}/status`)).status, 404);
  await go(page, '#/blocked', '.row:has-text("Rude")');
  await go(page, '#/blocks', '.table');
  assert.match(await page.textContent('.table'), /127\.0\.0\.1.*rude words.*Aiko/s);
  await assertAccessible(page, 'the blocks');
  await page.click('.row-actions .button:has-text("Unblock")');
  await page.waitForSelector('.empty');
  await until('the door to open',
    async () => (await fetch(`${g.url}/w/${department.code}/status`)).status == 200);
  noComplaints(page);
  await setStatus(page, 'offline');
});

test('what was typed while the network was away arrives once, after it is back', async () => {
  const own = await gatewayBehindNetwork();
  const page = await consoleOf(own.g, own.agent, {}, own.net.url);
  await setStatus(page, 'available');
  const v = await visitor(own.g, own.department.code);
  await accepted(page);
  await page.fill('[data-composer]', 'before');
  await page.keyboard.press('Enter');
  await v.hears('before');

  own.net.cut();
  await page.waitForSelector('.connection.bad');
  assert.match(await page.textContent('.connection.bad'), /Reconnecting 0:0\d/);
  await page.fill('[data-composer]', 'while away');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.sending:has-text("while away")');
  await page.fill('[data-composer]', 'a draft');
  await v.say('Are you there?');
  await assertAccessible(page, 'reconnecting');
  await shot(page, 'console-away');
  own.net.heal();
  await page.waitForSelector('.connection.good', {timeout: 15000});
  await v.hears('while away');
  await page.waitForSelector('.message.visitor:has-text("Are you there?")');
  await until('nothing to be on its way', async () => await page.locator('.sending').count() == 0);
  assert.equal(v.lines.filter(line => line.text == 'while away').length, 1);
  assert.equal(await page.locator('.message.agent:has-text("while away")').count(), 1);
  assert.equal(await page.inputValue('[data-composer]'), 'a draft');

  await own.g.kill();
  await page.waitForSelector('.connection.bad');
  await page.fill('[data-composer]', 'through a crash');
  await page.keyboard.press('Enter');
  await own.g.start();
  await page.waitForSelector('.connection.good', {timeout: 20000});
  await page.waitForSelector('.message.agent:not(.sending):has-text("through a crash")');
  assert.equal(await page.locator('.message:has-text("through a crash")').count(), 1);

  await page.fill('[data-composer]', 'kept over a reload');
  await page.reload();
  await page.waitForSelector('[data-composer]');
  await until('the draft', async () => await page.inputValue('[data-composer]') == 'kept over a reload');
});
