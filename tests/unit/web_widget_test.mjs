// The widget without a browser: its chat, its connection and what it keeps, against a gateway that
// the test plays, on a clock that only the test moves.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  addLine,
  chat,
  chatting,
  lastWhole,
  line,
  mayRateAgain,
  resumed,
  Storage,
  tab,
} from './web_widget_world.mjs';

const texts = () => chat.lines.map(one => one.text);

test('lines keep their order and come once', () => {
  const lines = [];
  assert.equal(addLine(lines, {n: 1}), true);
  assert.equal(addLine(lines, {n: 3}), true);
  assert.equal(addLine(lines, {n: 3}), false);
  assert.equal(lastWhole(lines), 1);
  assert.equal(addLine(lines, {n: 2}), true);
  assert.equal(lastWhole(lines), 3);
  assert.deepEqual(
    lines.map(one => one.n),
    [1, 2, 3],
  );
});

test('nothing is stored and no socket is opened before the form is sent', () => {
  const w = tab();
  w.advance(60000);
  assert.equal(w.sockets.length, 0);
  assert.deepEqual(Object.keys(w.storage), []);
});

test('a ring is sent once it can be, and again with the same id until it is answered', () => {
  const w = tab();
  chat.tell('chat.start', {name: 'Hanako', email: 'h@example.com'});
  w.accept();
  const first = w.last();
  assert.equal(first.do, 'chat.start');
  assert.deepEqual([first.name, first.page, first.lang], ['Hanako', '/shop', 'en']);
  assert.equal('at' in first, false);
  w.cut(1006);
  w.advance(1000);
  w.accept();
  assert.equal(w.last().id, first.id);
  assert.equal(chat.live(), false);
  w.down({re: first.id, ok: {chat: '7', token: 't', state: 'waiting', place: 2}});
  assert.equal(chat.live(), true);
  assert.equal(chat.s.st.place, 2);
  assert.equal('token' in chat.s.st, false);
});

test('ids are long enough for the protocol, short enough for it, and differ', () => {
  const w = chatting();
  chat.tell('chat.send', {text: 'a'});
  const a = w.last().id;
  w.down({re: a, ok: {n: 2}});
  chat.tell('chat.send', {text: 'b'});
  const b = w.last().id;
  assert.match(a, /^[0-9a-z]{9}[0-9a-f]{32}$/);
  assert.notEqual(a, b);
});

test('messages go one after the other, so that their order is the one they were written in', () => {
  const w = chatting();
  chat.tell('chat.send', {text: 'one'});
  chat.tell('chat.send', {text: 'two'});
  assert.deepEqual(
    w.sent('chat.send').map(one => one.text),
    ['one'],
  );
  w.down({re: w.last().id, ok: {n: 2}});
  assert.deepEqual(
    w.sent('chat.send').map(one => one.text),
    ['one', 'two'],
  );
  w.down({ev: 'chat.line', ...line(3, 'two', {by: 'visitor', id: w.last().id})});
  assert.equal(chat.out.length, 0);
  assert.deepEqual(texts(), [undefined, 'one', 'two']);
});

test('a line that is shown before its answer comes lets the next message go', () => {
  const w = chatting();
  chat.tell('chat.send', {text: 'one'});
  chat.tell('chat.send', {text: 'two'});
  const {id} = w.last();
  w.down({ev: 'chat.line', ...line(2, 'one', {by: 'visitor', id})});
  assert.equal(w.last().text, 'two');
  w.down({re: id, ok: {n: 2}});
  w.down({re: w.last().id, ok: {n: 3}});
  assert.deepEqual(texts(), [undefined, 'one', 'two']);
  assert.equal(chat.out.length, 0);
});

test('a message sent into a cut goes out after it, once', () => {
  const w = chatting();
  chat.tell('chat.send', {text: 'tunnel'});
  const {id} = w.last();
  w.cut(1006);
  assert.equal(chat.out.length, 1);
  w.advance(1000);
  w.accept();
  assert.equal(w.last().do, 'chat.resume');
  assert.equal(w.last().n, 1);
  assert.equal(w.sent('chat.send').length, 0);
  resumed(w);
  assert.equal(w.sent('chat.send')[0].id, id);
  w.down({re: id, ok: {n: 2}});
  w.down({ev: 'chat.line', ...line(2, 'tunnel', {by: 'visitor', id})});
  assert.deepEqual(texts(), [undefined, 'tunnel']);
});

