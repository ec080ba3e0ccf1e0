// The rules of a department, in a form of settings: a row for each, or all of them as the text that
// the gateway keeps.  Both edit that text; a row that nobody has touched stays as it was written.
import { html, useEffect, useRef, useState } from '../../vendor/ui.js';
import { Button, Field, Icon, Switch, announce, describedBy } from '../base/bits.js';
import { number, t } from '../base/words.js';
import { RuleRow } from './rule-row.js';
import { isRule, linesOf, readLine, refusedLine, writeLine } from './rule-lines.js';

const ID = 'set-rules';
const FRESH = '->';

let made = 0;
const rowOf = (line) => ({ key: ++made, line, rule: readLine(line) });
const textOf = (rows) => rows.map((row) => row.line).join('\n');

// What was typed stays as it was typed while the text is what it makes.  What comes from elsewhere,
// as it does when it was saved, takes the places of the rows that are there, and leaves the focus.
function useRows(text, onText) {
  const kept = useRef({ text: null, rows: [] });
  const { rows } = kept.current;
  if (kept.current.text !== text)
    kept.current = { text, rows: linesOf(text).map((line, at) =>
      ({ ...rowOf(line), ...(rows[at] && { key: rows[at].key }) })) };
  return [kept.current.rows, (next) => {
    kept.current = { text: textOf(next), rows: next };
    onText(kept.current.text);
  }];
}

const doubtText = (d, n) => t(`rule.doubt.${d.why}`, { n: number(n), skills: d.skills });

// Wherever a rule is moved to, what makes one doubt it goes with its line.
function doubtsOf(doubts, saved) {
  const lines = linesOf(saved).filter(isRule);
  return (line, n) => doubts.filter((d) => lines[d.rule - 1] === line).map((d) => doubtText(d, n));
}

function Rows({ text, saved, doubts, known, fault, error, onText }) {
  const [rows, change] = useRows(text, onText);
  const wanted = useRef(''); // what is to have the focus, once it is there
  useEffect(() => {
    const el = wanted.current && document.querySelector(wanted.current);
    wanted.current = '';
    if (el) (el.disabled ? el.parentElement.querySelector('button:enabled') : el).focus();
  });
  const focusOn = (selector) => (wanted.current = selector);
  const about = doubtsOf(doubts, saved);
  const rules = rows.filter((row) => isRule(row.line) || row.typed); // one that is being emptied stays
  const refused = rows.filter((row) => isRule(row.line))[fault?.values?.rule - 1];
  const idOf = (row) => `rule-${row.key}`;
  const put = (old, row) => change(rows.map((one) => (one === old ? row : one)));
  const move = (row, by) => {
    const n = rules.indexOf(row) + by;
    const other = rules[n];
    focusOn(`#${idOf(row)} [data-do="${by < 0 ? 'up' : 'down'}"]`);
    announce(t('rule.moved', { n: number(n + 1) }));
    change(rows.map((one) => (one === row ? other : one === other ? row : one)));
  };
  const remove = (row) => {
    const n = rules.indexOf(row);
    const next = rules[n + 1] || rules[n - 1];
    focusOn(next ? `#${idOf(next)} [data-do="remove"]` : '#rule-add');
    change(rows.filter((one) => one !== row));
  };
  const add = () => {
    const row = rowOf(FRESH);
    const end = rows.indexOf(rules.at(-1)) + 1;
    focusOn(`#${idOf(row)} [data-do="cond"]`);
    change([...rows.slice(0, end), row, ...rows.slice(end)]);
  };
  return html`<div class="rules" id=${ID} role="group" aria-label=${t('set.rules')}>
    ${!rules.length && html`<p class="quiet-text">${t('rule.none')}</p>`}
    <ul>${rules.map((row, at) => html`<${RuleRow} key=${row.key} id=${idOf(row)} n=${at + 1}
      row=${row} last=${at === rules.length - 1} known=${known} doubts=${about(row.line, at + 1)}
      fault=${row === refused && fault} error=${row === refused && error}
      change=${(rule) => {
        const line = writeLine(rule);
        put(row, { ...row, rule, line: line ?? refusedLine(rule), unwritten: line === null });
      }}
      changeLine=${(line) => put(row, { ...row, line, typed: true })}
      move=${(by) => move(row, by)} remove=${() => remove(row)} focusOn=${focusOn} />`)}</ul>
    <${Button} small icon="plus" id="rule-add" onClick=${add}>${t('rule.add')}<//></div>`;
}

function Text({ text, doubts, error, onText }) {
  return html`<${Field} id=${ID} label=${t('set.rules')} help=${t('set.department.rules.help')}
      error=${error}><textarea id=${ID} rows="4" value=${text} spellcheck="false"
      onInput=${(e) => onText(e.currentTarget.value)} aria-invalid=${error ? 'true' : undefined}
      aria-describedby=${describedBy(ID, true, error)}></textarea><//>
    ${doubts.length > 0 && html`<ul aria-label=${t('rule.doubts')}>
      ${doubts.map((d) => html`<li class="rule-doubt" key=${d.rule + d.why}><${Icon} name="warn"
        size=${14} /><span>${doubtText(d, d.rule)}</span></li>`)}</ul>`}`;
}

// Part of a form of settings; saved, doubts: as the department has them; skills: of the portal.
export function Rules({ value, set, errors, faultOf, meanwhile, saved, doubts, skills }) {
  const [asText, setAsText] = useState(false);
  const known = String(skills || '').split(',').map((one) => one.trim()).filter(Boolean);
  const fault = faultOf('rules');
  const error = errors.rules;
  const shared = { text: String(value('rules') ?? ''), doubts, error,
    onText: (text) => set('rules', text) };
  return html`<div class="field rules-part"><${Switch} id="rules-text" checked=${asText}
      label=${t('rule.text')} onChange=${setAsText} />
    ${asText ? html`<${Text} ...${shared} />`
      : html`<p class="help">${t('rule.help')}</p>
        <${Rows} ...${shared} saved=${saved} known=${known} fault=${fault} />
        ${error && !fault?.values?.rule && html`<p class="error" role="alert">${error}</p>`}`}
    ${meanwhile('rules')}</div>`;
}
