// What is said and heard: pasted text on its way out, and how a visitor's message makes itself known.
import assert from 'node:assert/strict';
import test from 'node:test';
import {noComplaints, startGateway, until} from './harness.mjs';
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

// In place of loudspeaker and desktop: what they were given.  front(false): another window is before it.
function desktop() {
  window.tones = [];
  window.notes = [];
  const level = {setValueAtTime() {}, linearRampToValueAtTime() {}, exponentialRampToValueAtTime() {}};
  const to = next => next;
  window.AudioContext = class {
    state = 'running';
    currentTime = 0;
    resume() {}
    createGain() {
      return {gain: level, connect: to};
    }
    createOscillator() {
      const voice = {frequency: {value: 0}, connect: to, stop() {}, start: () => window.tones.push(voice.frequency.value)};
      return voice;
    }
  };
  window.Notification = class {
    static permission = 'granted';
    static requestPermission = async () => 'granted';
    constructor(title, options) {
      Object.assign(this, {title, ...options});
      window.notes.push(this);
    }
    close() {
      this.closed = true;
    }
  };
  let isFront = true;
  Document.prototype.hasFocus = () => isFront;
  window.front = is => {
    isFront = is;
    if (is) window.dispatchEvent(new Event('focus'));
  };
  localStorage.setItem('deskbell.choices', JSON.stringify({notify: true, ...JSON.parse(localStorage.getItem('deskbell.choices') || '{}')}));
}
const CHIME = 740;
const chimes = page => page.evaluate(tone => window.tones.filter(one => one == tone).length, CHIME);
const notes = page => page.evaluate(() => window.notes.map(({title, body}) => ({title, body})));
// Until all that a message can cause has happened: what the console does 250 ms after its arrival comes
// before a timer that is set later and runs longer.
async function heard(page, v, text) {
  await v.say(text);
  await until(`${text} to be there`, () => page.evaluate(t => document.body.textContent.includes(t), text));
  await page.waitForTimeout(0);
  await page.evaluate(() => new Promise(resolve => setTimeout(resolve, 300)));
}

test('a message that is not in view is heard while the console is in front; one in view is not', async () => {
  const page = await consoleOf(g, aiko, {script: desktop});
  await setStatus(page, 'available');
  const one = await ring({name: 'One'});
  const first = await accepted(page);
  const two = await ring({name: 'Two'});
  await accepted(page);
  assert.deepEqual(await page.evaluate(() => window.tones.slice(0, 2)), [659, 880], 'an offer rings');
  await heard(page, two, 'in view');
  assert.equal(await chimes(page), 0);
  await heard(page, one, 'in the tab behind');
  assert.equal(await chimes(page), 1);
  // Scrolled up, the end of the log is not in view; but who writes there need not be told.
  for (let i = 0; i < 20; i++) await two.say(`line ${i}\n\n\n`);
  await page.waitForSelector('.message:has-text("line 19")');
  await page.evaluate(() => (document.querySelector('.log').scrollTop = 0));
  await page.click('.side-head h2');
  await heard(page, two, 'below what is seen');
  assert.equal(await chimes(page), 2);
  await page.evaluate(() => (document.querySelector('.log').scrollTop = 0));
  await page.click('[data-composer]');
  await heard(page, two, 'while it is written in');
  assert.equal(await chimes(page), 2);
  assert.deepEqual(await notes(page), [], 'nothing on the desktop: the console is in front');

  await page.evaluate(() => window.front(false));
  await heard(page, two, 'Are you there?');
  assert.equal(await chimes(page), 3);
  assert.deepEqual(await notes(page), [{title: 'New message: Two', body: 'Are you there?'}]);
  await page.evaluate(() => (document.querySelector('.log').scrollTop = 1e6));
  await page.evaluate(() => window.front(true));
  await until('it to be taken away when it was read', () => page.evaluate(() => window.notes[0].closed));
  await page.evaluate(() => window.front(false));
  await heard(page, one, 'And I?');
  await page.evaluate(() => window.notes.at(-1).onclick());
  await page.waitForSelector(`.tab.current a[data-tab="${first}"]`);

  await page.click('#sound-menu');
  await page.click('.menu-item:has-text("Hide names and texts")');
  await page.click('.menu-item:has-text("Sound off")');
  const before = await chimes(page);
  await heard(page, two, 'a secret');
  assert.equal(await chimes(page), before, 'sound is off');
  assert.deepEqual((await notes(page)).at(-1), {title: 'New message', body: ''});
  noComplaints(page);
});

test('where notices are switched off, nothing is heard and nothing shown on the desktop', async () => {
  await g.ctl('department', 'add', 'Quiet', 'type=public');
  const quiet = (await g.departments()).find(one => one.name == 'Quiet');
  await g.ctl('member', 'set', aiko.email, quiet.id, 'notify=false');
  const page = await consoleOf(g, aiko, {script: desktop});
  await setStatus(page, 'available');
  await page.evaluate(() => window.front(false));
  const silent = await visitor(g, quiet.code, {name: 'Silent'});
  rung.push(silent);
  await accepted(page);
  await heard(page, silent, 'psst');
  assert.deepEqual(await page.evaluate(() => [window.tones, window.notes.length]), [[], 0]);
  const loud = await ring({name: 'Loud'});
  await accepted(page);
  await heard(page, loud, 'hello');
  assert.deepEqual((await notes(page)).map(({title}) => title), ['New chat: Loud', 'New message: Loud']);
  // The switch works on consoles that are open.
  await g.ctl('member', 'set', aiko.email, quiet.id, 'notify=true');
  await until('the message to be heard', async () => {
    await heard(page, silent, `now? ${Date.now()}`);
    return (await notes(page)).some(({title}) => title == 'New message: Silent');
  });
  noComplaints(page);
});
