// The visitor's widget in Chromium against a real gateway: every state in both languages, under
// the strictest policy a site can have, on every kind of screen.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {assertAccessible, noComplaints, openPage, person, shot, until} from './harness.mjs';
import {WORDS, g, net, ring, scene, talk, text, visit} from './visitor.mjs';

const storageOf = page =>
  page.evaluate(() => Object.keys(localStorage).concat(Object.keys(sessionStorage)));

test('before it is opened: two requests, one of them cacheable, no storage, no cookie, no socket', async () => {
  const {code} = await scene();
  const w = await visit(code);
  const sockets = [];
  w.page.on('websocket', socket => sockets.push(socket));
  await w.bubble.waitFor();
  assert.equal(await w.bubble.getAttribute('aria-label'), w.t.open);
  const ours = w.page.requests
    .filter(url => url.startsWith(net.url))
    .map(url => url.slice(net.url.length));
  assert.equal(ours.length, 2, ours.join());
  assert.match(ours[0], /^\/w\/[^/]+\/deskbell\.js$/);
  assert.equal(ours[1], `/w/${code}/status`);
  const status = await fetch(g.url + ours[1]);
  assert.match(status.headers.get('cache-control'), /max-age=\d+/);
  assert.equal(status.headers.get('set-cookie'), null);
  assert.equal(status.headers.get('access-control-allow-origin'), '*');
  assert.deepEqual(await storageOf(w.page), []);
  assert.deepEqual(await w.context.cookies(), []);
  await w.bubble.click();
  await w.field(w.t.email).waitFor();
  assert.deepEqual(await storageOf(w.page), []);
  assert.equal(sockets.length, 0);
  noComplaints(w.page);
});

