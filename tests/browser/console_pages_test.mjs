// Every page that a link leads to: it fits its window, axe finds nothing, and the page complains of
// nothing.  With DESKBELL_SHOTS=DIRECTORY all languages, themes and widths, each with its picture.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway} from './harness.mjs';
import {
  accepted, assertFits, consoleOf, endFront, go, setStatus, visitor,
} from './console_parts.mjs';

const WIDTHS = [390, 1280, 1920];
const LOOKS = process.env.DESKBELL_SHOTS
  ? ['en', 'ja'].flatMap(lang => [false, true].flatMap(
    dark => WIDTHS.map(width => [lang, dark, width])))
  : [['en', false, 1920], ['ja', true, 390]];
const LEAST = 24; // pages, so that a crawl that ends early is seen

const g = await startGateway();
const [first] = await g.departments();
const admin = await g.setPassword('admin@localhost');

// Something of everything: a chat that runs, one that is over, one that was missed, and a task.
await g.ctl('department', 'add', 'Billing', 'type=private');
await g.addAgent('Aiko', 'aiko@shop.example', [first.name, 'Billing']);
await g.ctl('canned', 'add', 'title=Hours', 'text=Nine to five.', `department=${first.id}`);
{
  const page = await consoleOf(g, admin);
  await setStatus(page, 'available');
  const over = await visitor(g, first.code);
  await accepted(page);
  await over.say('Thank you');
  await endFront(page);
  const runs = await visitor(g, first.code, {name: 'Taro', email: 'taro@example.net'});
  await accepted(page);
  await runs.say('And by when?');
  await setStatus(page, 'busy');
  const missed = await visitor(g, first.code, {name: 'Mei', email: 'mei@example.net'});
  await missed.ask('chat.end');
  await page.context().close();
}

// One of each kind: the page of one object stands for those of all.
const kindOf = hash => hash.replace(/\d+/g, 'N');
const nameOf = hash => kindOf(hash).slice(2).replace(/\W+/g, '-');

const settled = page => page.waitForFunction(() =>
  document.querySelector('h1') && !document.querySelector('.skeleton, [aria-busy="true"]'));

for (const [lang, dark, width] of LOOKS) {
  test(`every page: ${lang}, ${dark ? 'dark' : 'light'}, ${width} px`, async () => {
    await g.ctl('agent', 'set', admin.email, `lang=${lang}`);
    const page = await consoleOf(g, admin, {
      dark, viewport: {width, height: width < 500 ? 780 : 900},
      locale: lang == 'ja' ? 'ja-JP' : 'en-GB',
    });
    const seen = new Set();
    const left = ['#/mine', '#/profile']; // that one is in a menu
    while (left.length) {
      const hash = left.shift();
      if (seen.has(kindOf(hash))) continue;
      seen.add(kindOf(hash));
      await go(page, hash, '.top');
      await settled(page);
      const what = `${hash} (${lang}, ${dark ? 'dark' : 'light'}, ${width} px)`;
      await assertFits(page, what);
      await assertAccessible(page, what);
      await shot(page, `page-${nameOf(hash)}-${lang}-${dark ? 'dark' : 'light'}-${width}`);
      left.push(...await page.$$eval('a[href^="#/"]', all => all.map(a => a.getAttribute('href'))));
    }
    assert.ok(seen.size >= LEAST, [...seen].join(' '));
    noComplaints(page);
    await page.context().close();
  });
}
