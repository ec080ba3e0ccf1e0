// The console's state: right after any order of snapshots, differences and lost connections.
import assert from 'node:assert/strict';
import test from 'node:test';
import { isNewer } from '../../src/web/console/base/store.js';
import { FILTERS, compareRows } from '../../src/web/console/base/lists-state.js';
import { ME, head, line, world } from './console_world.mjs';

const seqs = (c) => c.lines.value.map((l) => l.seq);

test('positions are compared as numbers of any length', () => {
  for (const [a, b, newer] of [
    ['2', '1', true], ['1', '2', false], ['10', '9', true], ['9', '10', false], ['5', '5', false],
    ['18446744073709551615', '9999999999999999999', true], ['1', undefined, true],
  ])
    assert.equal(isNewer(a, b), newer, `${a} ${b}`);
});

test("what the gateway stamped is measured by the gateway's clock, told with each snapshot", async () => {
  const w = world();
  w.answers['subscribe me'] = () => ({ ok: { ...ME, now_ms: w.now + 3600000 }, pos: '10' });
  await w.accept();
  assert.equal(w.store.serverNow(), w.now + 3600000);
  w.answers['subscribe me'] = () => ({ ok: { ...ME, now_ms: w.now - 5000 }, pos: '11' });
  w.store.askAgain('me');
  await w.settle();
  assert.equal(w.store.serverNow(), w.now - 5000);
  w.down({ ev: 'offer', conversation: '9', until_ms: w.now - 5000 + 30000, head: head(9) });
  assert.equal(w.store.offers.value.at(-1).until, w.now + 30000);
});

test('a row with a lower position does not replace a newer one', async () => {
  const w = world();
  await w.accept();
  w.down({ ev: 'head', conversation: '7', head: head(7, { state: 'ended', pos: '30' }) });
  w.down({ ev: 'list', list: 'all', row: head(7, { state: 'active', pos: '9' }) });
  assert.equal(w.store.row('7').value.state, 'ended');
});

