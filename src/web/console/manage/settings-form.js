// A form made from the gateway's own table of settings: one control for each type.  It sends what
// was changed, all at once; what is refused is shown at its field, and nothing typed is lost.
import { html, signal, useEffect, useRef, useState } from '../../vendor/ui.js';
import { Button, Field, Switch, announce, describedBy } from '../base/bits.js';
import { SecretField } from './secret-field.js';
import { clock, explain, hasWord, t, tOr } from '../base/words.js';
import { store } from '../base/here.js';
import { useUnsaved } from '../base/unsaved.js';

const tables = signal(null); // { portal, department, agent } as the gateway lists them
let askedOf = null;
export function useTables() {
  const s = store.value;
  useEffect(() => {
    if (askedOf === s) return;
    askedOf = s;
    s.command('settings').then((ok) => (tables.value = ok), () => (askedOf = null));
  }, [s]);
  return tables.value;
}

// Units in which people think of a time.
const UNITS = [['h', 3600000], ['min', 60000], ['s', 1000], ['ms', 1]];
const unitOf = (ms) => UNITS.find(([, size]) => ms >= size && ms % size === 0) || UNITS[2];

function Duration({ id, value, onChange, ...rest }) {
  const [unit, setUnit] = useState(() => unitOf(value));
  return html`<span class="duration"><input type="number" id=${id} min="0" step="any"
      value=${value / unit[1]}
        onInput=${(e) => onChange(Math.round(Number(e.currentTarget.value) * unit[1]))} ...${rest}
          />
    <select aria-label=${t('unit')} value=${unit[0]} onChange=${(e) => {
      const next = UNITS.find(([u]) => u === e.currentTarget.value);
      onChange(Math.round((value / unit[1]) * next[1]));
      setUnit(next);
    }}>${UNITS.slice(0, 3).map(([u]) => html`<option key=${u} value=${u}>${t(`unit.${u}`)}
      </option>`)}</select></span>`;
}

function Words({ id, setting, value, onChange }) {
  const chosen = new Set(String(value || '').split(',').map((w) => w.trim()).filter(Boolean));
  return html`<span class="checks" role="group" aria-labelledby=${`${id}-label`} id=${id}>
    ${setting.words.map((w) => html`<label class="check" key=${w}><input type="checkbox"
      checked=${chosen.has(w)}
      onChange=${(e) => {
        if (e.currentTarget.checked) chosen.add(w);
        else chosen.delete(w);
        onChange(setting.words.filter((x) => chosen.has(x)).join(','));
      }} /> ${tOr(`word.${setting.name}.${w}`, w)}</label>`)}</span>`;
}

function control(setting, id, value, onChange, extra) {
  const text = (e) => onChange(e.currentTarget.value);
  switch (setting.type) {
    case 'enum':
      return html`<select id=${id} value=${value} onChange=${text} ...${extra}>
        ${setting.words.map((w) => html`<option key=${w}
          value=${w}>${tOr(`word.${setting.name}.${w}`, tOr(`word.${w}`, w))}</option>`)}
      </select>`;
    case 'int':
      return html`<input type="number" id=${id} min=${setting.min} max=${setting.max} value=${value}
        onInput=${(e) => onChange(Number(e.currentTarget.value))} ...${extra} />`;
    case 'ms':
      return html`<${Duration} id=${id} value=${value ?? 0} onChange=${onChange} ...${extra} />`;
    case 'text':
    case 'mailboxes':
    case 'origins':
      return html`<textarea id=${id} rows="2" value=${value} onInput=${text} ...${extra}>
        </textarea>`;
    case 'colour':
      return html`<span class="colour"><input type="color" value=${value}
        aria-label=${t('colour.pick')} onInput=${text} />
        <input id=${id} value=${value} onInput=${text} size="9" spellcheck="false" ...${extra} />
          </span>`;
    default:
      return html`<input id=${id} type=${setting.name === 'email' ? 'email' : 'text'} value=${value}
        spellcheck="false" autocomplete="off" onInput=${text} ...${extra} />`;
  }
}

export const settingLabel = (kind, name) => tOr(`set.${kind}.${name}`, tOr(`set.${name}`, name));

export function SettingField({ kind, setting, value, error, onChange, saveSecret }) {
  const id = `set-${setting.name.replaceAll('.', '-')}`;
  const label = settingLabel(kind, setting.name);
  const helpKey = `set.${kind}.${setting.name}.help`;
  const help = hasWord(helpKey) ? t(helpKey) : '';
  if (setting.type === 'bool')
    return html`<div class="field"><${Switch} id=${id} checked=${Boolean(value)}
      onChange=${onChange} label=${label}
      describedby=${describedBy(id, help, error)} />
      ${help && html`<p class="help" id=${`${id}-help`}>${help}</p>`}
      ${error && html`<p class="error" id=${`${id}-error`}>${error}</p>`}</div>`;
  if (setting.type === 'secret')
    return html`<${SecretField} id=${id} label=${label} help=${help} there=${Boolean(value)}
      save=${saveSecret} />`;
  if (setting.type === 'words')
    return html`<div class="field"><p class="label" id=${`${id}-label`}>${label}</p>
      <${Words} id=${id} setting=${setting} value=${value} onChange=${onChange} />
      ${help && html`<p class="help">${help}</p>`}${error && html`<p class="error">${error}</p>`}
        </div>`;
  return html`<${Field} id=${id} label=${label} help=${help} error=${error}>
    ${control(setting, id, value ?? '', onChange, {
      'aria-invalid': error ? 'true' : undefined, 'aria-describedby': describedBy(id, help, error),
    })}<//>`;
}

