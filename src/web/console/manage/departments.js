// Departments: the list, a new one, and one with its settings, agents and embed code.
import { html, useState } from '../../vendor/ui.js';
import { Button, Empty, Icon, Switch } from '../base/bits.js';
import { confirm } from '../base/dialog.js';
import { go, href, route, store } from '../base/here.js';
import { Copyable, PageHead, Trouble, act, useAsked } from '../base/page.js';
import { SettingsForm, useTables } from './settings-form.js';
import { Hours } from './hours.js';
import { Rules } from './rules.js';
import { Texts } from './texts.js';
import { SeenCheck } from './seen.js';
import { relayUnset, trialBy } from './portal.js';
import { Templates, TemplatesCard } from '../mail/templates-card.js';
import { TrialCard } from '../mail/trial.js';
import { ExplainCard } from '../routing/explain-card.js';
import { dropUnsaved } from '../base/unsaved.js';
import { number, t, tOr } from '../base/words.js';

const MAIL = (portal) => ['group.mail', (name) => name.startsWith('mail.'),
  (value) => html`<${FromMissing} value=${value} portal=${portal} />`];

const TEXTS = ['languages', 'lang', ...['title', 'greeting', 'offline_text', 'label.name', 'label.email',
  'label.phone', 'label.question'].flatMap((text) => [`${text}.en`, `${text}.ja`])];

const groupsOf = (portal, d) => [
  ['group.basics', ['name', 'description', 'type', 'enabled', 'chat_on']],
  MAIL(portal),
  ['group.dept-relay', (name) => name.startsWith('relay.'),
    (value) => html`<${RelayUnset} value=${value} portal=${portal} />`],
  ['group.routing', ['strategy', 'offer_ms', 'wait_ms', 'queue_max', 'idle_ms', 'transfer_ms', 'pause_ms',
    'pause_max_ms', 'overflow', 'overflow_ms', 'left_routed', 'last_agent', 'auto_accept', 'show_eta']],
  ['group.rules', ['rules'], null, (form) => html`<${Rules} saved=${d.rules} doubts=${d.rule_doubts}
    skills=${portal?.skills} ...${form} />`],
  ['group.hours', (name) => name.startsWith('hours.'), null,
    (form) => html`<${Hours} department=${d.id} portal=${portal} ...${form} />`],
  ['group.widget', ['colour', 'at_start', 'offline', 'origins']],
  ['group.fields', (name) => name.startsWith('fields.')],
  ['group.texts', TEXTS, null, (form) => html`<${Texts} ...${form} />`],
];

const toPortal = (text) => html` <a href=${href({ page: 'portal' })}>${text}</a>`;

// Said at the switches, before anything is refused for it.
function FromMissing({ value, portal }) {
  const own = value('mail.from.on') && value('mail.from.addresses');
  if (!portal || portal.from || own) return null;
  return html`<p class="banner warn" role="status"><${Icon} name="warn" size=${16} />
    <span>${t('from.missing')}${toPortal(t('from.missing.link'))}</span></p>`;
}

function RelayUnset({ value, portal }) {
  if (!portal || value('relay.own') || !relayUnset(portal)) return null;
  return html`<p class="banner warn" role="status"><${Icon} name="warn" size=${16} />
    <span>${t('relay.unset')}${toPortal(t('relay.unset.link'))}</span></p>`;
}

