// The way in: sign in with a password, choose one by a one-time link (#link=…), or ask for such a
// link by mail.
import { html, useEffect, useRef, useState } from '../../vendor/ui.js';
import { Button, Field, Icon, describedBy } from '../base/bits.js';
import { choose } from '../base/here.js';
import { Trouble } from '../base/page.js';
import { explain, lang, switchLang, t } from '../base/words.js';
import { asset } from './asset.js';
import { PASSWORD_MIN } from './password-dialog.js';
import { askPassword, setPassword, signIn } from './session.js';

function Frame({ title, children }) {
  const other = lang.value === 'ja' ? 'en' : 'ja';
  const [failed, setFailed] = useState(null);
  return html`<main class="signin">
    <div class="signin-card">
      <div class="brand"><img src=${asset('icon.svg')} alt="" width="32" height="32"
        /> deskbell</div>
      <h1>${title}</h1>
      ${children}
      <${Trouble} error=${failed} />
    </div>
    <button type="button" class="link" lang=${other} onClick=${() =>
      switchLang(other).then(() => choose({ lang: other }), setFailed)}
      ><${Icon} name="globe" size=${16} /> ${other === 'ja' ? '日本語' : 'English'}</button>
  </main>`;
}

export function SignIn({ onDone, onForgot, notice }) {
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const [coded, setCoded] = useState(false); // a second factor is asked for, too
  const [SetUp, setSetUp] = useState(null); // or has to be set up first: its page
  const email = useRef(null);
  const password = useRef(null);
  const code = useRef(null);
  useEffect(() => email.current.focus(), []);
  useEffect(() => coded && code.current.focus(), [coded]);

  async function refuse(refused) {
    if (refused.reason === 'factor-needed') {
      const { SetUpAtDoor } = await import('../self/factor-door.js');
      setSetUp(() => SetUpAtDoor);
      return;
    }
    const asks = /^code-/.test(refused.reason);
    setCoded(coded || asks);
    setError(refused.reason === 'code-needed' ? null : refused);
    (coded && asks ? code : password).current.select();
  }
  async function submit(e) {
    e.preventDefault();
    setBusy(true);
    setError(null);
    try {
      onDone(await signIn(email.current.value.trim(), password.current.value, code.current?.value));
    } catch (refused) {
      setBusy(false);
      await refuse(refused).catch(setError);
    }
  }
  if (SetUp)
    return html`<${Frame} title=${t('signin.title')}><${SetUp} onDone=${onDone}
      email=${email.current.value.trim()} password=${password.current.value} /><//>`;
  const text = error && (error.code === 'unauthenticated' && !/^code-/.test(error.reason)
    ? t('signin.wrong') : explain(error));
  return html`<${Frame} title=${t('signin.title')}>
    ${notice && !error && html`<p class="banner">${notice}</p>`}
    <form onSubmit=${submit}>
      <${Field} id="email" label=${t('email')}>
        <input id="email" ref=${email} type="email" name="username" autocomplete="username" required
          aria-invalid=${error ? 'true' : undefined} aria-describedby=${error && 'signin-error'} />
      <//>
      <${Field} id="password" label=${t('password')}>
        <input id="password" ref=${password} type="password" autocomplete="current-password"
          required
          aria-invalid=${error ? 'true' : undefined} aria-describedby=${error && 'signin-error'} />
      <//>
      ${coded && html`<${Field} id="code" label=${t('signin.code')} help=${t('signin.code.help')}>
        <input id="code" ref=${code} autocomplete="one-time-code" required maxlength="32"
          aria-describedby=${describedBy('code', t('signin.code.help'), '')} /><//>`}
      <p class="error" id="signin-error" role="alert">${text}</p>
      <${Button} type="submit" kind="primary wide" busy=${busy}>${t('signin.go')}<//>
    </form>
    <button type="button" class="link" onClick=${() =>
      onForgot(email.current.value.trim())}>${t('signin.forgot')}</button>
  <//>`;
}

// Whether there is such an account is not said: the answer is the same for every address.
export function AskPassword({ email, onBack }) {
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const [asked, setAsked] = useState('');
  const input = useRef(null);
  const done = useRef(null);
  useEffect(() => (asked ? done.current : input.current).focus(), [asked]);

  async function submit(e) {
    e.preventDefault();
    const address = input.current.value.trim();
    setBusy(true);
    setError(null);
    try {
      await askPassword(address);
      setAsked(address);
    } catch (refused) {
      setBusy(false);
      setError(refused);
    }
  }
  const back = html`<button type="button" class="link" onClick=${onBack}>${t('signin.back')}
    </button>`;
  if (asked)
    return html`<${Frame} title=${t('forgot.done.title')}>
      <p class="signin-text" tabindex="-1" ref=${done} role="status">
        ${t('forgot.done', { email: asked })}</p>
      <p class="help">${t('forgot.done.help')}</p>
      ${back}
    <//>`;
  return html`<${Frame} title=${t('forgot.title')}>
    <p class="signin-text">${t('forgot.text')}</p>
    <form onSubmit=${submit}>
      <${Field} id="email" label=${t('email')} error=${error && explain(error)}>
        <input id="email" ref=${input} type="email" name="username" autocomplete="username" required
          defaultValue=${email} aria-invalid=${error ? 'true' : undefined}
          aria-describedby=${describedBy('email', '', error)} />
      <//>
      <${Button} type="submit" kind="primary wide" busy=${busy}>${t('forgot.go')}<//>
    </form>
    ${back}
  <//>`;
}

export function ChoosePassword({ link, onDone, onForgot, onGiveUp }) {
  const [error, setError] = useState('');
  const [bad, setBad] = useState(false); // the link is: no password helps
  const [busy, setBusy] = useState(false);
  const [shown, setShown] = useState(false);
  const password = useRef(null);
  useEffect(() => password.current.focus(), []);

  async function submit(e) {
    e.preventDefault();
    const text = password.current.value;
    if ([...text].length < PASSWORD_MIN) {
      setError(t('password.short', { n: PASSWORD_MIN }));
      password.current.focus();
      return;
    }
    setBusy(true);
    try {
      onDone(await setPassword(link, text));
    } catch (refused) {
      setBusy(false);
      if (/^(code|factor)-needed$/.test(refused.reason)) { // it is set, and signs nobody in by itself
        onGiveUp();
        return;
      }
      const useless = ['unknown', 'unauthenticated', 'forbidden'].includes(refused.code);
      setBad(useless);
      setError(useless ? t('password.link.bad') : explain(refused));
    }
  }
  const help = t('password.help', { n: PASSWORD_MIN });
  return html`<${Frame} title=${t('password.title')}>
    <form onSubmit=${submit}>
      <${Field} id="new" label=${t('password.new')} help=${help} error=${error}>
        <input id="new" ref=${password} type=${shown ? 'text' : 'password'}
          autocomplete="new-password"
          required aria-invalid=${error ? 'true' : undefined}
          aria-describedby=${describedBy('new', help, error)} />
      <//>
      <label class="check"><input type="checkbox" checked=${shown}
        onChange=${(e) => setShown(e.currentTarget.checked)} /> ${t('password.show')}</label>
      <${Button} type="submit" kind="primary wide" busy=${busy}>${t('password.go')}<//>
    </form>
    <div class="signin-links">
      ${bad && html`<button type="button" class="link" onClick=${onForgot}>${t('forgot.again')}
        </button>`}
      <button type="button" class="link" onClick=${onGiveUp}>${t('signin.instead')}</button>
    </div>
  <//>`;
}
