// One's own page: what is kept about oneself, how one is told of things, and the ways in.
import { html } from '../../vendor/ui.js';
import { Button } from '../base/bits.js';
import { store } from '../base/here.js';
import { PageHead, Trouble, useAsked } from '../base/page.js';
import { t } from '../base/words.js';
import { showKeys } from '../frame/keys.js';
import { askPasswordChange } from '../frame/password-dialog.js';
import { SettingsForm, useTables } from '../manage/settings-form.js';
import { AlertsPart } from './alerts-part.js';
import { Device } from './device.js';
import { Factor } from './factor.js';
import { PictureCard } from './picture.js';
import { Sessions } from './sessions.js';
import { Tokens } from './tokens.js';

const GROUPS = [
  ['profile.person', ['name', 'phone', 'extension', 'mobile', 'lang', 'zone', 'signature']],
  ['profile.alerts', ['alerts.volume', 'alerts.tone', 'alerts.quiet', 'alerts.tasks',
    'alerts.mentions', 'alerts.mentions_ms'], null, AlertsPart],
];
const NAMES = GROUPS.flatMap(([, names]) => names);

// As they are now: another of one's browsers may have changed them.
const alertsOf = ({ alerts }) =>
  Object.fromEntries(Object.entries(alerts).map(([name, value]) => [`alerts.${name}`, value]));

function Person({ me }) {
  const s = store.value;
  const tables = useTables();
  const { data, error, again } = useAsked('agent.show', { agent: me.id },
    (f) => String(f.agent) === String(me.id));
  if (!data || !tables) return html`<${Trouble} error=${error} />`;
  return html`<${PictureCard} agent=${data.agent} again=${again} /><${Factor} agent=${data.agent} again=${again} /><${SettingsForm} kind="profile"
    object=${{ ...data.agent, ...alertsOf(me) }} groups=${GROUPS}
    table=${tables.agent.filter((x) => NAMES.includes(x.name))}
    save=${async (changes, sound, version) => {
      await s.command('agent.set', { agent: me.id, version, ...changes });
      again();
    }} />`;
}

export function Profile() {
  const me = store.value.agent.value;
  return html`<${PageHead} title=${t('page.profile')}>
      <${Button} icon="help" onClick=${showKeys}>${t('keys.title')}<//>
      <${Button} icon="lock" onClick=${() => askPasswordChange(me.email)}>${
        t('password.change')}<//><//>
    <div class="self"><${Person} me=${me} /><${Device} /><${Sessions} /><${Tokens} /></div>`;
}
