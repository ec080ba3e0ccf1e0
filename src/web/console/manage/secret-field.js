// A secret: it can be set and taken away, never read.  What is typed goes straight to the gateway
// and is kept nowhere.
import { html, useRef, useState } from '../../vendor/ui.js';
import { Button, Icon, toast } from '../base/bits.js';
import { store } from '../base/here.js';
import { explain, t } from '../base/words.js';

// there: one is set.  save(text) → promise; '' takes it away.
export function SecretField({ id, label, help, there, closed, save }) {
  const s = store.value;
  const input = useRef(null);
  const [typed, setTyped] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');

  async function put(text, done) {
    setBusy(true);
    setError('');
    try {
      await save(text);
      input.current.value = '';
      setTyped(false);
      toast(done, { kind: 'good' });
    } catch (refused) {
      setError(explain(refused));
    }
    setBusy(false);
  }
  const set = () => input.current.value && put(input.current.value, t('secret.saved'));

  return html`<div class="field">
    <label for=${id}>${label}</label>
    <p class="help" id=${`${id}-help`}><${Icon} name=${there ? 'lock' : 'warn'} size=${14}
      /> ${there ? t('secret.set') : t('secret.none')} ${help}</p>
    <span class="secret"><input id=${id} type="password" ref=${input} disabled=${closed} autocomplete="new-password"
        aria-invalid=${error ? 'true' : undefined}
        aria-describedby=${`${id}-help${error ? ` ${id}-error` : ''}`}
        onInput=${(e) => setTyped(e.currentTarget.value !== '')}
        onKeyDown=${(e) => {
          if (e.key !== 'Enter' || e.isComposing) return;
          e.preventDefault(); // the settings around it have a button of their own
          set();
        }} />
      <${Button} busy=${busy || closed || !typed || !s.online.value} onClick=${set}>${t('secret.save')}<//>
    </span>
    ${error && html`<p class="error" role="alert" id=${`${id}-error`}>${error}</p>`}
    ${there && html`<${Button} small kind="link" busy=${busy}
      onClick=${() => put('', t('secret.removed'))}>${t('secret.remove')}<//>`}
  </div>`;
}
