// How far a line has come, as the agent sees it: sent, delivered to a widget that is put away, seen.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {noComplaints, shot, until} from './harness.mjs';
import {g, talk, text} from './visitor.mjs';
import {consoleOf} from './console_parts.mjs';

test('a widget that is put away has the line, and nobody has seen it until it is opened', async () => {
  const {w, agent, reply, conversation} = await talk();
  await agent.ask('subscribe', {topic: 'conversation', conversation, seq: 0});
  await reply('first');
  await text(w.theirs, 'first');
  await w.page.keyboard.press('Escape');
  await w.bubble.waitFor();
  const {n} = await agent.ask('chat.send', {conversation, text: 'second'});
  await agent.event('got', event => event.n == n);
  const {head, got} = await agent.ask('conversation.read', {conversation});
  assert.equal(got, n);
  assert.ok(head.seen_visitor < n);
  const page = await consoleOf(g, {email: agent.email, password: 'correct horse battery'});
  await page.evaluate(id => (location.hash = `#/mine?c=${id}`), conversation);
  await page.waitForSelector('.message.agent:has-text("second") .delivery.delivered');
  await shot(page, 'console-delivered');
  await w.bubble.click();
  await page.waitForSelector('.message.agent:has-text("second") .delivery.seen');
  await until('the mark to move on', async () => !(await page.locator('.delivery.delivered').count()));
  noComplaints(w.page);
});

test('a line of the visitor is sent, delivered to a console that shows something else, and seen', async () => {
  const {w, agent, conversation} = await talk();
  await w.say('are you there?');
  const mark = w.page.locator('deskbell-chat .mine .mark').last();
  await mark.filter({hasText: w.t.sent}).waitFor();
  const page = await consoleOf(g, {email: agent.email, password: 'correct horse battery'});
  await page.evaluate(id => (location.hash = `#/mine?c=${id}`), conversation);
  await mark.filter({hasText: w.t.seen}).waitFor();
  await page.evaluate(() => (location.hash = '#/profile'));
  await page.waitForSelector('.log', {state: 'detached'});
  await w.say('hello?');
  await mark.filter({hasText: 'Delivered'}).waitFor();
  await shot(w.page, 'widget-delivered');
  // After a reload it says so at once, not only when the rest of the widget has been put off enough.
  await w.page.addInitScript(() => {
    const later = window.setTimeout;
    window.setTimeout = (fn, ms, ...more) => (ms == 3000 ? 0 : later(fn, ms, ...more));
  });
  await w.page.reload();
  await mark.filter({hasText: 'Delivered'}).waitFor();
  await page.evaluate(id => (location.hash = `#/mine?c=${id}`), conversation);
  await mark.filter({hasText: w.t.seen}).waitFor();
  noComplaints(w.page);
});