test('an unknown, a private and a deleted department show nothing, and answer byte for byte the same', async () => {
  const {code, name} = await scene();
  await g.ctl('department', 'add', 'Hidden', 'type=private');
  await g.ctl('department', 'add', 'Gone', 'type=public');
  const listed = await g.departments();
  const codeOf = what => listed.find(one => one.name == what).code;
  await g.ctl('department', 'remove', 'Gone');
  await g.ctl('department', 'set', name, 'type=private');
  const answers = [];
  for (const each of ['A'.repeat(22), code, codeOf('Hidden'), codeOf('Gone')]) {
    const answer = await fetch(`${g.url}/w/${each}/status`);
    const headers = [...answer.headers].filter(([key]) => key != 'date');
    answers.push(JSON.stringify([answer.status, headers, await answer.text()]));
    const w = await visit(each);
    await until('the status', () => w.page.requests.some(url => url.endsWith('/status')));
    await w.page.waitForLoadState('networkidle');
    assert.equal(await w.page.locator('deskbell-chat').count(), 0);
    noComplaints(w.page);
  }
  assert.equal(new Set(answers).size, 1, answers.join('\n'));
  assert.match(answers[0], /^\[404/);
});

for (const lang of ['en', 'ja']) {
  test(`every state from the form to the transcript, accessible throughout (${lang})`, async () => {
    const s = await scene();
    const w = await visit(s.code, {lang});
    const {t, page} = w;
    const look = async name => {
      await assertAccessible(page, name);
      await shot(page, `widget-${name}-${lang}`);
    };
    await w.bubble.waitFor();
    await look('1-bubble');
    await w.bubble.click();
    await w.field(t.name).waitFor();
    await look('2-form');
    await w.field(t.email).fill('');
    await w.button(t.start).click();
    await text(page.locator('.bad'), t.needed);
    await look('3-form-wrong');
    await w.field(t.name).fill('花子');
    await w.field(t.email).fill('hanako@example.com');
    await w.field(t.question).fill('日曜日も配達できますか？');
    await w.button(t.start).click();
    await text(page.locator('.queue'), t.place(1));
    await look('4-waiting');
    await w.say('急いでいます');
    await text(page.locator('.mark'), t.sent);
    const conversation = await s.agent.accept();
    await text(page.locator('.sub'), 'Aiko');
    s.agent.tell('chat.typing', {conversation});
    await text(w.log, t.typing);
    await look('5-connected');
    await s.agent.ask('chat.send', {
      conversation,
      text: 'はい。https://example.com/delivery をご覧ください。',
    });
    await text(w.theirs, 'ご覧ください');
    assert.equal(
      await page.getByRole('link', {name: 'https://example.com/delivery'}).getAttribute('rel'),
      'noopener noreferrer nofollow',
    );
    await s.agent.ask('subscribe', {topic: 'conversation', conversation, seq: 0});
    const head = await s.agent.ask('conversation.read', {conversation});
    assert.ok(JSON.stringify(head).includes('急いでいます'));
    await s.agent.ask('chat.seen', {conversation, n: head.lines.at(-1).n});
    await text(page.locator('.mark'), t.seen);
    await look('6-seen');
    await w.menu.click();
    await look('7-menu');
    await w.button(t.end).click();
    await w.sheet.waitFor();
    await look('7-end-sure');
    await w.sheet.getByRole('button', {name: t.end}).click();
    await text(w.panel, t.ended);
    await look('8-ended');
    await page.getByRole('radio', {name: t.star}).check({force: true});
    await look('8-rating');
    await w.field(t.comment).fill('親切でした');
    await w.button(t.rate).click();
    await text(w.panel, t.thanks);
    await text(w.panel, 'hanako@example.com');
    await w.button(t.copy).click();
    await text(w.panel, t.copied);
    await look('9-rated');
    const after = await s.agent.ask('conversation.read', {conversation});
    assert.ok(JSON.stringify(after).includes('親切でした'), JSON.stringify(after));
    await w.button(t.again).click();
    await w.button(t.start).waitFor();
    assert.equal(await w.field(t.name).inputValue(), '花子');
    noComplaints(page);
  });

  test(`nobody there: the offline form, and the message is kept (${lang})`, async () => {
    const s = await scene({status: 'offline'});
    const w = await visit(s.code, {lang, dark: true});
    await w.bubble.click();
    await text(w.panel, w.t.offline);
    await assertAccessible(w.page, 'offline');
    await shot(w.page, `widget-a-offline-${lang}`);
    await w.field(w.t.email).fill('nobody');
    await w.field(w.t.message).fill('電話をください');
    await w.button(w.t.leave).click();
    assert.equal(await w.field(w.t.email).getAttribute('aria-invalid'), 'true');
    await w.field(w.t.email).fill('hanako@example.com');
    await w.button(w.t.leave).click();
    await text(w.panel, w.t.received);
    await assertAccessible(w.page, 'left');
    await shot(w.page, `widget-b-left-${lang}`);
    const {rows} = await s.agent.ask('list.read', {list: 'missed'});
    assert.equal(rows.length, 1);
    assert.equal(rows[0].email, 'hanako@example.com');
    noComplaints(w.page);
  });

  test(`nobody answers in time: missed, a message left, and rung again (${lang})`, async () => {
    const s = await scene({settings: ['wait_ms=2s', 'offer_ms=1s']});
    const w = await visit(s.code, {lang});
    await ring(w, {question: 'もしもし'});
    await text(w.panel, w.t.missed);
    assert.equal(await w.field(w.t.message).inputValue(), 'もしもし');
    await assertAccessible(w.page, 'missed');
    await shot(w.page, `widget-c-missed-${lang}`);
    await s.agent.status('available');
    s.agent.forget();
    await w.button(w.t.ring).click();
    await text(w.page.locator('.queue'), w.t.place(1));
    const conversation = await s.agent.accept();
    const {head} = await s.agent.ask('subscribe', {topic: 'conversation', conversation, seq: 0});
    assert.ok(head.previous, JSON.stringify(head));
    noComplaints(w.page);
  });
}

test('the status line tells the place, and not any more once somebody has come', async () => {
  const s = await scene();
  const w = await visit(s.code);
  await w.bubble.click();
  await text(w.panel, 'We will answer you here as soon as we can.');
  await w.bubble.click();
  await ring(w);
  const status = w.page.getByRole('status');
  await text(status, /in the queue|Looking for somebody/);
  await s.agent.accept();
  await text(w.page.locator('.sub'), 'Aiko');
  await until('the place to be unsaid', async () => !(await status.textContent()));
});

test('the queue shows the place, and it moves; leaving it offers the message form', async () => {
  const s = await scene({capacity: 1});
  const first = await visit(s.code);
  await ring(first);
  await s.agent.accept();
  const second = await visit(s.code);
  await second.bubble.click();
  // The only agent is busy with one chat and has no more places: whoever rings now waits.
  await second.field(second.t.email).fill('second@example.com');
  await second.button(second.t.start).click();
  await text(second.page.locator('.queue'), second.t.place(1));
  const third = await visit(s.code);
  await ring(third);
  await text(third.page.locator('.queue'), third.t.place(2));
  await second.button(second.t.instead).click();
  await second.button(second.t.leaveYes).click();
  await text(second.panel, 'You left the queue');
  await text(third.page.locator('.queue'), third.t.place(1));
  await second.field(second.t.message).fill('Please write to me');
  await second.button(second.t.leave).click();
  await text(second.panel, second.t.received);
});

test('a question before the end: inside the panel, Escape and the first button are harmless', async () => {
  const {w, agent, conversation} = await talk({dark: true});
  const {page, t} = w;
  await w.menu.focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  assert.equal(await w.button(t.end).isVisible(), false, 'Escape closes the menu alone');
  assert.equal(await w.panel.isVisible(), true);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await w.sheet.waitFor();
  await assertAccessible(page, 'the question');
  const box = async part => part.boundingBox();
  const [panel, sheet] = [await box(w.panel), await box(w.sheet)];
  assert.ok(sheet.x >= panel.x && sheet.y > panel.y && sheet.width <= panel.width);
  assert.equal(await page.locator('deskbell-chat :modal').count(), 0, 'the page keeps its light');
  await page.keyboard.press('Enter');
  assert.equal(await w.sheet.count(), 0, 'the first answer is to go on');
  await w.menu.click();
  await w.log.click({position: {x: 5, y: 5}});
  assert.equal(await w.button(t.end).isVisible(), false, 'a click elsewhere closes the menu');
  await w.menu.click();
  await w.button(t.end).click();
  await w.sheet.waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await w.sheet.count(), 0);
  assert.equal(await w.panel.isVisible(), true);
  await w.say('still here');
  await text(page.locator('.mark'), t.sent);
  // What ends meanwhile asks no more.
  await w.menu.click();
  await w.button(t.end).click();
  await w.sheet.waitFor();
  await agent.ask('chat.end', {conversation});
  await text(w.panel, t.ended);
  assert.equal(await w.sheet.count(), 0);
  await w.button(t.again).click();
  noComplaints(page);
});

