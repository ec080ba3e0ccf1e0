// How an offer or a message is noticed: sound, the title and icon of the tab, the badge of the app, a
// notification of the desktop, one urgent sentence for screen readers.  Nothing here moves the focus.
// Departments whose notices an agent has switched off are seen, and neither heard nor shown on the
// desktop; so is everything in his quiet hours.
import { computed, effect, signal } from '../../vendor/ui.js';
import { announce, urgent } from '../base/bits.js';
import { choices, choose, route, showChat, tabs } from '../base/here.js';
import { badge } from './install.js';
import { chime, isQuietNow, ring, startSound } from './sound.js';
import { hint } from '../base/keymap.js';
import { nameOf, t, tOr } from '../base/words.js';
import { asset } from './asset.js';

const REPEAT_MS = 4000;
const SOON_MS = 10000;
const SEEN_MS = 250; // within this a message in view has been marked as seen

const inFront = () => !document.hidden && document.hasFocus();

// The switch of the membership (AGT-6); who is no member hears of what concerns him all the same.
function wants(s, department) {
  const of = (s.agent.value?.departments || []).find((m) =>
    String(m.department) === String(department));
  return of?.notify !== false;
}

function unreadOf(s, id) {
  void s.conversations.opened.value; // a tab is there before its conversation is
  return s.conversations.find(id)?.unread.value || 0;
}

// notifications of the desktop: asked for by a button only

const canNotify = 'Notification' in globalThis;
export const notifyState = signal(canNotify ? Notification.permission : 'denied');
export async function enableNotifications() {
  if (!canNotify) return;
  notifyState.value = await Notification.requestPermission();
  choose({ notify: notifyState.value === 'granted' });
}

const TITLES = {
  offer: ['offer.title', 'offer.title.from'],
  message: ['message.title', 'message.title.from'],
};
// kind: of TITLES.  Names and words only where they may be read by who passes by.
function notify(shown, kind, id, { name, body, ...more }) {
  if (!canNotify || inFront() || !choices.peek().notify || notifyState.peek() !== 'granted' ||
    isQuietNow()) return;
  const secret = choices.peek().privacy;
  const [plain, named] = TITLES[kind];
  const n = new Notification(secret ? t(plain) : t(named, { name }), {
    tag: `${kind} ${id}`, body: secret ? '' : body || '', icon: asset('icon.svg'), ...more,
  });
  n.onclick = () => {
    focus();
    if (kind === 'message') showChat(id);
    n.close();
  };
  shown.set(id, n);
}
function closeExcept(shown, isWanted) {
  for (const [id, n] of shown) {
    if (isWanted(id)) continue;
    n.close();
    shown.delete(id);
  }
}

function pageName() {
  const { page } = route.value;
  return tOr(`list.${page}`, tOr(`page.${page}`, ''));
}

// While something is offered: ring at once and every four seconds.
function startRinging(s) {
  let repeating = null;
  const stop = effect(() => {
    const want = choices.value.sound && s.online.value && s.offers.value.some((o) => wants(s, o.head?.department));
    if (want && !repeating) {
      ring();
      repeating = setInterval(ring, REPEAT_MS);
    } else if (!want && repeating) {
      clearInterval(repeating);
      repeating = null;
    }
  });
  return () => {
    stop();
    clearInterval(repeating);
  };
}

function startTitle(s) {
  const unread = computed(() => tabs.value.reduce((sum, id) => sum + unreadOf(s, id), 0));
  const stop = effect(() => {
    const offers = s.offers.value.length;
    const lines = unread.value;
    badge(offers + lines);
    const icon = document.getElementById('favicon');
    if (offers) document.title = t('title.offer', { n: offers });
    else document.title = `${lines ? `(${lines}) ` : ''}${pageName()} · deskbell`;
    if (icon) icon.setAttribute('href', asset(offers || lines ? 'icon-new.svg' : 'icon.svg'));
  });
  return () => {
    stop();
    badge(0); // whoever comes next has nothing to do with it
  };
}

function startOffers(s) {
  const shown = new Map(); // offer → notification
  const timers = new Set();
  const stops = [effect(() => {
    const here = new Set(s.offers.value.map((o) => o.conversation));
    closeExcept(shown, (id) => here.has(id));
  }), s.listen((what, detail) => {
    if (what !== 'offer') return;
    const head = detail.head || {};
    const seconds = Math.ceil((detail.until - s.now()) / 1000);
    const dept = s.departments.peek().get(String(head.department))?.name || '';
    urgent.value = t('offer.announce', { name: nameOf(head), dept, n: seconds }) +
      (hint('accept') && ` ${t('offer.announce.key', { keys: hint('accept') })}`);
    if (wants(s, head.department))
      notify(shown, 'offer', detail.conversation, { name: nameOf(head),
        body: head.question || head.title, requireInteraction: true });
    const soon = setTimeout(() => {
      timers.delete(soon);
      if (s.offers.peek().some((o) => o.conversation === detail.conversation))
        announce(t('offer.soon'));
    }, Math.max(0, detail.until - s.now() - SOON_MS));
    timers.add(soon);
  })];
  return () => {
    stops.forEach((stop) => stop());
    timers.forEach(clearTimeout);
    closeExcept(shown, () => false);
  };
}

// A visitor's message to whoever holds the chat: heard unless it is in view, or this very chat is
// being written in; on the desktop where the console is not in front.
function startMessages(s) {
  const shown = new Map(); // conversation → notification of its newest message
  const timers = new Set();
  const look = ({ conversation: c, line }) => {
    const writes = inFront() && route.peek().chat === c.id &&
      document.activeElement?.matches('[data-composer]');
    if (writes || c.seenHere.peek() >= line.n) return;
    chime();
    notify(shown, 'message', c.id, { name: line.name || nameOf(c.head.peek()), body: line.text });
  };
  const stops = [effect(() => {
    const unread = new Set(tabs.value.filter((id) => unreadOf(s, id) > 0));
    closeExcept(shown, (id) => unread.has(id));
  }), s.listen((what, detail) => {
    if (what !== 'line' || detail.line.kind !== 'message' || detail.line.by !== 'visitor') return;
    const head = detail.conversation.head.peek();
    if (String(head?.agent) !== String(s.agent.peek()?.id) || !wants(s, head.department)) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      look(detail);
    }, SEEN_MS);
    timers.add(timer);
  })];
  return () => {
    stops.forEach((stop) => stop());
    timers.forEach(clearTimeout);
    closeExcept(shown, () => false);
  };
}

// What is said in a chat that has a tab is listened to on every page, whether tabs are shown there.
function listenToTabs(s) {
  const held = new Set();
  const follow = (ids) => {
    for (const id of held) if (!ids.includes(id) && held.delete(id)) s.conversations.close(id);
    for (const id of ids) if (!held.has(id) && held.add(id)) s.conversations.open(id);
  };
  const stop = tabs.subscribe(follow);
  return () => {
    stop();
    follow([]);
  };
}

export function startAlerts(s) {
  const stops = [listenToTabs(s), startRinging(s), startTitle(s), startOffers(s), startMessages(s)];
  startSound();
  return () => stops.forEach((stop) => stop());
}
