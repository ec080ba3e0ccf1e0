// Templates in the console: edited with a preview, refused with their place, reset; and edits that
// are not saved are never lost unasked.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway, until} from './harness.mjs';
import {assertFits, consoleOf, go} from './console_parts.mjs';

const g = await startGateway();
const [first] = await g.departments();
const admin = await g.setPassword('admin@localhost');
await until('the dispatcher', async () => (await g.ctl('status', 'show')).dispatcher);
const page = await consoleOf(g, admin);
const at = `#/departments/${first.id}/templates`;
const choose = async (what, text) => page.click(`.chooser .chip:text-is("${text}")`);
const previewed = (text, own = page) =>
  until(`${text} in the preview`, async () => (await own.textContent('.preview')).includes(text));
const inFrame = (own, fn) => own.evaluate(
  `(${fn})(document.querySelector('.mail-frame').contentDocument)`);

async function open(own = page, kind = 'missed', lang = '日本語') {
  await go(own, at, '#template-text');
  await own.selectOption('.chooser select', kind);
  await own.waitForSelector('#template-text');
}

test('a text is edited beside what it will look like, saved, and used', async () => {
  await open();
  await choose('lang', 'Japanese');
  await page.waitForSelector('.origin .badge:has-text("Inherited: built in")');
  await page.click('.preview .chip:text-is("Plain text")');
  await previewed('青いジャケット');
  await page.fill('#template-text', '{{visitor}}様\n<伝言>\n');
  await previewed('山田 花子様\n<伝言>');
  assert.match(await page.textContent('.settings-foot'), /Not saved: 1/);
  await page.click('.names summary');
  await page.focus('#template-text');
  await page.keyboard.press('Control+End');
  await page.click('.names button:text-is("{{question}}")');
  assert.equal(await page.inputValue('#template-text'), '{{visitor}}様\n<伝言>\n{{question}}');
  await page.click('.settings-foot .primary');
  await page.waitForSelector('.origin .badge:has-text("Set here")');
  assert.equal(await page.inputValue('#template-text'), '{{visitor}}様\n<伝言>\n{{question}}');
  const shown = await g.ctl('template', 'show', 'missed', 'ja', 'text', first.id);
  assert.equal(shown.text, '{{visitor}}様\n<伝言>\n{{question}}');
  await assertAccessible(page, 'the editor');
  noComplaints(page);
});

test('what is wrong is said at its line and column, and nothing typed is lost', async () => {
  await open();
  await choose('lang', 'Japanese');
  const text = '一行目\n二行目 {{visiter}}\n';
  await page.fill('#template-text', text);
  await page.waitForSelector('#template-text-error:has-text("Line 2, column 5")');
  await previewed('山田 花子様'); // still the last that was right
  await page.click('#template-text-error button');
  assert.equal(await page.evaluate(() => document.activeElement.selectionStart), 8);
  await page.click('.settings-foot .primary');
  await until('the answer', async () => !(await page.isDisabled('.settings-foot .primary')));
  assert.match(await page.textContent('#template-text-error'), /visiter/);
  assert.equal(await page.inputValue('#template-text'), text);
  await assertAccessible(page, 'a refused template');
  await shot(page, 'console-template-refused');

  // Another part meanwhile, and back.
  await choose('part', 'Subject');
  await page.waitForSelector('#template-subject');
  await page.waitForSelector('.error:has-text("Plain text: Line 2")');
  await choose('part', 'Plain text •');
  assert.equal(await page.inputValue('#template-text'), text);
});

test('leaving asks first, and staying keeps what was typed', async () => {
  await page.click('.nav a[href="#/agents"]');
  await page.waitForSelector('dialog:has-text("Leave without saving?")');
  await assertAccessible(page, 'the question before leaving');
  await page.click('dialog .button:has-text("Cancel")');
  assert.equal(await page.evaluate(() => location.hash), at);
  assert.match(await page.inputValue('#template-text'), /visiter/);
  await page.click('.origin .link:has-text("Undo changes")');
  assert.match(await page.inputValue('#template-text'), /伝言/);
  await page.click('.nav a[href="#/agents"]');
  await page.waitForSelector('main[data-page=agents]');

  // The same for any form, after a refused save, too.
  await go(page, `#/departments/${first.id}`, '#set-name');
  await page.fill('#set-description', 'half a sentence');
  await page.fill('#set-queue_max', '999999');
  await page.click('.settings-foot .primary');
  await page.waitForSelector('#set-queue_max-error');
  await page.evaluate(() => history.back());
  await page.waitForSelector('dialog:has-text("Leave without saving?")');
  await page.keyboard.press('Escape');
  assert.equal(await page.inputValue('#set-description'), 'half a sentence');
  await page.click('.crumb');
  await page.click('dialog .danger:has-text("Leave without saving")');
  await page.waitForSelector('main[data-page=departments] .table');
  assert.equal((await g.departments())[0].description, first.description);

  // One that was saved is left without a word.
  await go(page, '#/departments/new', '#set-name');
  await page.fill('#set-name', 'Made and left');
  await page.click('.settings-foot .primary');
  await page.waitForSelector('#embed');
  assert.equal(await page.locator('dialog').count(), 0);
});