test('a message that had arrived before the cut is not sent again', () => {
  const w = chatting();
  chat.tell('chat.send', {text: 'arrived'});
  const {id} = w.last();
  w.cut(1006);
  w.advance(1000);
  w.accept();
  resumed(w, [line(2, 'arrived', {by: 'visitor', id})]);
  assert.equal(w.sent('chat.send').length, 0);
  assert.equal(chat.out.length, 0);
});

test('after a reload everything is as it was, and what was not answered is sent', () => {
  const before = chatting();
  before.down({ev: 'chat.line', ...line(2, 'hi')});
  chat.tell('chat.send', {text: 'not answered'});
  const after = tab({storage: before.storage, now: before.now + 5000});
  assert.equal(chat.s.q, 'Hello?');
  assert.deepEqual(texts(), [undefined, 'hi']);
  after.accept();
  assert.deepEqual([after.last().do, after.last().token, after.last().n], ['chat.resume', 't', 2]);
  resumed(after, [line(3, 'more')]);
  assert.equal(after.sent('chat.send')[0].text, 'not answered');
  assert.deepEqual(texts(), [undefined, 'hi', 'more']);
});

test('what is kept holds no array, and of another shape the chat and its token are enough', () => {
  const before = chatting();
  before.down({ev: 'chat.line', ...line(2, 'hi')});
  const key = 'deskbell:C';
  const kept = JSON.parse(before.storage.getItem(key));
  assert.equal(Array.isArray(kept.lines), false);
  const good = {chat: '7', token: 't', live: true};
  for (const other of [
    good,
    {...kept, lines: JSON.stringify(kept.lines), st: 'active', who: 1, seenN: null},
    {...kept, lines: [{n: 'x'}, null, 1], st: {}},
  ]) {
    const after = tab({storage: new Storage({[key]: JSON.stringify(other)})});
    after.accept();
    assert.deepEqual([after.last().do, after.last().token, after.last().n], ['chat.resume', 't', 0]);
    resumed(after, [line(1, 'one')]);
    assert.deepEqual([texts(), chat.live(), chat.unread()], [['one'], true, 1]);
  }
  for (const other of ['"text"', '7', '[]', '{"chat":7,"token":"t"}', '{"live":true}', 'no JSON']) {
    const after = tab({storage: new Storage({[key]: other, [key + ':1']: '{"x":1}'})});
    assert.equal(chat.s, null);
    assert.equal(after.sockets.length, 0);
    assert.deepEqual(chat.out, []);
  }
});

test('a long chat is fetched whole after a reload, because only its end is kept', () => {
  const before = chatting();
  for (let n = 2; n <= 150; n++) before.down({ev: 'chat.line', ...line(n)});
  const after = tab({storage: before.storage});
  assert.equal(chat.lines.length, 100);
  after.accept();
  assert.equal(after.last().n, 0);
  resumed(
    after,
    Array.from({length: 150}, (_, i) => line(i + 1)),
  );
  assert.equal(chat.lines.length, 150);
});

test('a gap in the numbers is filled, however many answers it takes', () => {
  const w = chatting();
  w.down({ev: 'chat.line', ...line(7)});
  w.advance(400);
  assert.equal(w.sent('chat.read').length, 0);
  w.advance(200);
  assert.equal(w.last().before, 7);
  w.down({re: w.last().id, ok: {lines: [line(5), line(6)], more: true}});
  w.advance(600);
  assert.equal(w.last().before, 5);
  w.down({re: w.last().id, ok: {lines: [line(2), line(3), line(4)], more: false}});
  assert.deepEqual(
    chat.lines.map(one => one.n),
    [1, 2, 3, 4, 5, 6, 7],
  );
  w.advance(5000);
  assert.equal(w.sent('chat.read').length, 2);
});

