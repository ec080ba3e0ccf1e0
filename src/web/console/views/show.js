// Saved views where they are shown: a group of the navigation, and the way to save or change one over
// a list.
import { html } from '../../vendor/ui.js';
import { Button, Empty } from '../base/bits.js';
import { store } from '../base/here.js';
import { addView, editView } from './dialog.js';
import { t } from '../base/words.js';

// Item: the navigation's own
export function Group({ Item }) {
  const s = store.value;
  const { rows } = s.views.value;
  const counts = s.counts.value;
  if (!rows.length) return null;
  return html`<h2>${t('views')}</h2>
    <ul>${rows.map((v) => html`<${Item} key=${v.view} page="view" rest=${[v.view]} label=${v.name}
      count=${counts[`view ${v.view}`]} />`)}</ul>`;
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

export const Gone = () => html`<section class="pane-list"><${Empty} title=${t('views.gone')} /></section>`;
