// Nobody overhears a visitor: what is heard, what the title, the badge and the desktop show, when, and
// how loud; and the console as an app of its own.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway, until} from './harness.mjs';
import {accepted, assertFits, consoleOf, go, ringer, setStatus} from './console_parts.mjs';

const g = await startGateway();
const [department] = await g.departments();
const aiko = await g.addAgent('Aiko', 'aiko@example.com', [department.id]);
await g.ctl('agent', 'set', 'aiko@example.com', 'capacity=12');
const ring = ringer(g, department);

// In place of loudspeaker and desktop: what they were given.  front(false): another window is before it.
function desktop() {
  window.tones = [];
  window.notes = [];
  window.badge = 0;
  navigator.setAppBadge = async n => (window.badge = n);
  navigator.clearAppBadge = async () => (window.badge = 0);
  const level = {
    setValueAtTime() {}, exponentialRampToValueAtTime() {},
    linearRampToValueAtTime: volume => (window.loudest = Math.max(window.loudest || 0, volume)),
  };
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
  await until('no badge', () => page.evaluate(() => window.badge == 0));
  await heard(page, one, 'in the tab behind');
  assert.equal(await chimes(page), 1);
  assert.equal(await page.evaluate(() => window.badge), 1, 'the badge says how many');
  assert.match(await page.title(), /^\(1\) /);
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
  const silent = await ring({name: 'Silent'}, quiet.code);
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

const saveProfile = async page => {
  await page.click('.settings-foot .button.primary');
  await page.waitForSelector('.settings-foot .quiet-text:has-text("Saved")');
};

test('volume and tone go with the agent to another browser, at once and later', async () => {
  const page = await consoleOf(g, aiko, {script: desktop});
  const other = await consoleOf(g, aiko, {script: desktop});
  await go(page, '#/profile', '#set-alerts-volume');
  await page.fill('#set-alerts-volume', '20');
  await page.selectOption('#set-alerts-tone', 'wood');
  assert.deepEqual(await page.evaluate(() => window.tones), [247, 247, 330], 'one hears what one chose');
  await assertAccessible(page, 'how one is told');
  await saveProfile(page);
  const shown = await g.ctl('agent', 'show', aiko.email);
  assert.deepEqual([shown['alerts.volume'], shown['alerts.tone']], [20, 'wood']);
  for (const one of [other, await consoleOf(g, aiko, {script: desktop})]) {
    await one.click('#sound-menu');
    await one.click('.menu-item:has-text("Test the sound")');
    await until('its tone', async () => (await one.evaluate(() => window.tones.join())) == '247,247,330');
    assert.equal(await one.evaluate(() => window.loudest), 0.1);
  }
  await other.click('#sound-menu');
  await other.click('.menu-item:has-text("Loud")');
  await until('it to be saved', async () => (await g.ctl('agent', 'show', aiko.email))['alerts.volume'] == 100);
  await until('it to be seen', async () => (await page.inputValue('#set-alerts-volume')) == '100');
  await g.ctl('agent', 'set', aiko.email, 'alerts.tone=chime', 'alerts.volume=60');
  noComplaints(page);
});

test('in quiet hours nothing is heard and nothing shown on the desktop; title and badge say it', async () => {
  const page = await consoleOf(g, aiko, {script: desktop});
  await setStatus(page, 'available');
  const v = await ring({name: 'Late'});
  await accepted(page);
  await go(page, '#/profile', '#quiet-on');
  await page.click('label[for="quiet-on"]');
  assert.equal(await page.inputValue('#quiet-from'), '22:00');
  await page.fill('#quiet-from', '00:00');
  await page.fill('#quiet-to', '00:00');
  await assertFits(page, 'quiet hours');
  await assertAccessible(page, 'quiet hours');
  await shot(page, 'console-quiet');
  await saveProfile(page);
  assert.match((await g.ctl('agent', 'show', aiko.email))['alerts.quiet'], /^mon 00:00-24:00; tue 00:00-24:00; .*sun/);
  await page.waitForSelector('#sound-menu[aria-label^="Quiet hours"]');
  await page.evaluate(() => {
    window.tones.length = 0;
    window.front(false);
  });
  await v.say('Are you awake?');
  await until('the badge', () => page.evaluate(() => window.badge == 1));
  await page.waitForTimeout(0);
  await page.evaluate(() => new Promise(resolve => setTimeout(resolve, 300)));
  assert.deepEqual(await page.evaluate(() => [window.tones, window.notes.length]), [[], 0]);
  assert.match(await page.title(), /^\(1\) /);
  await page.evaluate(() => window.front(true));
  await page.click('label[for="quiet-on"]');
  await saveProfile(page);
  await page.evaluate(() => window.front(false));
  await until('it to be heard', async () => {
    await v.say(`now? ${Date.now()}`);
    return page.evaluate(() => window.tones.length && window.notes.length);
  });
  noComplaints(page);
});

test('the console can be installed, and is asked for on one\'s own page', async () => {
  const page = await consoleOf(g, aiko);
  const manifest = await page.evaluate(async () => {
    const {href} = document.querySelector('link[rel=manifest]');
    const answer = await fetch(href);
    const json = await answer.json();
    const icons = await Promise.all(json.icons.map(async icon => {
      const image = new Image();
      image.src = new URL(icon.src, href).href;
      await image.decode();
      return icon.sizes == 'any' || icon.sizes == `${image.naturalWidth}x${image.naturalHeight}`;
    }));
    return {...json, icons, type: answer.headers.get('content-type')};
  });
  assert.equal(manifest.type, 'application/manifest+json');
  assert.deepEqual([manifest.id, manifest.start_url, manifest.scope, manifest.display],
    ['/console/', '/console/', '/console/', 'standalone']);
  assert.deepEqual(manifest.icons, [true, true, true, true]);
  const devtools = await page.context().newCDPSession(page);
  const {installabilityErrors} = await devtools.send('Page.getInstallabilityErrors');
  const real = installabilityErrors.filter(one => one.errorId != 'in-incognito'); // as tests' browsers are
  assert.deepEqual(real, []);
  assert.equal(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length), 0);
  await go(page, '#/profile', '.card:has-text("As an app")');
  await page.evaluate(() => {
    const offer = new Event('beforeinstallprompt', {cancelable: true});
    offer.prompt = async () => (window.prompted = true);
    window.dispatchEvent(offer);
  });
  await page.click('.button:has-text("Install the console as an app")');
  await until('the browser to be asked', () => page.evaluate(() => window.prompted));
  await page.waitForSelector('.button:has-text("Install the console as an app")', {state: 'detached'});
  noComplaints(page);
});
