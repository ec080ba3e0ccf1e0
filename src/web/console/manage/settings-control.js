// The control for a setting's type: what one types or chooses in, and nothing around it.
import { html, useState } from '../../vendor/ui.js';
import { route, store } from '../base/here.js';
import { t, tOr } from '../base/words.js';

// Units in which people think of a time.
const UNITS = [['h', 3600000], ['min', 60000], ['s', 1000], ['ms', 1]];
const unitOf = (ms) => UNITS.find(([, size]) => ms >= size && ms % size === 0) || UNITS[2];

function Duration({ id, value, onChange, disabled, ...rest }) {
  const [unit, setUnit] = useState(() => unitOf(value));
  return html`<span class="duration"><input type="number" id=${id} min="0" step="any"
      value=${value / unit[1]}
        onInput=${(e) => onChange(Math.round(Number(e.currentTarget.value) * unit[1]))}
        disabled=${disabled} ...${rest} />
    <select aria-label=${t('unit')} disabled=${disabled} value=${unit[0]} onChange=${(e) => {
      const next = UNITS.find(([u]) => u === e.currentTarget.value);
      onChange(Math.round((value / unit[1]) * next[1]));
      setUnit(next);
    }}>${UNITS.slice(0, 3).map(([u]) => html`<option key=${u} value=${u}>${t(`unit.${u}`)}
      </option>`)}</select></span>`;
}

export function Words({ id, setting, value, onChange }) {
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

// One of the departments, or none.  A circle is for the gateway to see.
function Department({ id, value, onChange, ...rest }) {
  const all = [...store.value.departments.value.values()].filter((d) =>
    String(d.id) !== route.value.rest[0]);
  return html`<select id=${id} value=${value || ''}
      onChange=${(e) => onChange(e.currentTarget.value)} ...${rest}>
    <option value="">${t('set.overflow.none')}</option>
    ${all.map((d) => html`<option key=${d.id} value=${String(d.id)}>${d.name}</option>`)}</select>`;
}

export function control(setting, id, value, onChange, extra) {
  const text = (e) => onChange(e.currentTarget.value);
  switch (setting.type) {
    case 'enum':
      return html`<select id=${id} value=${value} onChange=${text} ...${extra}>
        ${setting.words.map((w) => html`<option key=${w}
          value=${w}>${tOr(`word.${setting.name}.${w}`, tOr(`word.${w}`, w))}</option>`)}
      </select>`;
    case 'department':
      return html`<${Department} id=${id} value=${value} onChange=${onChange} ...${extra} />`;
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
