// The visitor's widget in Chromium through everything that can happen to a chat: reloads, other
// tabs, lost networks, a killed gateway, a block; and what people type.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {assertAccessible, noComplaints, person, shot, until} from './harness.mjs';
import {g, net, ring, scene, talk, text, visit} from './visitor.mjs';

test('a reload in the middle goes on where it was, and nothing is lost or doubled', async () => {
  const {w, reply} = await talk();
  await reply('one');
  await w.say('two');
  await text(w.page.locator('.mark'), w.t.sent);
  await w.page.reload();
  await w.input.waitFor();
  await reply('three');
  await text(w.theirs, 'three');
  assert.deepEqual(await w.mine.allTextContents(), ['Do you deliver on Sundays?', 'two']);
  assert.deepEqual(
    (await w.theirs.allTextContents()).filter(one => /one|three/.test(one)),
    ['one', 'three'],
  );
  await w.input.fill('half a sentence');
  await w.page.getByRole('link', {name: 'Other page'}).click();
  await w.page.waitForURL(/other/);
  await w.input.waitFor();
  assert.equal(await w.input.inputValue(), 'half a sentence');
  await w.say('from the other page');
  await text(w.page.locator('.mark'), w.t.sent);
  noComplaints(w.page);
});

test('pages that follow each other are one visit: the conversation says nothing of the changes', async () => {
  const {w, agent, conversation} = await talk();
  await agent.ask('subscribe', {topic: 'conversation', conversation, seq: 0});
  for (const path of ['other', 'third', 'fourth']) {
    await w.page.goto(w.page.url().replace(/\/[a-z]*\?/, `/${path}?`));
    await w.input.waitFor();
    await agent.event('page', event => event.page.endsWith(path));
  }
  await w.say('still reading');
  await text(w.page.locator('.mark'), w.t.sent);
  const kinds = async () =>
    (await agent.ask('conversation.read', {conversation})).lines.map(line => line.kind);
  assert.deepEqual(
    (await kinds()).filter(kind => kind.startsWith('visitor-')),
    [],
  );
  // Who closes the page has gone, a moment later.
  await w.page.close();
  await until('the word of it', async () => (await kinds()).includes('visitor-gone'));
});

test('a second tab has the same chat; what is read in one is read in both', async () => {
  const {w, reply, code} = await talk();
  await w.page.keyboard.press('Escape');
  const other = await visit(code, {context: w.context});
  await other.bubble.waitFor();
  await reply('hello tabs');
  await until(
    'unread marks',
    async () =>
      (await other.bubble.getAttribute('data-news')) && w.bubble.getAttribute('data-news'),
  );
  await shot(other.page, 'widget-d-unread');
  await other.bubble.click();
  await text(other.theirs, 'hello tabs');
  await until('the mark to go', async () => !(await w.bubble.getAttribute('data-news')));
  await other.say('from the second');
  await w.bubble.click();
  await text(w.mine, 'from the second');
  await w.say('from the first');
  await text(other.mine, 'from the first');
  assert.deepEqual(await w.mine.allTextContents(), await other.mine.allTextContents());
});

for (const how of ['cut', 'stall']) {
  test(`a network that is ${how == 'cut' ? 'cut' : 'silent'}: the bar says so, what is written waits and arrives once`, async () => {
    const {w, reply, agent, conversation} = await talk();
    net[how]();
    try {
      await w.say('into the tunnel');
      await w.say('still in it');
      await text(w.page.locator('.mark'), w.t.sending);
      await reply('while you were away');
      await w.page.locator('.bar').waitFor({timeout: 15000});
      await assertAccessible(w.page, 'reconnecting');
      await shot(w.page, `widget-e-lost-${how}`);
      assert.equal(
        await w.page.locator('.mark', {hasText: w.t.sent}).count(),
        0,
        'nothing claims to be sent',
      );
    } finally {
      net.heal();
    }
    await w.page.locator('.bar').waitFor({state: 'hidden', timeout: 20000});
    await text(w.theirs, 'while you were away');
    await until(
      'everything to be sent',
      async () => !(await w.page.locator('.mark', {hasText: w.t.sending}).count()),
    );
    await text(w.page.locator('.mark'), w.t.sent);
    const {lines} = await agent.ask('conversation.read', {conversation});
    const written = lines.filter(line => line.by == 'visitor' && line.text).map(line => line.text);
    assert.deepEqual(
      written.filter(one => /tunnel|still/.test(one)),
      ['into the tunnel', 'still in it'],
    );
    noComplaints(w.page);
  });
}

