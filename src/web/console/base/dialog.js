// Modal dialogs: one at a time, in a real <dialog>; Esc is the harmless answer.
import { html, signal, useEffect, useRef } from '../../vendor/ui.js';
import { Button, Icon } from './bits.js';
import { t } from './words.js';

const current = signal(null); // { title, body(close), resolve }

// body: a component that gets { done(value) }.  Resolves with that value; undefined: given up.
export function openDialog(title, body, { wide = false } = {}) {
  current.peek()?.resolve(undefined);
  return new Promise((resolve) => {
    current.value = { title, body, wide, resolve };
  });
}

// A question with a harmless default.
export function confirm(title, text, yes, { danger = false, typed = '' } = {}) {
  return openDialog(title, ({ done }) => {
    const wanted = useRef(null);
    const ok = (e) => {
      e.preventDefault();
      if (typed && wanted.current.value.trim() !== typed) {
        wanted.current.setAttribute('aria-invalid', 'true');
        wanted.current.focus();
        return;
      }
      done(true);
    };
    return html`<form onSubmit=${ok}>
      ${[].concat(text).map((line) => html`<p>${line}</p>`)}
      ${typed && html`<div class="field"><label for="typed">${t('dialog.type', { name: typed })}
        </label>
        <input id="typed" ref=${wanted} autocomplete="off" /></div>`}
      <div class="buttons">
        <${Button} autofocus onClick=${() => done(undefined)}>${t('cancel')}<//>
        <${Button} type="submit" kind=${danger ? 'danger' : 'primary'}>${yes}<//>
      </div>
    </form>`;
  });
}

function Modal({ one }) {
  const ref = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    ref.current.showModal();
    return () => before?.isConnected && before.focus();
  }, []);
  const done = (value) => {
    if (current.peek() === one) current.value = null;
    one.resolve(value);
  };
  return html`<dialog ref=${ref} class=${one.wide ? 'wide' : ''} aria-labelledby="dialog-title"
    onCancel=${(e) => {
      e.preventDefault();
      done(undefined);
    }}>
    <div class="dialog-head"><h2 id="dialog-title">${one.title}</h2>
      <button type="button" class="quiet" aria-label=${t('close')} onClick=${() => done(undefined)}>
        <${Icon} name="close" /></button></div>
    <div class="dialog-body"><${one.body} done=${done} /></div>
  </dialog>`;
}

export const dialogOpen = () => current.peek() !== null;

export function Dialogs() {
  const one = current.value;
  return one && html`<${Modal} key=${one.title} one=${one} />`;
}
