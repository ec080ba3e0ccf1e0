// A form made from the gateway's own table of settings: one control for each type.  It sends what
// was changed, all at once; all that is wrong is shown at its fields, named by the button, and the
// first of it is gone to.  Nothing typed is lost, whoever else changes the same thing meanwhile.
import { html, signal, useEffect, useRef, useState } from '../../vendor/ui.js';
import { Button, Field, Icon, Switch, announce, describedBy } from '../base/bits.js';
import { SecretField } from './secret-field.js';
import { Words, control } from './settings-control.js';
import { faultsOf } from './settings-check.js';
import { clock, duration, explain, hasWord, stamp, t, tOr } from '../base/words.js';
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

// As people read a setting's name: a mail setting's switch and addresses are one field, and a text is
// one in each language.
export function settingLabel(kind, name) {
  const [, text, lang] = /^(.+)\.(en|ja)$/.exec(name) || [];
  if (text) return t('texts.in', { text: settingLabel(kind, text), lang: t(`word.${lang}`) });
  const field = name.replace(/^(mail\.\w+)\.(on|addresses)$/, '$1');
  return tOr(`set.${kind}.${field}`, tOr(`set.${field}`, t('field.unnamed')));
}

// Of a value that somebody else has set while this one was being edited.
export function Meanwhile({ id, setting, value }) {
  const word = setting.type === 'bool' ? t(value ? 'switch.on' : 'switch.off')
    : setting.type === 'ms' ? duration(value)
      : setting.type === 'enum' ? tOr(`word.${setting.name}.${value}`, tOr(`word.${value}`, value))
        : String(value ?? '') || t('form.nothing');
  return html`<p class="help meanwhile" id=${`${id}-meanwhile`}><${Icon} name="warn" size=${14} />
    ${t('form.meanwhile', { value: word })}</p>`;
}

export function SettingField(
  { kind, setting, value, error, closed, meanwhile, onChange, saveSecret }) {
  const id = `set-${setting.name.replaceAll('.', '-')}`;
  const label = settingLabel(kind, setting.name);
  const helpKey = `set.${kind}.${setting.name}.help`;
  const help = hasWord(helpKey) ? t(helpKey) : '';
  if (setting.type === 'bool')
    return html`<div class="field"><${Switch} id=${id} checked=${Boolean(value)}
      onChange=${onChange} label=${label} disabled=${closed}
      describedby=${describedBy(id, help, error)} />${meanwhile}
      ${help && html`<p class="help" id=${`${id}-help`}>${help}</p>`}
      ${error && html`<p class="error" id=${`${id}-error`}>${error}</p>`}</div>`;
  if (setting.type === 'secret')
    return html`<${SecretField} id=${id} label=${label} help=${help} there=${Boolean(value)}
      closed=${closed} save=${saveSecret} />`;
  if (setting.type === 'words')
    return html`<div class="field"><p class="label" id=${`${id}-label`}>${label}</p>
      <${Words} id=${id} setting=${setting} value=${value} onChange=${onChange} />${meanwhile}
      ${help && html`<p class="help">${help}</p>`}${error && html`<p class="error">${error}</p>`}
        </div>`;
  return html`<${Field} id=${id} label=${label} help=${help} error=${error}>
    ${control(setting, id, value ?? '', onChange, {
      'aria-invalid': error ? 'true' : undefined, 'aria-describedby': describedBy(id, help, error),
      disabled: closed,
    })}${meanwhile}<//>`;
}

