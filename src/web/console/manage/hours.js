// The business hours of a department: a row for each day, with bars to see and text to type; zone,
// holidays and single days below; and what all of it says of now, as the gateway reckons it, while
// it is typed.
import { html, useEffect, useState } from '../../vendor/ui.js';
import { Field, Icon, Switch, describedBy } from '../base/bits.js';
import { store } from '../base/here.js';
import { explain, lang, t } from '../base/words.js';
import { SettingField } from './settings-form.js';
import { barsOf, daysOf, plain, weekOf, weekdayNames } from './week.js';

const FIRST_WEEK = 'mon 09:00-18:00; tue 09:00-18:00; wed 09:00-18:00; thu 09:00-18:00; ' +
  'fri 09:00-18:00';
const PAUSE_MS = 400;

function Track({ bars }) {
  return html`<span class="track" aria-hidden="true">${bars.map((b) => html`<i
    class=${`span ${b.bad ? 'bad' : ''}`} style=${{ insetInlineStart: `${b.from}%`,
      width: `${b.to - b.from}%` }}></i>`)}</span>`;
}

// What is typed stays as it is typed; it is read anew when somebody else's week comes.
function Week({ value, onChange, error }) {
  const [typed, setTyped] = useState({ week: value, days: daysOf(value) });
  const days = typed.week === value ? typed.days : daysOf(value);
  const bars = barsOf(days);
  const names = weekdayNames(lang.value);
  const set = (at, text) => {
    const next = days.map((old, i) => (i === at ? text : old));
    const week = weekOf(next);
    setTyped({ week, days: next });
    onChange(week);
  };
  return html`<div class="field"><div class="hours" role="group" id="set-hours-week"
      aria-label=${t('set.hours.week')}>
    ${days.map((text, at) => html`<label for=${`hours-${at}`} key=${at}>${names[at].short}
        <span class="hidden">${names[at].long}</span></label>
      <${Track} bars=${bars[at]} />
      <input id=${`hours-${at}`} value=${text} placeholder=${t('hours.shut')} spellcheck="false"
        autocomplete="off" onInput=${(e) => set(at, e.currentTarget.value)}
        aria-invalid=${bars[at].some((b) => b.bad) ? 'true' : undefined}
        aria-describedby=${`hours-help${error ? ' hours-error' : ''}`} />`)}
    <span class="scale" aria-hidden="true">${['00', '06', '12', '18', '24'].map((h) =>
      html`<span key=${h}>${h}</span>`)}</span></div>
    <p class="help" id="hours-help">${t('hours.help')}</p>
    ${error && html`<p class="error" id="hours-error">${error}</p>`}</div>`;
}

function Zone({ value, portal, error, onChange }) {
  const id = 'set-hours-zone';
  const known = Intl.supportedValuesOf?.('timeZone') || [];
  return html`<${Field} id=${id} label=${t('set.hours.zone')} error=${error}
      help=${t('hours.zone.help', { zone: portal?.zone || 'UTC' })}>
    <input id=${id} value=${value} list="hours-zones" spellcheck="false" autocomplete="off"
      onInput=${(e) => onChange(e.currentTarget.value.trim())}
      aria-invalid=${error ? 'true' : undefined}
      aria-describedby=${describedBy(id, true, error)} />
    <datalist id="hours-zones">${known.map((z) => html`<option key=${z} value=${z} />`)}</datalist>
  <//>`;
}

function Lines({ name, value, error, onChange, example }) {
  const id = `set-${name.replace('.', '-')}`;
  return html`<${Field} id=${id} label=${t(`set.${name}`)} error=${error} help=${t(`${name}.help`)}>
    <textarea id=${id} rows="3" value=${value} placeholder=${example} spellcheck="false"
      onInput=${(e) => onChange(e.currentTarget.value)}
      onBlur=${(e) => onChange(plain(e.currentTarget.value))}
      aria-invalid=${error ? 'true' : undefined}
      aria-describedby=${describedBy(id, true, error)}></textarea><//>`;
}

// In the department's own zone, which is where its people look at the clock.
const moment = (ms, timeZone) => new Intl.DateTimeFormat(lang.value, { timeZone, weekday: 'short',
  month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
  timeZoneName: 'short' }).format(ms);

function sentence(now) {
  const time = (ms) => ({ time: moment(ms, now.zone) });
  if (now.takes && !now.closes_ms) return t('hours.now.open');
  if (now.takes)
    return [t('hours.now.closes', time(now.closes_ms)), now.chats_until_ms !== now.closes_ms &&
      t('hours.now.until', time(now.chats_until_ms))].filter(Boolean).join(' ');
  const opens = now.opens_ms ? t('hours.now.opens', time(now.opens_ms)) : t('hours.now.never');
  return `${t(now.open ? 'hours.now.last' : 'hours.now.closed')} ${opens}`;
}

// Asked anew a moment after the last key, and each minute, for time goes on.
function Preview({ department, changes }) {
  const [said, setSaid] = useState({ text: '', bad: false });
  const key = JSON.stringify(changes);
  useEffect(() => {
    let wanted = true;
    const ask = () => store.value.command('hours.show', { department, ...changes }).then(
      (now) => wanted && setSaid({ text: sentence(now), open: now.takes }),
      (fault) => wanted && fault.field?.startsWith('hours.') &&
        setSaid({ text: explain(fault), bad: true }));
    const soon = setTimeout(ask, PAUSE_MS);
    const later = setInterval(ask, 60000);
    return () => {
      wanted = false;
      clearTimeout(soon);
      clearInterval(later);
    };
  }, [department, key, lang.value]);
  return said.text && html`<p class=${`hours-now ${said.bad ? 'bad' : said.open ? 'open' : ''}`}
    role="status"><${Icon} name=${said.bad ? 'warn' : 'clock'} size=${14} /> ${said.text}</p>`;
}

// Part of a form of settings: names, value(name), set(name, value), errors as it has them.
export function Hours({ department, portal, names, find, value, set, errors, meanwhile }) {
  const on = Boolean(value('hours.week'));
  const changes = Object.fromEntries(names.map((name) => [name, value(name)]));
  return html`<div class="hours-part"><${Switch} id="hours-on" checked=${on} label=${t('hours.on')}
      onChange=${(yes) => set('hours.week', yes ? FIRST_WEEK : '')} />
    ${!on && html`<p class="help">${t('hours.always')}</p>`}
    ${on && html`<${Preview} department=${department} changes=${changes} />
      <${Week} value=${value('hours.week')} error=${errors['hours.week']}
        onChange=${(v) => set('hours.week', v)} />
      ${meanwhile('hours.week')}
      <${Zone} value=${value('hours.zone')} portal=${portal} error=${errors['hours.zone']}
        onChange=${(v) => set('hours.zone', v)} />
      <${SettingField} kind="department" setting=${find('hours.last_chat_ms')}
        value=${value('hours.last_chat_ms')} error=${errors['hours.last_chat_ms']}
        meanwhile=${meanwhile('hours.last_chat_ms')}
        onChange=${(v) => set('hours.last_chat_ms', v)} />
      <${Lines} name="hours.holidays" value=${value('hours.holidays')}
        error=${errors['hours.holidays']} example=${t('hours.holidays.example')}
        onChange=${(v) => set('hours.holidays', v)} />
      ${meanwhile('hours.holidays')}
      <${Lines} name="hours.days" value=${String(value('hours.days')).replaceAll('; ', '\n')}
        error=${errors['hours.days']} example=${t('hours.days.example')}
        onChange=${(v) => set('hours.days', v)} />
      ${meanwhile('hours.days')}`}</div>`;
}
