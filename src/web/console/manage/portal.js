// The portal: the organisation's name, language and zone, its relay, and how it is doing.
import { html } from '../../vendor/ui.js';
import { Icon } from '../base/bits.js';
import { route, store } from '../base/here.js';
import { PageHead, Trouble, useAsked } from '../base/page.js';
import { SettingsForm, useTables } from './settings-form.js';
import { Templates, TemplatesCard } from '../mail/templates-card.js';
import { TrialCard } from '../mail/trial.js';
import { number, stamp, t } from '../base/words.js';

// As it begins: mail goes to whatever listens on this machine, if anything does.
export const relayUnset = (portal) => portal.relay_host === 'localhost' &&
  portal.relay_port === 25 && !portal.relay_user;

// What a test mail goes by, as it is saved: the department's own, or else the portal's.
export function trialBy(portal, d) {
  if (!portal) return null;
  const own = d?.['relay.own'];
  const from = d?.['mail.from.on'] && d['mail.from.addresses'];
  return {
    host: own ? d['relay.host'] : portal.relay_host,
    port: own ? d['relay.port'] : portal.relay_port,
    from: from || portal.from || '',
  };
}

const warning = (text) => html`<p class="banner warn" role="status">
  <${Icon} name="warn" size=${16} /><span>${text}</span></p>`;

// What is missing for mail to leave, while the form is as it is.
function MailMissing({ value, status }) {
  const at = (name) => value(name);
  const relay = { relay_host: at('relay_host'), relay_port: at('relay_port'),
    relay_user: at('relay_user') };
  return html`${relayUnset(relay) && warning(t('relay.unset'))}
    ${!at('from') && status?.without_from > 0 &&
      warning(t('from.depends', { n: status.without_from }))}`;
}

const groupsOf = (status) => [
  ['group.portal', ['name', 'lang', 'zone', 'skills']],
  ['group.relay',
    ['from', 'relay_host', 'relay_port', 'relay_tls', 'relay_auth', 'relay_user', 'relay_secret'],
    (value) => html`<${MailMissing} value=${value} status=${status} />`],
  ['group.grace', ['grace_ms', 'visitor_grace_ms', 'transfer_between', 'factor_roles']],
];

function State({ status }) {
  if (!status?.version) return null;
  const rows = [
    [t('status.version'), status.version],
    [t('status.since'), status.started_ms && stamp(status.started_ms)],
    [t('state.waiting'), status.waiting], [t('state.active'), status.active],
    [t('status.agents'), status.agents !== undefined &&
      `${number(status.agents_here ?? 0)} / ${number(status.agents)}`],
    [t('status.connections'), status.connections],
    [t('mail.queued'), status.outbox?.queued], [t('mail.failed'), status.outbox?.failed],
  ];
  return html`<section class="card"><h2>${t('status.gateway')}</h2><dl>
    ${rows.filter(([, v]) => v !== undefined && v !== false && v !== null).map(([label, v]) =>
      html`<div key=${label}><dt>${label}</dt>
      <dd>${typeof v === 'number' ? number(v) : v}</dd></div>`)}</dl></section>`;
}

export function Portal() {
  return route.value.rest[0] === 'templates' ? html`<${Templates} />` : html`<${Settings} />`;
}

function Settings() {
  const s = store.value;
  const status = useAsked('status').data;
  const tables = useTables();
  const { data, error, again } = useAsked('portal.show', {}, (f) => f.portal);
  return html`<${PageHead} title=${t('page.portal')} /><${Trouble} error=${error} />
    ${data && tables && html`<div class="two"><${SettingsForm} kind="portal" table=${tables.portal}
      object=${data.portal} groups=${groupsOf(status)}
      save=${async (changes, sound, version) => {
        await s.command('portal.set', { version, ...changes });
        again();
      }} saveSecret=${async (password) => {
        await s.command('relay.password', { password });
        again();
      }} /><div><${TrialCard} by=${trialBy(data.portal)} /><${State} status=${status} />
        <${TemplatesCard} names=${data.portal.templates} /></div></div>`}`;
}
