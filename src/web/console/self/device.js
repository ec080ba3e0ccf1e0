// How one is told of things here: kept on this device, for another one may stand elsewhere.
import { html } from '../../vendor/ui.js';
import { Button, Field, Switch } from '../base/bits.js';
import { choices, choose } from '../base/here.js';
import { enableNotifications, notifyState } from '../frame/alerts.js';
import { unlockSound } from '../frame/sound.js';
import { t } from '../base/words.js';

const VOLUMES = [['soft', 0.25], ['normal', 0.6], ['loud', 1]];

export function Device() {
  const c = choices.value;
  const granted = notifyState.value === 'granted';
  return html`<section class="card"><h2>${t('device')}</h2><p class="help">${t('device.help')}</p>
    <${Switch} id="device-sound" checked=${c.sound} label=${t('sound.on')} onChange=${(on) => {
      choose({ sound: on });
      if (on) unlockSound(true);
    }} />
    ${c.sound && html`<${Field} id="device-volume" label=${t('device.volume')}>
      <select id="device-volume" value=${c.volume} onChange=${(e) => {
        choose({ volume: Number(e.currentTarget.value) });
        unlockSound(true);
      }}>${VOLUMES.map(([word, volume]) => html`<option key=${word} value=${volume}
        >${t(`volume.${word}`)}</option>`)}</select><//>`}
    ${granted && html`<${Switch} id="device-notify" checked=${c.notify} label=${t('notify.on')}
      onChange=${(notify) => choose({ notify })} />
      <${Switch} id="device-private" checked=${c.privacy} label=${t('notify.private')}
        onChange=${(privacy) => choose({ privacy })} />`}
    ${!granted && notifyState.value !== 'denied' && html`<div class="buttons"><${Button} small
      onClick=${enableNotifications}>${t('notify.ask')}<//></div>`}
    ${notifyState.value === 'denied' && html`<p class="help">${t('notify.denied')}</p>`}
    <${Switch} id="device-ctrl" checked=${c.ctrlEnter} label=${t('send.ctrl')}
      onChange=${(ctrlEnter) => choose({ ctrlEnter })} />
  </section>`;
}