function List() {
  const s = store.value;
  const { data, error, again } = useAsked('department.list', {}, (f) => f.department);
  const live = s.departments.value;
  const rows = (data?.rows || []).map((d) => ({ ...d, ...live.get(String(d.id)) }));
  return html`<${PageHead} title=${t('page.departments')}>
      <${Button} kind="primary" icon="plus"
        onClick=${() => go({ page: 'departments', rest: ['new'] })}>${t('department.new')}<//>
    <//>
    <${Trouble} error=${error} />
    ${data && !rows.length && html`<${Empty} icon="home" title=${t('department.none')} />`}
    ${rows.length > 0 && html`<div class="table-box"><table class="table"><thead><tr>
      <th scope="col">${t('name')}</th><th scope="col">${t('type')}</th><th scope="col">${t('door')}
        </th>
      <th scope="col" class="num">${t('state.waiting')}</th><th scope="col"
        class="num">${t('state.active')}</th>
      <th scope="col">${t('enabled')}</th></tr></thead><tbody>
    ${rows.map((d) => html`<tr key=${d.id}>
      <th scope="row"><a href=${href({ page: 'departments', rest: [d.id] })}>${d.name}</a>
        ${d.description && html`<small>${d.description}</small>`}</th>
      <td><span class=${`badge ${d.type}`}>${t(`word.${d.type}`)}</span></td>
      <td>${tOr(`door.${d.door}`, d.door)}</td>
      <td class="num">${number(d.waiting ?? 0)}</td><td class="num">${number(d.active ?? 0)}</td>
      <td><${Switch} id=${`on-${d.id}`} checked=${d.enabled}
        label=${html`<span class="hidden">${t('enable.who', { name: d.name })}</span>`}
        onChange=${async (on) => {
          await act(s.command('department.set', { department: d.id, enabled: on }),
            t(on ? 'enabled.done' : 'disabled.done', { name: d.name }));
          again();
        }} /></td></tr>`)}
    </tbody></table></div>`}`;
}

// Two of one name are told apart by nobody, so it is asked for; true: go on.
async function nameIsFree(s, name, id) {
  const plain = (text) => text.normalize('NFKC').trim().toLowerCase();
  const same = name !== undefined && [...s.departments.value.values()].some((d) =>
    String(d.id) !== String(id) && plain(d.name) === plain(name));
  return !same || Boolean(await confirm(t('department.same.title', { name: name.trim() }),
    t('department.same.text'), t('department.same.yes')));
}

const isPortal = (f) => f.portal;
const FIRST = ['name', 'description', 'type', 'languages', 'lang'];

function New() {
  const s = store.value;
  const tables = useTables();
  const portal = useAsked('portal.show', {}, isPortal).data?.portal;
  const [chosen, setChosen] = useState([]);
  if (!tables) return null;
  const object = { name: '', description: '', type: 'public', languages: 'en,ja',
    lang: s.portal.value.lang || 'en' };
  const table = tables.department.filter((x) => FIRST.includes(x.name) ||
    x.name.startsWith('mail.'));
  const agents = [...s.agents.value.values()];
  return html`<${PageHead} title=${t('department.new')}
    back=${{ page: 'departments', label: t('page.departments') }} />
    ${agents.length > 0 && html`<fieldset class="settings"><legend>${t('department.agents')}
      </legend><span class="checks">
      ${agents.map((a) => html`<label class="check" key=${a.id}><input type="checkbox"
        checked=${chosen.includes(a.id)}
        onChange=${(e) => setChosen(e.currentTarget.checked ? [...chosen, a.id]
          : chosen.filter((x) => x !== a.id))} />
        ${a.name}</label>`)}</span></fieldset>`}
    <${SettingsForm} kind="department" table=${table} object=${object}
      saveLabel=${t('department.create')}
      groups=${[['group.basics', FIRST], MAIL(portal)]}
      onCancel=${() => go({ page: 'departments' })}
      save=${async (changes, sound) => {
        if (sound && !(await nameIsFree(s, changes.name))) return false;
        const ok = await s.command('department.add', { ...changes, name: changes.name ||
          '', agents: chosen });
        return () => go({ page: 'departments', rest: [ok.department] });
      }} />`;
}

// With the strategy of tiers: which one.
function Tier({ id, name, value, onChange }) {
  return html`<label class="tier" for=${id}>${t('member.tier')}
    <span class="hidden">${name}</span>
    <select id=${id} value=${value} onChange=${(e) => onChange(Number(e.currentTarget.value))}>
      ${[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => html`<option key=${n} value=${n}>${n}</option>`)}
    </select></label>`;
}