test('a resume that brings the newest lines only is followed by the older ones', () => {
  const before = chatting();
  for (let n = 2; n <= 150; n++) before.down({ev: 'chat.line', ...line(n)});
  const after = tab({storage: before.storage});
  after.accept();
  resumed(
    after,
    Array.from({length: 120}, (_, i) => line(i + 41)),
  );
  after.advance(600);
  assert.equal(after.last().before, 41);
});

test('trouble that passes is waited out', () => {
  const w = chatting();
  chat.tell('chat.send', {text: 'a'});
  const {id} = w.last();
  w.down({re: id, error: {code: 'rate', what: 'too many', retry_ms: 700}});
  assert.equal(chat.out.length, 1);
  w.advance(699);
  assert.equal(w.sent('chat.send').length, 1);
  w.advance(1);
  assert.deepEqual(
    w.sent('chat.send').map(one => one.id),
    [id, id],
  );
});

test('an hour is too long to wait: the visitor is told', () => {
  const w = tab();
  chat.tell('chat.start', {email: 'h@example.com'});
  w.accept();
  w.down({re: w.last().id, error: {code: 'rate', what: 'too many', retry_ms: 3600000}});
  assert.equal(chat.faults['chat.start'].code, 'rate');
  assert.equal(chat.out.length, 0);
});

test('what was pasted is sent as the console sends it: ends of lines stay, controls go, a name is one line', () => {
  const w = chatting();
  chat.tell('chat.send', {text: 'a\fb\u2028c\r\nd\u202e\u2066e'});
  assert.equal(w.last().text, 'a\nb\nc\nd' + 'e');
  const other = tab();
  chat.tell('chat.start', {name: 'Ha\tna\u2028ko', question: 'x\u000by'});
  other.accept();
  assert.equal(other.last().name, 'Ha na ko');
  assert.equal(other.last().question, 'x\ny');
});

test('a refused message stays, with why, through a reload; and what follows it goes on', () => {
  const w = chatting();
  chat.tell('chat.send', {text: 'bad'});
  chat.tell('chat.send', {text: 'good'});
  w.down({re: w.last().id, error: {code: 'too-big', reason: 'too-long', what: 'at most 4000'}});
  assert.equal(w.last().text, 'good');
  tab({storage: w.storage});
  assert.deepEqual(
    chat.failed.map(one => [one.text, one.failed, one.error.reason]),
    [['bad', 'too-big', 'too-long']],
  );
  chat.discard(chat.failed[0].id);
  assert.equal(chat.failed.length, 0);
});

test('a closed door keeps what was typed out of the storage and says so', () => {
  const w = tab();
  chat.tell('chat.start', {email: 'h@example.com'});
  w.accept();
  w.down({re: w.last().id, error: {code: 'closed', what: 'closed'}});
  assert.equal(chat.faults['chat.start'].code, 'closed');
  assert.equal(chat.needed(), false);
  assert.equal(w.socket().closed, true);
  assert.deepEqual(Object.keys(w.storage), []);
});

test('silence is noticed: a ping without an answer ends the connection', () => {
  const w = chatting();
  w.advance(20000);
  assert.equal(w.last().do, 'ping');
  w.down({re: w.last().id, ok: {}});
  w.advance(20000);
  assert.equal(w.sent('ping').length, 2);
  w.advance(8000);
  assert.equal(w.socket().closed, true);
  w.advance(300);
  assert.equal(w.sockets.length, 2);
});

test('attempts grow apart up to fifteen seconds, and a returning network does not wait for them', () => {
  const w = chatting();
  const waits = [];
  w.cut(1006);
  for (let i = 0; i < 8; i++) {
    const [timer] = w.timers.filter(one => one.at > w.now);
    waits.push(timer.at - w.now);
    w.advance(timer.at - w.now);
    w.cut(1006);
  }
  assert.deepEqual(waits, [300, 600, 1200, 2400, 4800, 9600, 15000, 15000]);
  const before = w.sockets.length;
  chat.wake();
  assert.equal(w.sockets.length, before + 1);
  assert.ok(w.changes.includes('failing'));
});

