// The frame of a signed-in console: bars, lists, the open chat or a page, what lies over them.
import { effect, html, useEffect } from '../../vendor/ui.js';
import { startAlerts } from './alerts.js';
import { followAssigned, loadAssign } from '../routing/assigned.js';
import { followHanded, loadTransfer } from '../routing/handed.js';
import { Empty, LiveRegions, Toasts, announce, toast } from '../base/bits.js';
import { ChatPane } from '../chats/chat.js';
import { loadBlock, loadBox, loadExport, loadForward, loadOwn, loadReopen } from '../chats/late.js';
import { followEnding } from '../chats/ending.js';
import { Dialogs } from '../base/dialog.js';
import { addTab, drawer, href, isList, route, store } from '../base/here.js';
import { loadTags } from '../chats/tags.js';
import { listenKeys, loadKeys } from './keys.js';
import { ListPane } from '../chats/list.js';
import { Nav } from './nav.js';
import { OfferTray } from '../chats/offers.js';
import { later } from '../base/page.js';
import { TopBar } from './topbar.js';
import { lookForUpdate } from './update.js';
import { VisitorPane } from '../visitor/visitor.js';
import { lateWords, nameOf, t, zone } from '../base/words.js';

// The pages beside the chats come after the first load, all together, before anybody asks for one:
// files of this version are gone once the gateway is of another.
const LOADS = {
  floor: () => import('../floor/floor.js').then((m) => m.Floor),
  blocks: () => import('../manage/blocks.js').then((m) => m.Blocks),
  canned: () => import('../manage/canned.js').then((m) => m.CannedReplies),
  departments: () => import('../manage/departments.js').then((m) => m.Departments),
  agents: () => import('../manage/agents.js').then((m) => m.Agents),
  portal: () => import('../manage/portal.js').then((m) => m.Portal),
  outbox: () => import('../mail/outbox.js').then((m) => m.Outbox),
  profile: () => import('../self/profile.js').then((m) => m.Profile),
  start: () => import('../first/steps.js').then((m) => m.FirstSteps),
  search: () => import('../search/search.js').then((m) => m.Search),
  report: () => import('../report/report.js').then((m) => m.TimeReport),
  tasks: () => import('../tasks/page.js').then((m) => m.Tasks),
  mentions: () => import('../mentions/page.js').then((m) => m.Mentions),
};
const BEHIND = [
  ...Object.values(LOADS), loadTransfer, loadAssign, loadTags, loadBlock, loadBox,
  loadExport, loadForward, loadKeys, loadOwn, loadReopen,
];
const PAGES = new Map(Object.entries(LOADS)
  .map(([page, load]) => [page, later(() => lateWords().then(load))]));

// What comes behind the first load and then follows until the end.
function followLate(s, load) {
  let end = () => {};
  let over = false;
  lateWords().then(load).then((follow) => {
    if (!over) end = follow(s);
  }, () => {}); // the next load of the page tries again
  return () => {
    over = true;
    end();
  };
}

const LOST_MS = 2000;

// Chats that are mine get a tab by themselves, wherever they came from.
function followMine(s) {
  const mine = s.lists.open('mine', { filter: 'open', max: 100 });
  const known = new Set();
  return effect(() => {
    for (const id of mine.ids.value) {
      const row = s.row(id).value;
      if (row?.state !== 'active' || known.has(id)) continue;
      known.add(id);
      addTab(id);
    }
  });
}

// A connection that is gone is told once to who does not see it; not one that is back at once.
function tellLoss(s) {
  let timer = 0;
  return effect(() => {
    clearTimeout(timer);
    if (!s.online.value && s.loaded.value) timer = setTimeout(announce, LOST_MS, t('connection.lost'));
  });
}

