// The console's connection: nothing unanswered is lost, nothing is asked for ever.
import assert from 'node:assert/strict';
import test from 'node:test';
import { createLink } from '../../src/web/console/base/link.js';
import { world } from './console_world.mjs';

function linked(more) {
  const w = world({ store: false, ...more });
  const on = { events: [], opened: 0, out: 0 };
  w.on = on;
  w.link = createLink(w.env, {
    event: (f) => on.events.push(f),
    opened: () => on.opened++,
    signedOut: () => on.out++,
  });
  w.link.connect();
  return w;
}

test('a command that was not answered is sent again with the same id after a reconnect', async () => {
  const w = linked();
  await w.accept();
  const answer = w.link.command('chat.send', { conversation: '7', text: 'hello' });
  await w.cut();
  await w.reconnect();
  const [first, second] = w.sentAs('chat.send');
  assert.deepEqual(second, first);
  w.down({ re: first.id, ok: { n: 3, seq: 5 }, pos: '12' });
  assert.deepEqual(await answer, { n: 3, seq: 5, pos: '12' });
  await w.cut();
  await w.reconnect();
  assert.equal(w.sentAs('chat.send').length, 2, 'an answered command is not sent again');
});

test('a command given while there is no connection goes out when there is one', async () => {
  const w = linked();
  const answer = w.link.command('agent.status', { status: 'busy' });
  assert.equal(w.sent.length, 0);
  await w.accept();
  assert.equal(w.sentAs('agent.status').length, 1);
  w.down({ re: w.sent[0].id, error: { code: 'forbidden', what: 'no' } });
  await assert.rejects(answer, { code: 'forbidden', message: 'no' });
});

test('a question of one connection is not carried to the next', async () => {
  const w = linked();
  await w.accept();
  const asked = w.link.ask('subscribe', { topic: 'me' });
  const refused = assert.rejects(asked, { code: 'unreachable' });
  await w.cut();
  await refused;
  await w.reconnect();
  assert.equal(w.sentAs('subscribe').length, 1);
});

test('what happens before the answer goes to whoever asked, and to nobody after it', async () => {
  const w = linked();
  await w.accept();
  const heard = [];
  const asked = w.link.ask('mail.test', { to: 'a@example.com' }, (f) => heard.push(f.lines[0].text));
  const { id } = w.sentAs('mail.test')[0];
  w.down({ ev: 'dialogue', re: id, lines: [{ by: 'server', text: '220 hello' }] });
  w.down({ ev: 'dialogue', re: 'other', lines: [{ by: 'server', text: 'of another' }] });
  w.down({ re: id, ok: { outcome: 'sent' }, pos: '3' });
  assert.deepEqual((await asked).ok, { outcome: 'sent' });
  w.down({ ev: 'dialogue', re: id, lines: [{ by: 'server', text: 'too late' }] });
  assert.deepEqual(heard, ['220 hello']);
  assert.deepEqual(w.on.events, []);
});

test('the wait between attempts grows to ten seconds and stays there', async () => {
  const w = linked();
  const gaps = [];
  for (let i = 0; i < 8; i++) {
    const at = w.now;
    await w.cut();
    const before = w.sockets.length;
    while (w.sockets.length === before) await w.advance(50);
    gaps.push(w.now - at);
  }
  assert.ok(gaps[0] <= 700, `first ${gaps[0]}`);
  assert.ok(gaps.every((g, i) => i === 0 || g >= gaps[i - 1] - 60), gaps.join());
  assert.ok(gaps.at(-1) <= 11000, `last ${gaps.at(-1)}`);
});

test('a connection that says nothing is doubted within five seconds, and given up soon', async () => {
  const w = linked();
  await w.accept();
  await w.advance(60000);
  assert.equal(w.link.doubt.value, false);
  w.deaf = true;
  await w.advance(5000);
  assert.equal(w.link.doubt.value, true);
  assert.ok(w.link.lostAt.value > w.now - 5000);
  assert.equal(w.sockets.length, 1);
  await w.advance(8000);
  assert.ok(w.sockets[0].closed);
  assert.equal(w.link.doubt.value, false, 'it is gone, not doubted');
  assert.ok(w.sockets.length > 1, 'another attempt was made');
});

test('a command that is not answered is enough to doubt', async () => {
  const w = linked();
  await w.accept();
  w.deaf = true;
  w.link.command('chat.send', {});
  await w.advance(2100);
  assert.equal(w.link.doubt.value, false, 'a moment is nothing');
  await w.advance(100);
  assert.equal(w.link.doubt.value, true);
  w.down({ ev: 'counts' });
  assert.equal(w.link.doubt.value, false, 'any word is a sign of life');
  assert.equal(w.link.lostAt.value, 0);
  w.deaf = false;
  await w.advance(60000);
  assert.equal(w.sockets.length, 1);
});