// The six mail settings: a switch with its addresses beneath.
function MailField({ kind, on, addresses, value, errors, meanwhile, set }) {
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
    ${meanwhile(id, addresses) || meanwhile(id, on)}
    ${help && html`<p class="help" id=${`${id}-help`}>${help}</p>`}
    ${error && html`<p class="error" id=${`${id}-error`}>${error}</p>`}
  </div>`;
}

// Not sent while it is off, and closed: what stands in it would do nothing.
const isClosed = (name, value) =>
  name.startsWith('relay.') && name !== 'relay.own' && !value('relay.own');

const idOf = (name) =>
  `set-${name.replace(/^(mail\.\w+)\.\w+$/, '$1').replaceAll('.', '-')}`;

// Into sight and under the cursor, where nothing that sticks to an edge covers it.
function goTo(name) {
  const el = document.getElementById(idOf(name));
  const inside = (selector) => el?.querySelector(selector);
  const control = el?.matches('input, select, textarea') ? el : inside('[aria-invalid="true"]') ||
    inside('.wrong :is(input, select)') || inside('input');
  ((control || el)?.closest('.rule-row, .field') || el)?.scrollIntoView({ block: 'center' });
  control?.focus({ preventScroll: true });
}

// Beside the button, which is always in sight: how much is wrong, and the way to each.
function Wrong({ kind, names }) {
  const labels = new Map(names.map((name) => [settingLabel(kind, name), name]));
  return html`<div class="form-wrong" role="group" aria-label=${t('form.wrong', { n: labels.size })}>
    <${Icon} name="warn" size=${16} /><span>${t('form.wrong', { n: labels.size })}</span>
    ${[...labels].map(([label, name]) => html`<button type="button" class="link" key=${name}
      onClick=${() => goTo(name)}>${label}</button>`)}</div>`;
}

// What is edited, against what the gateway has, which may change meanwhile.
function useEdits(object) {
  const [edits, setEdits] = useState({}); // name → { value, was }
  const value = (name) => (name in edits ? edits[name].value : object[name]);
  return {
    value,
    changes: Object.fromEntries(Object.entries(edits).map(([name, e]) => [name, e.value])),
    dirty: Object.keys(edits).length > 0,
    isOverrun: (name) => name in edits && edits[name].was !== object[name] &&
      edits[name].value !== object[name],
    set(name, v) {
      const next = { ...edits, [name]: { value: v, was: edits[name]?.was ?? object[name] } };
      if (v === object[name]) delete next[name];
      setEdits(next);
    },
    clear: () => setEdits({}),
  };
}

const partsOf = (groups, table, rest) => {
  const left = new Set(table.map((x) => x.name));
  const parts = groups.map(([title, wanted, note, whole]) => {
    const names = table.map((x) => x.name).filter((name) => left.has(name) &&
      (typeof wanted === 'function' ? wanted(name) : wanted.includes(name)));
    if (Array.isArray(wanted)) names.sort((a, b) => wanted.indexOf(a) - wanted.indexOf(b));
    names.forEach((name) => left.delete(name));
    return [title, names, note, whole];
  });
  if (left.size && rest) parts.push(['group.more', [...left]]);
  return parts.filter(([, names]) => names.length);
};

// What others have changed since it was shown, each at its field; what it is now is said there, too.
const overruns = ({ changed = [], values }) => changed.map(({ field, by_name: by, at_ms: at }) => ({
  field, text: t('form.overrun', { by: by || values.by, time: stamp(at) }) }));

// groups: [title key, names or a test, note(value), whole(form) in place of its fields]; what no
// group names comes last, but for templates, which have pages of their own.  save(changes, sound, version) → promise; what it gives is called
// when the form is settled; false: it was thought better of.  sound: nothing is seen to be wrong;
// version: of the object, as it is shown.
// saveSecret(text) → promise, where the table has a secret: it is saved at once, by itself.
// children stand below all of the settings.
export function SettingsForm(
  { kind, table: all, object, groups, save, saveLabel, onCancel, saveSecret, children }) {
  const table = all.filter((x) => !x.type.startsWith('template'));
  const edits = useEdits(object);
  const { value, dirty } = edits;
  const [errors, setErrors] = useState({});
  const [faults, setFaults] = useState({}); // what the errors were made from
  const [told, setTold] = useState({ version: 0, values: {} }); // by a refusal, before the object says so
  const version = Math.max(told.version, object.version || 0) || undefined;
  const [state, setState] = useState('');
  const form = useRef(null);
  const wanted = useRef(false); // the first that is wrong is to be gone to
  const unsaved = useUnsaved(dirty);
  const parts = partsOf(groups, table, !saveLabel);
  const order = parts.flatMap(([, names]) => names);
  const wrong = order.filter((name) => errors[name]);
  const set = (name, v) => {
    edits.set(name, v);
    setErrors({ ...errors, [name]: undefined, '': undefined });
    setState('');
  };
  useEffect(() => {
    if (!wanted.current) return;
    wanted.current = false;
    if (wrong.length) goTo(wrong[0]);
  }, [errors]);
  function refuse(given) {
    const first = {};
    for (const fault of given) first[order.includes(fault.field) ? fault.field : ''] ??= fault;
    const found = Object.fromEntries(Object.entries(first).map(([name, fault]) =>
      [name, fault.text || explain(fault)]));
    wanted.current = true;
    setFaults(first);
    setErrors(found);
    setState('');
    announce(Object.entries(found).map(([name, text]) =>
      (name ? `${settingLabel(kind, name)}: ${text}` : text)).join(' '));
  }
  async function submit(e) {
    e.preventDefault();
    const needed = saveLabel ? table.filter((x) => x.min > 0 && object[x.name] === '') : [];
    const touched = [...new Set([...Object.keys(edits.changes), ...needed.map((x) => x.name)])]
      .filter((name) => !isClosed(name, value));
    // The gateway judges, and refuses what is wrong here, too; asked all the same, it names at once
    // what cannot be seen from here.
    const seen = faultsOf(table, value, touched);
    if (seen.length && !store.value.online.value) {
      refuse(seen);
      return;
    }
    setState('busy');
    try {
      const next = await save(edits.changes, seen.length === 0, version);
      if (next === false) {
        setState('');
        return;
      }
      unsaved.settled();
      edits.clear();
      setErrors({});
      setState(t('saved', { time: clock(Date.now()) }));
      announce(t('saved', { time: clock(Date.now()) }));
      next?.();
    } catch (refused) {
      if (refused.changed)
        setTold({ version: refused.values.version, values: Object.fromEntries(
          refused.changed.map(({ field, value: now }) => [field, now])) });
      refuse([...overruns(refused), ...(refused.faults || [refused]), ...seen]);
    }
  }
  const find = (name) => table.find((x) => x.name === name);
  const later = told.version > object.version ? told.values : {};
  const meanwhile = (id, setting) => (edits.isOverrun(setting.name) || setting.name in later) &&
    html`<${Meanwhile} id=${id} setting=${setting} value=${(later[setting.name] ??
      object[setting.name])} />`;
  return html`<form class="settings" ref=${form} onSubmit=${submit} novalidate>
    ${parts.map(([title, names, note, whole]) =>
      html`<fieldset key=${title}><legend>${t(title)}</legend>
      ${hasWord(`${title}.help`) && html`<p class="help">${t(`${title}.help`)}</p>`}
      ${note?.(value)}
      ${whole?.({ names, find, value, set, errors, faultOf: (name) => errors[name] && faults[name],
        meanwhile: (name) => meanwhile(idOf(name), find(name)) })}
      ${!whole && names.map((name) => {
        if (/^mail\..*\.addresses$/.test(name)) return null;
        if (/^mail\..*\.on$/.test(name))
          return html`<${MailField} key=${name} kind=${kind} on=${find(name)} errors=${errors}
            addresses=${find(name.replace(/on$/, 'addresses'))} value=${value} set=${set}
            meanwhile=${meanwhile} />`;
        return html`<${SettingField} key=${name} kind=${kind} setting=${find(name)}
          value=${value(name)} error=${errors[name]} closed=${isClosed(name, value)}
          meanwhile=${meanwhile(idOf(name), find(name))}
          onChange=${(v) => set(name, v)} saveSecret=${saveSecret} />`;
      })}
    </fieldset>`)}
    ${children}
    ${errors[''] && html`<p class="error" role="alert">${errors['']}</p>`}
    <div class="settings-foot ${dirty ? 'dirty' : ''}">
      ${wrong.length > 0 && html`<${Wrong} kind=${kind} names=${wrong} />`}
      <${Button} type="submit" kind="primary"
        busy=${state === 'busy' || (!dirty && !saveLabel)}>${saveLabel || t('save')}<//>
      ${onCancel && html`<${Button} onClick=${onCancel}>${t('cancel')}<//>`}
      ${dirty && !saveLabel && html`<${Button} kind="link" onClick=${() => {
        edits.clear();
        setErrors({});
      }}>${t('revert')}<//>`}
      <span class="quiet-text">${state === 'busy' ? '' : state}</span>
    </div>
  </form>`;
}