test('an open conversation asks after its last line when the connection is back', async () => {
  const w = world({
    answers: {
      'subscribe conversation': (f) => ({
        ok: { head: head(7), lines: [1, 2, 3, 4].filter((s) => s > f.seq).map((s) => line(7, s)), more: false, mails: [] },
      }),
    },
  });
  await w.accept();
  const c = w.store.conversations.open('7');
  await w.settle();
  assert.deepEqual(seqs(c), [1, 2, 3, 4]);
  w.answers['subscribe conversation'] = (f) => ({
    ok: { head: head(7), lines: [5, 6].filter((s) => s > f.seq).map((s) => line(7, s)), mails: [] },
  });
  await w.cut();
  await w.reconnect();
  const asked = w.sent.filter((f) => f.topic === 'conversation').map((f) => f.seq);
  assert.deepEqual(asked, [0, 4]);
  assert.deepEqual(seqs(c), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(w.told.find(([what]) => what === 'caught-up'), ['caught-up', 2]);
});

test('lines that come twice or too early leave no double and no gap', async () => {
  const w = world({
    answers: { 'subscribe conversation': (f) => ({
      ok: { head: head(7), lines: [1, 2, 3, 4, 5].filter((s) => s > f.seq && s <= w.last).map((s) => line(7, s)) },
    }) },
  });
  w.last = 2;
  await w.accept();
  const c = w.store.conversations.open('7');
  await w.settle();
  w.down({ ev: 'line', ...line(7, 2) });
  assert.deepEqual(seqs(c), [1, 2]);
  w.last = 5;
  w.down({ ev: 'line', ...line(7, 5) });
  assert.deepEqual(seqs(c), [1, 2], 'a gap is not shown');
  await w.settle();
  assert.deepEqual(seqs(c), [1, 2, 3, 4, 5]);
});

test('numbers that are no lines leave no gap', async () => {
  const w = world({ answers: { 'subscribe conversation': { ok: { head: head(7), lines: [line(7, 1)] } } } });
  await w.accept();
  const c = w.store.conversations.open('7');
  await w.settle();
  w.down({ ev: 'line', ...line(7, 3, { n: 2 }) });
  assert.deepEqual(seqs(c), [1, 3]);
  assert.equal(w.sent.filter((f) => f.topic === 'conversation').length, 1, 'nothing was asked again');
});

test('where more was missed than one answer holds, no hole is left in the middle', async () => {
  const w = world({ answers: { 'subscribe conversation': { ok: { head: head(7), lines: [line(7, 1)] } } } });
  await w.accept();
  const c = w.store.conversations.open('7');
  await w.settle();
  w.answers['subscribe conversation'] = { ok: { head: head(7), lines: [line(7, 300), line(7, 301)], more: true } };
  await w.cut();
  await w.reconnect();
  assert.deepEqual(seqs(c), [300, 301]);
  assert.equal(c.more.value, true);
});

test('a conversation that may not be seen any more leaves the screen', async () => {
  const w = world({ answers: { 'subscribe conversation': { ok: { head: head(7), lines: [line(7, 1)] } } } });
  await w.accept();
  const c = w.store.conversations.open('7');
  await w.settle();
  w.down({ ev: 'head', conversation: '7', gone: true });
  assert.deepEqual(seqs(c), []);
  assert.equal(c.phase.value, 'failed');
});

test('resync asks for every subscription anew', async () => {
  const w = world();
  await w.accept();
  const before = w.sentAs('subscribe').length;
  w.down({ ev: 'resync' });
  assert.equal(w.sentAs('subscribe').length, before * 2);
});

test('a typed line is shown at once, kept through a lost connection, and shown once', async () => {
  const w = world({ answers: { 'subscribe conversation': { ok: { head: head(7), lines: [line(7, 1)] } } } });
  await w.accept();
  const c = w.store.conversations.open('7');
  await w.settle();
  w.store.conversations.send(c, 'on its way');
  assert.equal(c.sending.value.length, 1);
  await w.cut();
  assert.deepEqual(JSON.parse(w.kept.sending).map((m) => m.text), ['on its way']);
  w.answers['subscribe conversation'] = { ok: { head: head(7), lines: [] } };
  await w.reconnect();
  const [first, again] = w.sentAs('chat.send');
  assert.equal(again.id, first.id);
  w.down({ re: first.id, ok: { n: 2, seq: 2 }, pos: '11' });
  await w.settle();
  assert.equal(c.sending.value.length, 1, 'until its line is there');
  w.down({ ev: 'line', ...line(7, 2, { by: 'agent', agent: '1', id: first.id, text: 'on its way' }) });
  assert.equal(c.sending.value.length, 0);
  assert.deepEqual(seqs(c), [1, 2]);
  assert.equal(w.kept.sending, '[]');
});

test('a line whose event came before its answer is not left hanging', async () => {
  const w = world({ answers: { 'subscribe conversation': { ok: { head: head(7), lines: [] } } } });
  await w.accept();
  const c = w.store.conversations.open('7');
  await w.settle();
  w.store.conversations.send(c, 'a note', true);
  const [sent] = w.sentAs('conversation.note');
  w.down({ ev: 'line', ...line(7, 1, { kind: 'note', n: 0, by: 'agent', id: sent.id }) });
  w.down({ re: sent.id, ok: { seq: 1 }, pos: '11' });
  await w.settle();
  assert.equal(c.sending.value.length, 0);
});

test('what was not answered before a reload is sent after it, with its id', async () => {
  const w = world({
    stored: { sending: JSON.stringify([{ conversation: '7', id: 'old-1', text: 'still here', note: false, at: 1 }]) },
    answers: { 'subscribe conversation': { ok: { head: head(7), lines: [] } } },
  });
  w.store.conversations.open('7');
  await w.accept();
  assert.deepEqual(w.sentAs('chat.send').map((f) => [f.id, f.text]), [['old-1', 'still here']]);
});

test('a refused line says why, and can be tried again or taken back', async () => {
  const w = world({ answers: { 'subscribe conversation': { ok: { head: head(7), lines: [] } } } });
  await w.accept();
  const c = w.store.conversations.open('7');
  await w.settle();
  w.answers['chat.send'] = { error: { code: 'ended', what: 'it has ended' } };
  await w.store.conversations.send(c, 'too late');
  assert.equal(c.sending.value[0].error.code, 'ended');
  w.answers['chat.send'] = undefined;
  w.store.conversations.retry(c, c.sending.value[0]);
  assert.equal(c.sending.value.length, 1);
  assert.equal(c.sending.value[0].error, undefined);
  const ids = w.sentAs('chat.send').map((f) => f.id);
  assert.notEqual(ids[0], ids[1], 'another try is another command');
  w.store.conversations.discard(c, c.sending.value[0]);
  assert.equal(c.sending.value.length, 0);
});

test('a line that cannot be taken now says why, and goes again by itself with its id', async () => {
  const w = world({ answers: { 'subscribe conversation': { ok: { head: head(7), lines: [] } } } });
  await w.accept();
  const c = w.store.conversations.open('7');
  await w.settle();
  w.answers['chat.send'] = { error: { code: 'rate', what: 'wait', retry_ms: 700 } };
  await w.store.conversations.send(c, 'one');
  w.store.conversations.send(c, 'two');
  assert.equal(c.sending.value[0].trouble.code, 'rate');
  assert.equal(c.sending.value[0].againAt, w.now + 700);
  assert.equal(c.sending.value[0].error, undefined);
  assert.equal(w.sentAs('chat.send').length, 1, 'what comes after it waits');
  w.answers['chat.send'] = (f) => ({ ok: { seq: f.text === 'one' ? 1 : 2 } });
  await w.advance(700);
  const sent = w.sentAs('chat.send');
  assert.deepEqual(sent.map((f) => f.text), ['one', 'one', 'two']);
  assert.equal(sent[0].id, sent[1].id);
  assert.deepEqual(c.sending.value.map((m) => [m.taken, m.trouble]), [[true, undefined], [true, undefined]]);
  for (const [i, f] of [sent[1], sent[2]].entries())
    w.down({ ev: 'line', ...line(7, i + 1, { by: 'agent', agent: '1', id: f.id }) });
  assert.deepEqual(c.sending.value, []);
});

test('a refused line does not hold up the next', async () => {
  const w = world({ answers: { 'subscribe conversation': { ok: { head: head(7), lines: [] } } } });
  await w.accept();
  const c = w.store.conversations.open('7');
  await w.settle();
  w.answers['chat.send'] = (f) => (f.text === 'bad' ? { error: { code: 'invalid' } } : { ok: { seq: 1 } });
  w.store.conversations.send(c, 'bad');
  w.store.conversations.send(c, 'good');
  await w.settle();
  assert.deepEqual(c.sending.value.map((m) => [m.text, m.error?.code, m.taken]),
    [['bad', 'invalid', undefined], ['good', undefined, true]]);
});

test('what was sent from a tab that is closed is not kept for ever', async () => {
  const w = world({ answers: { 'subscribe conversation': { ok: { head: head(7), lines: [] } } } });
  await w.accept();
  const c = w.store.conversations.open('7');
  await w.settle();
  w.store.conversations.send(c, 'goodbye');
  const [sent] = w.sentAs('chat.send');
  w.store.conversations.close('7');
  w.down({ re: sent.id, ok: { seq: 1 } });
  await w.settle();
  assert.equal(w.kept.sending, '[]');
});

test('while an answer is owed, nobody says that there is a connection', async () => {
  const w = world();
  await w.accept();
  assert.equal(w.store.online.value, true);
  const said = [];
  w.store.online.subscribe((online) => said.push(online));
  w.deaf = true;
  await w.advance(5000);
  assert.equal(w.store.online.value, false);
  await w.advance(10000);
  w.deaf = false;
  await w.accept();
  assert.deepEqual(said, [true, false, true], 'and it does not flicker on its way');
});

test('unread and waiting follow the visitor’s lines', async () => {
  const w = world({ answers: { 'subscribe conversation': { ok: { head: head(7), lines: [] } } } });
  await w.accept();
  const c = w.store.conversations.open('7');
  await w.settle();
  w.down({ ev: 'line', ...line(7, 1, { time_ms: 5000 }) });
  w.down({ ev: 'line', ...line(7, 2, { time_ms: 6000 }) });
  assert.equal(c.unread.value, 2);
  assert.equal(c.waitingSince.value, 5000);
  w.store.conversations.seen(c);
  assert.equal(c.unread.value, 0);
  assert.deepEqual(w.sentAs('chat.seen').map((f) => f.n), [2]);
  w.down({ ev: 'line', ...line(7, 3, { by: 'agent', agent: '1' }) });
  assert.equal(c.waitingSince.value, 0);
  w.down({ ev: 'line', ...line(7, 4, { kind: 'note', n: 0, by: 'agent' }) });
  assert.equal(c.unread.value, 0);
});

test('a question asked at the start waits for an answer from the ring on', async () => {
  const w = world({ answers: { 'subscribe conversation': { ok: { head: head(7), lines: [
    line(7, 1, { kind: 'rang', n: 0, text: 'Where is it?', time_ms: 4000 }),
    line(7, 2, { kind: 'joined', n: 1, by: 'agent', text: undefined, time_ms: 9000 }),
  ] } } } });
  await w.accept();
  const c = w.store.conversations.open('7');
  await w.settle();
  assert.equal(c.waitingSince.value, 4000);
  assert.equal(c.unread.value, 0);
  w.down({ ev: 'line', ...line(7, 3, { n: 2, by: 'agent', agent: '1' }) });
  assert.equal(c.waitingSince.value, 0);
});

test('typing is forgotten after six seconds, and by the visitor’s next line', async () => {
  const w = world({ answers: { 'subscribe conversation': { ok: { head: head(7), lines: [] } } } });
  await w.accept();
  const c = w.store.conversations.open('7');
  await w.settle();
  w.down({ ev: 'typing', conversation: '7', by: 'visitor', name: 'Sato' });
  assert.equal(c.typing.value.by, 'visitor');
  await w.advance(6000);
  assert.equal(c.typing.value, null);
  w.down({ ev: 'typing', conversation: '7', by: 'visitor', name: 'Sato' });
  w.down({ ev: 'line', ...line(7, 1) });
  assert.equal(c.typing.value, null);
});

test('offers come, go, and survive a reconnect without ringing twice', async () => {
  const w = world();
  await w.accept();
  const offer = { conversation: '9', until_ms: 1, expires_in_ms: 20000, head: head(9, { state: 'offered' }) };
  w.down({ ev: 'offer', ...offer });
  assert.equal(w.store.offers.value[0].until, w.now + 20000, 'the countdown is the gateway’s');
  w.answers['subscribe me'] = { ok: { ...ME, offers: [{ ...offer, expires_in_ms: 8000 }] } };
  await w.cut();
  await w.reconnect();
  assert.equal(w.store.offers.value.length, 1);
  assert.equal(w.store.offers.value[0].until, w.now + 8000);
  assert.equal(w.told.filter(([what]) => what === 'offer').length, 1);
  w.down({ ev: 'offer.over', conversation: '9', why: 'taken', by: '2' });
  assert.equal(w.store.offers.value.length, 0);
  const [, detail] = w.told.find(([what]) => what === 'offer-over');
  assert.equal(detail.why, 'taken');
});

test('a late accept removes the offer and says so', async () => {
  const w = world({ answers: { 'offer.accept': { error: { code: 'late', what: 'it went on' } } } });
  await w.accept();
  w.down({ ev: 'offer', conversation: '9', expires_in_ms: 100, head: head(9) });
  await assert.rejects(w.store.accept('9'), { code: 'late' });
  assert.equal(w.store.offers.value.length, 0);
});

test('lists take snapshots, rows, and rows that go; other filters do not touch them', async () => {
  const w = world({ answers: { 'subscribe list': (f) => ({
    ok: f.list === 'all' ? { rows: [head(3), head(8)], count: 2, cursor: 'x' } : { rows: [], count: 0, cursor: null },
  }) } });
  await w.accept();
  const all = w.store.lists.open('all');
  await w.settle();
  assert.deepEqual(all.ids.value, ['8', '3'], 'newest first');
  w.down({ ev: 'list', list: 'all', row: head(9) });
  w.down({ ev: 'list', list: 'all', filter: 'open', row: head(10) });
  w.down({ ev: 'list', list: 'all', gone: '3' });
  w.down({ ev: 'list', list: 'all', gone: '77' });
  assert.deepEqual(all.ids.value, ['9', '8']);
  assert.equal(all.count.value, 2);
  w.answers['list.read'] = { ok: { rows: [head(1), head(8)], cursor: null } };
  await w.store.lists.more(all);
  assert.deepEqual(all.ids.value, ['9', '8', '1'], 'a page adds, and doubles nothing');
  assert.equal(all.cursor.value, null);
});

test('a list by a tag is known by the tag\'s number, however it is written', async () => {
  const w = world({ answers: { 'subscribe list': (f) => ({
    ok: f.tag ? { rows: [head(3)], tag: '77', cursor: null } : { rows: [head(3), head(4)], count: 2, cursor: null },
  }) } });
  await w.accept();
  const all = w.store.lists.open('all');
  const vip = w.store.lists.open('all', { tag: 'VIP' });
  await w.settle();
  assert.equal(w.sentAs('subscribe').at(-1).tag, 'VIP');
  assert.equal(vip.count.value, null, 'nobody has counted');
  w.down({ ev: 'list', list: 'all', tag: '77', row: head(9) });
  w.down({ ev: 'list', list: 'all', tag: '78', row: head(10) });
  w.down({ ev: 'list', list: 'all', tag: '78', gone: '3' });
  assert.deepEqual(vip.ids.value, ['9', '3']);
  assert.deepEqual(all.ids.value, ['4', '3']);
  w.down({ ev: 'list', list: 'all', tag: '77', gone: '3' });
  assert.deepEqual(vip.ids.value, ['9']);
  assert.deepEqual(all.ids.value, ['4', '3']);
});

test('rows that nothing shows are forgotten', async () => {
  const w = world({ answers: { 'subscribe list': (f) => ({
    ok: f.list === 'all' ? { rows: [head(3)], count: 1, cursor: null } : { rows: [], count: 0, cursor: null },
  }) } });
  await w.accept();
  const all = w.store.lists.open('all');
  await w.settle();
  const row = w.store.row('3');
  w.store.lists.close(all);
  assert.notEqual(w.store.row('3'), row);
});

test('waiting chats stand in the order of their ring', () => {
  const rows = [head(5, { rang_ms: 300 }), head(6, { rang_ms: 100 }), head(4, { rang_ms: 300 })];
  const order = [...rows].sort((a, b) => compareRows('unassigned', a, b)).map((r) => r.conversation);
  assert.deepEqual(order, ['6', '4', '5']);
});

test('filters: what is open, unreplied, replied', () => {
  for (const [row, passes] of [
    [{ state: 'active', unreplied: true }, ['open', 'unreplied']],
    [{ state: 'active', unreplied: false }, ['open', 'replied']],
    [{ state: 'ended', unreplied: true }, []],
  ])
    assert.deepEqual(Object.keys(FILTERS).filter((f) => FILTERS[f](row)), passes);
});

test('my own entry among the agents changes my status too', async () => {
  const w = world();
  await w.accept();
  w.down({ ev: 'agent', agent: { id: '1', name: 'Aiko', status: 'away', load: 2, capacity: 3 } });
  assert.equal(w.store.agent.value.status, 'away');
  assert.equal(w.store.agent.value.load, 2);
  // In full as one's own, and with ids of departments alone as a colleague.
  const departments = [{ department: '4', chat: true, notify: false }];
  w.down({ ev: 'agent', agent: { ...ME.agent, email: 'a@example.com', status: 'away', status_why: 'lapsed', departments } });
  w.down({ ev: 'agent', agent: { id: '1', name: 'Aiko', status: 'away', load: 1, capacity: 3, departments: ['4'] } });
  assert.deepEqual(w.store.agent.value.departments, departments);
  assert.equal(w.store.agent.value.status_why, 'lapsed');
  w.down({ ev: 'agent', agent: { ...ME.agent, email: 'a@example.com', status: 'away', departments } });
  assert.equal(w.store.agent.value.status_why, undefined);
  w.down({ ev: 'agent', gone: '1' });
  assert.equal(w.store.agents.value.size, 0);
});
