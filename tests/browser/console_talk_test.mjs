// What is said: pasted text on its way out.
import assert from 'node:assert/strict';
import test from 'node:test';
import {noComplaints, startGateway} from './harness.mjs';
import {accepted, consoleOf, setStatus, visitor} from './console_parts.mjs';

const g = await startGateway();
const [department] = await g.departments();
const aiko = await g.addAgent('Aiko', 'aiko@example.com', [department.id]);
await g.ctl('agent', 'set', 'aiko@example.com', 'permissions=block', 'capacity=12');
const rung = [];
async function ring(fields) {
  const v = await visitor(g, department.code, fields);
  rung.push(v);
  return v;
}
test.afterEach(async () => {
  for (const v of rung.splice(0)) if (!v.closed) await v.ask('chat.end').catch(() => {});
});

test('pasted text goes out without what turns lines around, and breaks where it broke', async () => {
  const page = await consoleOf(g, aiko);
  await setStatus(page, 'available');
  const v = await ring();
  await accepted(page);
  const pasted = 'See \u202egpj.exe\u202c\u2066now\u2069\ffirst\u2028second\u0007';
  const sent = 'See gpj.exenow\nfirst\nsecond';
  for (const note of [false, true]) {
    await page.keyboard.press(note ? 'Alt+p' : 'Alt+l');
    await page.waitForSelector(note ? '.composer.is-note' : '.composer.is-reply');
    await page.fill('[data-composer]', pasted);
    await page.keyboard.press('Enter');
    const kind = note ? '.message.note' : '.message.agent';
    await page.waitForSelector(`${kind}:not(.sending) .bubble:has-text("gpj.exe")`);
    assert.equal(await page.locator(`${kind} .bubble`).last().textContent(), sent);
  }
  await v.hears(sent);
  assert.equal(await page.locator('.sending').count(), 0);
  await page.click('.chat-actions [aria-label="Block"]');
  await page.fill('#block-reason', 'a\u2066b\u2069\tc');
  await page.click('dialog .button.danger');
  await page.waitForSelector('.chat .banner:has-text("blocked")');
  const blocks = JSON.stringify(await g.ctl('block', 'list'));
  assert.match(blocks, /"ab c"/);
  await page.click('.chat .banner .link');
  await page.waitForSelector('.chat .banner:has-text("blocked")', {state: 'detached'});
  noComplaints(page);
});
