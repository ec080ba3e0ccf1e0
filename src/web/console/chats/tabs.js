// The row of tabs: chats that stay open while others are looked at.  The running ones are counted by
// their keys; those that are over stay to be read until they are closed, one by one or all at once.
import { html, useEffect, useLayoutEffect, useMemo, useRef } from '../../vendor/ui.js';
import { Icon } from '../base/bits.js';
import { closeTab, closeTabs, draftOf, route, showChat, store, tabs } from '../base/here.js';
import { OPEN_STATES } from '../base/lists-state.js';
import { Wait } from './list.js';
import { withKey } from '../base/keymap.js';
import { nameOf, number, t } from '../base/words.js';

const COUNTED = 9;
const MARGIN_PX = 24; // so much of the next tab is seen beside the current one

const isOver = (s, id) => {
  const row = s.row(id).value;
  return Boolean(row) && !OPEN_STATES.includes(row.state);
};
// What the nine keys of tabs count, in the order of the tabs.
export const running = (s) => tabs.value.filter((id) => !isOver(s, id));
const over = (s) => tabs.value.filter((id) => isOver(s, id));
export const closeOver = (s) => closeTabs(over(s));

// The tab that has waited longest for an answer, else the next one with something unread.
export function nextUnread(s, except = route.peek().chat) {
  const all = tabs.peek().filter((id) => id !== except).map((id) =>
    s.conversations.find(id)).filter(Boolean);
  const waiting = all.filter((c) => c.waitingSince.peek() || c.unread.peek());
  waiting.sort((a, b) => (a.waitingSince.peek() || Infinity) - (b.waitingSince.peek() || Infinity));
  if (waiting[0]) showChat(waiting[0].id);
}

// Tabs keep their conversations subscribed, so that unread counts and waits are right.
function Tab({ id }) {
  const s = store.value;
  const c = useMemo(() => s.conversations.open(id), [s, id]);
  useEffect(() => () => s.conversations.close(id), [c]);
  const head = c.head.value;
  const current = route.value.chat === id;
  const name = head ? nameOf(head) : '…';
  const typing = c.typing.value?.by === 'visitor';
  const since = c.waitingSince.value;
  const unread = c.unread.value;
  const draft = draftOf(id, false) || draftOf(id, true);
  const place = running(s).indexOf(id) + 1;
  return html`<li class=${`tab ${current ? 'current' : ''} ${head?.state || ''}`}>
    <a href="#" data-tab=${id} aria-current=${current ? 'true' : undefined} title=${name}
      onClick=${(e) => {
        e.preventDefault();
        showChat(id);
      }}>
      ${place > 0 && place <= COUNTED && html`<kbd class="tab-key" title=${`Alt+${place}`}
        aria-hidden="true">${place}</kbd>`}
      ${isOver(s, id) && html`<${Icon} name=${head?.state === 'ended' ? 'check' : 'missed'}
        size=${14} /><span class="hidden">${t(`state.${head?.state}`)}</span>`}
      <span class="tab-name">${name}</span>
      ${typing && html`<span class="typing-dot" title=${t('typing', { name })}></span>`}
      ${unread > 0 && html`<span class="unread">${number(unread)}<span
        class="hidden"> ${t('unread')}</span></span>`}
      ${since > 0 && html`<${Wait} since=${since} label=${t('waits')} />`}
      ${!current && draft && html`<span class="draft" title=${t('draft')}>${t('draft')}</span>`}
    </a>
    <button type="button" class="tab-close" aria-label=${t('tab.close', { name })}
      title=${current ? withKey(t('tab.close', { name }), 'close') : t('tab.close', { name })}
      onClick=${() => closeTab(id)}><${Icon} name="close" size=${14} /></button>
  </li>`;
}

// Scroll the row so far that the current tab is seen; gives where the row stands then.
function reveal(box) {
  const tab = box.querySelector('.tab.current');
  if (!tab) return box.scrollLeft;
  const from = tab.offsetLeft - MARGIN_PX;
  const to = tab.offsetLeft + tab.offsetWidth + MARGIN_PX;
  if (from < box.scrollLeft) box.scrollLeft = from;
  else if (to > box.scrollLeft + box.clientWidth) box.scrollLeft = to - box.clientWidth;
  return box.scrollLeft;
}
function isSeen(box) {
  const tab = box.querySelector('.tab.current');
  return Boolean(tab) && tab.offsetLeft + tab.offsetWidth > box.scrollLeft &&
    tab.offsetLeft < box.scrollLeft + box.clientWidth;
}

export function Tabs() {
  const s = store.value;
  const box = useRef(null);
  const seen = useRef(true);
  const put = useRef(0); // where reveal() has left the row
  const ended = over(s).length;
  const show = () => (put.current = reveal(box.current));
  useLayoutEffect(() => void show(), [route.value.chat, tabs.value]);
  // Marks come and go in the tabs before it; whoever has scrolled it away is left alone.
  useEffect(() => {
    const grown = new ResizeObserver(() => seen.current && box.current && show());
    grown.observe(box.current);
    grown.observe(box.current.firstElementChild);
    return () => grown.disconnect();
  }, []);
  return html`<nav class="tabs" aria-label=${t('tabs')}>
    <div class="tabs-box" ref=${box} onScroll=${() => {
      // One's own scrolling is told of late, when tabs may have grown: only others' says anything.
      const el = box.current;
      if (el) seen.current = el.scrollLeft === put.current || isSeen(el);
    }}>
      <ul>${tabs.value.map((id) => html`<${Tab} key=${id} id=${id} />`)}</ul>
    </div>
    ${ended > 0 && html`<button type="button" class="tabs-over" onClick=${() => closeOver(s)}
      title=${withKey(t('tabs.over', { n: ended }), 'close-over')} aria-label=${t('tabs.over',
        { n: ended })}><${Icon} name="close" size=${14} /><span class="tabs-over-word"
      aria-hidden="true">${t('tabs.over', { n: ended })}</span><span class="tabs-over-count"
      aria-hidden="true">${number(ended)}</span></button>`}
  </nav>`;
}
