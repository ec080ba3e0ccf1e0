// Agents: the list, a new one with the one-time link, and one with settings and departments.
import { html, useEffect, useState } from '../../vendor/ui.js';
import { Button, Switch, toast } from '../base/bits.js';
import { confirm, openDialog } from '../base/dialog.js';
import { Face } from '../base/face.js';
import { go, href, route, store } from '../base/here.js';
import { Copyable, More, PageHead, Trouble, act, useAsked, usePages } from '../base/page.js';
import { askEnd } from '../people/end-dialog.js';
import { ExplainCard } from '../people/explain.js';
import { RoleCard, Roles, rolesHref } from '../people/roles.js';
import { SettingsForm, useTables } from './settings-form.js';
import { dropUnsaved } from '../base/unsaved.js';
import { PictureCard } from '../self/picture.js';
import { Tokens } from '../self/tokens.js';
import { number, t, tOr, when } from '../base/words.js';

const GROUPS = [
  ['group.person', ['name', 'email', 'phone', 'extension', 'mobile', 'note', 'lang', 'zone', 'signature', 'enabled']],
  ['group.rights', ['role', 'scope', 'permissions', 'capacity', 'skills']],
];

// How an agent's console tells him of things is his own affair.
const isTheirs = ({ name }) => !name.startsWith('alerts.') && name !== 'keys';

const REFRESH_MS = 5000;
const MOVING = ['queued', 'sending', 'deferred', 'uncertain'];

// Mails can be sent once the portal has an address to send from.
const useMailFrom = () => useAsked('portal.show').data?.portal.from;

const linkAddress = (link) =>
  /^https?:/.test(link) ? link : new URL(`/console/#link=${link}`, location.href).href;

function showLink(name, link) {
  return openDialog(t('link.title'), ({ done }) => html`<p>${t('link.text', { name })}</p>
    <${Copyable} id="link" label=${t('link')} text=${linkAddress(link)} />
    <div class="buttons"><${Button} kind="primary" onClick=${() => done()}>${t('done')}<//>
      </div>`, { wide: true });
}

async function newLink(s, agent) {
  const ok = await act(s.command('agent.link', { agent: agent.id }));
  if (ok) showLink(agent.name, ok.link);
}

async function mailLink(s, agent, again) {
  await act(s.command('agent.link', { agent: agent.id, mail: true }),
    t('link.mail.done', { email: agent.email }));
  again();
}

