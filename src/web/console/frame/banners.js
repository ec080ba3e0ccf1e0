// What stands under the top bar while it is so: no connection, no sound, a new version, what the
// gateway suffers from, and that nothing is offered to whoever reads it.
import { html } from '../../vendor/ui.js';
import { Icon, tick, toast } from '../base/bits.js';
import { choices, href, isAdmin, store } from '../base/here.js';
import { sound, unlockSound } from './sound.js';
import { outdated } from './update.js';
import { explain, t, tOr } from '../base/words.js';

const LOST_MS = 5000; // what is back before this moves no page

// Since when there is no connection; 0: there is.
export const lostSince = (s) => (s.online.value ? 0 : s.lostAt.value);

function Lost({ s }) {
  const since = lostSince(s);
  return since > 0 && tick.value - since >= LOST_MS && html`<p class="banner warn"><${Icon}
    name="warn" size=${16} /><span>${t('connection.help')}</span></p>`;
}

const Silent = () => sound.value.blocked && choices.value.sound && html`<p class="banner">
  <${Icon} name="mute" size=${16} /><span>${t('sound.banner')}</span>
  <button type="button" class="link" onClick=${() => unlockSound(true)}>${t('sound.unlock')}
    </button></p>`;

const Outdated = () => outdated.value && html`<p class="banner"><span>${t('update')}</span>
  <button type="button" class="link" onClick=${() => location.reload()}>${t('update.go')}
    </button></p>`;

// What it is about is not for everybody.
const wordOf = ({ code, about }) => (code === 'mail-login' && !about ? 'mail-login.some' : code);

const Notice = ({ one }) => html`<p class="banner warn"><${Icon} name="warn" size=${16} />
  <span>${tOr(`notice.${wordOf(one)}`, one.text, { about: one.about || '' })}</span>
  ${isAdmin() && one.code.startsWith('mail-') && html`<a
    href=${href({ page: 'outbox' })}>${t('notice.outbox')}</a>`}</p>`;

// Who was made away without having chosen it is told why; and to everybody, how many chats nobody has.
// Their visitors need not be there: some have left a message.
function Absent({ s }) {
  const { status, status_why: why } = s.agent.value;
  const waiting = s.counts.value.unassigned || 0;
  return ['away', 'offline'].includes(status) && html`<p
    class=${`banner ${why === 'lapsed' ? 'warn' : ''}`}><span>${why === 'lapsed'
      ? t('status.away.lapsed') : t(`status.${status}.banner`)}
      ${waiting > 0 && html` <strong>${t('status.waiting', { n: waiting })}</strong>`}</span>
    <button type="button" class="link" onClick=${() =>
      s.setStatus('available').catch((e) => toast(explain(e), { kind: 'bad' }))}>
      ${t('status.go')}</button></p>`;
}

export function Banners() {
  const s = store.value;
  return html`<section class="banners" aria-label=${t('notices')}>
    <${Lost} s=${s} /><${Silent} /><${Outdated} />
    ${[...s.notices.value.values()].map((one) => html`<${Notice} key=${one.code} one=${one} />`)}
    <${Absent} s=${s} />
  </section>`;
}
