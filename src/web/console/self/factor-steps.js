// Setting up a second factor: the picture that a telephone reads, a first code, and the codes for
// when the telephone is lost.
import { html, useEffect, useRef, useState } from '../../vendor/ui.js';
import { Button, Field, describedBy } from '../base/bits.js';
import { Copyable } from '../base/page.js';
import { explain, t } from '../base/words.js';
import { setFactor } from './ways.js';

const MARGIN = 4; // squares, as readers want it

function Picture({ offer }) {
  const side = offer.qr_size + 2 * MARGIN;
  return html`<svg class="qr" role="img" aria-label=${t('factor.qr')}
    viewBox=${`${-MARGIN} ${-MARGIN} ${side} ${side}`}>
    <rect x=${-MARGIN} y=${-MARGIN} width=${side} height=${side} fill="#fff" />
    <path d=${offer.qr_path} fill="#000" /></svg>`;
}

// offer: what the beginning has given.  onSet(recovery codes).
export function ScanStep({ offer, door, onSet, onCancel }) {
  const [wrong, setWrong] = useState('');
  const [busy, setBusy] = useState(false);
  const code = useRef(null);
  useEffect(() => code.current.focus(), []);
  async function submit(e) {
    e.preventDefault();
    setBusy(true);
    try {
      const ok = await setFactor(door, { ticket: offer.ticket, code: code.current.value.replace(/\s/g, '') });
      onSet(ok.recovery);
    } catch (refused) {
      setBusy(false);
      setWrong(explain(refused));
      code.current.select();
    }
  }
  return html`<form onSubmit=${submit}>
    <p>${t('factor.scan')}</p>
    <${Picture} offer=${offer} />
    <details><summary>${t('factor.typed')}</summary>
      <${Copyable} id="factor-secret" label=${t('factor.secret')} text=${offer.secret} /></details>
    <${Field} id="factor-code" label=${t('factor.code')} error=${wrong}>
      <input id="factor-code" ref=${code} inputmode="numeric" autocomplete="one-time-code" required
        maxlength="10" aria-invalid=${wrong ? 'true' : undefined}
        aria-describedby=${describedBy('factor-code', '', wrong)} /><//>
    <div class="buttons">${onCancel && html`<${Button} onClick=${onCancel}>${t('cancel')}<//>`}
      <${Button} type="submit" kind="primary" busy=${busy}>${t('factor.go')}<//></div>
  </form>`;
}

export function CodesStep({ codes, onDone }) {
  return html`<div><p>${t('factor.codes.text')}</p>
    <${Copyable} id="recovery" label=${t('factor.codes')} text=${codes.join('\n')} />
    <div class="buttons"><${Button} kind="primary" onClick=${onDone}>${t('factor.kept')}<//></div>
  </div>`;
}