// What happened, told: toasts and the polite region; the offers' own voice is in alerts.js.
function follow(s) {
  return s.listen((what, detail) => {
    if (what === 'caught-up') {
      lookForUpdate();
      toast(detail ? t('connection.caught', { n: detail })
        : t('connection.back'), { kind: 'good' });
    } else if (what === 'offer-over') {
      const name = nameOf(detail.offer?.head);
      const by = s.agents.peek().get(String(detail.by))?.name || '';
      if (detail.why === 'taken') toast(t('offer.taken', { name, by: by || t('somebody') }));
      else if (detail.why === 'lapsed')
        toast(t('offer.lapsed', { name }), { kind: 'warn', about: `offer ${detail.conversation}` });
      else if (['missed', 'ended', 'status', 'back'].includes(detail.why))
        toast(t(`offer.over.${detail.why}`, { name }));
    } else if (what === 'line') {
      const { line, conversation } = detail;
      if (line.kind === 'message' && line.by === 'visitor')
        announce(`${line.name || nameOf(conversation.head.peek())}: ${line.text}`);
      else if (line.kind === 'message' && String(line.agent) === String(s.agent.peek()?.id))
        announce(t('sent'));
      else if (line.kind === 'ended') announce(t('line.ended'));
    }
  });
}

const followZone = (s) => effect(() => {
  zone.value = s.agent.value?.zone || '';
});

function Lists() {
  const { chat, page, rest } = route.value;
  const late = store.value.views.value;
  const view = page === 'view' && late?.rows.find((v) => v.view === rest[0]);
  return html`<main data-page=${page} class=${`panes ${chat ? 'has-chat' : ''}`}
    id="main" tabindex="-1">
    <h1 class="hidden">${page === 'view' ? view?.name : t(`list.${page}`)}</h1>
    ${page !== 'view' || view
      ? html`<${ListPane} key=${view || page} view=${view} />`
      : late && html`<${late.Gone} />`}
    <div class="pane-main">
      ${chat
        ? html`<${ChatPane} />`
        : html`<${Empty} icon="inbox" title=${t('chat.none')}>${t('chat.none.help')}<//>`}
    </div>
    ${chat && html`<${VisitorPane} key=${chat} id=${chat} />`}
  </main>`;
}

export function App({ onQuit }) {
  const s = store.value;
  useEffect(() => {
    const ends = [
      followMine(s), follow(s), tellLoss(s), startAlerts(s), followZone(s),
      followHanded(s), followAssigned(s), followEnding(s), listenKeys(s),
      followLate(s, () => import('./behind.js').then((m) => m.followBehind)),
    ];
    return () => ends.forEach((end) => end());
  }, [s]);
  useEffect(() => {
    if (s.loaded.value) BEHIND.forEach((load) => load().catch(() => {})); // whoever goes there is told
  }, [s.loaded.value]);
  useEffect(() => (s.loaded.value
    ? followLate(s, () => import('../lines/drafts.js').then((m) => m.followDrafts)) : undefined),
  [s, s.loaded.value]);
  useEffect(() => {
    drawer.value = false;
  }, [route.value.chat]);
  if (!s.loaded.value)
    return html`<div class="loading" role="status">${t('connection.connecting')}</div>
      <${LiveRegions} />`;
  const Page = PAGES.get(route.value.page);
  return html`<div class="frame">
    <a class="skip" href="#main" onClick=${(e) => {
      e.preventDefault();
      document.getElementById('main')?.focus();
    }}>${t('skip')}</a>
    <${TopBar} onQuit=${onQuit} />
    <${Nav} />
    ${isList.value ? html`<${Lists} />` : html`<main class="page" id="main"
      data-page=${Page ? route.value.page : ''} tabindex="-1">
      ${Page ? html`<${Page} />` : html`<h1 class="hidden">${t('page.none')}</h1>
        <${Empty} icon="inbox" title=${t('page.none')}><a href=${href({ page: 'mine', rest: [] })}
          >${t('list.mine')}</a><//>`}</main>`}
    <${OfferTray} />
    <${Toasts} />
    <${Dialogs} />
    <${LiveRegions} />
  </div>`;
}