test('what stands in an empty field can be read, in the dark as in the light', async () => {
  for (const dark of [false, true]) {
    const {w} = await talk({dark});
    const [front, back] = await w.input.evaluate(el => [
      getComputedStyle(el, '::placeholder').color,
      getComputedStyle(el.closest('.panel')).backgroundColor,
    ]);
    const light = colour => {
      const [r, g, b] = colour.match(/\d+/g).map(n => {
        const part = n / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
    };
    const [one, other] = [light(front), light(back)].sort((a, b) => b - a);
    assert.ok(one / other >= 4.5, `${front} on ${back}: ${one / other}`);
  }
});

test('with the keyboard alone: from the page to a sent message and back', async () => {
  const s = await scene();
  const w = await visit(s.code);
  const {page} = w;
  const focused = () =>
    page.evaluate(() => {
      let el = document.activeElement;
      while (el.shadowRoot?.activeElement) el = el.shadowRoot.activeElement;
      return el.id || el.className || el.localName;
    });
  await w.bubble.waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'bubble');
  await page.keyboard.press('Enter');
  await until('the first field', async () => (await focused()) == 'name');
  await page.keyboard.press('Escape');
  assert.equal(await focused(), 'bubble');
  await page.keyboard.press('Space');
  await until('the first field', async () => (await focused()) == 'name');
  await page.keyboard.type('Hanako');
  await page.keyboard.press('Tab');
  await page.keyboard.type('hanako@example.com');
  await page.keyboard.press('Enter');
  await w.input.waitFor();
  await until('the composer', async () =>
    page.evaluate(() => document.activeElement.shadowRoot?.activeElement?.localName == 'textarea'),
  );
  await page.keyboard.type('typed text stays');
  await s.agent.accept();
  await text(page.locator('.sub'), 'Aiko');
  assert.equal(
    await w.input.inputValue(),
    'typed text stays',
    'a change of state takes nothing away',
  );
  await page.keyboard.press('Enter');
  await text(w.mine, 'typed text stays');
  noComplaints(page);
});

test('styles of the page do not reach the widget, and those of the widget not the page', async () => {
  const s = await scene();
  const w = await visit(s.code);
  const before = await w.page.evaluate(
    () => getComputedStyle(document.querySelector('h1')).cssText,
  );
  await w.page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(
      'body > * { color: lime !important; font-size: 40px !important; display: none; opacity: 0.5; border: 9px solid red } div, button, section, p { display: none !important }',
    );
    document.adoptedStyleSheets = [sheet];
  });
  await w.bubble.click();
  await w.field(w.t.email).waitFor();
  const color = await w.field(w.t.email).evaluate(el => getComputedStyle(el).color);
  assert.notEqual(color, 'rgb(0, 255, 0)');
  await w.page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('deskbell-chat { --deskbell-accent: #123456; --deskbell-inset: 40px }');
    document.adoptedStyleSheets = [sheet];
  });
  const background = await w.bubble.evaluate(el => getComputedStyle(el).backgroundColor);
  assert.equal(background, 'rgb(18, 52, 86)', 'what is meant to be set, can be');
  await w.page.evaluate(() => (document.adoptedStyleSheets = []));
  assert.equal(
    await w.page.evaluate(() => getComputedStyle(document.querySelector('h1')).cssText),
    before,
  );
});

