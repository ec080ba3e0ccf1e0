// Small parts that every page uses: icons, buttons, fields, the clock's tick, lines of status.
import { html, signal, useEffect, useRef } from '../../vendor/ui.js';
import { t, stamp } from './words.js';

const PATHS = {
  inbox: 'M3 13h5l1.5 3h5L16 13h5M5 5h14l2 8v6H3v-6z',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4 21c1-4 4-6 8-6s7 2 8 6',
  users: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2 20c.6-3.6 3-5.5 7-5.5s6.4 1.9 7 5.5M16 4.5a3.5 3.5 0 0 1 0 6.5M18 15c2.5.6 3.7 2.4 4 5',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 7v5l3.5 2',
  check: 'M5 12.5l4.5 4.5L19 7',
  checks: 'M2 12.5l4.5 4.5L16 7M11 16l1 1L21.5 7',
  missed: 'M4 5h16v11H9l-5 4zM9.5 8.5l5 4.5M14.5 8.5l-5 4.5',
  ban: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M5.7 5.7l12.6 12.6',
  sound: 'M4 9.5v5h3.5L12 19V5L7.5 9.5zM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11',
  mute: 'M4 9.5v5h3.5L12 19V5L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5',
  help: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M12 17v.01',
  close: 'M6 6l12 12M18 6L6 18',
  back: 'M15 5l-7 7 7 7',
  down: 'M6 9l6 6 6-6',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  send: 'M4 12l16-8-5 16-3.5-6.5zM11.5 13.5L20 4',
  panel: 'M3 5h18v14H3zM15 5v14',
  mail: 'M3 6h18v12H3zM3 7l9 6.5L21 7',
  gear: 'M12 15.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M19.4 13.5l2 1.5-2 3.4-2.4-.9a7 7 0 0 1-2 1.2L14.6 21h-4l-.4-2.3a7 7 0 0 1-2-1.2l-2.4.9-2-3.4 2-1.5a7 7 0 0 1 0-3l-2-1.5 2-3.4 2.4.9a7 7 0 0 1 2-1.2L10.6 3h4l.4 2.3a7 7 0 0 1 2 1.2l2.4-.9 2 3.4-2 1.5a7 7 0 0 1 0 3',
  home: 'M4 20V9l8-5 8 5v11h-5v-6H9v6z',
  plus: 'M12 5v14M5 12h14',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M15.5 15.5L21 21',
  eye: 'M2 12c2.5-4.5 6-7 10-7s7.5 2.5 10 7c-2.5 4.5-6 7-10 7s-7.5-2.5-10-7M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6',
  chart: 'M4 20h16M7 20v-7M12 20V5M17 20v-10',
  warn: 'M12 4l9.5 16h-19zM12 10v4.5M12 17.5v.01',
  copy: 'M9 9h11v11H9zM15 9V4H4v11h5',
  save: 'M12 4v11M7 11l5 5 5-5M4 20h16',
  retry: 'M20 11a8 8 0 1 0-1.5 6M20 4.5V11h-6',
  tag: 'M3 12V4h8l10 10-8 8zM7.5 8.5v.01',
  at: 'M15.5 12a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0v1.5a2.5 2.5 0 0 0 5 0V12a8.5 8.5 0 1 0-4 7',
  task: 'M4 5h16v15H4zM8 12l3 3 5-6',
  transfer: 'M4 8h15M15 4l4 4-4 4M20 16H5M9 12l-4 4 4 4',
  smile: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M9 10v.01M15 10v.01M8.5 14a4.5 4.5 0 0 0 7 0',
  canned: 'M4 4h16v16H4zM10 16l4-8',
  globe: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18',
};

export function Icon({ name, size = 18 }) {
  return html`<svg class="icon" width=${size} height=${size} viewBox="0 0 24 24" aria-hidden="true">
    <path d=${PATHS[name]} />
  </svg>`;
}

export function Button({ icon, label, kind = '', small, busy, children, ...rest }) {
  const classes = `button ${kind} ${small ? 'small' : ''} ${icon && !children ? 'only-icon' : ''}`;
  return html`<button type="button" class=${classes} disabled=${busy} title=${label}
    aria-label=${children ? undefined : label} ...${rest}>
    ${icon && html`<${Icon} name=${icon} size=${small ? 16 : 18} />`}${children}
  </button>`;
}

