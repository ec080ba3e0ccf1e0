// The vendored file is what its sources say, and nothing in the console needs what its policy forbids.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const web = fileURLToPath(new URL('../../src/web/', import.meta.url));
const vendor = join(web, 'vendor');
const hasEsbuild = (() => {
  try {
    execFileSync('esbuild', ['--version']);
    return true;
  } catch {
    return false;
  }
})();

test('the sources are the ones whose sums are written down', () => {
  const rows = readFileSync(join(vendor, 'upstream/CHECKSUMS'), 'utf8').trim().split('\n');
  assert.ok(rows.length > 10);
  for (const row of rows) {
    const [sum, file] = row.split(/\s+/);
    const now = createHash('sha256').update(readFileSync(join(vendor, 'upstream', file))).digest('hex');
    assert.equal(now, sum, file);
  }
});

test('ui.js is what esbuild makes of them', { skip: !hasEsbuild && 'there is no esbuild' }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'deskbell-'));
  try {
    execFileSync('sh', [join(vendor, 'build.sh'), join(dir, 'ui.js')]);
    assert.equal(readFileSync(join(dir, 'ui.js'), 'utf8'), readFileSync(join(vendor, 'ui.js'), 'utf8'));
  } finally {
    rmSync(dir, { recursive: true });
  }
});

// What main.js needs before anything is shown, with the words of one language; pages and words that
// are loaded later are behind a call.
function firstLoad(tongue) {
  const page = join(web, 'console/index.html');
  const words = readFileSync(join(web, 'console/base/words.js'), 'utf8');
  const folders = /^const FIRST = \[([^\]]+)\]/m.exec(words)[1].match(/\w+/g);
  const found = new Set([page, ...folders.map((f) => join(web, `console/${f}/words.${tongue}.js`))]);
  const next = [...readFileSync(page, 'utf8').matchAll(/@ASSETS@\/([^"]+)/g)].map(([, f]) => join(web, f));
  while (next.length) {
    const file = next.pop();
    if (found.has(file)) continue;
    found.add(file);
    if (!file.endsWith('.js')) continue;
    for (const [, path] of readFileSync(file, 'utf8').matchAll(/^(?:import|export)[^;]*? from '(\.[^']+)';/gms))
      next.push(join(file, '..', path));
  }
  return [...found];
}

for (const tongue of ['en', 'ja'])
  test(`the first load stays within its budget: ${tongue}`, (t) => {
    const files = firstLoad(tongue);
    for (const name of ['ui.js', 'log.js', `words.${tongue}.js`, 'theme.js', 'tokens.css', 'icon.svg'])
      assert.ok(files.some((f) => f.endsWith(`/${name}`)), name);
    const bytes = files.reduce((sum, f) => sum + gzipSync(readFileSync(f)).length, 0);
    t.diagnostic(`${bytes} bytes packed`);
    assert.ok(bytes <= 120 * 1024, `${bytes} bytes packed`);
  });

const filesIn = (dir, at = '') => readdirSync(join(dir, at), { withFileTypes: true }).flatMap((f) =>
  f.isDirectory() ? filesIn(dir, `${at}${f.name}/`) : [`${at}${f.name}`]);
const consoleFiles = filesIn(join(web, 'console'));

test('every style is linked by the page', () => {
  const page = readFileSync(join(web, 'console/index.html'), 'utf8');
  for (const file of consoleFiles.filter((f) => f.endsWith('.css')))
    assert.ok(page.includes(`href="@ASSETS@/console/${file}"`), file);
});

test('no module writes markup, evaluates text, or styles by attribute', () => {
  for (const file of consoleFiles) {
    if (!/\.(js|html|css)$/.test(file)) continue;
    const text = readFileSync(join(web, 'console', file), 'utf8');
    for (const word of ['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'document.write', 'eval(', 'new Function',
      'dangerouslySetInnerHTML', ' style="', '@import', 'https://cdn'])
      assert.ok(!text.includes(word), `${file}: ${word}`);
  }
});

test('no file is longer than a person wants to read at once', () => {
  for (const file of consoleFiles) {
    if (!file.endsWith('.js')) continue;
    const lines = readFileSync(join(web, 'console', file), 'utf8').split('\n').length;
    // Lists of words are looked up, not read.
    assert.ok(lines <= (/\/words\.\w+\.js$/.test(file) ? 600 : 300), `${file}: ${lines} lines`);
  }
});
