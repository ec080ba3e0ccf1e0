// What a visitor is writing while something happens to the chat: it stays, it keeps the focus, and
// no key that was meant for it does anything else.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {assertAccessible, noComplaints, shot, until} from './harness.mjs';
import {ring, scene, talk, text, visit} from './visitor.mjs';

// What has the focus, in the widget or in the page.
const focused = page =>
  page.evaluate(() => {
    let el = document.activeElement;
    while (el.shadowRoot?.activeElement) el = el.shadowRoot.activeElement;
    return el.ariaLabel || el.id || el.className || el.localName;
  });

test('the agent ends the chat while the visitor types: the keys go on into the same words', async () => {
  const {w, agent, conversation} = await talk();
  const {page} = w;
  await w.input.click();
  await page.keyboard.type('Wait, one more');
  await agent.ask('chat.end', {conversation});
  await text(w.panel, w.t.ended);
  await page.keyboard.type(' thing: do you');
  assert.equal(await w.input.inputValue(), 'Wait, one more thing: do you');
  await page.locator('.card').waitFor();
  await page.keyboard.press('Space');
  assert.equal(await page.locator('input:checked').count(), 0, 'nothing is rated by a stray key');
  await assertAccessible(page, 'ended while typing');
  await shot(page, 'widget-h-ended-typing');
  await page.keyboard.type('deliver?');
  await page.keyboard.press('Enter');
  assert.equal(await focused(page), 'main', 'Enter asks what to do with the words');
  const {lines} = await agent.ask('conversation.read', {conversation});
  assert.ok(!lines.some(line => line.kind == 'feedback'), JSON.stringify(lines));
  await page.keyboard.press('Enter');
  await w.button(w.t.start).waitFor();
  assert.equal(
    await w.field(w.t.question).inputValue(),
    'Wait, one more thing: do you deliver?',
    'a new chat begins with them',
  );
  assert.equal(await w.field(w.t.name).inputValue(), 'Hanako');
  noComplaints(page);
});

test('what is written outlives a page change after the end', async () => {
  const {w, agent, conversation} = await talk();
  await w.input.fill('half a sentence');
  await agent.ask('chat.end', {conversation});
  await text(w.panel, w.t.ended);
  await w.page.reload();
  await w.bubble.click();
  assert.equal(await w.input.inputValue(), 'half a sentence');
});

test('the end finds nobody in a text: the focus goes to the log, where no key does harm', async () => {
  const {w, agent, conversation} = await talk();
  await w.menu.focus();
  await agent.ask('chat.end', {conversation});
  await text(w.panel, w.t.ended);
  await until('the focus', async () => (await focused(w.page)) == 'Conversation');
  assert.equal(await w.input.count(), 0);
});

test('a rating is picked and then sent, and can be changed for a while', async () => {
  const {w, agent, conversation, code} = await talk();
  const {page, t} = w;
  const star = n => page.getByRole('radio', {name: `${n} of 5`});
  await agent.ask('chat.end', {conversation});
  await star(1).check({force: true});
  await page.keyboard.press('Enter');
  await w.field('What could have been better?').fill('Nothing');
  const given = async () => {
    const {lines} = await agent.ask('conversation.read', {conversation});
    return lines.filter(line => line.kind == 'feedback').map(line => line.rating);
  };
  assert.deepEqual(await given(), [], 'Enter on a face sends nothing');
  await w.button(t.rate).click();
  await text(w.panel, t.thanks);
  await page.reload();
  await w.bubble.click();
  await w.button(t.change).click();
  assert.equal(await star(1).isChecked(), true);
  await star(5).check({force: true});
  await w.field(t.comment).fill('All of it');
  await w.button(t.rate).click();
  await text(w.panel, t.thanks);
  assert.deepEqual(await given(), [1, 5]);
  await page.evaluate(key => {
    const kept = JSON.parse(localStorage.getItem(key));
    localStorage.setItem(key, JSON.stringify({...kept, ratedMs: Date.now() - 601000}));
    Storage.prototype.setItem = () => {}; // this page is not to put the good one back
  }, `deskbell:${code}`);
  const late = await visit(code, {context: w.context});
  await late.bubble.click();
  await text(late.panel, t.thanks);
  assert.equal(await late.button(t.change).count(), 0, 'after that it stands');
  noComplaints(page);
});

test('a miss while the visitor types: what was asked and what is being written become the message', async () => {
  const s = await scene({settings: ['wait_ms=4s', 'offer_ms=1s']});
  const w = await visit(s.code);
  await ring(w, {question: 'Hello?'});
  await w.say('Anybody there?');
  await text(w.page.locator('.mark'), w.t.sent);
  await w.page.keyboard.type('I only want to kn');
  await text(w.panel, w.t.missed);
  await w.page.keyboard.type('ow');
  assert.equal(
    await w.field(w.t.message).inputValue(),
    'Hello?\nAnybody there?\nI only want to know',
  );
  assert.equal(await focused(w.page), 'words');
  await w.button(w.t.leave).click();
  await text(w.panel, w.t.received);
  noComplaints(w.page);
});

test('a chat that the gateway forgot leaves the words that it never got', async () => {
  const {w, code} = await talk();
  await w.input.fill('never sent');
  await w.page.evaluate(key => {
    const kept = JSON.parse(localStorage.getItem(key));
    localStorage.setItem(key, JSON.stringify({...kept, token: 'x'.repeat(43), draft: 'never sent'}));
    Storage.prototype.setItem = () => {}; // this page is not to put the good one back
  }, `deskbell:${code}`);
  const other = await visit(code, {context: w.context});
  await text(other.panel, 'no longer available');
  assert.equal(await other.field(other.t.question).inputValue(), 'never sent');
});
