// The start: who is there, and which page that means.
import { effect, html, render, signal } from '../../vendor/ui.js';
import { App } from './app.js';
import { choices, choose, go, keepFor, keeper, store } from '../base/here.js';
import { AskPassword, ChoosePassword, SignIn } from './signin.js';
import { createStore } from '../base/store.js';
import { signOut, whoAmI } from './session.js';
import { mayLeave } from '../base/unsaved.js';
import { chooseLang, lang, t } from '../base/words.js';

const phase = signal('start'); // start, link, out, ask, in
const notice = signal('');
let link = '';
let typed = ''; // the address, from the sign-in to the question for a new password

function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');
}

const env = {
  open() {
    const url = new URL('/api/v1/ws', location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    return new WebSocket(url, 'deskbell.1');
  },
  seen: () => !document.hidden,
  now: () => Date.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
  id: randomId,
  signedIn: () =>
    whoAmI().then(
      () => true,
      (error) => {
        if (error.code === 'unauthenticated') return false;
        throw error;
      }
    ),
  storage: keeper(() => sessionStorage),
};

async function enter(me) {
  keepFor(me.agent);
  if (!choices.value.lang) // without the network it is the one that is there already
    await chooseLang(me.agent?.lang, ...navigator.languages).catch(() => {});
  const s = createStore(env);
  s.listen((what) => {
    if (what === 'signed-out') leave(t('signin.again'));
  });
  store.value = s;
  phase.value = 'in';
  s.connect();
}

function leave(text = '') {
  store.value?.close();
  store.value = null;
  notice.value = text;
  phase.value = 'out';
}

async function quit() {
  if (!(await mayLeave())) return;
  await signOut().catch(() => {});
  leave();
  keepFor(null);
  go({ page: 'mine' });
}

function ask(email = '') {
  typed = email;
  phase.value = 'ask';
}

addEventListener('online', () => store.value?.hurry());
addEventListener('offline', () => store.value?.suspect());
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) store.value?.hurry();
});

function Root() {
  if (phase.value === 'link')
    return html`<${ChoosePassword} link=${link} onDone=${(me) => {
      if (!choices.value.lang) choose({ lang: lang.value }); // it goes on as it began
      go({ page: me.agent?.role === 'admin' ? 'start' : 'mine' });
      enter(me);
    }} onForgot=${() => ask()} onGiveUp=${() => (phase.value = 'out')} />`;
  if (phase.value === 'out')
    return html`<${SignIn} notice=${notice.value} onDone=${enter} onForgot=${ask} />`;
  if (phase.value === 'ask')
    return html`<${AskPassword} email=${typed} onBack=${() => leave()} />`;
  if (phase.value === 'in') return html`<${App} onQuit=${quit} />`;
  return null;
}

// Nothing can be said before there are words: a network that is lost just now comes back.
async function findWords() {
  while (!(await chooseLang(choices.value.lang, ...navigator.languages).then(() => true, () => false)))
    await new Promise((done) => setTimeout(done, 2000));
}

async function start() {
  await findWords();
  effect(() => (document.documentElement.lang = lang.value));
  link = /^#link=([A-Za-z0-9_-]+)$/.exec(location.hash)?.[1] || '';
  const root = document.getElementById('app');
  root.textContent = '';
  render(html`<${Root} />`, root);
  if (link) {
    history.replaceState(null, '', location.pathname); // it is good once: not for the history
    phase.value = 'link';
    return;
  }
  try {
    await enter(await whoAmI());
  } catch (error) {
    if (error.code === 'unauthenticated') phase.value = 'out';
    else {
      notice.value = t('error.unreachable');
      phase.value = 'out';
    }
  }
}

start();
