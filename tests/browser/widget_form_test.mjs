// The widget's form under answers that come late: what was typed stays where it is, a conversion
// goes on, and what the gateway wants is shown.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {noComplaints, person, shot, until} from './harness.mjs';
import {g, ring, scene, text, visit} from './visitor.mjs';

// The door's next answers wait until the test lets them in.
async function holdDoor(page) {
  let asked = false;
  let open;
  const opened = new Promise(resolve => (open = resolve));
  await page.route('**/status', async route => {
    asked = true;
    await opened;
    await route.continue();
  });
  return async () => {
    await until('the door to be asked', () => asked);
    open();
  };
}

test('a message typed at a closed door is the question when the door turns out to be open', async () => {
  const s = await scene({status: 'offline'});
  const w = await visit(s.code);
  await w.bubble.waitFor();
  const letIn = await holdDoor(w.page);
  await w.bubble.click();
  await w.field(w.t.email).fill('hanako@example.com');
  await w.field(w.t.message).fill('Do you ship to Japan?');
  await w.field(w.t.message).evaluate(el => el.setSelectionRange(3, 3));
  await s.agent.status('available');
  await letIn();
  await w.button(w.t.start).waitFor();
  await w.page.keyboard.type('really ');
  assert.equal(await w.field(w.t.question).inputValue(), 'Do really you ship to Japan?');
  assert.equal(await w.field(w.t.email).inputValue(), 'hanako@example.com');
  await w.button(w.t.start).click();
  await text(w.page.locator('.queue'), w.t.place(1));
  const conversation = await s.agent.accept();
  const {lines} = await s.agent.ask('conversation.read', {conversation});
  assert.equal(lines.find(line => line.kind == 'rang').text, 'Do really you ship to Japan?');
  assert.equal(await w.input.inputValue(), '', 'it is asked once');
  noComplaints(w.page);
});

test('a conversion that is under way when the door answers ends as one', async () => {
  const s = await scene();
  const w = await visit(s.code, {lang: 'ja'});
  await w.bubble.waitFor();
  const letIn = await holdDoor(w.page);
  await w.bubble.click();
  await w.field(w.t.question).click();
  const devtools = await w.context.newCDPSession(w.page);
  const compose = words =>
    devtools.send('Input.imeSetComposition', {text: words, selectionStart: 3, selectionEnd: 3});
  await compose('にほん');
  await g.ctl('department', 'set', s.name, 'fields.phone=ask');
  await letIn();
  await compose('にほんご');
  await devtools.send('Input.insertText', {text: '日本語'});
  await w.field('電話番号').waitFor();
  assert.equal(await w.field(w.t.question).inputValue(), '日本語');
  noComplaints(w.page);
});

test('a conversion that is under way when the chat is missed ends where it began', async () => {
  const s = await scene({settings: ['wait_ms=3s', 'offer_ms=1s']});
  const w = await visit(s.code, {lang: 'ja'});
  await ring(w, {question: 'もしもし'});
  await w.input.click();
  const devtools = await w.context.newCDPSession(w.page);
  const compose = words =>
    devtools.send('Input.imeSetComposition', {text: words, selectionStart: 3, selectionEnd: 3});
  await compose('にほん');
  // It is known, and the view for it has been loaded.
  await until('the miss', () =>
    ['away', 'late'].every(part => w.page.requests.some(url => url.endsWith(`${part}.ja.js`))),
  );
  await w.page.waitForLoadState('networkidle');
  await compose('にほんご');
  await devtools.send('Input.insertText', {text: '日本語'});
  await text(w.panel, w.t.missed);
  assert.equal(await w.field(w.t.message).inputValue(), 'もしもし\n日本語');
  noComplaints(w.page);
});

test('a field that becomes required while the form is open is shown, with what is missing', async () => {
  const s = await scene();
  const w = await visit(s.code);
  await w.bubble.click();
  await w.field(w.t.email).fill('hanako@example.com');
  await w.field(w.t.question).fill('Hello?');
  await g.ctl('department', 'set', s.name, 'fields.phone=must');
  await w.button(w.t.start).click();
  await w.field('Phone').waitFor();
  await text(w.page.locator('.bad'), w.t.needed);
  assert.equal(await w.field('Phone').getAttribute('aria-invalid'), 'true');
  assert.equal(await w.field(w.t.question).inputValue(), 'Hello?');
  await shot(w.page, 'widget-i-required');
  await w.field('Phone').fill('03 1234 5678');
  await w.button(w.t.start).click();
  await text(w.page.locator('.queue'), w.t.place(1));
  noComplaints(w.page);
});