function Members({ department, members, tiers, again }) {
  const s = store.value;
  const all = s.agents.value;
  const inside = new Set(members.map((m) => String(m.agent)));
  const others = [...all.values()].filter((a) => !inside.has(String(a.id)));
  const set = async (fields, done) => {
    await act(s.command('member.set', { department, ...fields }), done);
    again();
  };
  return html`<section class="card"><h2>${t('department.agents')}</h2>
    ${!members.length && html`<p class="quiet-text">${t('members.none')}</p>`}
    <ul class="members">${members.map((m) => html`<li key=${m.agent}>
      <a href=${href({ page: 'agents', rest: [m.agent] })}>${m.name ||
        all.get(String(m.agent))?.name}</a>
      <${Switch} id=${`chat-${m.agent}`} checked=${m.chat} label=${t('member.chat')}
        onChange=${(chat) => set({ agent: m.agent, chat })} />
      <${Switch} id=${`notify-${m.agent}`} checked=${m.notify} label=${t('member.notify')}
        onChange=${(notify) => set({ agent: m.agent, notify })} />
      ${tiers && html`<${Tier} id=${`tier-${m.agent}`} name=${m.name} value=${m.tier}
        onChange=${(tier) => set({ agent: m.agent, tier })} />`}
      <${Button} small kind="link" onClick=${async () => {
        await act(s.command('member.remove', { department, agent: m.agent }));
        again();
      }}>${t('remove')}<//></li>`)}</ul>
    ${others.length > 0 && html`<select aria-label=${t('member.add')} value="" onChange=${(e) => {
      const agent = e.currentTarget.value;
      e.currentTarget.value = '';
      if (agent) set({ agent, chat: true, notify: true });
    }}><option value="">${t('member.add')}</option>
      ${others.map((a) => html`<option key=${a.id} value=${a.id}>${a.name}</option>`)}</select>`}
  </section>`;
}

async function removeDepartment(s, d) {
  const sure = await confirm(t('department.remove.title', { name: d.name }),
    [t('department.remove.text'),
      t('department.remove.counts', { waiting: number(d.waiting ?? 0),
        active: number(d.active ?? 0) })],
    t('department.remove.yes'), { danger: true, typed: d.name });
  if (!sure) return;
  if (await act(s.command('department.remove', { department: d.id }),
    t('removed', { name: d.name }))) {
    dropUnsaved();
    go({ page: 'departments' });
  }
}

function One({ id }) {
  const s = store.value;
  const tables = useTables();
  const portal = useAsked('portal.show', {}, isPortal).data?.portal;
  const { data, error, again } = useAsked('department.show', { department: id },
    (f) => f.department === id);
  const d = data?.department;
  if (!d || !tables) return html`<${PageHead} title=${t('page.departments')}
    back=${{ page: 'departments', label: t('page.departments') }} /><${Trouble} error=${error} />`;
  return html`<${PageHead} title=${d.name}
    back=${{ page: 'departments', label: t('page.departments') }}>
      <span class=${`badge ${d.type}`}>${t(`word.${d.type}`)}</span>
      ${!d.enabled && html`<span class="badge off">${t('disabled')}</span>`}
      <${Button} kind="danger-quiet" onClick=${() => removeDepartment(s, d)}>${t('remove')}<//>
    <//><${Trouble} error=${error} />
    <div class="two">
      <${SettingsForm} kind="department" table=${tables.department} object=${d}
        groups=${groupsOf(portal, d)}
        save=${async (changes, sound, version) => {
          if (sound && !(await nameIsFree(s, changes.name, id))) return false;
          await s.command('department.set', { department: id, version, ...changes });
          again();
          return null;
        }} saveSecret=${async (password) => {
          await s.command('relay.password', { department: id, password });
          again();
        }} />
      <div>
        ${d.embed && d.type === 'public' && html`<section class="card"><h2>${t('embed')}</h2>
          <p class="help">${t('embed.help')}</p>
          <${Copyable} id="embed" label=${t('embed.code')} text=${d.embed} />
          <${SeenCheck} department=${id} origins=${d.origins}
            version=${d.version} onAllowed=${again} /></section>`}
        ${d.type === 'private' && html`<section class="card"><h2>${t('embed')}</h2>
          <p class="help">${t('embed.private')}</p></section>`}
        <${TemplatesCard} department=${id} names=${d.templates} />
        <${Members} department=${id} members=${d.agents || []} again=${again}
          tiers=${d.strategy === 'tiers'} />
        <${ExplainCard} department=${id} />
        <${TrialCard} department=${id} by=${trialBy(portal, d)} />
      </div>
    </div>`;
}

export function Departments() {
  const [id, more] = route.value.rest;
  if (more === 'templates') return html`<${Templates} key=${id} department=${id} />`;
  if (id === 'new') return html`<${New} />`;
  return id ? html`<${One} key=${id} id=${id} />` : html`<${List} />`;
}
