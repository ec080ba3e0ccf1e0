// The way to the templates' own page, which is loaded when somebody goes there.
import { html } from '../../vendor/ui.js';
import { Icon } from '../base/bits.js';
import { href } from '../base/here.js';
import { later } from '../base/page.js';
import { t } from '../base/words.js';

export const Templates = later(() => import('./templates.js').then((m) => m.Templates));

export const templateLink = (department) => href(department
  ? { page: 'departments', rest: [department, 'templates'] }
  : { page: 'portal', rest: ['templates'] });

// On the page of settings: how many there are, and the way to them.
export function TemplatesCard({ department, names }) {
  const own = names?.length || 0;
  return html`<section class="card"><h2>${t('templates')}</h2>
    <p class="help">${department ? t('templates.department.help') : t('templates.portal.help')}</p>
    <p>${own ? t('templates.own', { n: own }) : t('templates.none')}</p>
    <a class="button" href=${templateLink(department)}>
      <${Icon} name="mail" size=${16} />${t('templates.edit')}</a></section>`;
}