test('a browser that goes offline and comes back looks at once', async () => {
  const {w} = await talk();
  await w.context.setOffline(true);
  net.cut();
  await w.say('offline');
  await w.page.locator('.bar').waitFor({timeout: 15000});
  net.heal();
  await w.context.setOffline(false);
  await text(w.page.locator('.mark'), w.t.sent);
});

test('a gateway that is killed and started again: the same chat goes on, every message once', async () => {
  const {w, agent, conversation, reply} = await talk();
  await w.say('before');
  await text(w.page.locator('.mark'), w.t.sent);
  await reply('answer before');
  await text(w.theirs, 'answer before');
  await g.kill();
  await w.say('while it is dead');
  await text(w.page.locator('.mark'), w.t.sending);
  await w.page.locator('.bar').waitFor();
  await g.start();
  await agent.reopen();
  await w.page.locator('.bar').waitFor({state: 'hidden', timeout: 20000});
  await text(w.page.locator('.mark'), w.t.sent);
  await reply('answer after');
  await text(w.theirs, 'answer after');
  assert.deepEqual(await w.mine.allTextContents(), [
    'Do you deliver on Sundays?',
    'before',
    'while it is dead',
  ]);
  const {lines} = await agent.ask('conversation.read', {conversation});
  assert.deepEqual(
    lines.filter(line => line.by == 'visitor' && line.kind == 'message').map(line => line.text),
    ['before', 'while it is dead'],
  );
  noComplaints(w.page);
});

for (const [how, ...words] of [
  ['turned private', 'set', 'type=private'],
  ['deleted', 'remove'],
]) {
  test(`a reload in a department that was ${how} goes on with the running chat, to its end`, async () => {
    const {w, name, code, agent, conversation, reply} = await talk();
    await reply('before');
    await text(w.theirs, 'before');
    const [what, ...more] = words;
    await g.ctl('department', what, name, ...more);
    await w.page.reload();
    await w.input.waitFor();
    await w.say('after the reload');
    await text(w.page.locator('.mark'), w.t.sent);
    await reply('still here');
    await text(w.theirs, 'still here');
    // A gateway that was away does not end it, either.
    await g.kill();
    await w.page.locator('.bar').waitFor({timeout: 20000});
    await g.start();
    await agent.reopen();
    await w.page.locator('.bar').waitFor({state: 'hidden', timeout: 30000});
    await reply('after the restart');
    await text(w.theirs, 'after the restart');
    const stranger = await visit(code);
    await until('the status', () => stranger.page.requests.some(url => url.endsWith('/status')));
    await stranger.page.waitForLoadState('networkidle');
    assert.equal(await stranger.page.locator('deskbell-chat').count(), 0);
    await agent.ask('chat.end', {conversation});
    await text(w.panel, w.t.ended);
    await w.page.reload();
    await until('the door', () => w.page.requests.at(-1).endsWith('/status'));
    await w.page.waitForLoadState('networkidle');
    assert.equal(await w.page.locator('deskbell-chat').count(), 0);
  });
}

test('a block takes everything away within a second, and nothing shows on the next page', async () => {
  const s = await scene();
  const context = await person();
  const w = await visit(s.code, {context});
  await ring(w);
  const conversation = await s.agent.accept();
  await w.page.getByText('Aiko').first().waitFor();
  const since = Date.now();
  const {block} = await s.agent.ask('block.add', {conversation, text: 'rude', confirm: true});
  try {
    await w.page.locator('deskbell-chat').waitFor({state: 'detached', timeout: 5000});
    // A second is the promise; the rest is for a busy machine.
    assert.ok(Date.now() - since < 3000, `${Date.now() - since} ms`);
    // The next page asks with what it has kept, is refused, and gives up without a trace.
    let sockets = 0;
    w.page.on('websocket', () => sockets++);
    const shows = w.page.locator('deskbell-chat').waitFor({state: 'attached', timeout: 8000});
    const asked = w.page.requests.length;
    await w.page.reload();
    await until(
      'the last word of the door',
      () => w.page.requests.slice(asked).filter(url => url.endsWith('/status')).length == 3,
    );
    assert.ok(sockets > 1 && sockets < 5, `${sockets} sockets`);
    await assert.rejects(shows, /Timeout/);
    assert.equal(await w.page.locator('deskbell-chat').count(), 0);
    await shot(w.page, 'widget-f-blocked');
  } finally {
    const [{id}] = Object.values(await g.ctl('block', 'list')).find(Array.isArray);
    await g.ctl('block', 'remove', String(block || id));
  }
  noComplaints(w.page);
});

