// Where a template is wrong, as people read it: line, column, and the sentence in their language.
import assert from 'node:assert/strict';
import test from 'node:test';
import { offsetOf, placeOf } from '../../src/web/console/mail/template-place.js';
import { allWords, chooseLang } from '../../src/web/console/base/words.js';

await allWords('en');
await allWords('ja');

const refused = (reason, values) => Object.assign(new Error('in English'), { code: 'invalid', reason, values });

test('line and column lead to the place, whatever the script', () => {
  const text = 'ab\nお名前 {{x}}\n🪑🪑 {{y}}\n';
  for (const [line, column, at] of [[1, 1, 0], [1, 3, 2], [2, 1, 3], [2, 5, 7], [3, 4, 18], [9, 1, 24]])
    assert.equal(offsetOf(text, line, column), at, `${line}:${column}`);
  assert.ok(text.slice(offsetOf(text, 2, 5)).startsWith('{{x}}'));
  assert.ok(text.slice(offsetOf(text, 3, 4)).startsWith('{{y}}'));
});

test('what the gateway says is said in both languages', async () => {
  const rows = [
    ['template-name', 'visiter'],
    ['template-unclosed', 'email'],
    ['template-unopened', 'email'],
    ['template-crossed', 'email'],
    ['template-list', 'lines'],
    ['template-again', 'lines'],
    ['template-endless', '}}'],
    ['template-deep', ''],
  ];
  for (const lang of ['en', 'ja']) {
    await chooseLang(lang);
    const texts = rows.map(([reason, name]) => {
      const { line, column, text } = placeOf(refused(reason, { line: 1, column: 2, name }));
      assert.deepEqual([line, column], [1, 2]);
      assert.ok(text.includes(name), text);
      assert.ok(lang === 'en' || !/[a-z]{4,} [a-z]/.test(text), `not Japanese: ${text}`);
      return text.replace(/visiter|email|lines/, '');
    });
    assert.equal(new Set(texts).size, rows.length, 'each says something of its own');
  }
  await chooseLang('en');
  assert.deepEqual(placeOf(refused('template-name', { line: 2, column: 3, name: 'a' })), {
    line: 2, column: 3, text: 'Line 2, column 3: there is nothing called “a” to be filled in here',
  });
});

test('what is not about a place is told as it is', async () => {
  await chooseLang('en');
  assert.deepEqual(placeOf(refused('too-long', { max: 16000, has: 16001 })),
    { line: 0, column: 0, text: 'At most 16000 characters are possible; this has 16001.' });
});
