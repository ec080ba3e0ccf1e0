// One rule of a department as a row: what it looks at, the skills that it wants, for how long nobody
// else is asked; a line that has more than that as its words.
import { html } from '../../vendor/ui.js';
import { Button, Icon } from '../base/bits.js';
import { t } from '../base/words.js';
import { LOOKS, UNITS } from './rule-lines.js';

const EXAMPLES = { page: '*/billing*', tag: 'vip', name: '*Sato*', email: '*@example.com',
  phone: '+81*', question: '*order*' };
const LANGUAGES = ['en', 'ja'];

// Which of its controls a refusal is about, as far as that can be told.
function isMeant(fault, cond, unwritten) {
  const { reason, values = {} } = fault || {};
  if (unwritten) return cond.value.includes('"');
  if (reason === 'rule-pattern') return cond.value.startsWith('/');
  if (reason === 'rule-condition') return values.said?.startsWith(`${cond.look}:`);
  if (reason === 'rule-langs') return cond.look === 'lang';
  return ['rule-field', 'rule-contradicts'].includes(reason) && values.field === cond.look;
}

function Value({ cond, onChange, ...rest }) {
  if (cond.look !== 'lang')
    return html`<input value=${cond.value} placeholder=${EXAMPLES[cond.look]} spellcheck="false"
      autocomplete="off" onInput=${(e) => onChange(e.currentTarget.value)} ...${rest} />`;
  const all = LANGUAGES.includes(cond.value) ? LANGUAGES : [cond.value, ...LANGUAGES];
  return html`<select value=${cond.value} onChange=${(e) => onChange(e.currentTarget.value)}
      ...${rest}>${all.map((word) => html`<option key=${word} value=${word}>${
      LANGUAGES.includes(word) ? t(`word.${word}`) : word}</option>`)}</select>`;
}

function Cond({ at, cond, wrong, about, change, remove }) {
  const n = at + 1;
  return html`<div class="rule-part"><select aria-label=${t('rule.cond.look', { n })}
      value=${cond.look} onChange=${(e) => {
        const look = e.currentTarget.value;
        const value = look === 'lang' ? LANGUAGES[0] : cond.look === 'lang' ? '' : cond.value;
        change({ look, value });
      }}>${LOOKS.map((look) => html`<option key=${look} value=${look}>${t(`rule.look.${look}`)}
      </option>`)}</select>
    <${Value} cond=${cond} aria-label=${t('rule.cond.value', { n })} aria-describedby=${about}
      aria-invalid=${wrong ? 'true' : undefined} onChange=${(value) => change({ ...cond, value })} />
    <${Button} small kind="quiet" icon="close" label=${t('rule.cond.remove', { n })}
      onClick=${remove} /></div>`;
}

// Completes the last name of the list.
function Skills({ id, value, known, onChange, ...rest }) {
  const names = value.split(',').map((one) => one.trim().toLowerCase());
  const before = value.slice(0, value.lastIndexOf(',') + 1);
  const more = known.filter((name) => !names.slice(0, -1).includes(name.toLowerCase()));
  return html`<input id=${id} value=${value} list=${`${id}-known`} spellcheck="false"
      autocomplete="off" onInput=${(e) => onChange(e.currentTarget.value)} ...${rest} />
    <datalist id=${`${id}-known`}>${more.map((name) => html`<option key=${name}
      value=${before ? `${before} ${name}` : name} />`)}</datalist>`;
}

function Parts({ id, rule, unwritten, fault, about, known, change, focusOn }) {
  const conds = (list) => change({ ...rule, conds: list });
  const wrong = (is) => ({ 'aria-describedby': about, 'aria-invalid': is ? 'true' : undefined });
  return html`${!rule.conds.length && html`<p class="help">${t('rule.all')}</p>`}
    ${rule.conds.map((cond, at) => html`<${Cond} key=${at} at=${at} cond=${cond} about=${about}
      wrong=${isMeant(fault, cond, unwritten)}
      change=${(next) => conds(rule.conds.map((old, i) => (i === at ? next : old)))}
      remove=${() => {
        focusOn(`#${id} [data-do="cond"]`);
        conds(rule.conds.filter((_, i) => i !== at));
      }} />`)}
    <div class="rule-part"><${Button} small kind="link" data-do="cond" onClick=${() => {
      focusOn(`#${id} .rule-part:nth-last-of-type(4) select`);
      conds([...rule.conds, { look: 'page', value: '' }]);
    }}>${t('rule.cond.add')}<//></div>
    <div class="rule-part"><label for=${`${id}-skills`}>${t('rule.skills')}</label>
      <${Skills} id=${`${id}-skills`} value=${rule.skills} known=${known}
        ...${wrong(['rule-skill', 'rule-form', 'skill-twice'].includes(fault?.reason))}
        onChange=${(skills) => change({ ...rule, skills })} /></div>
    <div class="rule-part"><label for=${`${id}-strict`}>${t('rule.strict')}</label>
      <span class="duration"><input type="number" id=${`${id}-strict`} min="0" step="any"
        value=${rule.strict} placeholder="0"
        ...${wrong(fault?.reason === 'rule-strict')}
        onInput=${(e) => change({ ...rule, strict: e.currentTarget.value })} />
      <select aria-label=${t('unit')} value=${rule.unit}
        onChange=${(e) => change({ ...rule, unit: e.currentTarget.value })}>
        ${UNITS.map((u) => html`<option key=${u} value=${u}>${t(`unit.${u === 'm' ? 'min' : u}`)}
          </option>`)}</select></span></div>`;
}

// row.rule null: its line is typed as it stands.  row.unwritten: no line holds what stands in it.
// fault, error: of the gateway, of this rule; doubts: its sentences about it.
export function RuleRow({ id, n, last, row, fault, error, doubts, known, change, changeLine, move,
  remove, focusOn }) {
  const wrong = row.unwritten ? t('rule.unwritten') : error;
  const about = wrong ? `${id}-error` : undefined;
  return html`<li class=${`rule-row ${wrong ? 'wrong' : ''}`} id=${id}>
    <div role="group" aria-labelledby=${`${id}-name`}>
      <div class="rule-part"><strong id=${`${id}-name`}>${t('rule.n', { n })}</strong>
        <${Button} small kind="quiet" icon="down" data-do="up" busy=${n === 1}
          label=${t('rule.up', { n })} onClick=${() => move(-1)} />
        <${Button} small kind="quiet" icon="down" data-do="down" busy=${last}
          label=${t('rule.down', { n })} onClick=${() => move(1)} />
        <${Button} small kind="quiet" icon="close" data-do="remove" label=${t('rule.remove', { n })}
          onClick=${remove} /></div>
      ${row.rule ? html`<${Parts} id=${id} rule=${row.rule} unwritten=${row.unwritten}
        fault=${fault} about=${about} known=${known} change=${change} focusOn=${focusOn} />`
        : html`<div class="rule-part"><input value=${row.line} aria-label=${t('rule.line')}
          spellcheck="false" autocomplete="off" aria-describedby=${about}
          aria-invalid=${error ? 'true' : undefined}
          onInput=${(e) => changeLine(e.currentTarget.value)} /></div>
          <p class="help">${t('rule.line.help')}</p>`}
      ${wrong && html`<p class="error" id=${`${id}-error`}>${wrong}</p>`}
      ${doubts.map((text) => html`<p class="rule-doubt" key=${text}><${Icon} name="warn"
        size=${14} /><span>${text}</span></p>`)}
    </div></li>`;
}
