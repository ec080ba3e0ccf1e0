// A visitor of a site that embeds the widget, an agent who answers, and the network between them:
// what the widget's tests begin with.  One gateway for each file of tests.
import {before} from 'node:test';
import {
  openPage,
  person,
  signIn,
  startGateway,
  startNetwork,
  startSite,
  until,
} from './harness.mjs';

export let g, net, site;
let count = 0;

before(async () => {
  g = await startGateway();
  net = await startNetwork(g);
  site = await startSite(g, net.url);
});

export const WORDS = {
  en: {
    open: 'Chat with us',
    start: 'Start chat',
    name: 'Name',
    email: 'E-mail',
    question: 'How can we help?',
    message: 'Message',
    leave: 'Send message',
    write: 'Your message',
    end: 'End chat',
    ended: 'This chat has ended.',
    rate: 'Send rating',
    thanks: 'Thank you for your rating.',
    comment: 'What made it good?',
    change: 'Change the rating',
    copy: 'Send me the transcript',
    send: 'Send',
    copied: 'The transcript is on its way.',
    again: 'New chat',
    place: n => `You are number ${n} in the queue.`,
    received: 'We have your message',
    offline: 'Nobody is here',
    missed: 'nobody could answer in time',
    ring: 'Try the chat again',
    lost: 'Connection lost',
    instead: 'E-mail me instead',
    leaveYes: 'Leave the queue',
    sending: 'Sending…',
    sent: 'Sent',
    seen: 'Seen',
    typing: 'is typing',
    needed: 'Please fill this in.',
    star: '4 of 5',
  },
  ja: {
    open: 'チャットで問い合わせる',
    start: 'チャットを始める',
    name: 'お名前',
    email: 'メールアドレス',
    question: 'お問い合わせ内容',
    message: 'メッセージ',
    leave: 'メッセージを送る',
    write: 'メッセージを入力',
    end: 'チャットを終了',
    ended: 'チャットは終了しました。',
    rate: '評価を送る',
    thanks: 'ご評価ありがとうございました。',
    comment: 'よかった点をお聞かせください',
    change: '評価を変更する',
    copy: 'やりとりの控えをメールで受け取る',
    send: '送信',
    copied: '控えをお送りします。',
    again: '新しいチャット',
    place: n => `ただいま ${n} 番目にお待ちです。`,
    received: 'メッセージを承りました',
    offline: 'ただいま担当者が不在です',
    missed: '時間内に応答できませんでした',
    ring: 'もう一度チャットで呼び出す',
    lost: '接続が切れました',
    instead: 'メールで回答を受け取る',
    leaveYes: '順番待ちをやめる',
    sending: '送信中…',
    sent: '送信済み',
    seen: '既読',
    typing: '入力しています',
    needed: 'ご入力ください。',
    star: '5 段階中 4',
  },
};

// A public department of its own, with one agent who is there (or not).
export async function scene({settings = [], agents = 1, capacity, status = 'available'} = {}) {
  const name = `Shop ${++count}`;
  await g.ctl('department', 'add', name, 'type=public', ...settings);
  const {code, id} = (await g.departments()).find(one => one.name == name);
  const staff = [];
  for (let i = 0; i < agents; i++) {
    const email = `agent${count}.${i}@shop.example`;
    const login = await g.addAgent(['Aiko', 'Ben'][i], email, [name]);
    if (capacity) await g.ctl('agent', 'set', email, `capacity=${capacity}`);
    const agent = await signIn(g, login);
    if (status != 'offline') await agent.status(status);
    staff.push(agent);
  }
  return {name, code, id, agent: staff[0], staff};
}

// A visitor's page with the widget; w.* are its parts.
export async function visit(
  code,
  {lang = 'en', context, path = '', where = site, ...options} = {},
) {
  context = context || (await person({locale: lang == 'ja' ? 'ja-JP' : 'en-GB', ...options}));
  const page = await openPage(
    context,
    `${where.url}${lang == 'ja' ? '/ja' : '/'}${path}?department=${code}`,
  );
  const t = WORDS[lang];
  const input = page.getByRole('textbox', {name: t.write});
  return {
    page,
    context,
    t,
    input,
    bubble: page.locator('deskbell-chat .bubble'),
    panel: page.locator('deskbell-chat .panel'),
    log: page.getByRole('log'),
    mine: page.locator('deskbell-chat .mine .text'),
    theirs: page.locator('deskbell-chat .line:not(.mine) .text'),
    button: name => page.getByRole('button', {name, exact: true}),
    menu: page.locator('deskbell-chat summary'),
    sheet: page.getByRole('alertdialog'),
    field: name => page.getByLabel(name).and(page.locator('input,textarea')),
    async say(text) {
      await input.fill(text);
      await input.press('Enter');
    },
  };
}

export const text = (locator, what) => locator.filter({hasText: what}).first().waitFor();

export async function ring(
  w,
  {name = 'Hanako', email = 'hanako@example.com', question = 'Do you deliver on Sundays?'} = {},
) {
  await w.bubble.click();
  await w.field(w.t.name).fill(name);
  await w.field(w.t.email).fill(email);
  if (question) await w.field(w.t.question).fill(question);
  await w.button(w.t.start).click();
  await w.input.waitFor();
}

// A visitor and an agent in a chat.
export async function talk(options = {}) {
  const s = await scene(options);
  const w = await visit(s.code, options);
  await ring(w);
  const conversation = await s.agent.accept();
  await w.page.getByText('Aiko').first().waitFor();
  const reply = what => s.agent.ask('chat.send', {conversation, text: what});
  return {...s, w, conversation, reply};
}
