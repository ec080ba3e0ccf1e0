// The console's pages for administrators, and every page in both languages, both schemes and at
// three widths, against a real gateway.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import test from 'node:test';
import {assertAccessible, noComplaints, openPage, person, shot, startGateway, until} from './harness.mjs';
import {assertFits, consoleOf, go, setStatus, startMailServer, visitor} from './console_parts.mjs';

const g = await startGateway();
const [first] = await g.departments();
const server = await startMailServer();
await g.ctl('portal', 'set', 'relay_host=127.0.0.1', `relay_port=${server.port}`, 'relay_tls=none');
const admin = await g.setPassword('admin@localhost');
await g.ctl('member', 'set', 'admin@localhost', first.id);
const page = await consoleOf(g, admin);
const saved = () => page.waitForSelector('.settings-foot .quiet-text:has-text("Saved")');

test('a department is made with its mail settings; a bad address is refused by name', async () => {
  await go(page, '#/departments/new', '#set-name');
  await page.fill('#set-name', 'Support');
  await page.click('label[for="set-mail-from-on"]');
  await page.fill('#set-mail-from', 'support@example.com');
  await page.click('label[for="set-mail-missed-on"]');
  await page.fill('#set-mail-missed', 'team@example.com, not an address');
  await page.click('.settings-foot .primary');
  await page.waitForSelector('#set-mail-missed-error');
  assert.match(await page.textContent('#set-mail-missed-error'), /not an address/);
  await page.waitForFunction(() => document.activeElement.id === 'set-mail-missed');
  assert.equal(await page.inputValue('#set-name'), 'Support', 'nothing typed is lost');
  await assertAccessible(page, 'a refused setting');
  await shot(page, 'console-refused');
  assert.equal((await g.departments()).length, 1, 'nothing was half-saved');
  await page.fill('#set-mail-missed', 'team@example.com, boss@example.com');
  await page.click('.settings-foot .primary');
  await page.waitForSelector('#embed');
  const made = (await g.departments()).find(d => d.name == 'Support');
  assert.equal(made['mail.missed.on'], true);
  assert.equal(made['mail.missed.addresses'], 'team@example.com, boss@example.com');
  assert.match(await page.inputValue('#embed'), new RegExp(made.code));
  noComplaints(page);
});

test('settings are edited, undone, and kept; a switch keeps its addresses', async () => {
  const support = (await g.departments()).find(d => d.name == 'Support');
  await go(page, `#/departments/${support.id}`, '#set-offer_ms');
  assert.equal(await page.inputValue('#set-offer_ms'), '20');
  await page.fill('#set-offer_ms', '45');
  await page.click('label[for="set-mail-missed-on"]');
  await page.selectOption('#set-fields-phone', 'must');
  await page.click('.settings-foot .primary');
  await saved();
  const now = (await g.departments()).find(d => d.id == support.id);
  assert.equal(now.offer_ms, 45000);
  assert.equal(now['fields.phone'], 'must');
  assert.equal(now['mail.missed.on'], false);
  assert.match(now['mail.missed.addresses'], /boss@example\.com/);
  assert.deepEqual(await page.locator('#set-overflow option').allTextContents(), ['No other department', first.name]);
  await page.selectOption('#set-overflow', first.name);
  await page.fill('#set-overflow_ms', '90');
  await page.locator('#set-overflow').scrollIntoViewIfNeeded();
  await shot(page, 'console-overflow');
  await page.click('.settings-foot .primary');
  await until('the other department to be set', async () =>
    (await g.departments()).find(d => d.id == support.id).overflow == first.id);
  await go(page, `#/departments/${first.id}`, '#set-overflow');
  await page.selectOption('#set-overflow', 'Support');
  await page.click('.settings-foot .primary');
  await page.waitForSelector(`#set-overflow-error:has-text("${first.name} → Support → ${first.name}")`);
  await page.click('.settings-foot .button:has-text("Undo changes")');
  await go(page, `#/departments/${support.id}`, '#set-overflow');
  await page.selectOption('#set-overflow', '');
  await page.click('.settings-foot .primary');
  await saved();
  await page.fill('#set-name', 'Something else');
  await page.click('.settings-foot .button:has-text("Undo changes")');
  assert.equal(await page.inputValue('#set-name'), 'Support');
});

