// The top bar: one's own status and load, the truth about the connection, sound, help, the person.
import { html, useEffect, useRef, useSignal } from '../../vendor/ui.js';
import { asset } from './asset.js';
import { enableNotifications, notifyState } from './alerts.js';
import { Banners, lostSince } from './banners.js';
import { Button, Icon, tick, toast } from '../base/bits.js';
import { Face } from '../base/face.js';
import { choices, choose, go, href, route, store } from '../base/here.js';
import { showKeys } from './keys.js';
import { askPasswordChange } from './password-dialog.js';
import { isQuietNow, sound, unlockSound } from './sound.js';
import { hint, withKey } from '../base/keymap.js';
import { explain, lang, span, switchLang, t } from '../base/words.js';

const VOLUMES = [['soft', 25], ['normal', 60], ['loud', 100]];
export const STATUSES = ['available', 'busy', 'away', 'offline'];

// A button and what it opens: closes by Esc, by a click elsewhere, and when the focus leaves it.
export function Menu({ id, button, label, kind = '', children, align = 'start' }) {
  const open = useSignal(false);
  const box = useRef(null);
  const trigger = useRef(null);
  useEffect(() => {
    const away = (e) => {
      if (open.value && !box.current?.contains(e.target)) open.value = false;
    };
    document.addEventListener('pointerdown', away);
    return () => document.removeEventListener('pointerdown', away);
  }, []);
  const close = () => {
    open.value = false;
    trigger.current.focus();
  };
  useEffect(() => {
    if (!open.value) return;
    const items = [...box.current.querySelectorAll('.menu [role^=menuitem]')];
    (items.find((x) => x.getAttribute('aria-checked') === 'true') || items[0])?.focus();
  }, [open.value]);
  const move = (e) => {
    if (e.key === 'Escape' && open.value) {
      e.stopPropagation();
      close();
      return;
    }
    if (!['ArrowDown', 'ArrowUp', 'Home', 'End'].includes(e.key)) return;
    e.preventDefault();
    if (!open.value) {
      open.value = true; // and the focus goes in
      return;
    }
    const items = [...box.current.querySelectorAll('.menu [role^=menuitem]')];
    const at = items.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 }[e.key];
    items[(next + items.length) % items.length]?.focus();
  };
  return html`<div class=${`menu-box ${align}`} ref=${box} onKeyDown=${move}
    onFocusOut=${(e) => {
      if (e.relatedTarget && !box.current.contains(e.relatedTarget)) open.value = false;
    }}>
    <button type="button" id=${id} ref=${trigger} class=${`menu-button ${kind}`}
      aria-haspopup="menu"
      aria-expanded=${open.value ? 'true' : 'false'} aria-label=${label} title=${label}
      onClick=${() => (open.value = !open.value)}>${button}</button>
    ${open.value && html`<div class="menu" role="menu" aria-labelledby=${id}>${children(close)}
      </div>`}
  </div>`;
}

export function MenuItem({ checked, onClick, children, ...rest }) {
  const role = checked === undefined ? 'menuitem' : 'menuitemradio';
  return html`<button type="button" role=${role} tabindex="-1" class="menu-item" onClick=${onClick}
    aria-checked=${checked === undefined ? undefined : checked ? 'true' : 'false'} ...${rest}>
    <span class="menu-tick">${checked && html`<${Icon} name="check" size=${15} />`}</span>
    ${children}</button>`;
}

function Status() {
  const s = store.value;
  const me = s.agent.value;
  const set = (status) => s.setStatus(status).catch((e) => toast(explain(e), { kind: 'bad' }));
  return html`<${Menu} id="status-menu"
    label=${t('status.label', { status: t(`status.${me.status}`) })}
    kind="status" button=${html`<span class=${`dot ${me.status}`} aria-hidden="true"></span>
      <span>${t(`status.${me.status}`)}</span><${Icon} name="down" size=${14} />`}>
    ${(close) => STATUSES.map((status) => html`<${MenuItem} key=${status}
      checked=${me.status === status} onClick=${() => {
        close();
        set(status);
      }}><span class=${`dot ${status}`} aria-hidden="true"></span>
      <span>${t(`status.${status}`)}<small>${t(`status.${status}.help`)}</small></span><//>`)}
  <//>`;
}

function Connection() {
  const s = store.value;
  if (!lostSince(s)) return html`<span class="connection good"><span class="dot available"></span>
    ${t('connection.on')}</span>`;
  const word = !navigator.onLine ? 'none' : s.doubt.value ? 'doubt' : 'off';
  return html`<span class="connection bad" title=${t('connection.help')}><${Icon} name="warn"
    size=${15} />${t(`connection.${word}`, { time: span(tick.value - s.lostAt.value) })}</span>`;
}