// An address breaks behind its parts, not within a word.
export const Parts = ({ text }) => text.split(/(?<=[/@.:?&=_-])(?![/:])/).map((part, i) =>
  html`${i > 0 && html`<wbr />`}${part}`);

export function Time({ ms, children }) {
  return html`<time datetime=${new Date(ms).toISOString()} title=${stamp(ms)}>${children}</time>`;
}

// A label, its control, what helps, what is wrong.
export function Field({ id, label, help, error, children }) {
  return html`<div class="field ${error ? 'wrong' : ''}">
    <label for=${id}>${label}</label>
    ${children}
    ${help && html`<p class="help" id=${`${id}-help`}>${help}</p>`}
    ${error && html`<p class="error" id=${`${id}-error`}>${error}</p>`}
  </div>`;
}

export const describedBy = (id, help, error) =>
  [error && `${id}-error`, help && `${id}-help`].filter(Boolean).join(' ') || undefined;

export function Switch({ id, checked, onChange, label, disabled, describedby }) {
  return html`<label class="switch" for=${id}>
    <input type="checkbox" role="switch" id=${id} checked=${checked} disabled=${disabled}
      aria-describedby=${describedby} onChange=${(e) => onChange(e.currentTarget.checked)} />
    <span class="switch-knob" aria-hidden="true"></span><span>${label}</span>
  </label>`;
}

// The console's clock: once a second, for everything that counts.
export const tick = signal(Date.now());
setInterval(() => (tick.value = Date.now()), 1000).unref?.();

// The same by the gateway's clock, for what it stamped.
export const serverTick = (s) => tick.value + s.skew.value;

// What just happened, in words: `polite` waits, `urgent` (offers only) does not.
export const polite = signal('');
export const urgent = signal('');
export function announce(text) {
  polite.value = polite.peek() === text ? `${text}\u00a0` : text;
}

// Short messages at the edge of the screen; they stay while the pointer or the focus is on them.
export const toasts = signal([]);
let toastCount = 0;
// about: what it is about: the newest takes the place of those before it, and dropToasts() knows it.
// until: it counts down to then, and goes, whoever is on it.
export function toast(text, { kind = '', action, act, ms = 6000, about, until } = {}) {
  const one = { id: ++toastCount, text, kind, action, act, ms, about, until };
  const rest = toasts.peek().filter((x) => !about || x.about !== about);
  toasts.value = [...rest.slice(-3), one];
  announce(text);
}
// What they say is not so any more.
export function dropToasts(about) {
  if (toasts.peek().some((x) => x.about === about))
    toasts.value = toasts.peek().filter((x) => x.about !== about);
}
const dropToast = (id) => (toasts.value = toasts.peek().filter((x) => x.id !== id));

function Toast({ one }) {
  const timer = useRef(0);
  const start = () =>
    (timer.current = one.until ? 0 : setTimeout(() => dropToast(one.id), one.ms));
  const hold = () => clearTimeout(timer.current);
  const left = one.until && Math.max(0, Math.floor((one.until - tick.value) / 1000));
  useEffect(() => {
    start();
    return hold;
  }, []);
  useEffect(() => {
    if (left === 0) dropToast(one.id);
  }, [left]);
  return html`<div class="toast ${one.kind}" onMouseEnter=${hold} onMouseLeave=${start}
    onFocusIn=${hold} onFocusOut=${start}>
    <span>${one.text}</span>${left && html`<span class="toast-left">${left}</span>`}
    ${one.action && html`<button type="button" class="link" onClick=${() => {
      dropToast(one.id);
      one.act();
    }}>${one.action}</button>`}
    <button type="button" class="quiet" aria-label=${t('close')} onClick=${() => dropToast(one.id)}>
      <${Icon} name="close" size=${16} /></button>
  </div>`;
}

export function Toasts() {
  return html`<section class="toasts" aria-label=${t('messages')}>
    ${toasts.value.map((one) => html`<${Toast} key=${one.id} one=${one} />`)}
  </section>`;
}

export function LiveRegions() {
  return html`<div class="hidden" role="status" aria-live="polite">${polite}</div>
    <div class="hidden" role="alert" aria-live="assertive">${urgent}</div>`;
}

export function Empty({ icon = 'inbox', title, children }) {
  return html`<div class="empty"><${Icon} name=${icon} size=${28} />
    <p class="empty-title">${title}</p>${children && html`<p>${children}</p>`}</div>`;
}
