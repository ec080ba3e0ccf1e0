// Canned replies: kept on their page, found by "/" while one writes, and never sent half filled in.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway, until} from './harness.mjs';
import {accepted, assertFits, consoleOf, setStatus, visitor} from './console_parts.mjs';

const g = await startGateway();
const [department] = await g.departments();
const aiko = await g.addAgent('Aiko', 'aiko@example.com', [department.id]);
await g.ctl('agent', 'set', 'aiko@example.com', 'permissions=canned', 'capacity=12');
const add = (...args) => g.ctl('canned', 'add', ...args);
await add('Gift wrapping', 'Of course, each tin is wrapped on its own, {visitor.name}.', 'shortcut=gift');
await add('Refund', 'Your order {?order number} is refunded. {agent.name}, {department.name}, #{conversation.number}',
  `department=${department.name}`);
await add('ギフト包装', 'ラッピングは無料です。', 'lang=ja');

const page = await consoleOf(g, aiko);
await setStatus(page, 'available');
const v = await visitor(g, department.code);
await accepted(page);
const box = '[data-composer]';
const options = () => page.locator('.palette [role=option] b').allTextContents();
const value = () => page.inputValue(box);
const empty = async () => {
  await page.fill(box, '');
  await until('the palette to go', async () => await page.locator('.palette').count() == 0);
};

test.beforeEach(async () => {
  if (await page.locator(box).count()) await empty();
});

test('a slash finds them by shortcut, title and text, and the chosen one is written', async () => {
  await page.focus(box);
  await page.keyboard.type('/');
  await page.waitForSelector('.palette [role=option]');
  assert.equal((await options()).length, 3);
  await assertAccessible(page, 'palette');
  await shot(page, 'console-palette');
  await page.keyboard.type('gif');
  await until('one to be left', async () => (await options()).join() == 'Gift wrapping');
  assert.match(await page.textContent('.palette-foot .push'), /1 of 3/);
  await page.keyboard.press('Tab');
  await until('it to be written', async () => await value() ==
    'Of course, each tin is wrapped on its own, Hanako Sato.');
  assert.equal(await page.locator('.palette').count(), 0);
  await page.keyboard.press('Enter');
  await v.hears('Of course, each tin is wrapped on its own, Hanako Sato.');
  for (const words of ['ｷﾞﾌﾄ', 'ぎふと', '無料']) {
    await page.keyboard.insertText(`/${words}`);
    await until(`${words} to find it`, async () => (await options()).join() == 'ギフト包装');
    await empty();
  }
});

test('arrows choose, Escape leaves what was typed, and a slash elsewhere is a slash', async () => {
  await page.keyboard.type('/');
  await until('all of them', async () => (await options()).length == 3);
  const first = (await options())[0];
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  assert.equal(await page.textContent('.palette [aria-selected=true] b'), first, 'it goes around');
  await page.keyboard.press('ArrowUp');
  assert.equal(await page.getAttribute(box, 'aria-activedescendant'), 'canned-2');
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('.palette').count(), 0);
  assert.equal(await value(), '/');
  await page.keyboard.type('etc');
  assert.equal(await page.locator('.palette').count(), 0, 'it stays away from this line');
  await empty();
  await page.keyboard.type('and/or');
  assert.equal(await page.locator('.palette').count(), 0);
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('/gift');
  await page.waitForSelector('.palette [role=option]');
  await page.keyboard.press('Enter');
  await until('it to stand behind the first line', async () => /^and\/or\nOf course/.test(await value()));
  await empty();
  await page.keyboard.type('/xyzzy');
  await page.waitForSelector('.palette-none:has-text("No canned reply")');
  await page.keyboard.press('Enter');
  await v.hears('/xyzzy');
});

test('what is typed faster than it is found is chosen once it is', async () => {
  await page.keyboard.type('/refund');
  await page.keyboard.press('Enter');
  await until('the refund to be written', async () => /^Your order/.test(await value()));
  assert.ok(!v.lines.some(line => line.text == '/refund'));
});