test('a department turns private, is disabled, and goes after its name was typed', async () => {
  const support = (await g.departments()).find(d => d.name == 'Support');
  await go(page, `#/departments/${support.id}`, '#set-type');
  await page.selectOption('#set-type', 'private');
  await page.click('.settings-foot .primary');
  await saved();
  await page.waitForSelector('.page-head .badge.private');
  assert.equal((await fetch(`${g.url}/w/${support.code}/status`)).status, 404);
  await go(page, '#/departments', '.table');
  await page.click(`label[for="on-${support.id}"]`);
  await page.waitForSelector('.toast:has-text("Support is disabled")');
  await go(page, `#/departments/${support.id}`, '.page-head .badge.off');
  await page.click('.page-head .button:has-text("Remove")');
  await page.waitForSelector('dialog');
  await assertAccessible(page, 'the question before a removal');
  await page.fill('#typed', 'Sup');
  await page.click('dialog .danger');
  assert.equal(await page.locator('dialog').count(), 1, 'half a name is not enough');
  await page.fill('#typed', 'Support');
  await page.click('dialog .danger');
  await until('it to be gone', async () => (await g.departments()).length == 1);
  await page.waitForSelector('.table');
});

test('an agent is added with a link that works, edited, moved, disabled', async () => {
  await go(page, '#/agents/new', '#set-email');
  await page.check('fieldset.settings input[type=checkbox]');
  await page.fill('#set-name', '中村 健太');
  await page.fill('#set-email', 'kenta@example.com');
  await page.click('.settings-foot .primary');
  await page.waitForSelector('#link');
  const link = await page.inputValue('#link');
  await assertAccessible(page, 'the link');
  await shot(page, 'console-link');
  await page.click('dialog .primary:has-text("Done")');

  const kenta = await openPage(await person(), link);
  await kenta.fill('#new', 'ten letters long');
  await kenta.keyboard.press('Enter');
  await kenta.waitForSelector('.top');
  assert.match(await kenta.textContent('#person-menu'), /中村 健太/);
  assert.equal(await kenta.locator('.nav a[href="#/departments"]').count(), 0, 'not an administrator');

  await page.fill('#set-capacity', '5');
  await page.click('.settings-foot .primary');
  await saved();
  await page.click('.members .switch:first-of-type');
  await until('the membership', async () =>
    (await g.ctl('agent', 'show', 'kenta@example.com')).departments[0].chat === false);
  await until('his console to know', async () => /\/ 5 chats/.test(await kenta.textContent('.slots')));
  await page.click('label[for="set-enabled"]');
  await page.click('.settings-foot .primary');
  await page.click('dialog .danger'); // what it means is said before
  await saved();
  await kenta.waitForSelector('#email', {timeout: 10000});
  assert.match(await kenta.textContent('.banner'), /signed out/);
});

test('with the strategy of tiers each agent of a department has one', async () => {
  await go(page, `#/departments/${first.id}`, '#set-strategy');
  assert.equal(await page.locator('.members .tier').count(), 0);
  await page.selectOption('#set-strategy', 'tiers');
  await page.click('.settings-foot .primary');
  await saved();
  await page.locator('.members .tier select').first().selectOption('3');
  const tiers = async () => (await g.ctl('member', 'list', first.id)).rows ?? (await g.ctl('department', 'show', first.id)).agents;
  await until('the tier to be kept', async () => (await tiers()).some(m => m.tier == 3));
  await page.waitForFunction(() => document.querySelector('.members .tier select').value == '3');
  await page.locator('.members').first().scrollIntoViewIfNeeded();
  await assertAccessible(page, 'tiers');
  await shot(page, 'console-tiers');
  await page.selectOption('#set-strategy', 'least-busy');
  await page.click('.settings-foot .primary');
  await saved();
});