test('Enter that ends a Japanese conversion does not send; the next one does', async () => {
  const {w} = await talk({lang: 'ja'});
  await w.input.focus();
  const devtools = await w.context.newCDPSession(w.page);
  await devtools.send('Input.imeSetComposition', {
    text: 'にほん',
    selectionStart: 3,
    selectionEnd: 3,
  });
  // What browsers report for keys that belong to the conversion: the code 229.
  await devtools.send('Input.dispatchKeyEvent', {
    type: 'rawKeyDown',
    windowsVirtualKeyCode: 229,
    key: 'Process',
    code: 'Enter',
  });
  await w.input.evaluate(el =>
    el.dispatchEvent(
      new KeyboardEvent('keydown', {
        key: 'Enter',
        isComposing: true,
        bubbles: true,
        cancelable: true,
      }),
    ),
  );
  await devtools.send('Input.insertText', {text: '日本'});
  assert.equal(await w.input.inputValue(), '日本');
  assert.equal(await w.mine.count(), 1);
  await w.input.press('Enter');
  await text(w.mine, '日本');
  assert.equal(await w.input.inputValue(), '');
  await w.input.fill('a');
  await w.input.press('Shift+Enter');
  assert.equal(await w.input.inputValue(), 'a\n');
});

test('keys typed into the widget are no shortcuts of the page', async () => {
  const {w} = await talk();
  await w.page.evaluate(() => {
    window.heard = 0;
    for (const name of ['keydown', 'keyup', 'keypress'])
      document.addEventListener(name, () => window.heard++);
  });
  await w.input.press('k');
  await w.input.press('/');
  assert.equal(await w.page.evaluate(() => window.heard), 0);
});

test('a change of the department reaches the open chat at once', async () => {
  const {w, name} = await talk();
  await g.ctl('department', 'set', name, `name=${name} renamed`, 'colour=#004d40');
  await text(w.panel.locator('h2'), 'renamed');
  await until(
    'the colour',
    async () =>
      (await w.bubble.evaluate(el => getComputedStyle(el).backgroundColor)) == 'rgb(0, 77, 64)',
  );
});

test('a message that is too long stays where it was written, with the reason', async () => {
  const {w} = await talk();
  await w.say('あ'.repeat(4001));
  await text(w.page.locator('.composer .bad'), 'too long');
  assert.equal((await w.input.inputValue()).length, 4001);
  await assertAccessible(w.page, 'too long');
  await w.say('あ'.repeat(4000));
  await text(w.page.locator('.mark'), w.t.sent);
});

test("a screen reader hears what comes, and of one's own messages only that they are sent", async () => {
  const {w, reply} = await talk();
  await until('the log to speak', async () => (await w.log.getAttribute('aria-live')) == 'polite');
  await w.page.evaluate(() => {
    const root = document.querySelector('deskbell-chat').shadowRoot;
    window.said = [];
    const status = root.querySelector('[role=status]');
    new MutationObserver(() => status.textContent && window.said.push(status.textContent)).observe(
      status,
      {childList: true},
    );
  });
  await w.say('my words');
  await text(w.mine, 'my words');
  assert.equal(await w.page.locator('.line.mine').last().getAttribute('aria-live'), 'off');
  await until('the word', () => w.page.evaluate(() => window.said.includes('Sent')));
  await reply('their words');
  await text(w.theirs, 'their words');
  assert.equal(await w.page.locator('.line:not(.mine)').last().getAttribute('aria-live'), null);
  await w.page.reload();
  await text(w.theirs, 'their words');
  net.cut();
  await w.page.locator('.bar').waitFor({timeout: 15000});
  await text(w.page.getByRole('status'), w.t.lost);
  net.heal();
  await text(w.page.getByRole('status'), 'Connected again');
});

test('a browser that keeps nothing chats in this tab, and says so', async () => {
  const s = await scene();
  const context = await person();
  await context.addInitScript(() =>
    Object.defineProperty(window, 'localStorage', {
      get() {
        throw new Error('denied');
      },
    }),
  );
  const w = await visit(s.code, {context});
  await w.bubble.click();
  await text(w.panel, 'keeps nothing');
  await w.bubble.click();
  await ring(w);
  await s.agent.accept();
  await text(w.page.locator('.sub'), 'Aiko');
  await w.say('hello');
  await text(w.page.locator('.mark'), w.t.sent);
  noComplaints(w.page);
});
