// What is said: pasted text on its way out, and offers on their way in.
import assert from 'node:assert/strict';
import test from 'node:test';
import {noComplaints, startGateway, until} from './harness.mjs';
import {accepted, consoleOf, ringer, setStatus} from './console_parts.mjs';

const g = await startGateway();
const [department] = await g.departments();
const aiko = await g.addAgent('Aiko', 'aiko@example.com', [department.id]);
await g.ctl('agent', 'set', 'aiko@example.com', 'permissions=block', 'capacity=12');
const ring = ringer(g, department);

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
  await page.click('dialog:has-text("your own address") .button.danger');
  await page.waitForSelector('.chat .banner:has-text("blocked")');
  const blocks = JSON.stringify(await g.ctl('block', 'list'));
  assert.match(blocks, /"ab c"/);
  await page.click('.chat .banner .link');
  await page.waitForSelector('.chat .banner:has-text("blocked")', {state: 'detached'});
  noComplaints(page);
});

test('what is refused all the same is named with its place, in the language of who reads it', async () => {
  const page = await consoleOf(g, aiko);
  await page.click('#person-menu');
  await page.click('.menu-item[lang=ja]');
  await setStatus(page, 'available');
  const v = await ring();
  const id = await accepted(page);
  // As a console of another version may have left it in this browser.
  await page.evaluate(conversation => sessionStorage.setItem('deskbell.sending', JSON.stringify(
    [{conversation, id: 'of-another-version', text: 'ab\u202ec', note: false, at: Date.now()}])), id);
  await page.reload();
  await page.waitForSelector('.delivery.failed:has-text("3 文字目の文字（U+202E）は使えません")');
  assert.ok(!v.lines.some(line => line.text?.includes('ab')));
  noComplaints(page);
});

test('an offer that is accepted too late says what became of it', async () => {
  const ken = await g.addAgent('Ken', 'ken@example.com', [department.id]);
  const page = await consoleOf(g, aiko);
  const other = await consoleOf(g, ken);
  await setStatus(page, 'available');
  // The console's own picture is held back, as a slow line would, so that it still shows the offer.
  const accept = id => page.evaluate(async conversation => {
    const {accept} = await import(new URL('../chats/offers.js', document.querySelector('script[type=module]').src));
    const {store} = await import(new URL('../base/here.js', document.querySelector('script[type=module]').src));
    await accept(store.value, conversation);
  }, id);
  const gone = await ring({name: 'Gone'});
  const first = await page.waitForSelector('.offer').then(el => el.getAttribute('data-offer'));
  await gone.ask('chat.end');
  await page.waitForSelector('.offer', {state: 'detached'});
  await accept(first);
  await page.waitForSelector('.toast.bad:has-text("The visitor has left in the meantime.")');
  await ring({name: 'Taken'});
  const second = await page.waitForSelector('.offer').then(el => el.getAttribute('data-offer'));
  await setStatus(other, 'available');
  await page.keyboard.press('Alt+r');
  await other.waitForSelector(`.offer[data-offer="${second}"]`);
  await accept(second);
  await page.waitForSelector('.toast.bad:has-text("It is just being offered to Ken.")');
  await accepted(other);
  await accept(second);
  await page.waitForSelector('.toast.bad:has-text("Ken has already taken it.")');
  await setStatus(other, 'offline');
});
