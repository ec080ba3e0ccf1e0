// Every word that the console says is there, in both languages, with the same placeholders.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';
import { isBrowsers } from '../../src/web/console/keys/browsers.js';
import { WORDS, allWords, chooseLang, lang, span, t } from '../../src/web/console/base/words.js';

await allWords('en');
await allWords('ja');

const top = new URL('../../src/web/console/', import.meta.url);
const folders = readdirSync(top, { withFileTypes: true }).filter((f) => f.isDirectory()).map((f) => f.name);
const sourcesOf = (folder) => readdirSync(new URL(folder, top))
  .filter((f) => f.endsWith('.js') && !/^words\.(en|ja)/.test(f))
  .map((f) => [`${folder}/${f}`, readFileSync(new URL(`${folder}/${f}`, top), 'utf8')]);
const sources = folders.flatMap(sourcesOf);
const wordsOf = async (folder, tongue) => (await import(new URL(`${folder}/words.${tongue}.js`, top))).default;
const { en, ja } = WORDS;
const has = (key) => key in en || `${key}.other` in en;

test('both languages have the same keys in each folder, in one order, and none is in two folders', async () => {
  const all = [];
  for (const folder of folders) {
    const keys = Object.keys(await wordsOf(folder, 'en'));
    assert.deepEqual(Object.keys(await wordsOf(folder, 'ja')), keys, folder);
    all.push(...keys);
  }
  assert.equal(new Set(all).size, all.length);
  assert.deepEqual(all.sort(), Object.keys(en).sort());
  assert.deepEqual(Object.keys(ja).sort(), Object.keys(en).sort());
});

test('both languages have the same placeholders', () => {
  const marks = (text) => [...new Set(text.match(/\{\w+\}/g) || [])].sort();
  for (const key of Object.keys(en)) {
    // A sentence may leave the number out where the language says it otherwise, never add one.
    for (const mark of marks(ja[key])) assert.ok(marks(en[key]).includes(mark), `${key} ${mark}`);
    for (const mark of marks(en[key])) assert.ok(marks(ja[key]).includes(mark), `${key} ${mark}`);
  }
});

