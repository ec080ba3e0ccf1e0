// How one is told of things, on every device: how loud, what it sounds like, and when not at all.
// Part of a form of settings.
import { html } from '../../vendor/ui.js';
import { Button, Field, Switch, describedBy } from '../base/bits.js';
import { unlockSound } from '../frame/sound.js';
import { DAYS, weekdayNames } from '../manage/week.js';
import { SettingField } from '../manage/settings-form.js';
import { lang, t } from '../base/words.js';
import { quietOf, quietText } from './quiet-text.js';

const NIGHT = ['22:00', '07:00'];
function Quiet({ value, error, onChange }) {
  const one = quietOf(value);
  const set = (change) => onChange(quietText({ ...one, ...change }) || value);
  const names = weekdayNames(lang.value);
  const time = (which, label) => html`<label>${label} <input type="time" id=${`quiet-${which}`}
    required value=${one[which]} onChange=${(e) => e.currentTarget.value &&
      set({ [which]: e.currentTarget.value })} /></label>`;
  return html`<div class="field" id="set-alerts-quiet"><${Switch} id="quiet-on"
      checked=${Boolean(value)} label=${t('set.alerts.quiet')}
      describedby=${describedBy('quiet', true, error)}
      onChange=${(on) => onChange(on ? quietText({ from: NIGHT[0], to: NIGHT[1], on: DAYS }) : '')} />
    <p class="help" id="quiet-help">${t('set.alerts.quiet.help')}</p>
    ${value && !one && html`<input id="quiet-text" value=${value} spellcheck="false"
      aria-label=${t('set.alerts.quiet')} onInput=${(e) => onChange(e.currentTarget.value)} />`}
    ${one && html`<div class="quiet-times">${time('from', t('quiet.from'))}
      ${time('to', t('quiet.to'))}</div>
      <span class="checks" role="group" aria-label=${t('quiet.days')}>${DAYS.map((day, at) => html`
        <label class="check" key=${day}><input type="checkbox" checked=${one.on[at]}
          onChange=${(e) => {
            const on = one.on.map((was, i) => (i === at ? e.currentTarget.checked : was));
            if (on.some(Boolean)) set({ on });
            else e.currentTarget.checked = true; // the switch is there for that
          }} /> ${names[at].short}<span class="hidden">${names[at].long}</span></label>`)}</span>`}
    ${error && html`<p class="error" id="quiet-error">${error}</p>`}</div>`;
}

// names, find(name), value(name), set(name, value), errors, meanwhile(name): of the form.
export function AlertsPart({ find, value, set, errors, meanwhile }) {
  const how = { volume: value('alerts.volume'), tone: value('alerts.tone') };
  const volume = errors['alerts.volume'];
  return html`<div>
    <${Field} id="set-alerts-volume" label=${t('set.alerts.volume')} error=${volume}>
      <span class="volume"><input type="range" id="set-alerts-volume" min="5" max="100" step="5"
        value=${how.volume} aria-valuetext=${`${how.volume} %`}
        aria-describedby=${describedBy('set-alerts-volume', '', volume)}
        onInput=${(e) => set('alerts.volume', Number(e.currentTarget.value))} />
      <output for="set-alerts-volume">${how.volume} %</output></span>
      ${meanwhile('alerts.volume')}<//>
    <${SettingField} kind="profile" setting=${find('alerts.tone')} value=${how.tone}
      error=${errors['alerts.tone']} meanwhile=${meanwhile('alerts.tone')}
      onChange=${(v) => {
        set('alerts.tone', v);
        unlockSound(true, { ...how, tone: v });
      }} />
    <div class="buttons"><${Button} small icon="sound" onClick=${() => unlockSound(true, how)}>${
      t('sound.test')}<//></div>
    <${Quiet} value=${value('alerts.quiet')} error=${errors['alerts.quiet']}
      onChange=${(v) => set('alerts.quiet', v)} />${meanwhile('alerts.quiet')}
    ${['alerts.tasks', 'alerts.mentions', 'alerts.mentions_ms'].map((name) => html`<${SettingField} key=${name}
      kind="profile" setting=${find(name)} value=${value(name)} error=${errors[name]}
      meanwhile=${meanwhile(name)} onChange=${(v) => set(name, v)} />`)}</div>`;
}