for (const [what, options] of Object.entries({
  'a small phone': {viewport: {width: 320, height: 568}, hasTouch: true},
  'a phone in the dark': {narrow: true, dark: true},
  'forced colours': {forcedColors: 'active'},
  'a screen where things may move': {reducedMotion: 'no-preference'},
  'text of twice the size': {viewport: {width: 640, height: 400}, deviceScaleFactor: 2},
})) {
  test(`on ${what} the chat is whole and accessible`, async () => {
    const s = await scene();
    const w = await visit(s.code, {lang: 'ja', ...options});
    const name = what.replace(/\W+/g, '-');
    await ring(w);
    await shot(w.page, `widget-g-${name}-waiting`);
    await assertAccessible(w.page, 'waiting');
    const conversation = await s.agent.accept();
    await s.agent.ask('chat.send', {conversation, text: 'とても長い'.repeat(60)});
    await text(w.theirs, 'とても長い');
    await shot(w.page, `widget-g-${name}-chat`);
    await assertAccessible(w.page, 'chat');
    const wide = await w.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.equal(wide, false, 'nothing is wider than the screen');
    const box = await w.button(w.t.send).boundingBox();
    const view = w.page.viewportSize();
    assert.ok(
      box.x >= 0 && box.x + box.width <= view.width && box.y + box.height <= view.height,
      'the send button is in view',
    );
    assert.ok(box.width >= 32 && box.height >= 32);
    await w.menu.click();
    await w.button(w.t.end).click();
    await w.sheet.getByRole('button', {name: w.t.end}).click();
    await text(w.panel, w.t.ended);
    await assertAccessible(w.page, 'ended');
    noComplaints(w.page);
  });
}

test('an agent who ends the chat, and a visitor who rates it later, after a reload', async () => {
  const {w, agent, conversation, code} = await talk();
  await agent.ask('chat.end', {conversation});
  await text(w.panel, w.t.ended);
  await w.page.reload();
  await w.bubble.click();
  await w.page.getByRole('radio', {name: '2 of 5'}).check({force: true});
  await w.button(w.t.rate).click();
  await text(w.panel, w.t.thanks);
  await w.page.reload(); // now without the core, which would write down what it knows
  await w.bubble.waitFor();
  await w.page.evaluate(key => {
    const kept = JSON.parse(localStorage.getItem(key));
    localStorage.setItem(key, JSON.stringify({...kept, endedMs: Date.now() - 25 * 3600 * 1000}));
  }, `deskbell:${code}`);
  await w.page.reload();
  await w.bubble.waitFor();
  assert.deepEqual(await storageOf(w.page), [], 'a day later nothing is kept');
  noComplaints(w.page);
});

test('a department that closes while the form is open: the words go into the offline form', async () => {
  const s = await scene();
  const w = await visit(s.code);
  await w.bubble.click();
  await w.field(w.t.email).fill('hanako@example.com');
  await w.field(w.t.question).fill('Still there?');
  await g.ctl('department', 'disable', s.name);
  await w.button(w.t.start).click();
  await w.button(w.t.leave).waitFor();
  assert.equal(await w.field(w.t.message).inputValue(), 'Still there?');
  assert.equal(await w.field(w.t.email).inputValue(), 'hanako@example.com');
  const hidden = await scene({status: 'offline', settings: ['offline=hide']});
  const nothing = await visit(hidden.code);
  await nothing.page.waitForLoadState('networkidle');
  assert.equal(await nothing.page.locator('deskbell-chat').count(), 0);
});

