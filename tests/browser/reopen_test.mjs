// An ended chat is opened again in the console, and goes on in the widget of its visitor.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {assertAccessible, noComplaints, shot, until} from './harness.mjs';
import {g, talk, text} from './visitor.mjs';
import {assertFits, consoleOf} from './console_parts.mjs';

async function ended(options = {}, narrow = {}) {
  const all = await talk(options);
  const {w, agent, reply, conversation} = all;
  await reply('Bye for now');
  await text(w.theirs, 'Bye for now');
  await agent.ask('chat.end', {conversation});
  await w.page.getByText(w.t.ended).first().waitFor();
  if (options.lang) await g.ctl('agent', 'set', agent.email, `lang=${options.lang}`);
  const page = await consoleOf(g, {email: agent.email, password: 'correct horse battery'}, narrow);
  await page.evaluate(id => (location.hash = `#/completed?c=${id}`), conversation);
  await page.waitForSelector('.event.ended');
  return {...all, page};
}

const write = async (page, words) => {
  await page.fill('[data-composer]', words);
  await page.keyboard.press('Enter');
};

test('the visitor who still looks at it goes on at once, and both chats lead to each other', async () => {
  const {w, page, conversation} = await ended();
  await page.click('.chat-actions .button:has-text("Reopen")');
  await page.waitForSelector('dialog:has-text("goes on there at once")');
  await assertAccessible(page, 'the question before a chat is opened again');
  await shot(page, 'console-reopen');
  await page.click('dialog .button.primary');
  await page.waitForSelector('.banner.chain:has-text("Goes on from")');
  await page.waitForSelector('.event.goes-on');
  await page.waitForSelector('[data-composer]');
  await shot(page, 'console-reopened');
  await text(w.page.locator('deskbell-chat .system'), 'The chat goes on.');
  await write(page, 'One thing more');
  await text(w.theirs, 'One thing more');
  await text(w.theirs, 'Bye for now');
  await w.say('What is it?');
  await page.waitForSelector('.message.visitor:has-text("What is it?")');
  await shot(w.page, 'widget-reopened');
  await page.click('.banner.chain .link');
  await page.waitForSelector('.banner.chain:has-text("Goes on as")');
  assert.ok((await page.evaluate(() => location.hash)).endsWith(conversation));
  assert.equal(await page.locator('.chat-actions .button:has-text("Reopen")').count(), 0);
  await page.click('.banner.chain .link');
  await page.waitForSelector('.message.visitor:has-text("What is it?")');
  assert.equal(await page.locator('.chat-actions .button:has-text("Reopen")').count(), 0);
  await w.page.reload();
  await text(w.theirs, 'Bye for now');
  await text(w.theirs, 'One thing more');
  noComplaints(w.page);
  noComplaints(page);
});

test('what is over again can be opened again, by its key, on a page that has looked at it all along', async () => {
  const {w, agent, page, conversation} = await ended();
  await page.keyboard.press('Alt+KeyO');
  await page.waitForSelector('dialog:has-text("goes on there at once")');
  await page.click('dialog .button.primary');
  await page.waitForSelector('.banner.chain:has-text("Goes on from")');
  const second = new URLSearchParams((await page.evaluate(() => location.hash)).split('?')[1]).get('c');
  await page.keyboard.press('Alt+KeyO'); // it is not over: nothing to open
  await page.click('.banner.chain .link');
  await page.waitForSelector('.banner.chain:has-text("Goes on as")');
  assert.equal(await page.locator('.chat-actions .button:has-text("Reopen")').count(), 0);
  assert.equal(await page.locator('dialog').count(), 0);
  await agent.ask('chat.end', {conversation: second});
  const again = page.locator('.chat-actions .button:has-text("Reopen")');
  await again.waitFor();
  assert.equal(await again.getAttribute('title'), 'Reopen (Alt+O)');
  assert.ok((await page.evaluate(() => location.hash)).endsWith(conversation));
  await page.keyboard.press('Alt+KeyO');
  await page.click('dialog .button.primary');
  await page.waitForSelector('.banner.chain:has-text("Goes on from")');
  await text(w.page.locator('deskbell-chat .system'), 'The chat goes on.');
  noComplaints(page);
});

test('who has left is said to be nowhere, and finds it when he comes back', async () => {
  const {w, page} = await ended();
  await w.page.goto('about:blank');
  await page.click('.chat-actions .button:has-text("Reopen")');
  await page.waitForSelector('dialog:has-text("is not here")');
  await shot(page, 'console-reopen-nowhere');
  await page.click('dialog .button.primary');
  await page.waitForSelector('.banner.chain:has-text("Goes on from")');
  await write(page, 'Are you there?');
  await page.waitForSelector('.message.agent:has-text("Are you there?")');
  await w.page.goBack();
  await w.bubble.click();
  await text(w.theirs, 'Are you there?');
  await w.say('Here I am');
  await page.waitForSelector('.message.visitor:has-text("Here I am")');
});

// What is in view of the log, from the top: the question, then lines and what the widget says between.
const inView = w =>
  w.page.locator('deskbell-chat .log').evaluate(log =>
    [...log.querySelectorAll('.text, .system')].map(one => one.textContent).filter(Boolean));
const inOrder = (w, wanted) =>
  until('the log in order', async () => {
    const got = (await inView(w)).filter(words => wanted.includes(words));
    assert.deepEqual(got, wanted);
    return true;
  });

test('who comes back by a reload has the chat before it above, and what came while he was away', async () => {
  const all = await talk();
  const {w, agent, reply, conversation} = all;
  await w.say('First of all');
  await reply('Hold on');
  await text(w.theirs, 'Hold on');
  await w.page.goto('about:blank');
  await reply('Are you still there?');
  await agent.ask('chat.end', {conversation});
  const again = async (chat, words) => {
    const {conversation: next} = await agent.ask('conversation.reopen', {conversation: chat});
    await agent.ask('chat.send', {conversation: next, text: words});
    return next;
  };
  const second = await again(conversation, 'Here I am again');
  await agent.ask('chat.end', {conversation: second});
  await again(second, 'And again');
  const wanted = ['First of all', 'Hold on', 'Are you still there?', 'Here I am again',
    'The chat goes on.', 'And again'];
  await w.page.goBack(); // it was open
  await inOrder(w, wanted);
  await shot(w.page, 'widget-reopened-away');
  await w.page.reload();
  await inOrder(w, wanted);
  assert.equal(await w.page.locator('deskbell-chat .text').filter({hasText: 'Hold on'}).count(), 1);
  noComplaints(w.page);
});

test('in Japanese, dark and narrow', async () => {
  const {page} = await ended({lang: 'ja'}, {dark: true, narrow: true, locale: 'ja-JP'});
  await page.click('.chat-actions .button:has-text("再開")');
  await page.waitForSelector('dialog:has-text("すぐに続きができます")');
  await assertFits(page, 'the question before a chat is opened again');
  await shot(page, 'console-reopen-ja-narrow');
  await page.click('dialog .button.primary');
  await page.waitForSelector('.banner.chain:has-text("前のチャット")');
  await assertFits(page, 'a chat that goes on');
  await shot(page, 'console-reopened-ja-narrow');
});
