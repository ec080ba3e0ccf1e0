// The report of time: whose handling time the chats that ended in a period took, as far as one may
// know of it, by agent and department, to be sorted and taken along as a table.
import { html, useEffect, useRef, useState } from '../../vendor/ui.js';
import { Button, Empty, Icon, announce } from '../base/bits.js';
import { hasPermission, isAdmin, store } from '../base/here.js';
import { PageHead, act, useAsked } from '../base/page.js';
import { explain, lang, number, span, t, zone } from '../base/words.js';
import { save } from '../export/export.js';

const DAY = 24 * 3600 * 1000;
const PERIODS = ['today', 'yesterday', 'week', 'month', 'days'];
const GROUPS = { rows: ['name', 'department_name'], agents: ['name'], departments: ['department_name'] };
const NUMBERS = ['conversations', 'ms', 'average_ms', 'corrected_ms'];

// A day as 2026-11-23; which one it is now is told where one's times are read.
const today = () => new Intl.DateTimeFormat('en-CA', { timeZone: zone.value || undefined,
  year: 'numeric', month: '2-digit', day: '2-digit' }).format(Date.now());
const plus = (day, n) => new Date(Date.parse(day) + n * DAY).toISOString().slice(0, 10);

// What to ask for; null while a day is missing.
function fieldsOf({ period, from, to, department, agent }) {
  const now = today();
  const spans = {
    today: [now], yesterday: [plus(now, -1), now], week: [plus(now, -6)],
    month: [`${now.slice(0, 8)}01`], days: from && to ? [from, plus(to, 1)] : null,
  };
  if (!spans[period]) return null;
  const [since, before] = spans[period];
  return { since, ...(before && { before }), ...(department && { department }), ...(agent && { agent }) };
}

function Choice({ label, value, change, children }) {
  return html`<select aria-label=${label} value=${value}
    onChange=${(e) => change(e.currentTarget.value)}>${children}</select>`;
}

const options = (map) => [...map.values()]
  .sort((a, b) => a.name.localeCompare(b.name, lang.value))
  .map((one) => html`<option key=${one.id} value=${one.id}>${one.name}</option>`);

function Chooser({ want, change }) {
  const s = store.value;
  const set = (key) => (value) => change({ ...want, [key]: value });
  const others = isAdmin() || hasPermission('supervise');
  const day = (key, min) => html`<input type="date" value=${want[key]} min=${min} max=${today()}
    aria-label=${t(`report.${key}`)} onChange=${(e) => set(key)(e.currentTarget.value)} />`;
  return html`<div class="filters" role="group" aria-label=${t('report.choose')}>
    <${Choice} label=${t('report.period')} value=${want.period} change=${set('period')}>
      ${PERIODS.map((p) => html`<option key=${p} value=${p}>${t(`report.period.${p}`)}</option>`)}<//>
    ${want.period === 'days' && html`${day('from')} ${day('to', want.from)}`}
    ${s.departments.value.size > 1 && html`<${Choice} label=${t('report.department')}
      value=${want.department} change=${set('department')}>
      <option value="">${t('report.department.all')}</option>${options(s.departments.value)}<//>`}
    ${others && html`<${Choice} label=${t('report.agent')} value=${want.agent} change=${set('agent')}>
      <option value="">${t('report.agent.all')}</option>${options(s.agents.value)}<//>`}
    ${others && html`<${Choice} label=${t('report.group')} value=${want.group} change=${set('group')}>
      ${Object.keys(GROUPS).map((g) => html`<option key=${g} value=${g}>${t(`report.group.${g}`)}
        </option>`)}<//>`}</div>`;
}

const nameIn = (row, key) => row[key] || t('report.elsewhere');

function order(rows, { key, down }) {
  const by = NUMBERS.includes(key) ? (a, b) => a[key] - b[key]
    : (a, b) => nameIn(a, key).localeCompare(nameIn(b, key), lang.value);
  return [...rows].sort((a, b) => (down ? -by(a, b) : by(a, b)));
}

function Heading({ column, sort, setSort }) {
  const on = sort.key === column;
  const kind = NUMBERS.includes(column);
  return html`<th scope="col" class=${kind ? 'num' : ''}
    aria-sort=${on ? (sort.down ? 'descending' : 'ascending') : undefined}>
    <button type="button" class="link" onClick=${() =>
      setSort({ key: column, down: on ? !sort.down : kind })}>${t(`report.${column}`)}${on &&
      html` <span aria-hidden="true">${sort.down ? '▼' : '▲'}</span>`}</button></th>`;
}

const Cells = ({ row }) => html`<td class="num">${number(row.conversations)}</td>
  <td class="num">${span(row.ms)}</td><td class="num">${span(row.average_ms)}</td>
  <td class="num">${row.corrected > 0 ? span(row.corrected_ms) : ''}</td>`;

function Table({ report, group }) {
  const [sort, setSort] = useState({ key: 'ms', down: true });
  const names = GROUPS[group];
  const shown = { ...sort, key: [...names, ...NUMBERS].includes(sort.key) ? sort.key : 'ms' };
  return html`<div class="table-box" tabindex="0" role="region" aria-label=${t('page.report')}>
    <table class="table"><thead><tr>${[...names, ...NUMBERS].map((column) => html`<${Heading}
      key=${column} column=${column} sort=${shown} setSort=${setSort} />`)}</tr></thead>
    <tbody>${order(report[group], shown).map((row) => html`<tr key=${`${row.agent} ${row.department}`}>
      ${names.map((key, i) => (i ? html`<td key=${key}>${nameIn(row, key)}</td>`
        : html`<th key=${key} scope="row">${nameIn(row, key)}</th>`))}<${Cells} row=${row} /></tr>`)}
    </tbody><tfoot><tr><th scope="row" colspan=${names.length}>${t('report.total')}</th>
      <${Cells} row=${report.total} /></tr></tfoot></table></div>`;
}

function Told({ report, error, group }) {
  if (error) return html`<p class="banner warn" role="alert"><${Icon} name="warn" size=${16}
    />${explain(error)}</p>`;
  if (!report) return html`<div class="skeleton" aria-hidden="true"><i></i><i></i><i></i></div>`;
  return report.rows.length ? html`<${Table} report=${report} group=${group} />`
    : html`<${Empty} icon="chart" title=${t('report.none')}>${t('report.none.help')}<//>`;
}

export function TimeReport() {
  const s = store.value;
  const [want, setWant] = useState({ period: 'today', from: '', to: '', department: '', agent: '',
    group: 'rows' });
  const fields = fieldsOf(want);
  const last = useRef(fields);
  last.current = fields || last.current; // while a day is still to be chosen
  const { data, error, again } = useAsked('report.time', last.current);
  const take = async () => {
    const ok = await act(s.command('report.time', { ...last.current, format: 'csv' }));
    if (ok) save([ok.text], `report-${last.current.since}.csv`, 'csv');
  };
  useEffect(() => {
    if (data) announce(t('report.told', { n: number(data.total.conversations) }));
  }, [data]);
  return html`<${PageHead} title=${t('page.report')}>
      <${Button} small disabled=${!fields} onClick=${again}>${t('report.again')}<//>
      <${Button} small icon="save" disabled=${!fields || error || !data?.rows.length}
        onClick=${take}>${t('report.csv')}<//><//>
    <${Chooser} want=${want} change=${setWant} />
    ${fields ? html`<${Told} report=${data} error=${error} group=${want.group} />`
      : html`<p class="quiet-text">${t('report.which')}</p>`}
    <p class="help">${t('report.help')}</p>`;
}