test('a hole keeps it from going, and the caret is led there', async () => {
  await page.focus(box);
  await page.keyboard.type('/refund');
  await page.keyboard.press('Enter');
  await until('the refund to be written', async () => /^Your order/.test(await value()));
  assert.match(await value(), /order \{\?order number\} is refunded\. Aiko, .+, #\d+$/);
  const selected = () => page.evaluate(box => {
    const el = document.querySelector(box);
    return el.value.slice(el.selectionStart, el.selectionEnd);
  }, box);
  assert.equal(await selected(), '{?order number}');
  await page.press(box, 'End');
  await page.press(box, 'Enter');
  await page.waitForSelector('.hole-note:has-text("order number")');
  assert.equal(await selected(), '{?order number}');
  await assertAccessible(page, 'a hole');
  await shot(page, 'console-hole');
  await page.keyboard.type('4711');
  assert.equal(await page.locator('.hole-note').count(), 0);
  await page.press(box, 'Enter');
  await until('the visitor to hear it', () => v.lines.find(line => /^Your order 4711 is refunded/.test(line.text)));
  await page.keyboard.type('As {?it} stands');
  await page.press(box, 'Enter');
  await page.click('.hole-note .link:has-text("as it stands")');
  await v.hears('As {?it} stands');
});

test('nothing happens while an input method converts', async () => {
  const cdp = await page.context().newCDPSession(page);
  const compose = text => cdp.send('Input.imeSetComposition',
    {text, selectionStart: text.length, selectionEnd: text.length});
  await page.focus(box);
  await compose('／ぎ');
  await compose('／ぎふと');
  assert.equal(await page.locator('.palette').count(), 0);
  await page.keyboard.press('ArrowDown');
  await cdp.send('Input.insertText', {text: '／ぎふと'});
  await until('it to be found once it is converted', async () => (await options()).join() == 'ギフト包装');
  await compose('ほ');
  await page.dispatchEvent(box, 'keydown', {key: 'Enter', code: 'Enter', isComposing: true, bubbles: true});
  assert.equal(await page.locator('.palette').count(), 1, 'Enter belongs to the conversion');
  await cdp.send('Input.insertText', {text: ''});
  await empty();
});

test('Alt+Q opens it anywhere in the text, and Escape takes its slash back', async () => {
  await page.focus(box);
  await page.keyboard.type('Hello ');
  await page.keyboard.press('Alt+KeyQ');
  await page.waitForSelector('.palette [role=option]');
  await page.keyboard.press('Escape');
  await until('the slash to go', async () => await value() == 'Hello ');
  await page.click('.modes .button');
  await page.keyboard.type('gift');
  await until('one to be left', async () => (await options()).join() == 'Gift wrapping');
  await page.click('.palette [role=option]');
  await until('it to be written', async () => /^Hello Of course/.test(await value()));
  await page.keyboard.press('Control+KeyZ');
  await until('undoing to bring back what was typed', async () => await value() == 'Hello /gift');
  await empty();
});

test('an answer by e-mail takes them as well', async () => {
  const gone = await visitor(g, department.code, {name: 'Ren', email: 'ren@example.net'});
  await page.waitForSelector('.offer');
  await g.ctl('portal', 'set', 'from=desk@example.com');
  await gone.ask('chat.end');
  await page.evaluate(id => (location.hash = `#/missed?c=${id}`), gone.chat.chat);
  await page.click('.composer-closed .button:has-text("mail"), .modes .mode:has-text("mail")');
  await page.waitForSelector('[data-mail-composer]:not([aria-busy])');
  await page.focus('[data-mail-composer]');
  await page.keyboard.type('/gift');
  await until('one to be left', async () => (await options()).join() == 'Gift wrapping');
  await page.keyboard.press('Enter');
  await until('it to be written', async () =>
    /^Of course, each tin is wrapped on its own, Ren\.$/m.test(await page.inputValue('[data-mail-composer]')));
  await page.fill('[data-mail-composer]', '');
  noComplaints(page);
});

const go = async (at, hash, what) => {
  await at.evaluate(hash => (location.hash = hash), hash);
  await at.waitForSelector(what);
};

test('they are kept on a page: added, edited, deleted, by whoever may', async () => {
  await go(page, '#/canned', '.table tr:has-text("Refund")');
  await assertAccessible(page, 'canned replies');
  await shot(page, 'console-canned');
  await page.fill('#canned-words', 'ぎふと');
  await until('one to be left', async () => await page.locator('.table tbody tr').count() == 1);
  await page.fill('#canned-words', '');
  await page.click('.page-head .primary');
  await page.click('.canned-form .primary');
  await page.waitForSelector('#canned-title-error');
  await page.fill('#canned-title', 'Thanks');
  await page.fill('#canned-shortcut', '/thanks');
  await page.fill('#canned-text', 'Thank you, .');
  await page.evaluate(() => document.querySelector('#canned-text').setSelectionRange(11, 11));
  await page.click('.chip:has-text("Visitor\'s name")');
  assert.equal(await page.inputValue('#canned-text'), 'Thank you, {visitor.name}.');
  await page.click('.chip:has-text("Something to fill in")');
  await page.keyboard.type('what for');
  assert.equal(await page.inputValue('#canned-text'), 'Thank you, {visitor.name}{?what for}.');
  await page.fill('#canned-text', 'Thank you, {visitor.nam}.');
  await page.waitForSelector('.help:has-text("{visitor.nam} is not replaced")');
  await assertAccessible(page, 'a canned reply');
  await assertFits(page);
  await shot(page, 'console-canned-form');
  await page.click('.canned-form .primary');
  await page.waitForSelector('.table tr:has-text("Thanks"):has-text("My own")');
  await page.click('.table a:has-text("Thanks")');
  await page.waitForSelector('#canned-title');
  assert.equal(await page.inputValue('#canned-shortcut'), 'thanks');
  await page.click('.page-head .danger');
  await page.click('dialog .danger');
  await page.waitForSelector('.table');
  await until('it to go', async () => await page.locator('.table tr:has-text("Thanks")').count() == 0);
  await page.click('.table a:has-text("Gift wrapping")');
  await page.waitForSelector('.banner:has-text("can change it")');
  assert.ok(await page.isDisabled('#canned-text'));
  assert.equal(await page.locator('.page-head .danger').count(), 0);
  noComplaints(page);
});

test('two who edit one at once: the second sees what the first made of it', async () => {
  const {rows} = await g.ctl('canned', 'list');
  const {canned} = rows.find(row => row.title == 'Refund');
  await go(page, `#/canned/${canned}`, '#canned-text');
  await page.fill('#canned-title', 'Money back');
  await g.ctl('canned', 'set', canned, 'text=By the other one.');
  await page.waitForSelector('.canned-meanwhile:has-text("By the other one.")');
  assert.ok(await page.isDisabled('.canned-form .primary'));
  await assertAccessible(page, 'two who edit');
  await shot(page, 'console-canned-meanwhile');
  await page.click('.canned-meanwhile .button:has-text("Keep mine")');
  await page.click('.canned-form .primary');
  await page.waitForSelector('.table tr:has-text("Money back")');
  const after = (await g.ctl('canned', 'show', canned));
  assert.equal(after.version, 3);
  assert.match(after.text, /^Your order/);
  await go(page, `#/canned/${canned}`, '#canned-text');
  await page.fill('#canned-title', 'Mine');
  await g.ctl('canned', 'set', canned, 'title=Theirs');
  await page.click('.canned-meanwhile .button:has-text("Take theirs")');
  assert.equal(await page.inputValue('#canned-title'), 'Theirs');
  await go(page, '#/canned', '.table');
  await g.ctl('canned', 'set', canned, 'title=Live');
  await page.waitForSelector('.table tr:has-text("Live")');
  noComplaints(page);
});

test('on a phone, in the dark and in Japanese it fits and is read', async () => {
  await setStatus(page, 'away');
  await g.ctl('agent', 'set', 'aiko@example.com', 'lang=ja');
  const ja = await consoleOf(g, aiko, {locale: 'ja-JP', colorScheme: 'dark', viewport: {width: 390, height: 780}});
  await go(ja, `#/mine?c=${v.chat.chat}`, box);
  await ja.focus(box);
  await ja.keyboard.insertText('/');
  await ja.waitForSelector('.palette [role=option]');
  await assertAccessible(ja, 'palette, dark');
  await assertFits(ja);
  await shot(ja, 'console-palette-ja-phone');
  await ja.fill(box, '');
  await go(ja, '#/canned', '.table tr:has-text("ギフト包装")');
  await assertAccessible(ja, 'canned replies, dark');
  await assertFits(ja);
  await shot(ja, 'console-canned-ja-phone');
  await go(ja, '#/canned/new', '#canned-text');
  await assertAccessible(ja, 'a canned reply, dark');
  await assertFits(ja);
  await shot(ja, 'console-canned-form-ja-phone');
  noComplaints(ja);
  await g.ctl('agent', 'set', 'aiko@example.com', 'lang=en');
});
