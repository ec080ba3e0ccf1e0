// Another password, for whoever is signed in and knows the present one.  All other sessions end.
import { html, useRef, useState } from '../../vendor/ui.js';
import { Button, Field, describedBy, toast } from '../base/bits.js';
import { openDialog } from '../base/dialog.js';
import { explain, t } from '../base/words.js';
import { changePassword } from './session.js';

export const PASSWORD_MIN = 10;

function Body({ done, email }) {
  const [wrong, setWrong] = useState({}); // by field; '' for both
  const [busy, setBusy] = useState(false);
  const [shown, setShown] = useState(false);
  const current = useRef(null);
  const next = useRef(null);
  const fields = { current, password: next };

  const complain = (field, text) => {
    setWrong({ [field]: text });
    (fields[field] || current).current.focus();
  };
  async function submit(e) {
    e.preventDefault();
    const password = next.current.value;
    if ([...password].length < PASSWORD_MIN) {
      complain('password', t('password.short', { n: PASSWORD_MIN }));
      return;
    }
    setBusy(true);
    try {
      await changePassword(current.current.value, password);
      toast(t('password.changed'), { kind: 'good' });
      done(true);
    } catch (refused) {
      setBusy(false);
      complain(fields[refused.field] ? refused.field : '', explain(refused));
    }
  }
  const help = t('password.help', { n: PASSWORD_MIN });
  const kind = shown ? 'text' : 'password';
  return html`<form class="password-form" onSubmit=${submit}>
    <input class="hidden" type="email" name="username" autocomplete="username" value=${email}
      tabindex="-1" aria-hidden="true" readonly />
    <${Field} id="current" label=${t('password.current')} error=${wrong.current}>
      <input id="current" ref=${current} type=${kind} autocomplete="current-password" required
        autofocus aria-invalid=${wrong.current ? 'true' : undefined}
        aria-describedby=${describedBy('current', '', wrong.current)} /><//>
    <${Field} id="next" label=${t('password.new')} help=${help} error=${wrong.password}>
      <input id="next" ref=${next} type=${kind} autocomplete="new-password" required
        aria-invalid=${wrong.password ? 'true' : undefined}
        aria-describedby=${describedBy('next', help, wrong.password)} /><//>
    <label class="check"><input type="checkbox" checked=${shown}
      onChange=${(e) => setShown(e.currentTarget.checked)} /> ${t('password.show')}</label>
    <p class="help">${t('password.change.help')}</p>
    ${wrong[''] && html`<p class="error" role="alert">${wrong['']}</p>`}
    <div class="buttons"><${Button} onClick=${() => done(undefined)}>${t('cancel')}<//>
      <${Button} type="submit" kind="primary" busy=${busy}>${t('password.change.go')}<//></div>
  </form>`;
}

export const askPasswordChange = (email) => openDialog(t('password.change'), ({ done }) =>
  html`<${Body} done=${done} email=${email} />`);