test('a gateway that restarts gets its visitors back over five seconds', () => {
  const w = chatting();
  w.cut(1001);
  w.advance(4999);
  assert.equal(w.sockets.length, 1);
  w.advance(1);
  assert.equal(w.sockets.length, 2);
});

test('a refused visitor does not come back, and sees that nothing is there', () => {
  const w = chatting();
  w.cut(4403);
  w.advance(600000);
  assert.equal(w.sockets.length, 1);
  assert.equal(w.changes.pop(), 'refused');
});

test('a chat that the gateway no longer knows is forgotten, and that is said', () => {
  const w = chatting();
  w.cut(1006);
  w.advance(1000);
  w.accept();
  w.down({re: w.last().id, error: {code: 'unauthenticated', what: 'no'}});
  assert.equal(chat.s, null);
  assert.ok(w.changes.includes('lost'));
  assert.deepEqual(Object.keys(w.storage), []);
});

test('an ended chat keeps its connection, by which feedback and the wish for a copy go', () => {
  const w = chatting();
  w.down({ev: 'chat.state', chat: '7', state: 'ended', why: 'agent', n: 1, pos: '8'});
  chat.tell('chat.feedback', {rating: 5});
  const {id} = w.last();
  w.down({re: id, ok: {}});
  assert.equal(chat.s.st.rated, true);
  assert.equal(w.socket().closed, false);
  chat.tell('chat.copy', {email: 'h@example.com'});
  assert.equal(w.last().do, 'chat.copy');
});

test('a rating may be given again for ten minutes after the first, also after a reload', () => {
  const w = chatting();
  w.down({ev: 'chat.state', chat: '7', state: 'ended', why: 'agent', n: 1, pos: '8'});
  assert.equal(mayRateAgain(chat.s.ratedMs, w.now), false);
  chat.tell('chat.feedback', {rating: 1});
  w.down({re: w.last().id, ok: {}});
  const after = tab({storage: w.storage, now: w.now + 599999});
  assert.equal(chat.s.rating, 1);
  assert.equal(mayRateAgain(chat.s.ratedMs, after.now), true);
  chat.tell('chat.feedback', {rating: 5});
  after.accept();
  resumed(after, [], 'ended');
  after.down({re: after.last().id, ok: {}});
  assert.equal(chat.s.rating, 5);
  after.advance(1);
  assert.equal(mayRateAgain(chat.s.ratedMs, after.now), false);
});

test('what never arrived is there when the chat is forgotten, until it was given in another', () => {
  const w = chatting();
  chat.tell('chat.send', {text: 'refused'});
  w.down({re: w.last().id, error: {code: 'ended', what: 'it is over'}});
  chat.tell('chat.send', {text: 'on its way'});
  assert.deepEqual(chat.unsent(), ['refused', 'on its way']);
  w.cut(4401);
  assert.equal(chat.s, null);
  assert.deepEqual(chat.unsent(), ['refused', 'on its way']);
  chat.tell('chat.start', {question: 'refused\non its way'});
  assert.deepEqual(chat.unsent(), []);
});

test('a missed chat rings again as a new one that names the old', () => {
  const w = chatting();
  w.down({ev: 'chat.state', chat: '7', state: 'missed', why: 'wait', n: 1, pos: '8'});
  chat.tell('chat.start', {email: 'h@example.com'});
  w.accept();
  assert.deepEqual(
    [w.last().do, w.last().previous, w.last().previous_token],
    ['chat.start', '7', 't'],
  );
  w.down({re: w.last().id, ok: {chat: '8', token: 'u', state: 'waiting', place: 1}});
  assert.equal(chat.s.chat, '8');
  assert.deepEqual(chat.lines, []);
});

test('whoever comes back after an end names it, also where it was put away for the new one', () => {
  const w = chatting();
  w.down({ev: 'chat.state', chat: '7', state: 'ended', why: 'agent', n: 1, pos: '8'});
  chat.forget();
  chat.tell('chat.start', {email: 'h@example.com'});
  w.accept();
  assert.deepEqual([w.last().previous, w.last().previous_token], ['7', 't']);
});

