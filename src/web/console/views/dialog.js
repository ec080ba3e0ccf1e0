// A saved view in a dialog: what is looked at gets a name, for oneself or a department; later another
// name, or it goes.
import { html, useState } from '../../vendor/ui.js';
import { Button, Field, toast } from '../base/bits.js';
import { confirm, openDialog } from '../base/dialog.js';
import { go, hasPermission, route } from '../base/here.js';
import { explain, t } from '../base/words.js';

const NAME_MAX = 60;

// What is shown, in words: the list and what it is narrowed down to.
export const shownBy = (s, { list, filter, of, tag }) => [
  t(`views.list.${list}`), filter && t(`views.filter.${filter}`),
  of && s.departments.peek().get(String(of))?.name, tag,
].filter(Boolean).join(' · ');

function Body({ done, s, view, shows }) {
  const [name, setName] = useState(view?.name || '');
  const [owner, setOwner] = useState('');
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const depts = hasPermission('supervise') ? [...s.departments.peek().values()] : [];
  const run = async (verb, fields) => {
    setBusy(true);
    try {
      const ok = await s.command(verb, fields);
      done(true);
      return ok;
    } catch (e) {
      setError(e);
      setBusy(false);
      return null;
    }
  };
  const save = async (e) => {
    e.preventDefault();
    if (view) {
      run('view.set', { view: view.view, version: view.version, name });
      return;
    }
    const ok = await run('view.add', { name, ...shows,
      ...(owner ? { scope: 'department', department: owner } : { scope: 'own' }) });
    if (ok) go({ page: 'view', rest: [String(ok.view)], chat: route.peek().chat });
  };
  const remove = async () => {
    done(undefined);
    if (!(await confirm(t('views.remove.title'), t('views.remove.text', { name: view.name }),
      t('views.remove'), { danger: true }))) return;
    s.command('view.remove', { view: view.view }).then(() => go({ page: 'mine' }),
      (e) => toast(explain(e), { kind: 'bad' }));
  };
  return html`<form onSubmit=${save}>
    <${Field} id="view-name" label=${t('views.name')}
      error=${error?.field === 'name' ? explain(error) : ''}>
      <input id="view-name" autofocus maxlength=${NAME_MAX} value=${name} autocomplete="off"
        onInput=${(e) => setName(e.currentTarget.value)} /><//>
    ${!view && depts.length > 0 && html`<${Field} id="view-owner" label=${t('views.for')}
      help=${t('views.for.help')}>
      <select id="view-owner" value=${owner} onChange=${(e) => setOwner(e.currentTarget.value)}>
        <option value="">${t('views.own')}</option>
        ${depts.map((d) => html`<option key=${d.id} value=${String(d.id)}>${
          t('views.department', { name: d.name })}</option>`)}
      </select><//>`}
    <p class="help">${t('views.shows', { what: shownBy(s, view || shows) })}</p>
    ${error && error.field !== 'name' && html`<p class="error" role="alert">${explain(error)}</p>`}
    <div class="buttons">
      ${view && html`<${Button} kind="quiet" onClick=${remove}>${t('views.remove')}<//>`}
      <${Button} onClick=${() => done(undefined)}>${t('cancel')}<//>
      <${Button} type="submit" kind="primary" busy=${busy || !name.trim()}>${t('save')}<//></div>
  </form>`;
}

// shows: { list, filter, of, tag }, those that narrow it down
export const addView = (s, shows) => openDialog(t('views.add'), ({ done }) =>
  html`<${Body} done=${done} s=${s} shows=${shows} />`);
export const editView = (s, view) => openDialog(t('views.edit'), ({ done }) =>
  html`<${Body} done=${done} s=${s} view=${view} />`);