// The six mail settings: a switch with its addresses beneath.
function MailField({ kind, on, addresses, value, errors, set }) {
  const word = on.name.split('.')[1];
  const id = `set-mail-${word}`;
  const error = errors[addresses.name] || errors[on.name];
  const help = tOr(`set.mail.${word}.help`, '');
  const extra = {
    'aria-invalid': error ? 'true' : undefined, 'aria-describedby': describedBy(id, help, error),
    'aria-label': t('mail.addresses', { name: t(`set.mail.${word}`) }),
    placeholder: addresses.type === 'mailbox' ? 'sales@example.com'
      : 'one@example.com, two@example.com',
  };
  return html`<div class=${`field mail-field ${value(on.name) ? '' : 'is-off'}`}>
    <${Switch} id=${`${id}-on`} checked=${Boolean(value(on.name))}
      label=${tOr(`set.mail.${word}`, on.name)}
      onChange=${(v) => set(on.name, v)} />
    <input id=${id} value=${value(addresses.name)} spellcheck="false"
      onInput=${(e) => set(addresses.name, e.currentTarget.value)} ...${extra} />
    ${help && html`<p class="help" id=${`${id}-help`}>${help}</p>`}
    ${error && html`<p class="error" id=${`${id}-error`}>${error}</p>`}
  </div>`;
}

// groups: [title key, names or a test, note(value)]; what no group names comes last, but for
// templates, which have pages of their own.  save(changes) → promise; what it gives is called when
// the form is settled.  saveSecret(text) → promise, where the table has a secret: it is saved at
// once, by itself.  children stand below the settings.
export function SettingsForm(
  { kind, table: all, object, groups, save, saveLabel, onCancel, saveSecret, children }) {
  const table = all.filter((x) => !x.type.startsWith('template'));
  const [changes, setChanges] = useState({});
  const [errors, setErrors] = useState({});
  const [state, setState] = useState('');
  const form = useRef(null);
  const dirty = Object.keys(changes).length > 0;
  const unsaved = useUnsaved(dirty);
  const value = (name) => (name in changes ? changes[name] : object[name]);
  const set = (name, v) => {
    const next = { ...changes, [name]: v };
    if (v === object[name]) delete next[name];
    setChanges(next);
    setErrors({ ...errors, [name]: undefined });
    setState('');
  };
  async function submit(e) {
    e.preventDefault();
    setState('busy');
    try {
      const next = await save(changes);
      unsaved.settled();
      setChanges({});
      setErrors({});
      setState(t('saved', { time: clock(Date.now()) }));
      announce(t('saved', { time: clock(Date.now()) }));
      next?.();
    } catch (refused) {
      const text = explain(refused);
      const known = table.some((x) => x.name === refused.field);
      setErrors({ [known ? refused.field : '']: text });
      setState('');
      requestAnimationFrame(() => form.current?.querySelector('[aria-invalid=true]')?.focus());
    }
  }
  const left = new Set(table.map((x) => x.name));
  const parts = groups.map(([title, wanted, note]) => {
    const names = table.map((x) => x.name).filter((name) => left.has(name) &&
      (typeof wanted === 'function' ? wanted(name) : wanted.includes(name)));
    if (Array.isArray(wanted)) names.sort((a, b) => wanted.indexOf(a) - wanted.indexOf(b));
    names.forEach((name) => left.delete(name));
    return [title, names, note];
  });
  if (left.size && !saveLabel) parts.push(['group.more', [...left]]);
  const find = (name) => table.find((x) => x.name === name);
  return html`<form class="settings" ref=${form} onSubmit=${submit} novalidate>
    ${parts.filter(([, names]) => names.length).map(([title, names, note]) =>
      html`<fieldset key=${title}><legend>${t(title)}</legend>
      ${hasWord(`${title}.help`) && html`<p class="help">${t(`${title}.help`)}</p>`}
      ${note?.(value)}
      ${names.map((name) => {
        if (/^mail\..*\.addresses$/.test(name)) return null;
        if (/^mail\..*\.on$/.test(name))
          return html`<${MailField} key=${name} kind=${kind} on=${find(name)} errors=${errors}
            addresses=${find(name.replace(/on$/, 'addresses'))} value=${value} set=${set} />`;
        return html`<${SettingField} key=${name} kind=${kind} setting=${find(name)}
          value=${value(name)}
          error=${errors[name]} onChange=${(v) => set(name, v)} saveSecret=${saveSecret} />`;
      })}
    </fieldset>`)}
    ${children}
    ${errors[''] && html`<p class="error" role="alert">${errors['']}</p>`}
    <div class="settings-foot ${dirty ? 'dirty' : ''}">
      <${Button} type="submit" kind="primary"
        busy=${state === 'busy' || (!dirty && !saveLabel)}>${saveLabel || t('save')}<//>
      ${onCancel && html`<${Button} onClick=${onCancel}>${t('cancel')}<//>`}
      ${dirty && !saveLabel && html`<${Button} kind="link" onClick=${() => {
        setChanges({});
        setErrors({});
      }}>${t('revert')}<//>`}
      <span class="quiet-text">${state === 'busy' ? '' : state}</span>
    </div>
  </form>`;
}
