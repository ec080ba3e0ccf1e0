// What widget and console send is what the gateway takes: each character that one leaves is one that
// the other lets in.
import assert from 'node:assert/strict';
import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';

const top = process.env.TOP_SRCDIR || new URL('../..', import.meta.url).pathname;
const {clean, cleanLine} = await import(join(top, 'src/web/shared/text.js'));

// The gateway's own rule, which is written in C and reads the same in this language.
const source = readFileSync(join(top, 'src/base/span.c'), 'utf8');
const rule = /bool cp_is_control\(uint32_t cp\)\s*\{\s*return ([^;]+);/.exec(source)[1];
const isControl = new Function('cp', `return ${rule}`);

function* characters() {
  for (let cp = 0; cp < 0x30000; cp++) yield cp;
}

test('of every character, what is left is what the gateway lets in, and nothing else is touched', () => {
  for (const cp of characters()) {
    const one = String.fromCodePoint(cp);
    const half = cp >= 0xd800 && cp <= 0xdfff;
    const name = `U+${cp.toString(16)}`;
    const ok = !half && (one == '\n' || one == '\t' || !isControl(cp));
    assert.equal(clean(one) == one, ok, name);
    assert.ok([...clean(one)].every(c => c == '\n' || c == '\t' || !isControl(c.codePointAt(0))), name);
    assert.equal(cleanLine(one) == one, !half && !isControl(cp), `${name} in a line`);
    assert.ok([...cleanLine(one)].every(c => !isControl(c.codePointAt(0))), `${name} in a line`);
  }
});

test('ends of lines of other programs are ends of lines, and of one line spaces', () => {
  assert.equal(clean('a\r\nb\rc\fd\ve\x85f\u2028g\u2029h'), 'a\nb\nc\nd\ne\nf\ng\nh');
  assert.equal(cleanLine('a\r\nb\tc\u2028d'), 'a b c d');
  assert.equal(clean('\u202etxt.exe\u2066 \u200fשלום 👍🏽'), 'txt.exe \u200fשלום 👍🏽');
});

test('there is no second cleaning beside it', () => {
  for (const folder of ['widget', 'console'])
    for (const file of readdirSync(join(top, 'src/web', folder), {recursive: true}))
      if (/\.js$/.test(file) && !/^dist/.test(file))
        assert.doesNotMatch(
          readFileSync(join(top, 'src/web', folder, file), 'utf8'),
          /\\u202[0-9a-e]|\\u206[6-9]|\\x7f/,
          `${folder}/${file}`,
        );
});
