// How one is told of things here: kept on this device, for another one may stand elsewhere; and the
// console as an app of its own.
import { html } from '../../vendor/ui.js';
import { Button, Switch } from '../base/bits.js';
import { choices, choose } from '../base/here.js';
import { enableNotifications, notifyState } from '../frame/alerts.js';
import { install, isApp, offer } from '../frame/install.js';
import { unlockSound } from '../frame/sound.js';
import { t } from '../base/words.js';

const App = () => html`<div class="field"><p class="label">${t('app')}</p>
  ${isApp() ? html`<p class="help">${t('app.is')}</p>`
    : offer.value ? html`<div class="buttons"><${Button} small icon="save" onClick=${install}>${
      t('app.install')}<//></div><p class="help">${t('app.help')}</p>`
      : html`<p class="help">${t('app.browser')}</p>`}</div>`;

export function Device() {
  const c = choices.value;
  const granted = notifyState.value === 'granted';
  return html`<section class="card"><h2>${t('device')}</h2><p class="help">${t('device.help')}</p>
    <${Switch} id="device-sound" checked=${c.sound} label=${t('sound.on')} onChange=${(on) => {
      choose({ sound: on });
      if (on) unlockSound(true);
    }} />
    ${granted && html`<${Switch} id="device-notify" checked=${c.notify} label=${t('notify.on')}
      onChange=${(notify) => choose({ notify })} />
      <${Switch} id="device-private" checked=${c.privacy} label=${t('notify.private')}
        onChange=${(privacy) => choose({ privacy })} />`}
    ${!granted && notifyState.value !== 'denied' && html`<div class="buttons"><${Button} small
      onClick=${enableNotifications}>${t('notify.ask')}<//></div>`}
    ${notifyState.value === 'denied' && html`<p class="help">${t('notify.denied')}</p>`}
    <${Switch} id="device-ctrl" checked=${c.ctrlEnter} label=${t('send.ctrl')}
      onChange=${(ctrlEnter) => choose({ ctrlEnter })} />
    <${App} />
  </section>`;
}