// While a mail is on its way, what becomes of it is looked at now and then.
function useRefresh(agents, again) {
  const moving = agents.some((a) => MOVING.includes(a?.link_mail?.state));
  useEffect(() => {
    if (!moving) return undefined;
    const timer = setInterval(() => !document.hidden && again(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [moving]);
}

// What became of the mail that the newest link went by.
function LinkMail({ agent, again }) {
  const m = agent.link_mail;
  if (!m) return null;
  const old = m.until_ms <= store.value.serverNow();
  const state = m.state || 'queued';
  return html`<div class="link-mail">
    <span class="quiet-text">${t(m.kind === 'reset' ? 'link.mailed.reset' : 'link.mailed',
      { time: when(m.at_ms) })}</span>
    <a class=${`state mail-${state}`} href=${href({ page: 'outbox' })}>${t(`mail.${state}`)}</a>
    ${old && html`<span class="badge off">${t('link.old')}</span>`}
    ${agent.enabled && html`<${Button} small onClick=${() =>
      mailLink(store.value, agent, again)}>${t('link.mail.again')}<//>`}
    ${m.reason && state !== 'sent' && html`<small>${m.reason}</small>`}
  </div>`;
}

function List() {
  const s = store.value;
  const list = usePages('agent.list', {}, (f) => f.agent);
  const { rows, again } = list;
  const live = s.agents.value;
  useRefresh(list.further ? [] : rows, again);
  return html`<${PageHead} title=${t('page.agents')}>
      <a class="button" href=${rolesHref()}>${t('agent.roles')}</a>
      <${Button} kind="primary" icon="plus"
        onClick=${() => go({ page: 'agents', rest: ['new'] })}>${t('agent.new')}<//><//>
    <${Trouble} error=${list.error} />
    ${rows.length > 0 && html`<div class="table-box"><table class="table"><thead><tr>
      <th scope="col">${t('name')}</th><th scope="col">${t('status')}</th>
        <th scope="col">${t('role')}</th>
      <th scope="col">${t('page.departments')}</th><th scope="col" class="num">${t('load')}</th>
        <th scope="col">${t('enabled')}</th>
      </tr></thead><tbody>
    ${rows.map((a) => {
      const now = { ...a, ...live.get(String(a.id)) };
      const depts = (a.departments || [])
        .map((m) => s.departments.value.get(String(m.department ?? m))?.name).filter(Boolean);
      return html`<tr key=${a.id}>
        <th scope="row"><${Face} id=${a.id} name=${a.name} picture=${a.picture} gone=${!a.enabled} /> <a
          href=${href({ page: 'agents', rest: [a.id] })}>${a.name}</a>
          <small>${a.email}</small><${LinkMail} agent=${a} again=${again} /></th>
        <td><span class=${`dot ${now.status}`} aria-hidden="true">
          </span> ${t(`status.${now.status}`)}</td>
        <td>${tOr(`word.role.${a.role}`, a.role)}</td>
        <td>${depts.length ? depts.join(', ') : html`<span class="badge off">${t('agent.alone')}
          </span>`}</td>
        <td class="num">${number(now.load ?? 0)}/${number(a.capacity ?? 0)}</td>
        <td><${Switch} id=${`on-${a.id}`} checked=${a.enabled}
          label=${html`<span class="hidden">${t('enable.who', { name: a.name })}</span>`}
          onChange=${async (on) => {
            if (on) await act(s.command('agent.set', { agent: a.id, enabled: on }),
              t('enabled.done', { name: a.name }));
            else await askEnd(s, a, false);
            again();
          }} /></td></tr>`;
    })}</tbody></table></div>`}
    <${More} list=${list} />`;
}

function New() {
  const s = store.value;
  const tables = useTables();
  const depts = [...s.departments.value.values()];
  const [chosen, setChosen] = useState(() => (depts.length === 1 ? [depts[0].id] : []));
  const from = useMailFrom();
  const [wanted, setWanted] = useState(true);
  if (!tables || from === undefined) return null;
  const invite = Boolean(from) && wanted;
  const first = ['name', 'email', 'role', 'scope', 'capacity', 'lang'];
  const object = { name: '', email: '', role: 'agent', scope: 'all', capacity: 3,
    lang: s.portal.value.lang || 'en' };
  return html`<${PageHead} title=${t('agent.new')}
    back=${{ page: 'agents', label: t('page.agents') }} />
    <fieldset class="settings"><legend>${t('page.departments')}</legend><span class="checks">
      ${depts.map((d) => html`<label class="check" key=${d.id}><input type="checkbox"
        checked=${chosen.includes(d.id)}
        onChange=${(e) => setChosen(e.currentTarget.checked ? [...chosen, d.id]
          : chosen.filter((x) => x !== d.id))} /> ${d.name}</label>`)}
    </span></fieldset>
    <${SettingsForm} kind="agent" table=${tables.agent.filter((x) => first.includes(x.name))}
      object=${object}
      groups=${[['group.person', ['name', 'email', 'lang']],
        ['group.rights', ['role', 'scope', 'capacity']]]}
      saveLabel=${t('agent.create')} onCancel=${() => go({ page: 'agents' })}
      save=${async (changes) => {
        const ok = await s.command('agent.add', {
          name: '', email: '', ...changes, departments: chosen, ...(invite && { invite }),
        });
        const link = invite ? null : await s.command('agent.link', { agent: ok.agent });
        return () => {
          go({ page: 'agents', rest: [ok.agent] });
          if (invite) toast(t('agent.invited', { email: changes.email }), { kind: 'good' });
          else showLink(changes.name, link.link);
        };
      }}>
      <fieldset><legend>${t('invitation')}</legend>
        <label class="check"><input type="checkbox" id="invite" checked=${invite} disabled=${!from}
          aria-describedby="invite-help"
          onChange=${(e) => setWanted(e.currentTarget.checked)} /> ${t('agent.invite')}</label>
        <p class="help" id="invite-help">${t(from ? 'agent.invite.help' : 'agent.invite.none')}</p>
      </fieldset>
    <//>`;
}

function Memberships({ agent, again }) {
  const s = store.value;
  const members = agent.departments || [];
  const inside = new Set(members.map((m) => String(m.department)));
  const set = async (fields) => {
    await act(s.command('member.set', { agent: agent.id, ...fields }));
    again();
  };
  const others = [...s.departments.value.values()].filter((d) => !inside.has(String(d.id)));
  return html`<section class="card"><h2>${t('page.departments')}</h2>
    ${!members.length && html`<p class="quiet-text">${t('agent.alone.help')}</p>`}
    <ul class="members">${members.map((m) => html`<li key=${m.department}>
      <span>${s.departments.value.get(String(m.department))?.name || m.department}</span>
      <${Switch} id=${`chat-${m.department}`} checked=${m.chat} label=${t('member.chat')}
        onChange=${(chat) => set({ department: m.department, chat })} />
      <${Switch} id=${`notify-${m.department}`} checked=${m.notify} label=${t('member.notify')}
        onChange=${(notify) => set({ department: m.department, notify })} />
      <${Button} small kind="link" onClick=${async () => {
        await act(s.command('member.remove', { department: m.department, agent: agent.id }));
        again();
      }}>${t('remove')}<//></li>`)}</ul>
    ${others.length > 0 && html`<select aria-label=${t('department.add')} value=""
      onChange=${(e) => {
      const department = e.currentTarget.value;
      e.currentTarget.value = '';
      if (department) set({ department, chat: true, notify: true });
    }}><option value="">${t('department.add')}</option>
      ${others.map((d) => html`<option key=${d.id} value=${d.id}>${d.name}</option>`)}</select>`}
  </section>`;
}

async function removeAgent(s, a) {
  if (await askEnd(s, a, true)) {
    dropUnsaved();
    go({ page: 'agents' });
  }
}

async function resetFactor(s, a, again) {
  const sure = await confirm(t('factor.lost'), t('factor.lost.text', { name: a.name }),
    t('factor.lost'), { danger: true });
  if (sure) await act(s.command('factor.reset', { agent: a.id }), t('factor.lost.done', { name: a.name }));
  again();
}

function One({ id }) {
  const s = store.value;
  const tables = useTables();
  const { data, error, again } = useAsked('agent.show', { agent: id }, (f) => f.agent === id);
  const a = data?.agent;
  const from = useMailFrom();
  useRefresh([a], again);
  const back = { page: 'agents', label: t('page.agents') };
  if (!a || !tables) return html`<${PageHead} title=${t('page.agents')} back=${back} /><${Trouble}
    error=${error} />`;
  return html`<${PageHead} title=${a.name} back=${back}>
      ${!a.enabled && html`<span class="badge off">${t('disabled')}</span>`}
      ${!a.has_password && html`<span class="badge off">${t('agent.nopassword')}</span>`}
      ${from && a.enabled && !a.link_mail && html`<${Button} icon="mail"
        onClick=${() => mailLink(s, a, again)}>${
        t(a.has_password ? 'link.mail.reset' : 'link.mail')}<//>`}
      <${Button} onClick=${() => newLink(s, a)}>${t('link.new')}<//>
      ${a.factor && String(a.id) !== String(s.agent.value.id) && html`<${Button}
        onClick=${() => resetFactor(s, a, again)}>${t('factor.lost')}<//>`}
      ${String(a.id) !== String(s.agent.value.id) && html`<${Button} kind="danger-quiet"
        onClick=${() => removeAgent(s, a)}>${t('remove')}<//>`}
    <//>
    <${Trouble} error=${error} /><${LinkMail} agent=${a} again=${again} />
    <div class="two">
      <${SettingsForm} kind="agent" table=${tables.agent.filter(isTheirs)} object=${a} groups=${GROUPS}
        save=${async ({ enabled, ...changes }, sound, version) => {
          if (Object.keys(changes).length)
            await s.command('agent.set', { agent: id, version, ...changes });
          if (enabled === false && !(await askEnd(s, a, false))) {
            again();
            return false;
          }
          if (enabled) await s.command('agent.set', { agent: id, version, enabled });
          again();
          return undefined;
        }} />
      <div><${PictureCard} agent=${a} again=${again} /><${Memberships} agent=${a} again=${again} />
        <${RoleCard} agent=${a} again=${again} /><${ExplainCard} agent=${a} />
        <${Tokens} key=${id} agent=${id} /></div>
    </div>`;
}

export function Agents() {
  const [id] = route.value.rest;
  if (id === 'new') return html`<${New} />`;
  if (id === 'roles') return html`<${Roles} />`;
  return id ? html`<${One} key=${id} id=${id} />` : html`<${List} />`;
}
