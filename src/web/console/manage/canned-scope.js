// Whose canned replies: one's own, a department's, the portal's.
import { html } from '../../vendor/ui.js';
import { store } from '../base/here.js';
import { t } from '../base/words.js';

// own, portal, or a department's id → the fields that say so.
export function scopeFields(whose) {
  if (!whose) return {};
  return whose === 'own' || whose === 'portal' ? { scope: whose }
    : { scope: 'department', department: whose };
}

export function Whose({ id, value, onChange, all, only, ...rest }) {
  const s = store.value;
  const depts = [...s.departments.value.values()].filter((d) => !only || only(d.id));
  return html`<select id=${id} value=${value} onChange=${(e) => onChange(e.currentTarget.value)} ...${rest}>
    ${all && html`<option value="">${t('canned.all')}</option>`}
    ${(!only || only('own')) && html`<option value="own">${t('canned.scope.own')}</option>`}
    ${depts.map((d) => html`<option key=${d.id} value=${d.id}>${d.name}</option>`)}
    ${(!only || only('portal')) && html`<option value="portal">${t('canned.scope.portal')}</option>`}
  </select>`;
}
