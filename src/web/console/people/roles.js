// Custom roles: named sets of permissions, each with what it allows; who has one feels a change at
// once.
import { html, useState } from '../../vendor/ui.js';
import { Button, Empty, toast } from '../base/bits.js';
import { confirm } from '../base/dialog.js';
import { go, href, route, store } from '../base/here.js';
import { PageHead, Trouble, act, useAsked } from '../base/page.js';
import { useUnsaved } from '../base/unsaved.js';
import { explain, number, t, tOr, when } from '../base/words.js';

const PAGE = ['roles'];
export const rolesHref = () => href({ page: 'agents', rest: PAGE });
export const useRoles = () => useAsked('role.list', {}, (f) => f.role || f.agent);

const labelOf = (p) => tOr(`right.${p}`, p);

function List({ data }) {
  return html`<${PageHead} title=${t('roles.title')} back=${{ page: 'agents', label: t('roles.back') }}>
      <${Button} kind="primary" icon="plus" onClick=${() => go({ page: 'agents', rest: [...PAGE, 'new'] })}
        >${t('roles.new')}<//><//>
    <p class="quiet-text">${t('roles.lead')}</p>
    ${!data.rows.length && html`<${Empty} icon="agents" title=${t('roles.none')}>${t('roles.none.help')}<//>`}
    ${data.rows.length > 0 && html`<div class="table-box"><table class="table"><thead><tr>
      <th scope="col">${t('roles.name')}</th><th scope="col">${t('roles.rights')}</th>
      <th scope="col" class="num">${t('roles.agents')}</th><th scope="col">${t('roles.changed')}</th>
      </tr></thead><tbody>${data.rows.map((r) => html`<tr key=${r.role}>
        <th scope="row"><a href=${href({ page: 'agents', rest: [...PAGE, r.role] })}>${r.name}</a></th>
        <td>${r.permissions.map(labelOf).join(t('roles.and')) || t('roles.nothing')}</td>
        <td class="num">${number(r.agents)}</td>
        <td>${t('roles.changed.by', { by: r.by_name || t('roles.operator'), time: when(r.changed_ms) })}</td>
      </tr>`)}</tbody></table></div>`}`;
}

// What each permission is for, in words; which of the table's actions hang on it stands behind.
function Rights({ all, chosen, onChange }) {
  return html`<div class="table-box rights"><table class="table"><thead><tr>
      <th scope="col">${t('roles.right')}</th><th scope="col">${t('roles.allows')}</th></tr></thead>
    <tbody>${all.map(({ permission, for_all: forAll }) => html`<tr key=${permission}>
      <th scope="row"><label class="check"><input type="checkbox" id=${`right-${permission}`}
        checked=${chosen.has(permission)} onChange=${(e) => {
          const next = new Set(chosen);
          if (e.currentTarget.checked) next.add(permission);
          else next.delete(permission);
          onChange(next);
        }} /> ${labelOf(permission)}</label></th>
      <td>${tOr(`right.${permission}.help`, '')} ${forAll && html`<small>${t('roles.for-all')}</small>`}
      </td></tr>`)}</tbody></table></div>`;
}

function Form({ now, all }) {
  const s = store.value;
  const [name, setName] = useState(now?.name || '');
  const [chosen, setChosen] = useState(() => new Set(now?.permissions || ['reply', 'note']));
  const [version] = useState(now?.version);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const words = all.map((p) => p.permission).filter((p) => chosen.has(p)).join(',');
  const was = (now?.permissions || []).join(',');
  const { settled } = useUnsaved(now ? name !== now.name || words !== was : name !== '');
  const back = () => {
    settled();
    go({ page: 'agents', rest: PAGE });
  };
  const save = async (e) => {
    e.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      if (now) await s.command('role.set', { role: now.role, name, permissions: words, version });
      else await s.command('role.add', { name, permissions: words });
      toast(t('roles.saved', { name }), { kind: 'good' });
      back();
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  const remove = async () => {
    if (await confirm(t('roles.remove.title', { name: now.name }), t('roles.remove.text'),
      t('roles.remove'), { danger: true }) &&
      await act(s.command('role.remove', { role: now.role }), t('roles.removed', { name: now.name }))) back();
  };
  const wrong = error?.field === 'name' ? explain(error) : '';
  return html`<${PageHead} title=${now ? now.name : t('roles.new')}
      back=${{ page: 'agents', rest: PAGE, label: t('roles.title') }}>
      ${now && html`<${Button} kind="danger-quiet" onClick=${remove}>${t('roles.remove')}<//>`}<//>
    <form class="card role-form" onSubmit=${save} novalidate>
      <div class="field"><label for="role-name">${t('roles.name')}</label>
        <input id="role-name" value=${name} autocomplete="off" aria-invalid=${wrong ? 'true' : undefined}
          aria-describedby=${wrong ? 'role-name-error' : undefined}
          onInput=${(e) => setName(e.currentTarget.value)} />
        ${wrong && html`<p class="error" id="role-name-error">${wrong}</p>`}</div>
      <${Rights} all=${all} chosen=${chosen} onChange=${setChosen} />
      <p class="help">${t('roles.scope.help')}</p>
      ${error && !wrong && html`<p class="error" role="alert">${explain(error)}</p>`}
      <div class="buttons"><${Button} onClick=${back}>${t('cancel')}<//>
        <${Button} type="submit" kind="primary" busy=${busy || !name.trim()}>${t('roles.save')}<//></div>
      ${now?.agents > 0 && html`<p class="quiet-text">${t('roles.at-once', { n: now.agents })}</p>`}
    </form>`;
}

export function Roles() {
  const [, id] = route.value.rest;
  const { data, error } = useRoles();
  if (!data) return html`<${Trouble} error=${error} />`;
  if (id === 'new') return html`<${Form} key="new" all=${data.permissions} />`;
  const one = id && data.rows.find((r) => String(r.role) === id);
  return one ? html`<${Form} key=${id} now=${one} all=${data.permissions} />` : html`<${List} data=${data} />`;
}

// On an agent's page: which custom role it has, and another for it.
export function RoleCard({ agent, again }) {
  const s = store.value;
  const { data } = useRoles();
  if (!data) return null;
  const pick = async (e) => {
    const role = e.currentTarget.value;
    if (role) await act(s.command('agent.role', { agent: agent.id, role }), t('roles.given', { name: agent.name }));
    again();
  };
  return html`<section class="card"><h2>${t('roles.custom')}</h2>
    <p class="quiet-text">${agent.custom_role ? t('roles.has', { name: agent.custom_role_name })
      : t('roles.has-none')}</p>
    ${data.rows.length > 0 && html`<select id="agent-role" aria-label=${t('roles.give')}
        value=${agent.custom_role || ''} onChange=${pick}>
      <option value="">${t('roles.give')}</option>
      ${data.rows.map((r) => html`<option key=${r.role} value=${r.role}>${r.name}</option>`)}</select>`}
    <p><a class="roles-open" href=${rolesHref()}>${t('roles.open')}</a></p></section>`;
}