test('the portal is set, and its state is shown', async () => {
  await go(page, '#/portal', '#set-zone');
  await page.fill('#set-name', 'The Tool Shop');
  await page.fill('#set-from', 'nobody');
  await page.click('.settings-foot .primary');
  await page.waitForSelector('#set-from-error');
  await page.fill('#set-from', 'chat@example.com');
  await page.fill('#set-zone', 'Asia/Tokyo');
  await page.click('.settings-foot .primary');
  await saved();
  assert.equal((await g.ctl('portal', 'show')).zone, 'Asia/Tokyo');
  assert.match(await page.textContent('.card dl'), /Version/);
});

test('blocks are added by hand, refused by name, and lifted', async () => {
  await go(page, '#/blocks', '.page-head');
  await page.click('.page-head .primary');
  await page.fill('#prefix', '300.1.2.3');
  await page.click('dialog .danger');
  await page.waitForSelector('#prefix-error');
  await page.fill('#prefix', '203.0.113.0/24');
  await page.selectOption('#block-expiry', 'never');
  await page.click('dialog .danger');
  await page.waitForSelector('.table:has-text("203.0.113.0/24")');
  await page.click('.row-actions .button:has-text("Unblock")');
  await page.waitForSelector('.empty');
});

test('a block that reaches far is asked for, with the number of chats that it ends', async () => {
  const add = async prefix => {
    await page.click('.page-head .primary');
    await page.fill('#prefix', prefix);
    await page.click('dialog .danger');
    await page.waitForSelector(`dialog h2:has-text("${prefix}")`);
  };
  await go(page, '#/blocks', '.page-head');
  await add('10.1.0.0/16');
  assert.match(await page.textContent('dialog form'), /private.*\b0 /);
  await assertAccessible(page, 'the question before a block of a range');
  await shot(page, 'console-block-far');
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', {state: 'detached'});
  await page.waitForSelector('.empty');
  await add('10.1.0.0/16');
  await page.click('dialog .danger');
  await page.waitForSelector('.table:has-text("10.1.0.0/16")');
  await page.click('.row-actions .button:has-text("Unblock")');
  await page.waitForSelector('.empty');
});

test('the outbox shows what became of a mail, and retries and cancels', async () => {
  await g.ctl('department', 'set', first.id, 'mail.from.on=true', 'mail.from.addresses=a@example.com',
    'mail.missed.on=true', 'mail.missed.addresses=team@example.com');
  const v = await visitor(g, first.code).catch(error => error);
  if (v.code) await g.post(`/w/${first.code}/command`, {do: 'chat.leave-message', email: 'x@example.net',
    text: 'Nobody there', name: 'X'}, {Origin: 'https://shop.example.com'});
  await go(page, '#/outbox', '.table');
  await page.waitForSelector('.state.mail-sent', {timeout: 20000});
  await page.click('.table th .link');
  await page.waitForSelector('dialog .table');
  assert.match(await page.textContent('dialog'), /team@example\.com/);
  await assertAccessible(page, 'a mail');
  await page.keyboard.press('Escape');

  await g.ctl('portal', 'set', 'relay_port=1');
  await g.post(`/w/${first.code}/command`, {do: 'chat.leave-message', email: 'x@example.net',
    text: 'Again', name: 'X'}, {Origin: 'https://shop.example.com'});
  await page.waitForSelector('.state.mail-deferred', {timeout: 20000});
  await page.click('.table .row-actions .button:has-text("Retry")');
  await page.waitForSelector('.toast:has-text("due now")');
  // While it is sent, its row has one button less, and the others are elsewhere.
  await page.waitForSelector('tr:has(.mail-deferred):has(.num:text-is("2"))', {timeout: 20000});
  await page.click('.table .row-actions .button:has-text("Cancel")');
  await page.waitForSelector('.state.mail-cancelled', {timeout: 20000});
  await shot(page, 'console-outbox');
});

