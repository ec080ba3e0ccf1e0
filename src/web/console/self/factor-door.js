// Whoever's role needs a second factor, and who has none, sets one up before anything else.
import { html, useEffect, useState } from '../../vendor/ui.js';
import { Trouble } from '../base/page.js';
import { t } from '../base/words.js';
import { whoAmI } from '../frame/session.js';
import { CodesStep, ScanStep } from './factor-steps.js';
import { beginFactor } from './ways.js';

export function SetUpAtDoor({ email, password, onDone }) {
  const [offer, setOffer] = useState(null);
  const [codes, setCodes] = useState(null);
  const [error, setError] = useState(null);
  useEffect(() => {
    beginFactor({ email, password }).then(setOffer, setError);
  }, []);
  if (codes)
    return html`<${CodesStep} codes=${codes} onDone=${() => whoAmI().then(onDone, setError)} />
      <${Trouble} error=${error} />`;
  return html`<p class="signin-text">${t('factor.needed')}</p><${Trouble} error=${error} />
    ${offer && html`<${ScanStep} door offer=${offer} onSet=${setCodes} />`}`;
}
