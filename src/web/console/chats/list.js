// One list of conversations: filters, rows, further pages.  Rows do not move under the pointer or
// the focus: the new order waits until both have left, or until it is asked for.
import { html, useEffect, useMemo, useRef, useSignal } from '../../vendor/ui.js';
import { Button, Empty, Icon, Time, serverTick, toast } from '../base/bits.js';
import { Face } from '../base/face.js';
import { go, hasPermission, href, route, showChat, store } from '../base/here.js';
import { loadExport } from './late.js';
import { FILTERS, compareRows } from '../base/lists-state.js';
import { TagFilter, Tags } from './tags.js';
import { explain, nameOf, number, span, t, when } from '../base/words.js';

const FILTERED = { mine: ['open', 'unreplied', 'replied'],
  all: ['', 'open', 'unreplied', 'replied'], missed: ['to-answer', 'answered', 'put-away'] };
const WARN_MS = 60000;
const LATE_MS = 120000;

export const urgency = (ms) => (ms >= LATE_MS ? 'late' : ms >= WARN_MS ? 'warn' : '');

export function Wait({ since, label }) {
  const ms = serverTick(store.value) - since;
  const kind = urgency(ms);
  return html`<span class=${`wait ${kind}`} title=${label}>
    <${Icon} name=${kind === 'late' ? 'warn' : 'clock'} size=${13} />
    <span class="hidden">${label} </span>${span(ms)}</span>`;
}

// Of who was missed hours count, not seconds.
const HOUR_MS = 3600000;
function Age({ since }) {
  const ms = Math.max(0, serverTick(store.value) - since);
  const kind = ms >= 2 * HOUR_MS ? 'late' : ms >= HOUR_MS ? 'warn' : '';
  const [unit, size] = ms < HOUR_MS ? ['min', 60000] : ms < 48 * HOUR_MS ? ['h', HOUR_MS]
    : ['d', 24 * HOUR_MS];
  return html`<span class=${`wait ${kind}`} title=${t('waits')}>
    <${Icon} name=${kind === 'late' ? 'warn' : 'clock'} size=${13} />
    <span class="hidden">${t('waits')} </span>${t(`duration.${unit}`,
      { n: number(Math.floor(ms / size)) })}</span>`;
}

export function stateWord(row) {
  if (row.handed) return 'handed';
  if (row.ending) return 'ending';
  if (row.state === 'active') return row.unreplied ? 'unreplied' : 'replied';
  return row.state;
}

// Since when somebody waits there; 0: nobody does.  An open chat knows of its first unanswered words,
// as its tab says; of the others the last are known.
function waitOf(row, open) {
  if (['left', 'waiting', 'offered'].includes(row.state)) return row.rang_ms;
  if (row.state !== 'active' || !row.unreplied || row.ending) return 0;
  return open?.waitingSince.value || row.spoke_ms || row.since_ms;
}

