// A saved view in a dialog: what is looked at gets a name, for oneself or a department, or takes the
// place of what another shows; later another name, or it goes.
import { html, useState } from '../../vendor/ui.js';
import { Button, Field, Icon, toast } from '../base/bits.js';
import { confirm, openDialog } from '../base/dialog.js';
import { go, hasPermission, route } from '../base/here.js';
import { explain, t, when } from '../base/words.js';

const NAME_MAX = 60;

const searched = (s, v) => [
  v.text && t('views.words', { text: v.text }), v.contact && t('views.contact', { text: v.contact }),
  v.held_by && s.agents.peek().get(String(v.held_by))?.name, v.state && t(`search.state.${v.state}`),
  v.rating && '★'.repeat(v.rating) + '☆'.repeat(5 - v.rating),
  v.since_days && t('search.days.last', { n: v.since_days }),
  v.since_ms && t('views.since', { day: when(v.since_ms) }),
  v.before_ms && t('views.before', { day: when(v.before_ms) }),
];

// What is shown, in words: the list, or that it is a search, and what it is narrowed down to.
export const shownBy = (s, v) => [
  t(`views.list.${v.list}`), v.filter && t(`views.filter.${v.filter}`),
  ...(v.list === 'search' ? searched(s, v) : []),
  v.of && s.departments.peek().get(String(v.of))?.name, v.tag,
].filter(Boolean).join(' · ');

const Shows = ({ text }) => html`<p class="help">${t('views.shows', { what: text })}</p>`;

// Of one that somebody else has changed while this was open: as it is by now.
function Stale({ s, view }) {
  const now = s.views.value.all.find((v) => v.view === view.view);
  if (!now) return html`<p class="error" role="alert">${t('views.gone')}</p>`;
  return html`<div class="banner warn" role="alert"><${Icon} name="warn" size=${16} /><span>${
    t('views.stale', { who: now.by_name || '–', name: now.name, what: shownBy(s, now) })}</span></div>`;
}

// run(verb, fields) → what was answered, or null and the fault
function useRun(s, done) {
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const run = async (verb, fields) => {
    setBusy(true);
    try {
      const ok = await s.command(verb, fields);
      done(ok);
      return ok;
    } catch (e) {
      setError(e);
      setBusy(false);
      return null;
    }
  };
  return { error, busy, run };
}

function Owner({ value, set, depts, others }) {
  return html`<${Field} id="view-owner" label=${t('views.for')} help=${t('views.for.help')}>
    <select id="view-owner" value=${value} onChange=${(e) => set(e.currentTarget.value)}>
      <option value="">${t('views.own')}</option>
      ${depts.map((d) => html`<option key=${d.id} value=${String(d.id)}>${
        t('views.department', { name: d.name })}</option>`)}
      ${others.length > 0 && html`<optgroup label=${t('views.instead')}>${others.map((v) =>
        html`<option key=${v.view} value=${`view ${v.view}`}>${v.name}</option>`)}</optgroup>`}
    </select><//>`;
}

function New({ done, s, shows }) {
  const [name, setName] = useState('');
  const [owner, setOwner] = useState('');
  const { error, busy, run } = useRun(s, done);
  const others = (s.views.value?.all || []).filter((v) => v.edit);
  const depts = hasPermission('supervise') ? [...s.departments.peek().values()] : [];
  const instead = others.find((v) => owner === `view ${v.view}`);
  const save = async (e) => {
    e.preventDefault();
    const ok = instead
      ? await run('view.set', { view: instead.view, version: instead.version, ...shows })
      : await run('view.add', { name, ...shows,
        ...(owner ? { scope: 'department', department: owner } : { scope: 'own' }) });
    if (!ok) return;
    await s.views.peek()?.again(); // what it was before may stand on another page
    go({ page: 'view', rest: [String(ok.view)], chat: route.peek().chat });
  };
  return html`<form onSubmit=${save}>
    ${!instead && html`<${Field} id="view-name" label=${t('views.name')}
      error=${error?.field === 'name' ? explain(error) : ''}>
      <input id="view-name" autofocus maxlength=${NAME_MAX} value=${name} autocomplete="off"
        onInput=${(e) => setName(e.currentTarget.value)} /><//>`}
    ${(depts.length > 0 || others.length > 0) && html`<${Owner} value=${owner} set=${setOwner}
      depts=${depts} others=${others} />`}
    <${Shows} text=${shownBy(s, shows)} />
    ${error?.reason === 'stale' && instead ? html`<${Stale} s=${s} view=${instead} />`
      : error && error.field !== 'name' && html`<p class="error" role="alert">${explain(error)}</p>`}
    <div class="buttons"><${Button} onClick=${() => done(undefined)}>${t('cancel')}<//>
      <${Button} type="submit" kind="primary" busy=${busy || (!instead && !name.trim())}>${t('save')}
        <//></div>
  </form>`;
}

function Edit({ done, s, view }) {
  const [name, setName] = useState(view.name);
  const { error, busy, run } = useRun(s, done);
  const save = (e) => {
    e.preventDefault();
    run('view.set', { view: view.view, version: view.version, name });
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
    <${Shows} text=${shownBy(s, view)} />
    ${error?.reason === 'stale' ? html`<${Stale} s=${s} view=${view} />`
      : error && error.field !== 'name' && html`<p class="error" role="alert">${explain(error)}</p>`}
    <div class="buttons">
      <${Button} kind="quiet" onClick=${remove}>${t('views.remove')}<//>
      <${Button} onClick=${() => done(undefined)}>${t('cancel')}<//>
      <${Button} type="submit" kind="primary" busy=${busy || !name.trim()}>${t('save')}<//></div>
  </form>`;
}

function Change({ done, s, view, shows }) {
  const { error, busy, run } = useRun(s, done);
  return html`<form onSubmit=${(e) => {
    e.preventDefault();
    run('view.set', { view: view.view, version: view.version, ...shows });
  }}>
    <p>${t('views.change.from', { what: shownBy(s, view) })}</p>
    <p>${t('views.change.to', { what: shownBy(s, shows) })}</p>
    ${error?.reason === 'stale' ? html`<${Stale} s=${s} view=${view} />`
      : error && html`<p class="error" role="alert">${explain(error)}</p>`}
    <div class="buttons"><${Button} onClick=${() => done(undefined)}>${t('cancel')}<//>
      <${Button} type="submit" kind="primary" busy=${busy}>${t('save')}<//></div>
  </form>`;
}

// shows: { list, filter, of, tag }, and what a search asks
export const addView = (s, shows) => openDialog(t('views.add'), ({ done }) =>
  html`<${New} done=${done} s=${s} shows=${shows} />`);
export const editView = (s, view) => openDialog(t('views.edit'), ({ done }) =>
  html`<${Edit} done=${done} s=${s} view=${view} />`);
// view: as its conditions were taken over.  Promises what it is then, or nothing.
export const changeView = (s, view, shows) => openDialog(t('views.to-these.title', {
  name: view.name }), ({ done }) => html`<${Change} done=${done} s=${s} view=${view} shows=${shows} />`)
  .then((ok) => ok && { ...view, ...shows, version: ok.version ?? view.version });