const leave = text => g.post(`/w/${first.code}/command`, {do: 'chat.leave-message', email: 'x@example.net',
  text, name: 'X'}, {Origin: 'https://shop.example.com'});

test('mails that wait for the same cause are found, read, and sent to another address', async () => {
  await leave('Third');
  await g.ctl('outbox', 'retry', 'all'); // its relay rests after the one before
  await go(page, '#/outbox', '.causes li', {timeout: 20000});
  assert.match(await page.textContent('.causes'), /1 Deferred\s*The mail server cannot be reached/);
  await page.click('.causes .button:has-text("Show")');
  await until('the list of that cause', async () => await page.locator('.outbox tbody tr').count() == 1);
  assert.match(page.url(), /#\/outbox\/any\/connect$/);
  await assertAccessible(page, 'a cause');
  await page.click('.outbox tbody th .link');
  await page.waitForSelector('dialog .tries li');
  assert.match(await page.textContent('dialog .tries'), /The mail server cannot be reached/);
  await shot(page, 'console-mail');
  const [saved] = await Promise.all([page.waitForEvent('download'),
    page.click('dialog .button:has-text("Download .eml")')]);
  assert.match(saved.suggestedFilename(), /^mail-\d+\.eml$/);
  const raw = readFileSync(await saved.path(), 'utf8');
  assert.match(raw, /^To: team@example\.com\r$/m);
  assert.match(raw, /\r\n\r\n/);

  await page.click('dialog .button:has-text("Change address")');
  await page.fill('#readdress-to', `${'a'.repeat(65)}@example.com`);
  await page.click('dialog .primary');
  await page.waitForSelector('#readdress-error');
  await assertAccessible(page, 'a refused address');
  await shot(page, 'console-readdress');
  await page.fill('#readdress-to', 'other@example.com');
  await page.click('dialog .primary');
  await page.waitForSelector('.toast:has-text("other@example.com")');
  await page.click('.filters .chip:has(.icon)');
  await page.waitForSelector('.outbox td:has-text("other@example.com")', {timeout: 20000});
  await g.ctl('portal', 'set', `relay_port=${server.port}`);
  await page.waitForSelector('.page-actions .button:has-text("Retry all mails")', {timeout: 20000});
  await page.click('.page-actions .button:has-text("Retry all mails")');
  await page.waitForSelector('.outbox tr:has-text("other@example.com") .state.mail-sent', {timeout: 20000});
  await page.click('.outbox tr:has-text("other@example.com") th .link');
  await page.waitForSelector('dialog dd:has-text("team@example.com")');
  await page.click('dialog dd .link');
  await page.waitForSelector('dialog .table .state.mail-cancelled');
  await page.keyboard.press('Escape');
  await page.click('.outbox tr:has-text("other@example.com") .link:has-text("#")');
  await page.waitForSelector('.event.readdressed:has-text("team@example.com")');
  await page.click('.mails li:has-text("other@example.com") a');
  await page.waitForSelector('dialog dd:has-text("team@example.com")');
  await page.keyboard.press('Escape');
  noComplaints(page);
});

test('a refused login is said above every page, by whose it is and with the way to the outbox', async () => {
  server.locked = true;
  await leave('Locked');
  await page.waitForSelector('.banners .banner.warn:has-text("user name or password (The Tool Shop)")',
    {timeout: 30000});
  await assertAccessible(page, 'a notice');
  await shot(page, 'console-login');
  await go(page, '#/departments', '.table');
  await page.click('.banners a:has-text("Open the outbox")');
  await page.waitForSelector('.outbox');
  server.locked = false;
  await page.click('.page-actions .button:has-text("Retry all mails")');
  await page.waitForSelector('.banners .banner.warn:has-text("user name")', {state: 'detached', timeout: 30000});
  await g.ctl('portal', 'set', `relay_port=${server.port}`);

  for (let i = 0; i < 25; i++)
    await g.post(`/w/${first.code}/command`, {do: 'chat.leave-message', email: 'x@example.net',
      text: `Flood ${i}`, name: 'X'}, {Origin: 'https://shop.example.com'});
  await page.waitForSelector('.state.mail-held', {timeout: 20000});
  await page.click('.filters .chip:has-text("Held")');
  await page.waitForSelector('td:has-text("Waits for a digest, due")');
  await until('the others to be gone', async () => await page.locator('.state:not(.mail-held)').count() == 0);
  await assertAccessible(page, 'held mails');
  await shot(page, 'console-outbox-held');
});

const PAGES = ['mine', 'unassigned', 'all', 'completed', 'missed', 'blocked', 'blocks', 'outbox',
  'departments', `departments/${first.id}`, 'departments/new', 'agents', 'agents/new', 'portal',
  'portal/templates', `departments/${first.id}/templates`];

for (const [name, options] of [
  ['en light', {}],
  ['ja dark', {locale: 'ja-JP', dark: true}],
  ['ja light narrow', {locale: 'ja-JP', narrow: true}],
  ['en dark narrow', {narrow: true, dark: true}],
  ['en light middle', {viewport: {width: 900, height: 700}}],
  ['en forced colours', {forcedColors: 'active'}],
]) {
  test(`every page is accessible and fits: ${name}`, async () => {
    const own = await consoleOf(g, admin, options);
    const lang = name.slice(0, 2);
    if (lang == 'ja') { // the agent's own language is English until one chooses
      await own.click('#person-menu');
      await own.click('.menu-item[lang=ja]');
    }
    await until('the language', async () => await own.getAttribute('html', 'lang') == lang);
    for (const at of PAGES) {
      await own.evaluate(h => (location.hash = h), `#/${at}`);
      await own.waitForSelector(`[data-page="${at.split('/')[0]}"] :is(.list-body :is(.empty, .row),` +
        ' .table, .page-head ~ .empty, #set-name, #template-text)');
      await assertAccessible(own, `${name} ${at}`);
      await assertFits(own, `${name} ${at}`);
      await shot(own, `console-${name}-${at}`.replace(/[ /]/g, '_'));
    }
    noComplaints(own);
  });
}

test('all that an agent needs is reached by keyboard alone', async () => {
  const own = await consoleOf(g, admin);
  await own.keyboard.press('Alt+w');
  await own.waitForSelector('.menu');
  await own.keyboard.press('Home');
  await own.keyboard.press('Enter');
  await own.waitForSelector('#status-menu .dot.available');
  const v = await visitor(g, first.code);
  await own.waitForSelector('.offer');
  await own.keyboard.press('Alt+a');
  await own.waitForSelector('[data-composer]');
  await own.keyboard.press('Escape');
  await until('the composer to have the focus',
    () => own.evaluate(() => document.activeElement.matches('[data-composer]')));
  await own.keyboard.type('By keyboard');
  await own.keyboard.press('Enter');
  await v.hears('By keyboard');
  await own.keyboard.press('Control+/');
  await own.waitForSelector('dialog .keys');
  await assertAccessible(own, 'the list of keys');
  await own.keyboard.press('Escape');
  await own.keyboard.press('Alt+i');
  await own.waitForSelector('.pane-side.folded', {state: 'attached'});
  await own.keyboard.press('Alt+e');
  await own.waitForSelector('.banner.ending');
  await own.keyboard.press('Alt+z');
  await own.waitForSelector('.banner.ending', {state: 'detached'});
  await own.keyboard.press('Alt+e');
  await own.waitForSelector('.event.ended'); // after its ten seconds
  await setStatus(own, 'offline');
});
