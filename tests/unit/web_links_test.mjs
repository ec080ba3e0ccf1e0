// Web addresses in the texts that the widget shows.
import assert from 'node:assert/strict';
import {join} from 'node:path';
import {test} from 'node:test';

const top = process.env.TOP_SRCDIR || new URL('../..', import.meta.url).pathname;
const {splitLinks} = await import(join(top, 'src/web/widget/links.js'));

test('an address ends where the sentence goes on', () => {
  const e = 'https://example.com';
  for (const [text, ...found] of [
    [`${e}をご覧ください`, e],
    [`詳しくは${e}/a?b=c#dをご覧ください。`, `${e}/a?b=c#d`],
    [`（${e}/a）`, `${e}/a`],
    [`「${e}/a」『${e}/b』`, `${e}/a`, `${e}/b`],
    [`${e}/a！`, `${e}/a`],
    [`${e}/a？`, `${e}/a`],
    [`${e}か${e}です`, e, e],
    ['https://en.example.org/wiki/A_(b)', 'https://en.example.org/wiki/A_(b)'],
    ['(see https://en.example.org/wiki/A_(b))', 'https://en.example.org/wiki/A_(b)'],
    [`(${e}/a)`, `${e}/a`],
    [`[${e}/a], [${e}/b[1]]`, `${e}/a`, `${e}/b[1]`],
    ['Https://EXAMPLE.com/A', 'Https://EXAMPLE.com/A'],
    [`${e}/a. Then ${e}/b, "${e}/c"; <${e}/d>...`, `${e}/a`, `${e}/b`, `${e}/c`, `${e}/d`],
    [`${e}/?!`, `${e}/`],
    ['https://日本語.jp/aを', 'https://日本語.jp/a'],
    ['https://bücher.example/', 'https://bücher.example/'],
    ['http://localhost:8080/x http://192.0.2.1', 'http://localhost:8080/x', 'http://192.0.2.1'],
    [`${e}/%E7%B7%91`, `${e}/%E7%B7%91`],
    [`${e}\n${e}/b`, e, `${e}/b`],
    ['https://', ...[]],
    ['javascript:alert(1) ftp://example.com', ...[]],
  ]) {
    const parts = splitLinks(text);
    assert.equal(parts.join(''), text);
    assert.deepEqual(
      parts.filter((_, i) => i % 2),
      found,
      text,
    );
  }
});
