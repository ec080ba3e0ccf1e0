// How an offer is noticed: sound, the title and icon of the tab, a notification of the desktop, one
// urgent sentence for screen readers.  Nothing here moves the focus.
import { computed, effect, signal } from '../../vendor/ui.js';
import { announce, toast, urgent } from '../base/bits.js';
import { choices, choose, route, tabs } from '../base/here.js';
import { t, tOr } from '../base/words.js';
import { asset } from './asset.js';

const REPEAT_MS = 4000;
const SOON_MS = 10000;

// sound: made here, so that there is nothing to load

export const sound = signal({ blocked: true });
let audio = null;

function ready() {
  sound.value = { blocked: !audio || audio.state !== 'running' };
}

export async function unlockSound(test) {
  try {
    audio ||= new AudioContext();
    audio.onstatechange = ready;
    await audio.resume();
  } catch {
    // no device: the banner stays
  }
  ready();
  if (test) {
    if (sound.peek().blocked) toast(t('sound.none'), { kind: 'warn' });
    else ring();
  }
}

// Two soft tones, the second a fourth higher.
function tone(frequency, at, seconds, volume) {
  const voice = audio.createOscillator();
  const level = audio.createGain();
  voice.type = 'sine';
  voice.frequency.value = frequency;
  level.gain.setValueAtTime(0, at);
  level.gain.linearRampToValueAtTime(volume, at + 0.02);
  level.gain.exponentialRampToValueAtTime(0.001, at + seconds);
  voice.connect(level).connect(audio.destination);
  voice.start(at);
  voice.stop(at + seconds);
}
export function ring() {
  if (!audio || audio.state !== 'running') return;
  const volume = Math.max(0.001, choices.peek().volume * 0.5);
  tone(659, audio.currentTime, 0.5, volume);
  tone(880, audio.currentTime + 0.18, 0.7, volume);
}

// notifications of the desktop: asked for by a button only

const canNotify = 'Notification' in globalThis;
export const notifyState = signal(canNotify ? Notification.permission : 'denied');
export async function enableNotifications() {
  if (!canNotify) return;
  notifyState.value = await Notification.requestPermission();
  choose({ notify: notifyState.value === 'granted' });
}

const shown = new Map(); // offer → notification
function notify(offer) {
  if (!canNotify || !document.hidden || !choices.peek().notify ||
    notifyState.peek() !== 'granted') return;
  const head = offer.head || {};
  const secret = choices.peek().privacy;
  const n = new Notification(secret ? t('offer.title')
    : t('offer.title.from', { name: head.name || t('visitor') }), {
    tag: offer.conversation,
    body: secret ? '' : head.question || head.title || '',
    requireInteraction: true,
    icon: asset('icon.svg'),
  });
  n.onclick = () => {
    focus();
    n.close();
  };
  shown.set(offer.conversation, n);
}

function pageName() {
  const { page } = route.value;
  return tOr(`list.${page}`, tOr(`page.${page}`, ''));
}

export function startAlerts(s) {
  const stops = [];
  let repeating = null;
  const unread = computed(() =>
    tabs.value.reduce((sum, id) => sum + (s.conversations.find(id)?.unread.value || 0), 0)
  );

  // While something is offered: ring at once and every four seconds.
  stops.push(effect(() => {
    const want = s.offers.value.length > 0 && choices.value.sound && s.online.value;
    if (want && !repeating) {
      ring();
      repeating = setInterval(ring, REPEAT_MS);
    } else if (!want && repeating) {
      clearInterval(repeating);
      repeating = null;
    }
  }));

  stops.push(effect(() => {
    const offers = s.offers.value.length;
    const lines = unread.value;
    const icon = document.getElementById('favicon');
    if (offers) document.title = t('title.offer', { n: offers });
    else document.title = `${lines ? `(${lines}) ` : ''}${pageName()} · deskbell`;
    if (icon) icon.setAttribute('href', asset(offers || lines ? 'icon-new.svg' : 'icon.svg'));
    const here = new Set(s.offers.value.map((o) => o.conversation));
    for (const [id, n] of shown) {
      if (here.has(id)) continue;
      n.close();
      shown.delete(id);
    }
  }));

  const timers = new Set();
  stops.push(s.listen((what, detail) => {
    if (what === 'offer') {
      const head = detail.head || {};
      const seconds = Math.ceil((detail.until - s.now()) / 1000);
      const dept = s.departments.peek().get(String(head.department))?.name || '';
      urgent.value = t('offer.announce', { name: head.name || t('visitor'), dept, n: seconds });
      notify(detail);
      const soon = setTimeout(() => {
        timers.delete(soon);
        if (s.offers.peek().some((o) => o.conversation === detail.conversation))
          announce(t('offer.soon'));
      }, Math.max(0, detail.until - s.now() - SOON_MS));
      timers.add(soon);
    } else if (what === 'line' && detail.line.kind === 'message' && detail.line.by === 'visitor') {
      if (document.hidden && choices.peek().sound && audio?.state === 'running')
        tone(740, audio.currentTime, 0.25, choices.peek().volume * 0.3);
    }
  }));
  // A browser that allows sound without a gesture needs no banner.
  audio ||= 'AudioContext' in globalThis ? new AudioContext() : null;
  if (audio) audio.onstatechange = ready;
  ready();

  return () => {
    clearInterval(repeating);
    timers.forEach(clearTimeout);
    for (const n of shown.values()) n.close();
    stops.forEach((stop) => stop());
  };
}
