// Agents' pictures: chosen by themselves or by who manages them, seen by colleagues and visitors.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {crc32, deflateSync} from 'node:zlib';
import {assertAccessible, noComplaints, shot, until} from './harness.mjs';
import {g, talk} from './visitor.mjs';
import {assertFits, consoleOf, go} from './console_parts.mjs';

const PASSWORD = 'correct horse battery';

const chunk = (type, data) => {
  const body = Buffer.concat([Buffer.from(type), data]);
  const out = Buffer.alloc(8);
  out.writeUInt32BE(data.length, 0);
  out.writeUInt32BE(crc(body), 4);
  return Buffer.concat([out.subarray(0, 4), body, out.subarray(4)]);
};

function crc(bytes) {
  if (crc32) return crc32(bytes);
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let i = 0; i < 8; i++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

// A face, roughly: a disc on a ground of two colours.
function png(width, height) {
  const rows = [];
  for (let y = 0; y < height; y++) {
    const row = Buffer.alloc(1 + width * 3);
    for (let x = 0; x < width; x++) {
      const inside = Math.hypot(x - width / 2, y - height / 2) < Math.min(width, height) / 3;
      row.set(inside ? [240, 190, 150] : y < height / 2 ? [40, 90, 160] : [30, 60, 90], 1 + x * 3);
    }
    rows.push(row);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const file = (buffer, mimeType = 'image/png') => ({name: 'me.png', mimeType, buffer});
const isShown = img => img.evaluate(el => el.complete && el.naturalWidth === 256);
const choose = (page, what) => page.setInputFiles('.picture-card input[type=file]', what);

for (const lang of ['en', 'ja']) {
  test(`an agent chooses a picture, and everybody who sees the name sees it (${lang})`, async () => {
    const narrow = lang == 'ja';
    const {w, agent, conversation, reply} = await talk({lang});
    const page = await consoleOf(g, {email: agent.email, password: PASSWORD},
      {locale: lang == 'ja' ? 'ja-JP' : 'en-GB', narrow, dark: narrow});
    await reply('Good morning');
    await w.theirs.first().waitFor();
    const face = w.page.locator('deskbell-chat .line .face').first();
    await face.waitFor();
    assert.equal(await face.textContent(), [...(await g.ctl('agent', 'show', agent.email)).name][0]);
    await go(page, '#/profile', '.picture-card');
    await choose(page, file(png(640, 400)));
    const own = page.locator('.picture-card .face img');
    await own.waitFor();
    await until('it to be shown', () => isShown(own));
    await page.waitForSelector('.top .face img');
    await assertAccessible(page, 'the profile with a picture');
    await assertFits(page, 'the profile with a picture');
    await shot(page, `console-picture-${lang}`);
    // The visitor's widget has it at once, where it stands already and over the chat.
    await w.page.locator('deskbell-chat .line .face canvas').first().waitFor();
    await w.page.locator('deskbell-chat .sub .face canvas').waitFor();
    await shot(w.page, `widget-picture-${lang}`);
    await page.evaluate(id => (location.hash = `#/mine?c=${id}`), conversation);
    const inLog = page.locator('.message.agent .face img').first();
    await inLog.waitFor();
    await until('it to be shown in the log', () => isShown(inLog));
    await assertAccessible(page, 'a log with a picture');
    await shot(page, `console-picture-log-${lang}`);
    await w.page.reload();
    await w.page.locator('deskbell-chat .line .face canvas').first().waitFor();
    // And it is gone as quickly.
    await go(page, '#/profile', '.picture-card');
    await page.locator('.picture-card .button').last().click();
    await own.waitFor({state: 'detached'});
    await w.page.locator('deskbell-chat .face canvas').first().waitFor({state: 'detached'});
    assert.equal((await g.ctl('agent', 'show', agent.email)).picture, undefined);
    noComplaints(w.page);
    noComplaints(page);
  });
}

test('what cannot be one is refused in words, and nothing is changed', async () => {
  const {agent} = await talk();
  const page = await consoleOf(g, {email: agent.email, password: PASSWORD});
  await go(page, '#/profile', '.picture-card');
  await choose(page, file(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'),
    'image/png'));
  await page.waitForSelector('.picture-card .error:has-text("not a PNG, JPEG or WebP")');
  assert.equal(await page.locator('.picture-card .face img').count(), 0);
  await assertAccessible(page, 'a picture that was refused');
  // A photograph is larger than the gateway takes: the browser makes it small before it is sent.
  await choose(page, file(png(5000, 3000)));
  await page.waitForSelector('.picture-card .face img');
  assert.equal(await page.locator('.picture-card .error').count(), 0);
});

test('who manages agents sets and removes it, and a lost one leaves the initial', async () => {
  const {agent} = await talk();
  const admin = await g.setPassword('admin@localhost');
  const page = await consoleOf(g, admin);
  const {id} = await g.ctl('agent', 'show', agent.email);
  await go(page, `#/agents/${id}`, '.picture-card');
  await choose(page, file(png(300, 300)));
  await page.waitForSelector('.picture-card .face img');
  const {picture} = await g.ctl('agent', 'show', agent.email);
  assert.match(picture, /^[0-9a-f]{32}$/);
  await page.route(`**/w/picture/${picture}`, route => route.fulfill({status: 404}));
  await go(page, '#/agents', `.table .face`);
  const row = page.locator(`.table tr:has(a[href$="/${id}"]) .face`);
  await until('the initial', async () => (await row.textContent()).trim().length == 1);
  await shot(page, 'console-picture-agents');
  await page.unroute(`**/w/picture/${picture}`);
  await go(page, `#/agents/${id}`, '.picture-card');
  await page.locator('.picture-card .button').last().click();
  await until('it to be gone', async () =>
    (await g.ctl('agent', 'show', agent.email)).picture === undefined);
});

test('who has a chat or a task shows by face in lists, asked for once, and grey while he is gone', async () => {
  const {agent, conversation, reply} = await talk();
  await reply('Good morning');
  const page = await consoleOf(g, await g.setPassword('admin@localhost'));
  const {id} = await g.ctl('agent', 'show', agent.email);
  await go(page, `#/agents/${id}`, '.picture-card');
  await choose(page, file(png(300, 300)));
  await page.waitForSelector('.picture-card .face img');
  const {picture} = await g.ctl('agent', 'show', agent.email);
  const {head} = await agent.ask('conversation.read', {conversation});
  await g.ctl('task', 'add', String(head.number), 'Call back', `agent=${agent.email}`);
  let asked = 0;
  page.on('request', request => (asked += request.url().endsWith(picture)));
  await page.evaluate(id => (location.hash = `#/all?c=${id}`), conversation);
  await page.reload();
  const places = {
    row: page.locator(`.row:has(a[href$="c=${conversation}"]) .row-agent .face`),
    task: page.locator('.pane-side .task:has-text("Call back") .face'),
    log: page.locator('.message.agent .face'),
  };
  for (const name in places) await until(`the ${name}'s picture`, () => isShown(places[name].locator('img')));
  for (const name of ['row', 'task']) {
    const {width, height} = await places[name].boundingBox();
    assert.deepEqual([width, height], [16, 16], name);
  }
  assert.ok(asked <= 1, `${asked} requests for one picture`);
  for (const name in places)
    assert.doesNotMatch(await places[name].getAttribute('class'), /gone/, `${name}: he is there`);
  await assertAccessible(page, 'lists with faces');
  await shot(page, 'console-faces');
  // Away from his console, and then for good.
  await agent.close();
  for (const name in places) await until(`the ${name}'s face to be grey`, async () =>
    /gone/.test(await places[name].getAttribute('class')));
  await shot(page, 'console-faces-gone');
  await g.ctl('agent', 'disable', agent.email, 'to=queue', 'tasks=admin@localhost');
  await places.row.waitFor({state: 'detached'});
  await places.task.waitFor({state: 'detached'}); // it is one's own now
  assert.match(await places.log.getAttribute('class'), /gone/);
  await page.reload();
  await until('the log to be grey still', async () => /gone/.test(await places.log.getAttribute('class')));
});
