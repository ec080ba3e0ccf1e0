// An ended chat that an agent opens again, in the widget of its visitor.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {chat, chatting, line, resumed, tab} from './web_widget_world.mjs';

test('an ended chat that somebody looks at goes on as the one that an agent makes of it', () => {
  const w = chatting();
  w.down({ev: 'chat.line', ...line(2, 'Bye'), pos: '7'});
  w.down({ev: 'chat.state', chat: '7', state: 'ended', why: 'agent', n: 2, pos: '8'});
  chat.remember('draft', 'one thing');
  assert.equal(w.socket().closed, false);
  chat.see();
  assert.equal(chat.s.seenN, 2);
  w.down({ev: 'chat.next', pos: '9'});
  assert.equal(w.last().do, 'chat.resume');
  const joined = {n: 1, kind: 'joined', by: 'agent', name: 'Aiko', time_ms: 5};
  const earlier = [{chat: '7', lines: [line(3, 'Still there?')]}];
  w.down({
    re: w.last().id,
    ok: {chat: '8', token: 'u', state: 'active', agent: 'Aiko', reopened: true, n: 1, earlier, lines: [joined]},
  });
  assert.equal(chat.live(), true);
  assert.deepEqual([chat.s.chat, chat.s.token, chat.s.draft], ['8', 'u', 'one thing']);
  assert.deepEqual(chat.lines.map(one => one.kind), ['joined']);
  assert.equal(chat.s.rating, undefined);
  // What was said before stays, for the log to show, and none of it counts for the new one.
  assert.deepEqual(Object.values(chat.s.old).map(one => one.text), [undefined, 'Bye']);
  assert.deepEqual(chat.s.earlier, earlier);
  assert.equal(chat.unread(), 1); // that the agent is there
  chat.tell('chat.send', {text: 'yes'});
  assert.equal(w.last().text, 'yes');
  assert.equal(w.sent('chat.seen').length, 0); // of the new one he has seen nothing
  // Another page of his finds the same.
  const after = tab({storage: w.storage, now: w.now});
  assert.deepEqual([Object.values(chat.s.old).length, chat.s.earlier], [2, earlier]);
  after.accept();
  assert.deepEqual([after.last().chat, after.last().token], ['8', 'u']);
});

test('who comes back to an ended chat asks whether it goes on, and hears of it there', () => {
  const w = chatting();
  w.down({ev: 'chat.state', chat: '7', state: 'ended', why: 'agent', n: 1, pos: '8'});
  const after = tab({storage: w.storage, now: w.now + 60000});
  after.accept();
  assert.equal(after.last().do, 'chat.resume');
  resumed(after, [], 'ended');
  assert.equal(chat.live(), false);
  assert.equal(after.socket().closed, false);
});
