// Saved views where they are shown: a group of the navigation, and the way to save or change one over
// a list.
import { html, useEffect } from '../../vendor/ui.js';
import { Button, Empty, Icon } from '../base/bits.js';
import { go, href, route, store } from '../base/here.js';
import { paramsOf, questionOf, questionOfView } from '../search/filters.js';
import { addView, editView } from './dialog.js';
import { number, t } from '../base/words.js';

export const searchOf = (view) => ({ page: 'search', rest: paramsOf(questionOfView(view)) });

// A search: its conditions stand in the address, where they can be changed.
function SearchItem({ view, count }) {
  const { page, rest } = route.value;
  const here = page === 'search' && questionOf(rest).view === view.view;
  return html`<li><a href=${href(searchOf(view))} aria-current=${here ? 'page' : undefined}
    title=${view.name}><${Icon} name="search" /><span class="nav-label">${view.name}</span>
    ${count !== undefined && html`<span class="count">${number(count)}</span>`}</a></li>`;
}

// Item: the navigation's own
export function Group({ Item }) {
  const s = store.value;
  const { all } = s.views.value;
  const counts = s.counts.value;
  if (!all.length) return null;
  return html`<h2>${t('views')}</h2>
    <ul>${all.map((v) => (v.list === 'search'
      ? html`<${SearchItem} key=${v.view} view=${v} count=${counts[`view ${v.view}`]} />`
      : html`<${Item} key=${v.view} page="view" rest=${[v.view]} label=${v.name}
      count=${counts[`view ${v.view}`]} />`))}</ul>`;
}

// view: the one that is shown, else the list is saved as one; the blocked ones are in none, and the
// filters of missed ones are lists.
export function Save({ view, list, filter }) {
  const s = store.value;
  if (view ? !view.edit : list.name === 'blocked') return null;
  const ask = () => (view ? editView(s, view) : addView(s, {
    list: list.name, filter: ['mine', 'all'].includes(list.name) ? filter : '',
    of: list.department || null, tag: list.tag }));
  return html`<${Button} small kind="quiet" icon="eye" label=${t(view ? 'views.change' : 'views.save')}
    onClick=${ask} />`;
}

// Or it is no list, and stands elsewhere.
export function Gone() {
  const search = store.value.views.value.searches.find((v) => v.view === route.value.rest[0]);
  useEffect(() => search && go(searchOf(search)), [search]);
  return html`<section class="pane-list">${!search && html`<${Empty} title=${t('views.gone')} />`}
    </section>`;
}