function Row({ id, list }) {
  const s = store.value;
  const row = s.row(id).value;
  if (!row) return null;
  void s.conversations.opened.value;
  const open = s.conversations.find(id);
  const unread = open ? open.unread.value : 0;
  const current = route.value.chat === id;
  const waits = waitOf(row, open);
  const dept = s.departments.value.get(String(row.department))?.name ||
    row.handed?.department_name;
  const agent = row.agent && s.agents.value.get(String(row.agent));
  const canPick = list === 'unassigned' && (row.may || []).includes('pick');
  const word = stateWord(row);
  const take = () =>
    s.command('conversation.pick', { conversation: id }).then(
      () => showChat(id, 'mine'),
      (e) => toast(explain(e), { kind: 'bad' })
    );
  return html`<li class=${`row ${current ? 'current' : ''} ${word}`}>
    <a href=${href({ page: route.value.page, rest: route.value.rest, chat: id })}
      aria-current=${current ? 'true' : undefined} onClick=${(e) => {
        if (e.ctrlKey || e.metaKey || e.shiftKey) return;
        e.preventDefault();
        showChat(id);
      }}>
      <span class="row-top">
        <span class="row-name">${nameOf(row)}</span>
        ${row.blocked && html`<${Icon} name="ban" size=${14} /><span
          class="hidden">${t('row.blocked')}</span>`}
        ${waits ? html`<${Wait} since=${waits} label=${t('waits')} />`
          : row.box?.is === 'to-answer' ? html`<${Age} since=${row.rang_ms} />`
          : html`<span class="row-time"><${Time} ms=${row.ended_ms || row.spoke_ms || row.rang_ms}>
            ${when(row.ended_ms || row.spoke_ms || row.rang_ms)}<//></span>`}
      </span>
      <span class="row-last">${row.last || row.question || t('row.nothing')}</span>
      <span class="row-foot">
        ${list !== 'missed' && html`<span class=${`state ${word}`}>${t(`state.${word}`)}</span>`}
        ${dept && html`<span class="row-dept">${dept}</span>`}
        ${row.box?.given_name && html`<span class="row-agent"><${Face} size="tiny"
          id=${row.box.given} name=${row.box.given_name} /> ${row.box.given_name}</span>`}
        ${agent && list !== 'mine' && html`<span class="row-agent"><${Face} size="tiny" id=${row.agent}
          name=${agent.name} /> ${agent.name}</span>`}
        <${Tags} head=${row} most=${agent && list !== 'mine' ? 1 : 2} />
        ${unread > 0 && html`<span class="unread">${number(unread)}<span
          class="hidden"> ${t('unread')}</span></span>`}
      </span>
    </a>
    ${canPick && html`<${Button} small kind="row-take" onClick=${take}
      aria-label=${t('take.who', { name: row.name || row.number })}>${t('take')}<//>`}
  </li>`;
}

// The order on the screen: the list's, but held while somebody points at a row or is in one.  What
// comes behind all of them moves nothing and is shown at once.
function useHeld(ids) {
  const held = useRef(null);
  let shown = ids;
  if (held.current) {
    const kept = held.current.filter((id) => ids.includes(id));
    const end = Math.max(-1, ...kept.map((id) => ids.indexOf(id)));
    shown = [...kept, ...ids.slice(end + 1)];
    held.current = shown;
  }
  return {
    shown, news: ids.length - shown.length,
    hold: () => (held.current ||= ids),
    release: () => (held.current = null),
  };
}

function Filters({ page, filter }) {
  const counts = store.value.counts.value;
  const number_of = { ...counts, open: counts.mine };
  return html`<div class="filters" role="group" aria-label=${t('filter')}>
    ${FILTERED[page].map((f) => html`<button type="button" key=${f} class="chip"
      aria-pressed=${f === filter ? 'true' : 'false'}
      onClick=${() => go({ page, rest: f && f !== FILTERED[page][0] ? [f] : [],
        chat: route.value.chat })}>
      ${t(`filter.${page}.${f || 'all'}`)}${page !== 'all' && number_of[f] !== undefined
        ? html` <span class="chip-count">${number(number_of[f])}</span>` : null}</button>`)}
  </div>`;
}

// view: the saved one that is shown; else the list of the address
export function ListPane({ view }) {
  const s = store.value;
  const page = view ? 'view' : route.value.page;
  const filter = view ? view.filter : FILTERED[page] ? route.value.rest[0] || FILTERED[page][0] : '';
  const department = useSignal(view?.of || '');
  const tag = useSignal(view?.tag || '');
  const again = useSignal(0);
  // Mine is always there, whole; its filters are made from it here.
  const own = page === 'mine';
  const Views = s.views.value;
  const list = useMemo(
    () => s.lists.open(view ? view.list : page === 'missed' ? filter : page,
      own ? { filter: 'open', max: 100, tag: tag.value } : {
        filter: page === 'missed' ? '' : filter, department: department.value, tag: tag.value,
      }),
    [s, page, own ? '' : filter, department.value, tag.value]
  );
  useEffect(() => () => s.lists.close(list), [list]);

  let ids = list.ids.value;
  if (own) {
    const keep = FILTERS[filter] || FILTERS.open;
    const at = (id) => s.row(id).value;
    ids = ids.filter((id) => at(id) && keep(at(id))).sort((a, b) =>
      compareRows('mine', at(a), at(b)));
  }
  const { shown, news, hold, release } = useHeld(ids);
  const let_go = () => {
    release();
    again.value++;
  };
  void again.value;
  const depts = [...s.departments.value.values()];
  return html`<section class="pane-list" aria-labelledby="list-title">
    <header class="list-head">
      <h2 id="list-title">${view ? view.name : t(`list.${page}`)}</h2>
      ${!own && !view && depts.length > 1 && html`<select aria-label=${t('department')}
        value=${department.value}
        onChange=${(e) => (department.value = e.currentTarget.value)}>
        <option value="">${t('department.any')}</option>
        ${depts.map((d) => html`<option key=${d.id} value=${d.id}>${d.name}</option>`)}
      </select>`}
      ${!view && html`<${TagFilter} tag=${tag} />`}
      ${Views && html`<${Views.Save} view=${view} list=${list} filter=${filter} />`}
      ${hasPermission('export') && html`<${Button} small kind="quiet" icon="save"
        label=${t('export')} onClick=${() => loadExport().then((m) => m.exportList(s, {
          list: list.name, ...(list.filter && { filter: own ? filter : list.filter }),
          ...(list.department && { department: list.department }),
          ...(list.tag && { tag: list.tag }) }))} />`}
    </header>
    ${FILTERED[page] && html`<${Filters} page=${page} filter=${filter} />`}
    <div class="list-body" onMouseEnter=${hold} onMouseLeave=${let_go} onFocusIn=${hold}
      onFocusOut=${(e) => !e.currentTarget.contains(e.relatedTarget) && let_go()}>
      ${news > 0 && html`<button type="button" class="news"
        onClick=${let_go}>${t('list.news', { n: news })}</button>`}
      ${list.phase.value === 'failed' && html`<p class="error">${explain(list.error.value)}</p>`}
      ${list.phase.value === 'loading' && html`<div class="skeleton" aria-hidden="true"><i></i><i>
        </i><i></i></div>`}
      ${list.phase.value !== 'loading' && shown.length === 0 && news === 0 && html`<${Empty}
        title=${view ? view.name : t(tag.value ? 'empty.tag'
          : `empty.${FILTERED[page]?.includes(filter) && page === 'missed' ? filter : page}`)}>${
          !tag.value && !view && t(page === 'mine' && s.agent.value.status === 'available'
            ? 'empty.mine.ready' : `empty.${page}.help`)}<//>`}
      <ul class="rows">${shown.map((id) => html`<${Row} key=${id} id=${id} list=${view ? view.list
        : page} />`)}</ul>
      ${list.cursor.value !== null && html`<div class="more"><${Button} small
        busy=${list.phase.value === 'more'} onClick=${() => s.lists.more(list)}>${t('list.more')}
          <//></div>`}
    </div>
  </section>`;
}
