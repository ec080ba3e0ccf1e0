// The second factor on one's own page: whether there is one, set up, done without.
import { html, useRef, useState } from '../../vendor/ui.js';
import { Button, Field, describedBy, toast } from '../base/bits.js';
import { openDialog } from '../base/dialog.js';
import { explain, stamp, t } from '../base/words.js';
import { CodesStep, ScanStep } from './factor-steps.js';
import { beginFactor, removeFactor } from './ways.js';

// The present password, and what it is asked for.
function Password({ go, label, done }) {
  const [wrong, setWrong] = useState('');
  const [busy, setBusy] = useState(false);
  const current = useRef(null);
  async function submit(e) {
    e.preventDefault();
    setBusy(true);
    try {
      await go(current.current.value);
    } catch (refused) {
      setBusy(false);
      setWrong(explain(refused));
      current.current.select();
    }
  }
  return html`<form onSubmit=${submit}>
    <${Field} id="factor-current" label=${t('password.current')} error=${wrong}>
      <input id="factor-current" ref=${current} type="password" required autofocus
        autocomplete="current-password" aria-invalid=${wrong ? 'true' : undefined}
        aria-describedby=${describedBy('factor-current', '', wrong)} /><//>
    <div class="buttons"><${Button} onClick=${() => done()}>${t('cancel')}<//>
      <${Button} type="submit" kind="primary" busy=${busy}>${label}<//></div>
  </form>`;
}

function SetUp({ done }) {
  const [offer, setOffer] = useState(null);
  const [codes, setCodes] = useState(null);
  if (codes) return html`<${CodesStep} codes=${codes} onDone=${() => done(true)} />`;
  if (offer)
    return html`<${ScanStep} offer=${offer} onSet=${setCodes} onCancel=${() => done(undefined)} />`;
  return html`<${Password} label=${t('factor.next')} done=${done}
    go=${async (current) => setOffer(await beginFactor({ current }))} />`;
}

const askSetUp = () => openDialog(t('factor'), ({ done }) => html`<${SetUp} done=${done} />`);
const askRemove = () => openDialog(t('factor.remove'), ({ done }) => html`<p>${t('factor.remove.text')}</p>
  <${Password} label=${t('factor.remove')} done=${done} go=${async (current) => {
    await removeFactor(current);
    toast(t('factor.removed'), { kind: 'good' });
    done(true);
  }} />`);

// agent: oneself, as agent.show has it.
export function Factor({ agent, again }) {
  const ask = async (what) => {
    await what();
    again();
  };
  return html`<section class="card"><h2>${t('factor')}</h2>
    <p class="help">${t('factor.help')}</p>
    <p>${agent.factor ? t('factor.on', { time: stamp(agent.factor_ms), n: agent.recovery_left })
      : t(agent.factor_needed ? 'factor.off.needed' : 'factor.off')}</p>
    <div class="buttons"><${Button} onClick=${() => ask(askSetUp)}>${
        t(agent.factor ? 'factor.anew' : 'factor.begin')}<//>
      ${agent.factor && !agent.factor_needed && html`<${Button} kind="danger-quiet"
        onClick=${() => ask(askRemove)}>${t('factor.remove')}<//>`}</div>
  </section>`;
}