test('a name pasted with a tab in it is taken', async () => {
  const s = await scene();
  const w = await visit(s.code);
  await ring(w, {name: 'Yamada\tHanako'});
  const conversation = await s.agent.accept();
  const {head} = await s.agent.ask('subscribe', {topic: 'conversation', conversation, seq: 0});
  assert.equal(head.name, 'Yamada Hanako');
});

test('after a miss nothing is asked again: it is rung with all that was said', async () => {
  const s = await scene({settings: ['wait_ms=3s', 'offer_ms=1s']});
  const w = await visit(s.code);
  await ring(w, {question: 'Anybody?'});
  await w.say('It is urgent');
  await text(w.panel, w.t.missed);
  assert.equal(await w.field(w.t.name).count(), 0, 'the name is known');
  assert.equal(await w.field(w.t.email).inputValue(), 'hanako@example.com');
  assert.equal(await w.field(w.t.message).inputValue(), 'Anybody?\nIt is urgent');
  await s.agent.status('available');
  s.agent.forget();
  await w.button(w.t.ring).click();
  await text(w.page.locator('.queue'), w.t.place(1));
  const conversation = await s.agent.accept();
  const {head} = await s.agent.ask('subscribe', {topic: 'conversation', conversation, seq: 0});
  assert.deepEqual([head.name, head.email], ['Hanako', 'hanako@example.com']);
  const {lines} = await s.agent.ask('conversation.read', {conversation});
  assert.equal(lines.find(line => line.kind == 'rang').text, 'Anybody?\nIt is urgent');
  noComplaints(w.page);
});

// A browser whose gateway refuses this command, as it would for this reason.
async function refusing(lang, verb, error) {
  const context = await person({locale: lang == 'ja' ? 'ja-JP' : 'en-GB'});
  await context.routeWebSocket(/\/ws$/, socket => {
    const far = socket.connectToServer();
    socket.onMessage(message => {
      const {id, do: what} = JSON.parse(message);
      if (what == verb) socket.send(JSON.stringify({re: id, error}));
      else far.send(message);
    });
  });
  return context;
}

for (const [lang, words, field] of [
  ['en', /Too much is going on at the moment/, /character in it that is not possible/],
  ['ja', /ただいま混み合っています/, /使えない文字/],
])
  test(`why something is refused is said in words (${lang})`, async () => {
    const s = await scene();
    const full = {code: 'conflict', reason: 'space-all', what: 'x'};
    const w = await visit(s.code, {lang, context: await refusing(lang, 'chat.start', full)});
    await w.bubble.click();
    await w.field(w.t.email).fill('hanako@example.com');
    await w.button(w.t.start).click();
    const alert = w.page.getByRole('alert').filter({hasText: words});
    await alert.waitFor();
    assert.equal(await alert.evaluate(el => getComputedStyle(el).position), 'static', 'in its form');
    assert.equal(await w.field(w.t.email).inputValue(), 'hanako@example.com');
    await shot(w.page, `widget-refused-${lang}`);

    const bad = {
      code: 'invalid',
      field: 'name',
      reason: 'one-line',
      values: {at: 3, character: 'U+0007'},
    };
    const again = await visit(s.code, {lang, context: await refusing(lang, 'chat.start', bad)});
    await again.bubble.click();
    await again.field(again.t.name).fill('Hanako');
    await again.field(again.t.email).fill('hanako@example.com');
    await again.button(again.t.start).click();
    await text(again.page.locator('.bad'), field);
    assert.equal(await again.field(again.t.name).getAttribute('aria-invalid'), 'true');
    // What is changed is no longer complained of.
    await again.field(again.t.name).fill('Hanako S');
    assert.equal(await again.field(again.t.name).getAttribute('aria-invalid'), 'false');
  });
