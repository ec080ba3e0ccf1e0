// The portal: the organisation's name, language and zone, its relay, and how it is doing.
import { html } from '../vendor/ui.js';
import { store } from './here.js';
import { PageHead, Trouble, useAsked } from './page.js';
import { SettingsForm, useTables } from './settings-form.js';
import { TrialCard } from './trial.js';
import { number, stamp, t } from './words.js';

const GROUPS = [
  ['group.portal', ['name', 'lang', 'zone']],
  ['group.relay', ['from', 'relay_host', 'relay_port', 'relay_tls', 'relay_user', 'relay_secret']],
  ['group.grace', ['grace_ms', 'visitor_grace_ms']],
];

function State() {
  const { data } = useAsked('status');
  const status = data?.status || data;
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
  const s = store.value;
  const tables = useTables();
  const { data, error, again } = useAsked('portal.show');
  return html`<${PageHead} title=${t('page.portal')} /><${Trouble} error=${error} />
    ${data && tables && html`<div class="two"><${SettingsForm} kind="portal" table=${tables.portal}
      object=${data.portal} groups=${GROUPS}
      save=${async (changes) => {
        await s.command('portal.set', changes);
        again();
      }} saveSecret=${async (password) => {
        await s.command('relay.password', { password });
        again();
      }} /><div><${TrialCard} /><${State} /></div></div>`}`;
}