test('what is left after a missed chat belongs to it', () => {
  const w = chatting();
  w.down({ev: 'chat.state', chat: '7', state: 'missed', why: 'wait', n: 1, pos: '8'});
  chat.tell('chat.leave-message', {email: 'x@example.com', text: 'call me'});
  const sent = w.sent('chat.leave-message')[0];
  assert.deepEqual(Object.keys(sent).sort(), ['do', 'email', 'id', 'text']);
  w.down({re: sent.id, ok: {chat: '7', token: 't'}});
  assert.equal(chat.s.left, 'x@example.com');
});

test('a message left at a closed door is kept as left, without a connection', () => {
  const w = tab();
  chat.tell('chat.leave-message', {email: 'x@example.com', text: 'call me'});
  w.accept();
  assert.equal(w.last().page, '/shop');
  w.down({re: w.last().id, ok: {chat: '9', token: 'v'}});
  assert.equal(chat.s.st.state, 'left');
  assert.equal(w.socket().closed, true);
});

test('a second tab takes over what the first has begun, and unread marks go for both', () => {
  const first = chatting();
  first.down({ev: 'chat.line', ...line(2, 'hi')});
  assert.equal(chat.unread(), 2);
  chat.see();
  assert.equal(first.last().do, 'chat.seen');
  const kept = {...first.storage};
  const second = tab();
  for (const name in kept) second.storage.setItem(name, kept[name]);
  chat.elsewhere();
  assert.equal(chat.s.chat, '7');
  assert.equal(chat.unread(), 0);
  second.accept();
  assert.equal(second.last().do, 'chat.resume');
});

test('the gateway hears of a new page, without what stands behind its question mark', () => {
  const before = chatting();
  const after = tab({storage: before.storage});
  after.page = '/cart';
  after.accept();
  resumed(after);
  assert.deepEqual(after.sent('chat.page'), [{do: 'chat.page', page: '/cart', title: 'Shop'}]);
});

test('typing is told at most once in three seconds', () => {
  const w = chatting();
  for (let i = 0; i < 7; i++) {
    chat.sayTyping();
    w.advance(1000);
  }
  assert.equal(w.sent('chat.typing').length, 3);
});

test('the typing mark of the agent ends by itself, or with the message', () => {
  const w = chatting();
  w.down({ev: 'chat.typing', name: 'Aiko'});
  assert.equal(chat.typing, 'Aiko');
  w.advance(6000);
  assert.equal(chat.typing, '');
  w.down({ev: 'chat.typing', name: 'Aiko'});
  w.down({ev: 'chat.line', ...line(2)});
  assert.equal(chat.typing, '');
});

test('characters that the gateway refuses are left out of what is sent', () => {
  const w = chatting();
  chat.tell('chat.send', {text: ' a\u0000b\u202ec\ud800d\ne\t漢字😀 '});
  assert.equal(w.last().text, 'abcd\ne\t漢字😀');
});

test('a name is one line, whatever was pasted; a text keeps its own', () => {
  const w = tab();
  chat.tell('chat.start', {name: ' 山田\t花子\u2028', email: 'h@example.com\t', question: 'a\tb\nc'});
  w.accept();
  assert.deepEqual(
    [w.last().name, w.last().email, w.last().question],
    ['山田 花子', 'h@example.com', 'a\tb\nc'],
  );
});

test('a browser that keeps nothing chats all the same', () => {
  const w = tab();
  w.storage = null;
  w.begin();
  assert.equal(chat.kept(), false);
  chat.tell('chat.start', {email: 'h@example.com'});
  w.accept();
  w.down({re: w.last().id, ok: {chat: '7', token: 't', state: 'waiting', place: 1}});
  chat.tell('chat.send', {text: 'a'});
  assert.equal(w.last().text, 'a');
});

test('an ended chat is forgotten after a day', () => {
  const before = chatting();
  before.down({ev: 'chat.state', chat: '7', state: 'ended', why: 'agent', n: 1, pos: '8'});
  tab({storage: before.storage, now: before.now + 23 * 3600 * 1000});
  assert.equal(chat.s.st.state, 'ended');
  const late = tab({storage: before.storage, now: before.now + 25 * 3600 * 1000});
  assert.equal(chat.s, null);
  assert.deepEqual(Object.keys(late.storage), []);
});
