// The languages that a department speaks: which of them a visitor gets, whose words stand where one
// is missing, and where all of it is set.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {assertAccessible, noComplaints, shot} from './harness.mjs';
import {consoleOf, go} from './console_parts.mjs';
import {g, scene, text, visit} from './visitor.mjs';

const BUBBLE = {en: 'Chat with us', ja: 'チャットで問い合わせる'};

test('the page is heard first, then the browser, of what the department speaks', async () => {
  const both = await scene({settings: ['lang=ja']});
  const ja = await scene({settings: ['lang=ja', 'languages=ja']});
  for (const [s, path, locale, asked, got] of [
    [both, '', 'ja-JP', '', 'en'],
    [both, '', 'ja-JP', '&lang=ja', 'ja'],
    [both, 'de', 'en-GB', '', 'en'],
    [both, 'de', 'en-GB', '&lang=fr', 'en'],
    [both, 'de', 'de-DE', '', 'ja'],
    [ja, '', 'en-GB', '', 'ja'],
    [ja, '', 'en-GB', '&lang=en', 'ja'],
  ]) {
    const {bubble, context} = await visit(s.code + asked, {path, locale});
    await bubble.waitFor();
    assert.equal(await bubble.getAttribute('aria-label'), BUBBLE[got],
      `${path || 'en'} ${locale} ${asked}`);
    await context.close();
  }
});

test('fields are asked for in the words of the department; what is missing is in its first language', async () => {
  const s = await scene({settings: ['lang=ja', 'fields.phone=ask', 'label.name.en=Your full name',
    'label.name.ja=お名前（会社名）', 'label.phone.ja=お電話番号', 'label.email.en=',
    'greeting.ja=いらっしゃいませ']});
  const w = await visit(s.code);
  await w.bubble.click();
  await w.field('Your full name').fill('Hanako');
  await w.field('お電話番号').waitFor();
  await w.field(w.t.email).fill('hanako@example.com');
  await assertAccessible(w.page, 'labels of its own');
  await w.button(w.t.start).click();
  const conversation = await s.agent.accept();
  await text(w.theirs, 'いらっしゃいませ');
  const {head} = await s.agent.ask('subscribe', {topic: 'conversation', conversation});
  assert.equal(head.lang, 'en', 'the agent is told what she reads');
});

test('texts are edited side by side, and what is missing is said', async () => {
  const s = await scene({settings: ['title.en=Shop', 'title.ja=店']});
  const admin = await g.setPassword('admin@localhost');
  const page = await consoleOf(g, admin);
  await go(page, `#/departments/${s.id}`, '#set-greeting-en');
  const group = page.locator('fieldset', {has: page.locator('legend', {hasText: 'Languages and texts'})});
  assert.equal(await group.locator('.banner').count(), 0);
  await page.fill('#set-greeting-en', 'Welcome');
  await text(group.locator('.banner'), 'Japanese: Greeting is missing. Its readers see it in English.');
  assert.equal(await page.getAttribute('#set-greeting-ja', 'placeholder'), 'Welcome');
  await page.fill('#set-label-email-ja', '連絡先のメール');
  await text(group.locator('.banner'), 'English: How the e-mail address is asked for is missing.');
  await assertAccessible(page, 'languages and texts');
  await shot(page, 'console-languages');
  const [a, b] = await Promise.all(['#set-greeting-en', '#set-greeting-ja'].map(id =>
    page.locator(id).boundingBox()));
  assert.ok(Math.abs(a.y - b.y) < 2 && a.x + a.width <= b.x, 'side by side');
  await page.fill('#set-title-ja', '長'.repeat(101));
  await page.click('.settings-foot .primary');
  await page.waitForSelector('#set-title-ja-error');
  assert.deepEqual(await page.locator('.form-wrong .link').allTextContents(),
    ['Title over the chat (Japanese)']);
  await page.fill('#set-title-ja', '店');

  // Its first language cannot be among those that it does not speak.
  await page.click('#set-languages label:has-text("English")');
  await page.click('.settings-foot .primary');
  await text(page.locator('.settings .error'), 'is the first language');
  await page.selectOption('#set-lang', 'ja');
  await page.click('.settings-foot .primary');
  await text(page.locator('.settings-foot'), 'Saved');
  assert.equal(await page.locator('#set-greeting-en').count(), 0, 'what is not spoken is not asked for');
  const settings = await g.ctl('department', 'show', s.id);
  assert.equal(settings.languages, 'ja');
  assert.equal(settings['greeting.en'], 'Welcome', 'and kept');
  const narrow = await consoleOf(g, admin, {viewport: {width: 390, height: 844}, locale: 'ja-JP'});
  await go(narrow, `#/departments/${s.id}`, '#set-greeting-ja');
  await narrow.locator('#set-greeting-ja').scrollIntoViewIfNeeded();
  assert.ok(await narrow.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await shot(narrow, 'console-languages-narrow');
  noComplaints(page);
});
