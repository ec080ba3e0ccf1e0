// The lists with their live counts, and the pages for those who may see them.
import { html } from '../../vendor/ui.js';
import { Icon } from '../base/bits.js';
import { LISTS, hasPermission, href, isAdmin, isList, route, store } from '../base/here.js';
import { number, t } from '../base/words.js';

const ICONS = {
  mine: 'user', unassigned: 'clock', all: 'inbox', completed: 'check', missed: 'missed',
  blocked: 'ban', blocks: 'lock', canned: 'canned', outbox: 'mail', departments: 'home', agents: 'users',
  portal: 'gear', floor: 'chart', tasks: 'task', mentions: 'at', report: 'clock', view: 'eye',
  start: 'checks',
};

function pages() {
  const list = ['tasks', 'mentions', 'canned', 'report'];
  if (isAdmin() || hasPermission('supervise')) list.splice(1, 0, 'floor');
  if (hasPermission('block')) list.push('blocks');
  if (isAdmin()) list.push('outbox', 'departments', 'agents', 'portal', 'start');
  return list;
}

function Item({ page, rest = [], label, count, waiting }) {
  const at = route.value;
  const here = at.page === page && (!rest[0] || at.rest[0] === rest[0]);
  const chat = (rest[0] || LISTS.includes(page)) && isList.value ? at.chat : null;
  return html`<li><a href=${href({ page, rest, chat: innerWidth < 720 ? null : chat })}
    aria-current=${here ? 'page' : undefined} title=${label} class=${waiting ? 'waiting' : ''}>
    <${Icon} name=${ICONS[page]} /><span class="nav-label">${label}</span>
    ${count !== undefined && html`<span class="count">${number(count)}</span>`}
  </a></li>`;
}

export function Nav() {
  const counts = store.value.counts.value;
  const extra = pages();
  const Views = store.value.views.value;
  return html`<nav class="nav" aria-label=${t('nav')}>
    <h2>${t('nav.chats')}</h2>
    <ul>${LISTS.map((page) => html`<${Item} key=${page} page=${page} label=${t(`list.${page}`)}
      count=${counts[page === 'missed' ? 'to-answer' : page]} waiting=${page === 'unassigned' && counts[page] > 0} />`)}</ul>
    ${Views && html`<${Views.Group} Item=${Item} />`}
    ${extra.length > 0 && html`<h2>${t('nav.pages')}</h2>
      <ul>${extra.map((page) => html`<${Item} key=${page} page=${page} label=${t(`page.${page}`)}
        count=${counts[page]} />`)}</ul>`}
  </nav>`;
}