function Sound() {
  const { blocked } = sound.value;
  const on = choices.value.sound;
  const { id, alerts } = store.value.agent.value;
  const quiet = on && isQuietNow(tick.value);
  const label = blocked ? t('sound.blocked') : quiet ? t('sound.quiet') : on ? t('sound.on') : t('sound.off');
  return html`<${Menu} id="sound-menu" label=${label} align="end"
    kind=${blocked && on ? 'attention' : ''}
    button=${html`<${Icon} name=${on && !blocked && !quiet ? 'sound' : 'mute'} />`}>
    ${(close) => html`
      <${MenuItem} onClick=${() => {
        close();
        choose({ sound: true });
        unlockSound(true);
      }}>${t('sound.test')}<//>
      <${MenuItem} checked=${on} onClick=${() => {
        choose({ sound: true });
        unlockSound(false);
        close();
      }}>${t('sound.on')}<//>
      <${MenuItem} checked=${!on} onClick=${() => {
        choose({ sound: false });
        close();
      }}>${t('sound.off')}<//>
      <hr />
      ${VOLUMES.map(([word, volume]) => html`<${MenuItem} key=${word}
        checked=${alerts.volume === volume} onClick=${() => {
          unlockSound(true, { ...alerts, volume });
          store.value.command('agent.set', { agent: id, 'alerts.volume': volume })
            .catch((e) => toast(explain(e), { kind: 'bad' }));
        }}>${t(`volume.${word}`)}<//>`)}
      <hr />
      ${notifyState.value !== 'granted' && html`<${MenuItem}
        aria-disabled=${notifyState.value === 'denied' ? 'true' : undefined}
        onClick=${() => {
          close();
          enableNotifications();
        }}>${notifyState.value === 'denied' ? t('notify.denied') : t('notify.ask')}<//>`}
      ${notifyState.value === 'granted' && html`
        <${MenuItem} checked=${choices.value.notify}
          onClick=${() => choose({ notify: !choices.value.notify })}>${t('notify.on')}<//>
        <${MenuItem} checked=${choices.value.privacy}
          onClick=${() => choose({ privacy: !choices.value.privacy })}>${t('notify.private')}
            <//>`}`}
  <//>`;
}

function Person({ onQuit }) {
  const me = store.value.agent.value;
  const theme = choices.value.theme;
  return html`<${Menu} id="person-menu" kind="person" align="end"
    button=${html`<${Face} id=${me.id} name=${me.name} />
      <span class="person-name">${me.name}</span><span class="hidden">${t('person')}</span>`}>
    ${(close) => html`
      <div class="menu-head"><strong>${me.name}</strong><small>${me.email}</small></div>
      ${['en', 'ja'].map((l) => html`<${MenuItem} key=${l} checked=${lang.value === l} lang=${l}
        onClick=${() => {
          switchLang(l).then(
            () => choose({ lang: l }), (e) => toast(explain(e), { kind: 'bad' }));
          close();
        }}>${l === 'ja' ? '日本語' : 'English'}<//>`)}
      <hr />
      ${['', 'light', 'dark'].map((x) => html`<${MenuItem} key=${x} checked=${theme === x}
        onClick=${() => choose({ theme: x })}>${t(`theme.${x || 'system'}`)}<//>`)}
      <hr />
      <${MenuItem} checked=${!choices.value.ctrlEnter}
        onClick=${() => choose({ ctrlEnter: false })}>${t('send.enter')}<//>
      <${MenuItem} checked=${choices.value.ctrlEnter}
        onClick=${() => choose({ ctrlEnter: true })}>${t('send.ctrl')}<//>
      <hr />
      <${MenuItem} onClick=${() => {
        close();
        go({ page: 'profile' });
      }}>${t('page.profile')}<//>
      <${MenuItem} onClick=${() => {
        close();
        askPasswordChange(me.email);
      }}>${t('password.change')}<//>
      <${MenuItem} onClick=${onQuit}>${t('signout')}<//>`}
  <//>`;
}

export function TopBar({ onQuit }) {
  const s = store.value;
  const me = s.agent.value;
  return html`<header class="top">
    <div class="brand"><img src=${asset('icon.svg')} alt="" width="24" height="24" />
      <span>deskbell</span></div>
    <${Status} />
    <span class="slots" title=${t('slots.help')}>${t('slots', { load: me.load ??
      0, capacity: me.capacity ?? 0 })}</span>
    <span class="spacer"></span>
    <a class="find" href=${href({ page: 'search' })} title=${t('find')}
      aria-current=${route.value.page === 'search' ? 'page' : undefined}><${Icon} name="search"
      size=${16} /><span>${t('find')}</span>${hint('find') && html`<kbd
      aria-hidden="true">${hint('find')}</kbd>`}</a>
    <span class="spacer"></span>
    <${Connection} />
    <${Sound} />
    <${Button} icon="help" kind="quiet" label=${withKey(t('keys.title'), 'help')} onClick=${showKeys} />
    <${Person} onQuit=${onQuit} />
  </header>
  <${Banners} />`;
}