test('a network that is said to be gone is doubted at once, and asked', async () => {
  const w = linked();
  await w.accept();
  w.deaf = true;
  w.link.suspect();
  w.link.suspect();
  assert.equal(w.link.doubt.value, true);
  assert.equal(w.sentAs('ping').length, 1);
  w.deaf = false;
  w.down({ re: w.sentAs('ping')[0].id, ok: {} });
  assert.equal(w.link.doubt.value, false);
  await w.advance(30000);
  assert.equal(w.sockets.length, 1, 'it was a false alarm');
});

test('after a sleep the connection is doubted until it has answered', async () => {
  const w = linked();
  await w.accept();
  await w.advance(10000);
  w.deaf = true;
  await w.sleep(3600000);
  assert.equal(w.link.doubt.value, true);
  await w.advance(6000);
  assert.ok(w.sockets[0].closed);
});

test('a slow line gets more time with each attempt', async () => {
  const w = linked();
  const lives = [];
  w.deaf = true;
  for (let i = 0; i < 5; i++) {
    await w.accept();
    const at = w.now;
    const mine = w.socket();
    while (!mine.closed) await w.advance(100);
    lives.push(w.now - at);
    const before = w.sockets.length;
    while (w.sockets.length === before) await w.advance(100);
  }
  assert.ok(lives.every((life, i) => i === 0 || life >= lives[i - 1]), lives.join());
  assert.ok(lives[4] > 40000 && lives[4] < 50000, lives.join());
  w.deaf = false;
  await w.accept();
  await w.advance(5000);
  w.deaf = true;
  const at = w.now;
  const mine = w.socket();
  while (!mine.closed) await w.advance(100);
  assert.ok(w.now - at < 11000, 'one that spoke is not given more');
});

test('looking asks at once, and never twice', async () => {
  const w = linked();
  await w.accept();
  w.deaf = true;
  w.link.hurry();
  w.link.hurry();
  assert.equal(w.sentAs('ping').length, 1);
});

test('a quiet page asks every few seconds, one with news does not, an unseen one seldom', async () => {
  const w = linked();
  const asked = async (ms, each = async () => {}) => {
    const before = w.sentAs('ping').length;
    for (let at = 0; at < ms; at += 1000) {
      await each();
      await w.advance(1000);
    }
    return w.sentAs('ping').length - before;
  };
  await w.accept();
  const often = await asked(60000);
  assert.ok(often >= 20 && often <= 25, `${often} a minute: each costs the gateway`);
  assert.equal(await asked(60000, () => w.down({ ev: 'nothing-of-note' })), 0);
  w.hidden = true;
  await asked(10000);
  const seldom = await asked(60000);
  assert.ok(seldom >= 5 && seldom <= 6, `${seldom}`);
});

test('an answered ping keeps the connection', async () => {
  const w = linked();
  await w.accept();
  await w.advance(600000);
  assert.equal(w.sockets.length, 1);
  assert.equal(w.link.unanswered(), 0);
});

test('4401 and signed-out end it for good, and reject what is open', async () => {
  for (const how of ['code', 'event']) {
    const w = linked();
    await w.accept();
    const open = assert.rejects(w.link.command('chat.send', {}), { code: 'unauthenticated' });
    if (how === 'code') await w.cut(4401);
    else w.down({ ev: 'signed-out' });
    await open;
    await w.advance(60000);
    assert.equal(w.on.out, 1);
    assert.equal(w.sockets.length, 1);
  }
});

test('a door that stays shut is asked whether the session still stands', async () => {
  const w = linked();
  w.signedIn = false;
  await w.cut();
  await w.settle();
  assert.equal(w.on.out, 1);
  assert.equal(w.link.phase.value, 'closed');
});

test('a question about the session that nobody answers holds up no attempt', async () => {
  const w = linked();
  w.env.signedIn = () => new Promise(() => {});
  for (let i = 2; i <= 4; i++) {
    await w.advance(25000);
    assert.ok(w.sockets.length >= i, `attempt ${i}`);
  }
});

test('what was answered of the session before the connection was back does not end it', async () => {
  const w = linked();
  let answer;
  w.env.signedIn = () => new Promise((resolve) => (answer = resolve));
  await w.cut();
  await w.reconnect();
  answer(false);
  await w.settle();
  assert.equal(w.link.phase.value, 'open');
  assert.equal(w.on.out, 0);
});

test('what asks for no answer is owed none', async () => {
  const w = linked();
  await w.accept();
  w.deaf = true;
  w.link.hint('chat.typing', { conversation: '7' });
  await w.advance(3000);
  assert.equal(w.link.doubt.value, false);
});

test('text that is no JSON starts the connection afresh', async () => {
  const w = linked();
  await w.accept();
  w.socket().onmessage({ data: '{' });
  assert.equal(w.link.phase.value, 'waiting');
  await w.reconnect();
  assert.equal(w.on.opened, 2);
});
