// The widget that is checked in: small enough, and exactly what its sources build to.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';

const top = process.env.TOP_SRCDIR || new URL('../..', import.meta.url).pathname;
const widget = join(top, 'src/web/widget');
const dist = join(widget, 'dist');
const BUILT_WITH = '0.17.0'; // Debian 12's

const python = process.env.PYTHON || 'python3';
// As embed.py packs what is served.
const packed = name =>
  +spawnSync(python, [
    '-c',
    'import gzip,sys; print(len(gzip.compress(open(sys.argv[1],"rb").read(), 9)))',
    join(dist, name),
  ]).stdout;
const KB = 1024;
const LANGS = ['en', 'ja'];
const PARTS = ['core', 'away', 'talk', 'late'];

test('a page pays 2.5 KB; the open form 12, the first answer 14, all there is 26, in each language', () => {
  const loader = packed('deskbell.js');
  assert.ok(loader > KB && loader <= 2.5 * KB, `loader: ${loader}`);
  for (const lang of LANGS) {
    const sum = (what, most, ...parts) => {
      const bytes = parts.reduce((all, part) => all + packed(`${part}.${lang}.js`), loader);
      assert.ok(bytes <= most * KB, `${what} (${lang}): ${bytes} of ${most * KB}`);
    };
    sum('the form', 12, 'core');
    sum('the form for a message', 12, 'core', 'away');
    sum('the first answer', 14, 'core', 'talk');
    sum('everything', 26, 'core', 'away', 'talk', 'late');
  }
  const files = ['deskbell.js', 'version'];
  for (const lang of LANGS) files.push(...PARTS.map(part => `${part}.${lang}.js`));
  assert.deepEqual(readdirSync(dist).sort(), files.sort());
});

test('the loader names the hash of each core, and the core those of its parts', () => {
  const holds = (file, part, lang) => {
    const bytes = readFileSync(join(dist, `${part}.${lang}.js`));
    const hash = 'sha256-' + createHash('sha256').update(bytes).digest('base64');
    assert.ok(readFileSync(join(dist, file), 'utf8').includes(hash), `${part} ${lang}`);
  };
  for (const lang of LANGS) {
    holds('deskbell.js', 'core', lang);
    for (const part of PARTS.slice(1)) holds(`core.${lang}.js`, part, lang);
  }
});

test('nothing in the widget turns text into markup or code', () => {
  for (const name of readdirSync(dist)) {
    const text = readFileSync(join(dist, name), 'utf8');
    assert.doesNotMatch(
      text,
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|postMessage|document\.cookie/,
      name,
    );
  }
});

test('both languages have the same texts', async () => {
  const en = await import(join(widget, 'text.en.js'));
  const ja = await import(join(widget, 'text.ja.js'));
  assert.deepEqual(Object.keys(ja), Object.keys(en));
  for (const key in en) {
    const holes = text => (text.match(/{\w+}/g) || []).join();
    assert.equal(holes(ja[key]), holes(en[key]), key);
    assert.ok(ja[key].length > 0 && en[key].length > 0, key);
  }
});

test('building the sources again gives the same bytes', t => {
  const version = spawnSync('esbuild', ['--version'], {encoding: 'utf8'});
  if (version.error) return t.skip('esbuild is not installed: apt-get install esbuild');
  if (version.stdout.trim() != BUILT_WITH) {
    return t.skip(
      `esbuild ${version.stdout.trim()} is here, the widget is built with ${BUILT_WITH}`,
    );
  }
  const out = mkdtempSync(join(tmpdir(), 'deskbell-widget-'));
  try {
    const made = spawnSync(
      python,
      ['-B', join(widget, 'build.py'), join(top, 'configure.ac'), widget, out],
      {encoding: 'utf8'},
    );
    assert.equal(made.status, 0, made.stderr);
    assert.deepEqual(readdirSync(out).sort(), readdirSync(dist).sort());
    for (const name of readdirSync(out)) {
      const same = readFileSync(join(out, name)).equals(readFileSync(join(dist, name)));
      assert.ok(same, `${name} is not what the sources build to: run "make widget-dist"`);
    }
  } finally {
    rmSync(out, {recursive: true});
  }
});
