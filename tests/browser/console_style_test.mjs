// The console's style sheets: what holds for all of them.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';

const top = new URL('../../src/web/console/', import.meta.url);
const sheets = readdirSync(top, { withFileTypes: true }).filter((f) => f.isDirectory())
  .flatMap(({ name }) => readdirSync(new URL(name, top)).filter((f) => f.endsWith('.css')).map((f) => `${name}/${f}`));
const rules = sheets.flatMap((file) => [...readFileSync(new URL(file, top), 'utf8').replace(/\/\*[^]*?\*\//g, '')
  .matchAll(/([^{}]+)\{([^{}]*)\}/g)].map(([, selector, body]) => ({ file, selector: selector.trim(), body })));

test('what scrolls holds its hidden words: they are placed by it, and widen no page', () => {
  const placed = new Set(rules.filter(({ body }) => /position:\s*(relative|absolute|fixed|sticky)/.test(body))
    .map(({ selector }) => selector));
  const scrolling = rules.filter(({ body }) => /overflow(-[xy])?:\s*auto/.test(body));
  assert.ok(scrolling.length >= 8, `${scrolling.length} of ${rules.length}`);
  for (const { file, selector } of scrolling) assert.ok(placed.has(selector), `${file}: ${selector}`);
});

// All sheets are one page's: a class alone reaches whatever has it as a state, wherever that is.
test('what is a state of something in one folder is nothing by itself in another', () => {
  const folder = (file) => file.split('/')[0];
  const selectors = rules.flatMap(({ file, selector }) => selector.split(',').map((one) => [folder(file), one.trim()]));
  const alone = selectors.filter(([, one]) => /^\.[\w-]+$/.test(one));
  const states = selectors.flatMap(([from, one]) => (one.match(/(?<=\.[\w-]+)\.[\w-]+/g) || []).map((state) => [from, state]));
  assert.ok(alone.length > 100 && states.length > 50, `${alone.length} ${states.length}`);
  for (const [from, one] of alone)
    for (const [other, state] of states)
      assert.ok(one !== state || from === other || alone.some(([at, name]) => at === other && name === one),
        `${one} is a thing in ${from}, and a state in ${other}`);
});