test('back to the inherited one, which is the portal’s where it has one', async () => {
  await g.ctl('portal', 'set', 'template.missed.ja.text=全体の文面 {{visitor}}');
  await open();
  await choose('lang', 'Japanese');
  await page.click('.preview .chip:text-is("Plain text")');
  await page.click('.origin .link:has-text("Use the inherited one")');
  assert.equal(await page.inputValue('#template-text'), '全体の文面 {{visitor}}');
  await previewed('全体の文面 山田 花子');
  await page.click('.settings-foot .primary');
  await page.waitForSelector('.origin .badge:has-text("Inherited from the settings for all")');
  assert.deepEqual((await g.ctl('department', 'show', first.id)).templates, []);
});

test('HTML stands in a frame of its own: styled, without scripts, fetching nothing', async () => {
  await open();
  await page.click('.chooser .chip:text-is("HTML")');
  await page.waitForSelector('#template-html');
  await page.click('.preview .chip:text-is("HTML")');
  page.requests.length = 0;
  await page.fill('#template-html', '<!DOCTYPE html><html><head><style>p { color: rgb(1, 2, 3) }</style>' +
    '</head><body style="padding: 7px"><p onclick="top.bad = 1">{{visitor}} &amp;</p>' +
    '<img src="http://127.0.0.1:9/track.png" onerror="top.bad = 2"><script>top.bad = 3</script>' +
    '<a href="http://127.0.0.1:9/">link</a></body></html>');
  await until('the mail in the frame', () => inFrame(page, `d => d.querySelector('p')?.textContent.endsWith(' &')`));
  assert.equal(await inFrame(page, `d => d.defaultView.getComputedStyle(d.querySelector('p')).color`), 'rgb(1, 2, 3)');
  assert.equal(await inFrame(page, `d => d.defaultView.getComputedStyle(d.body).paddingTop`), '7px');
  assert.equal(await inFrame(page, `d => d.scripts.length + d.querySelectorAll('[src], [href]').length`), 0);
  assert.equal(await inFrame(page, `d => d.compatMode`), 'CSS1Compat');
  await page.evaluate(() => document.querySelector('.mail-frame').contentDocument.querySelector('p').click());
  assert.equal(await page.evaluate(() => window.bad), undefined);
  assert.deepEqual(page.requests.filter(url => url.includes(':9/')), []);
  await page.click('.preview .chip:text-is("Dark")');
  await until('the dark mail', () => inFrame(page, `d => d.documentElement.style.colorScheme == 'dark'`));
  await page.click('.origin .link:has-text("Undo changes")');
  noComplaints(page);
});

for (const [name, options] of [
  ['en light', {}],
  ['ja dark', {locale: 'ja-JP', dark: true}],
  ['ja light narrow', {locale: 'ja-JP', narrow: true}],
]) {
  test(`the templates' pages are accessible and fit: ${name}`, async () => {
    const own = await consoleOf(g, admin, options);
    if (name.startsWith('ja')) {
      await own.click('#person-menu');
      await own.click('.menu-item[lang=ja]');
      await until('the language', async () => await own.getAttribute('html', 'lang') == 'ja');
    }
    for (const where of [at, '#/portal/templates']) {
      await go(own, where, '#template-text');
      await until('the mail in the frame', () => inFrame(own, 'd => d.body?.textContent.length > 100'));
      await own.click('.names summary');
      await assertAccessible(own, `${name} ${where}`);
      await assertFits(own, `${name} ${where}`);
      await shot(own, `console-${name}-templates${where.length}`.replace(/[ /#]/g, '_'));
    }
    for (const where of ['#/portal', `#/departments/${first.id}`]) {
      await go(own, where, '#set-name');
      await own.waitForSelector('.settings .banner.warn');
      await assertAccessible(own, `${name} ${where}`);
      await assertFits(own, `${name} ${where}`);
      await shot(own, `console-${name}-missing${where.length}`.replace(/[ /#]/g, '_'));
    }
    noComplaints(own);
  });
}

test('a From address or a server that is missing is said before it is needed', async () => {
  const banners = async () => (await page.locator('.settings .banner.warn').allTextContents()).join('\n');
  await go(page, `#/departments/${first.id}`, '#set-mail-from');
  await page.waitForSelector('.settings .banner.warn:has-text("no From address")');
  assert.match(await banners(), /No mail server has been set up/);
  await page.click('label[for="set-mail-from-on"]');
  await page.fill('#set-mail-from', 'shop@example.com');
  assert.doesNotMatch(await banners(), /no From address/);
  await page.fill('#set-mail-from', '');
  assert.match(await banners(), /no From address/);
  await page.click('.settings-foot .button:has-text("Undo changes")');
  await page.click('.settings .banner.warn a:has-text("Set the default")');
  await page.waitForSelector('#set-from');
  assert.match(await banners(), /2 departments have no From address/);
  assert.equal((await g.ctl('status', 'show')).without_from, 2);
  await page.fill('#set-from', 'all@example.com');
  await page.fill('#set-relay_host', '127.0.0.1');
  assert.equal(await banners(), '');
  await page.click('.settings-foot .primary');
  await page.waitForSelector('.settings-foot .quiet-text:has-text("Saved")');
  assert.equal((await g.ctl('status', 'show')).without_from, 0);
  await go(page, `#/departments/${first.id}`, '#set-mail-from');
  assert.equal(await banners(), '');
});