test('every key in the sources is a word', () => {
  for (const [file, text] of sources) {
    for (const [, key] of text.matchAll(/\bt(?:Or)?\(\s*'([^']+)'/g)) assert.ok(has(key), `${file}: ${key}`);
    // One of two, too: t(on ? 'a' : 'b', …).
    for (const [, yes, no] of text.matchAll(/\bt\([^'`(){}]*\?\s*'([^']+)'\s*:\s*'([^']+)'/g))
      for (const key of [yes, no]) assert.ok(has(key), `${file}: ${key}`);
  }
});

// As the protocol's page lists them.
function causes() {
  const page = readFileSync(new URL('../../src/deskbelld/deskbell-protocol.7', import.meta.url), 'utf8');
  const part = page.slice(page.indexOf('.It causes of mails'), page.indexOf('.Sh METRICS'));
  const words = [...part.matchAll(/^\.Li (.+)$/gm)].flatMap(([, line]) => line.split(/[ ,.]+/)).filter(Boolean);
  assert.ok(words.length >= 22, `${words.length} causes`);
  return words.map((word) => (word === 'code-NNN' ? 'code' : word));
}

test('every made-up key has words for all that it can be', () => {
  const lists = ['mine', 'unassigned', 'all', 'completed', 'missed', 'blocked'];
  const keys = [
    ...lists.flatMap((l) => [`list.${l}`, `empty.${l}`, `empty.${l}.help`]),
    ...['waiting', 'offered', 'active', 'unreplied', 'replied', 'ended', 'missed', 'left'].map((s) => `state.${s}`),
    ...['available', 'busy', 'away', 'offline'].flatMap((s) => [`status.${s}`, `status.${s}.help`]),
    ...['queued', 'sending', 'deferred', 'sent', 'failed', 'uncertain', 'suppressed', 'cancelled'].map((s) => `mail.${s}`),
    ...['transcript', 'block', 'feedback', 'missed', 'copy', 'reply', 'forward', 'invitation', 'reset'].map((s) => `mail.kind.${s}`),
    ...['email', 'from', 'full'].map((s) => `mail.not.${s}`),
    ...causes().map((s) => `cause.${s}`),
    ...['from', 'transcript', 'block', 'feedback', 'missed', 'copy'].map((s) => `set.mail.${s}`),
    ...['rang', 'left', 'offered', 'offer-over', 'rung', 'rung-out', 'rung-past', 'ruled', 'relaxed', 'joined', 'returned', 'ended', 'feedback', 'copy-asked',
      'missed', 'forwarded', 'readdressed', 'visitor-gone', 'visitor-back'].map((s) => `line.${s}`),
    ...['agent', 'visitor', 'idle', 'gone', 'wait', 'nobody', 'declined', 'lapsed', 'status', 'blocked', 'dept',
      'too-big'].map((s) => `why.${s}`),
    ...['offline', 'status', 'full', 'asked', 'busier', 'unmet', 'rung', 'skill'].map((s) => `passed.${s}`),
    ...['missed', 'ended', 'status'].map((s) => `offer.over.${s}`),
    ...['open', 'waiting', 'active', 'ended', 'missed'].map((s) => `search.state.${s}`),
    ...['department', 'agent', 'state', 'rating'].flatMap((s) => [`search.${s}`, `search.${s}.any`]),
    ...['since', 'before', 'order', 'order.newest', 'order.relevance', 'in.name', 'in.email', 'in.phone']
      .map((s) => `search.${s}`),
    ...['gift', 'quotes', 'without', 'agent', 'since', 'more'].flatMap((s) => [`search.tip.${s}`, `search.tip.${s}.as`]),
  ];
  const table = sources.find(([f]) => f === 'frame/keys.js')[1];
  for (const [, word] of table.matchAll(/word: '([^']+)'/g)) keys.push(`keys.${word}`);
  for (const key of keys) assert.ok(key in en, key);
});

const page = readFileSync(new URL('../../src/deskbelld/deskbell-protocol.7', import.meta.url), 'utf8');

test('every diagnosis of a test mail has a sentence, every outcome and side a name', () => {
  const list = /\.It codes of a diagnosis\n([\s\S]*?)\n\.It /.exec(page)[1];
  const codes = [...list.matchAll(/^\.Li ([a-z-]+)/gm)].map(([, code]) => code);
  assert.ok(codes.length > 30, `${codes.length} codes`);
  for (const code of codes) assert.ok(`trial.code.${code}` in en, code);
  for (const how of ['sent', 'refused', 'deferred', 'failed']) assert.ok(`trial.outcome.${how}` in en, how);
  for (const by of ['client', 'server', 'note']) assert.ok(`trial.by.${by}` in en, by);
});

test('every error code of the protocol has a sentence', () => {
  const codes = [...page.matchAll(/^\.It ([a-z-]+) Ta \d{3} Ta/gm)].map(([, code]) => code);
  assert.ok(codes.length >= 20, `${codes.length} codes`);
  for (const code of codes) assert.ok(`error.${code}` in en, code);
});

test("every word is said in its own folder, and base's anywhere", async () => {
  // Those of refused go by the table's codes, which another test holds them to.
  for (const folder of folders.filter((f) => f !== 'refused')) {
    const all = (folder === 'base' ? sources : sourcesOf(folder)).map(([, text]) => text).join('\n');
    const prefixes = [...all.matchAll(/`([a-z.-]+)\$\{/g)].map(([, p]) => p).filter((p) => p.length > 3);
    for (const key of Object.keys(await wordsOf(folder, 'en'))) {
      const plain = key.replace(/\.(one|other)$/, '');
      const literal = all.includes(`'${plain}'`) || all.includes(`'${plain.replace(/\.help$/, '')}'`);
      assert.ok(literal || prefixes.some((p) => key.startsWith(p)), `nobody in ${folder} says ${key}`);
    }
  }
});

test('base stands on no other folder but for their words', () => {
  for (const [file, text] of sourcesOf('base'))
    for (const [, path] of text.matchAll(/from '(\.\.\/[^']+)'/g))
      assert.match(path, /^\.\.\/(\.\.\/vendor\/ui\.js|\.\.\/shared\/\w+\.js|\w+\/words\.(en|ja)\.js)$/, file);
});

test('numbers choose the right form, and times read as times', async () => {
  assert.equal(t('list.news', { n: 2 }), '2 new ↑');
  await chooseLang('xx', 'ja-JP');
  assert.equal(lang.value, 'ja');
  assert.match(t('connection.caught', { n: 1 }), /1 件/);
  assert.equal(t('no.such.word'), 'no.such.word');
  for (const [ms, text] of [[0, '0:00'], [41000, '0:41'], [725000, '12:05'], [3729000, '1:02:09'], [-5, '0:00']])
    assert.equal(span(ms), text);
});

test('no key has two meanings, none is the browser\'s, and each action can be done and is named', () => {
  const table = /DEFAULTS = \{([^}]*)\}/.exec(readFileSync(new URL('base/keymap.js', top), 'utf8'))[1];
  const pairs = [...table.matchAll(/'?([a-z-]+)'?: '([^']+)'/g)].map(([, word, combo]) => [word, combo]);
  const combos = pairs.map(([, combo]) => combo);
  assert.ok(combos.length > 15);
  assert.deepEqual(combos.filter((combo, at) => combos.indexOf(combo) !== at), []);
  assert.deepEqual(combos.filter(isBrowsers), []);
  const keys = readFileSync(new URL('frame/keys.js', top), 'utf8');
  const done = /const RUN = \{(.*?)\n\};/s.exec(keys)[1];
  const words = [...done.matchAll(/^  '?([a-z-]+)'?[:,]/gm), ...keys.matchAll(/keysOf\('([a-z-]+)'\)/g)]
    .map(([, word]) => word);
  assert.deepEqual(words.sort(), pairs.map(([word]) => word).sort());
  for (const word of words) assert.ok(has(`keys.${word}`), word);
});

test('what browsers keep for themselves is known', () => {
  for (const combo of ['Ctrl+KeyT', 'Ctrl+KeyW', 'Ctrl+KeyC', 'Ctrl+Digit1', 'Ctrl+Shift+KeyT', 'Ctrl+Tab', 'Alt+F4',
    'Alt+ArrowLeft', 'F5', 'Shift+F5', 'F12', 'Ctrl+Alt+Delete']) assert.ok(isBrowsers(combo), combo);
  for (const combo of ['Ctrl+KeyK', 'Alt+KeyB', 'Alt+Shift+KeyB', 'Ctrl+Shift+KeyY', 'F2', 'Ctrl+Alt+KeyB'])
    assert.ok(!isBrowsers(combo), combo);
});