test('the title is in the language of the page, and the name where there is none', async () => {
  const s = await scene({settings: ['title.ja=ひだまり茶舗']});
  for (const [lang, title] of [
    ['ja', 'ひだまり茶舗'],
    ['en', s.name],
  ]) {
    const w = await visit(s.code, {lang});
    await w.bubble.click();
    await text(w.panel.locator('h2'), title);
  }
});

test("the greeting, the colour and the side are the department's", async () => {
  const {w} = await talk({
    settings: ['greeting.en=Welcome to the shop', 'colour=#ffdd00', 'at_start=yes'],
  });
  await text(w.theirs, 'Welcome to the shop');
  const box = await w.bubble.boundingBox();
  assert.ok(box.x < 100, `${box.x}`);
  const [back, front] = await w.bubble.evaluate(el => [
    getComputedStyle(el).backgroundColor,
    getComputedStyle(el).color,
  ]);
  assert.deepEqual([back, front], ['rgb(255, 221, 0)', 'rgb(17, 17, 17)']);
  await assertAccessible(w.page, 'yellow');
});

test('a core that cannot be loaded says so, and the next click tries again', async () => {
  const s = await scene();
  const w = await visit(s.code);
  await w.page.route('**/core.en.js', route => route.abort());
  await w.bubble.click();
  await w.page.getByRole('alert').filter({hasText: 'Please try again'}).waitFor();
  await assertAccessible(w.page, 'not loaded');
  await w.page.unroute('**/core.en.js');
  await w.bubble.click();
  await w.field(w.t.email).waitFor();
});

test('a core with other bytes than the loader knows is not run', async () => {
  const s = await scene();
  const w = await visit(s.code);
  await w.page.route('**/core.en.js', async route => {
    const answer = await route.fetch();
    await route.fulfill({response: answer, body: 'window.robbed = true;' + (await answer.text())});
  });
  await w.bubble.click();
  await w.page.getByRole('alert').filter({hasText: 'Please try again'}).waitFor();
  assert.equal(await w.page.evaluate(() => 'robbed' in window), false);
});

test('two departments on one page are two chats; the same one twice is one', async () => {
  const one = await scene();
  const two = await scene({settings: ['at_start=yes']});
  const w = await visit(one.code);
  await w.bubble.waitFor();
  // The page's policy lets no script of the test in; the debugger may do what a tag would.
  const again = async code => {
    const tag = await w.page.evaluate(() => document.querySelector('script').src);
    await w.page.evaluate(
      ([src, department]) => {
        const source = fetch(src).then(answer => answer.text());
        const script = {src, dataset: {department}};
        return source.then(
          body =>
            new Promise(resolve => {
              Object.defineProperty(document, 'currentScript', {value: script, configurable: true});
              window.nextWidget = body;
              resolve();
            }),
        );
      },
      [tag, code],
    );
    await w.page.evaluate(await w.page.evaluate(() => window.nextWidget));
  };
  await again(two.code);
  await until('two bubbles', async () => (await w.page.locator('deskbell-chat').count()) == 2);
  await again(one.code);
  await again(two.code);
  await w.page.locator('deskbell-chat .bubble').nth(1).click();
  await w.field(w.t.email).waitFor();
  assert.equal(await w.page.locator('deskbell-chat').count(), 2);
  assert.equal(await w.page.locator('deskbell-chat .panel:visible h2').textContent(), two.name);
});

test('the shop of the demo shows the widget in both languages, on wide and narrow screens', async () => {
  const s = await scene();
  for (const [path, lang, options, asked = `?department=${s.code}`] of [
    ['/demo/', 'en', {}, ''], // it finds a department by itself
    ['/demo/', 'en', {narrow: true, dark: true}],
    ['/demo/ja/', 'ja', {dark: true}],
    ['/demo/ja/', 'ja', {narrow: true}],
  ]) {
    const context = await person(options);
    const page = await openPage(context, `${g.url}${path}${asked}`);
    await page.locator('deskbell-chat .bubble').waitFor();
    await shot(
      page,
      `demo-${lang}-${options.narrow ? 'narrow' : 'wide'}-${options.dark ? 'dark' : 'light'}`,
    );
    await assertAccessible(page, path);
    assert.equal(
      await page.evaluate(() => document.documentElement.scrollWidth > innerWidth),
      false,
    );
    await page.locator('deskbell-chat .bubble').click();
    // Nobody is in the first department of all.
    const {start, leave} = WORDS[lang];
    await page.getByRole('button', {name: asked ? start : leave}).waitFor();
    noComplaints(page);
  }
});
