// Rules of a department between their lines and the parts that the console's rows show.
import assert from 'node:assert/strict';
import test from 'node:test';
import {LOOKS, isRule, linesOf, readLine, refusedLine, writeLine} from '../../src/web/console/manage/rule-lines.js';

const rule = (conds, skills = 'billing', strict = '', unit = 's') =>
  ({conds: conds.map(([look, value]) => ({look, value})), strict, unit, skills});

// Each form of the grammar: a line, what it says, and the line again where it is written otherwise.
const FORMS = [
  ['-> billing', rule([])],
  ['lang:ja -> billing', rule([['lang', 'ja']])],
  ['page:*/billing* tag:vip name:*sato* email:*@example.com phone:+81* -> billing', rule([['page', '*/billing*'],
    ['tag', 'vip'], ['name', '*sato*'], ['email', '*@example.com'], ['phone', '+81*']])],
  ['question:"*my order*" -> billing, japanese', rule([['question', '*my order*']], 'billing, japanese')],
  ['question:"order" -> billing', rule([['question', 'order']]), 'question:order -> billing'],
  ['question:" a" -> billing', rule([['question', ' a']])],
  ['question:a" b "c -> billing', rule([['question', 'a" b "c']])],
  ['question:""a"" -> billing', rule([['question', '"a"']])],
  ['question:"" -> billing', rule([['question', '']]), 'question: -> billing'],
  ['page:https://example.org/a:b -> billing', rule([['page', 'https://example.org/a:b']])],
  ['page:https://a tag:b/ -> billing', rule([['page', 'https://a tag:b/']])],
  ['page:"https://a" tag:b/ -> billing', rule([['page', 'https://a'], ['tag', 'b/']]), 'page:"https://a" tag:"b/" -> billing'],
  ['page:"https://a" -> b/', rule([['page', 'https://a']], 'b/')],
  ['page:/^https:\\/\\/[^\\/]+\\/(billing|refunds?)\\b/ -> billing',
    rule([['page', '/^https:\\/\\/[^\\/]+\\/(billing|refunds?)\\b/']])],
  ['question:/my "big order"\\/ a/ lang:en -> billing', rule([['question', '/my "big order"\\/ a/'], ['lang', 'en']])],
  ['question:/a"b/ -> billing', rule([['question', '/a"b/']])],
  ['question:/a/b/ -> billing', rule([['question', '/a/b/']])],
  ['question:/a\\\\/ lang:en -> billing', rule([['question', '/a\\\\/'], ['lang', 'en']])],
  ['question:"/a/ b/" -> billing', rule([['question', '/a/ b/']])],
  ['question:// -> billing', rule([['question', '//']])],
  ['page:\\/ -> billing', rule([['page', '\\/']])],
  ['tag:"->" -> billing', rule([['tag', '->']]), 'tag:-> -> billing'],
  ['lang:en -> a -> b', rule([['lang', 'en']], 'a -> b')],
  ['lang:en strict:60s -> billing', rule([['lang', 'en']], 'billing', '60')],
  ['strict:"5m" lang:en -> billing', rule([['lang', 'en']], 'billing', '5', 'm'), 'lang:en strict:5m -> billing'],
  ['strict:1d -> billing', rule([], 'billing', '24', 'h'), 'strict:24h -> billing'],
  ['strict:1h -> billing', rule([], 'billing', '1', 'h')],
  ['strict:500ms -> billing', rule([], 'billing', '0.5')],
  ['strict:0s -> billing', rule([], 'billing', '0')],
  [' \t lang:en   tag:a\tb \t-> x\t', rule([['lang', 'en'], ['tag', 'a\tb']], 'x'), 'lang:en tag:a\tb -> x'],
  ['question:日本語 -> 請求、英語', rule([['question', '日本語']], '請求、英語')],
];

test('each form of a line is read as the gateway reads it, and written so that it reads the same', () => {
  for (const [line, parts, written = line] of FORMS) {
    assert.deepEqual(readLine(line), parts, line);
    const again = writeLine(parts);
    assert.equal(again, written, line);
    assert.deepEqual(readLine(again), parts, `${line} → ${again}`);
  }
  assert.deepEqual([...new Set(FORMS.flatMap(([, parts]) => parts.conds.map(c => c.look)))].sort(),
    [...LOOKS].sort());
});

test('what rows have no place for is read by none, and what is missing is empty', () => {
  for (const line of ['', 'lang:ja', 'billing', 'lang:ja->billing', 'Lang:ja -> x', 'colour:red -> x', 'lang -> x',
    'strict:soon -> x', 'strict:60 -> x', 'strict:-5s -> x', 'strict: -> x', 'strict:5s strict:6s -> x', '? lang:ja -> x',
    'question:"a -> x', 'page:/a -> b/'])
    assert.equal(readLine(line), null, line);
  assert.deepEqual(readLine('page: ->'), rule([['page', '']], ''));
  assert.equal(writeLine(rule([['page', '']], ' ')), 'page: ->');
  assert.equal(writeLine(rule([], 'x', '1.5', 'm')), 'strict:90000ms -> x');
});

test('a value that no line can hold makes no line, and what stands there is refused', () => {
  for (const value of ['a"b', '"', '"a b"', '/a/ "b" c/', 'x" tag:"y z', 'a"b" tag:"c"d']) {
    const parts = rule([['question', value], ['tag', 'a"b']]);
    assert.equal(writeLine(parts), null, value);
    assert.equal(readLine(refusedLine(parts)), null, value);
    assert.ok(refusedLine(parts).startsWith('? question:') && refusedLine(parts).endsWith('-> billing'), value);
  }
});

// Values of all that is special, next to one another: what is written reads the same, or is not.
test('no value slips into what stands beside it', () => {
  const signs = ['a', '"', '/', '\\', ' ', ':', '->', '*', 'tag:'];
  let written = 0, all = 0;
  for (let seed = 1; seed <= 20000; seed++) {
    let x = seed;
    const next = n => (x = (x * 1103515245 + 12345) % 2147483648, Math.floor(x / 65536) % n);
    const value = () => Array.from({length: 1 + next(6)}, () => signs[next(signs.length)]).join('');
    const parts = rule([['page', value()], ['question', value()]], value().trim() || 'x', next(2) ? '60' : '');
    const line = writeLine(parts);
    all++;
    if (line === null) continue;
    written++;
    assert.deepEqual(readLine(line), parts, line);
    assert.ok(!line.includes('\n'), line);
  }
  assert.ok(written > all / 4 && written < all, `${written} of ${all}`);
});

test('empty lines are kept, and are no rules', () => {
  assert.deepEqual(linesOf(''), []);
  const text = '\nlang:en -> a\n \t\n-> b\n';
  assert.equal(linesOf(text).join('\n'), text);
  assert.deepEqual(linesOf(text).filter(isRule), ['lang:en -> a', '-> b']);
});
