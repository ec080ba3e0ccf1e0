// Who the visitor is and where they are, why this agent got the chat, and the chat's mails.
import { html } from '../../vendor/ui.js';
import { Button, Icon, Parts } from '../base/bits.js';
import { askBlock } from '../chats/late.js';
import { may } from '../chats/chat.js';
import { TagButton, Tags } from '../chats/tags.js';
import { later } from '../base/page.js';
import { choices, drawer, showChat, store } from '../base/here.js';
import { browserName } from './browser.js';
import { lateWords, span, stamp, someOf, t, tOr } from '../base/words.js';

const TasksPanel = later(() => lateWords()
  .then(() => import('../tasks/panel.js')).then((m) => m.TasksPanel));
const MailList = later(() => lateWords()
  .then(() => import('../mail/mail-list.js')).then((m) => m.MailList));

const HandlingTimes = later(() => lateWords()
  .then(() => import('../lines/times.js')).then((m) => m.Times));

function Rows({ rows }) {
  const there = rows.filter(([, value]) => Boolean(value));
  if (!there.length) return null;
  return html`<dl>${there.map(([label, value]) => html`<div key=${label}><dt>${label}</dt>
    <dd>${value}</dd></div>`)}</dl>`;
}

// Only web addresses become links: a page may claim to be anything.
function Address({ url, title }) {
  if (!/^https?:\/\//i.test(url)) return html`<span>${title || html`<${Parts} text=${url} />`}</span>`;
  const bare = url.replace(/^https?:\/\//i, '').replace(/\/$/, '');
  return html`<a href=${url} target="_blank" rel="noopener noreferrer">${title
    || html`<${Parts} text=${bare} />`}</a>
    ${title && html`<small class="address"><${Parts} text=${bare} /></small>`}`;
}

function languageName(code) {
  try {
    return new Intl.DisplayNames([document.documentElement.lang], { type: 'language' }).of(code);
  } catch {
    return code;
  }
}

function Passed({ head }) {
  const there = Object.entries(head.passed || {}).filter(([, n]) => n > 0);
  return html`${head.how && head.how !== 'none' && html`<p>${tOr(`how.${head.how}`, head.how)}</p>`}
    ${head.rule && html`<p>${t('rule.by', { n: String(head.rule), skills: head.skills })}</p>`}
    ${head.rings && html`<p>${t('rings.at', { n: String(head.rings_count),
      names: someOf(head.rings.map((r) => r.name), head.rings_count) })}</p>`}
    ${there.length > 0 ? html`<${Rows} rows=${there.map(([why, n]) =>
      [tOr(`passed.${why}`, why), String(n)])} />` : html`<p class="quiet-text">${t('passed.none')}</p>`}
    ${head.others?.length > 0 && html`<ul class="passed" aria-label=${t('passed.names')}>
      ${head.others.map((o) => html`<li key=${o.agent}>${o.name}${' '}
        <small>${tOr(`passed.${o.why}`, o.why)}${o.lacks ? `: ${o.lacks}` : ''}</small></li>`)}</ul>`}`;
}

function Times({ head }) {
  const wait = head.state === 'waiting' || head.state === 'offered' ? 0
    : head.since_ms - head.rang_ms;
  return html`<${Rows} rows=${[
    [t('time.rang'), stamp(head.rang_ms)],
    [t('time.wait'), wait > 0 && head.state === 'active' ? span(wait) : ''],
    [t('time.ended'), head.ended_ms ? stamp(head.ended_ms) : ''],
    [t('time.why'), head.why ? tOr(`why.${head.why}`, head.why) : ''],
    [t('rating'), head.rating ? html`<span class="stars"
      aria-label=${t('rating.of', { n: head.rating })}>
      ${'★'.repeat(head.rating)}${'☆'.repeat(5 - head.rating)}</span>` : ''],
  ]} />`;
}

export function VisitorPane({ id }) {
  const s = store.value;
  const c = s.conversations.find(id);
  const head = (c?.head || s.row(id)).value;
  const shown = choices.value.side;
  if (!head) return html`<aside class="pane-side" hidden></aside>`;
  const mails = c?.mails.value || [];
  const { page, title } = c?.page.value || head;
  const entry = head.entry && head.entry !== head.department &&
    s.departments.value.get(String(head.entry))?.name;
  return html`<aside class=${`pane-side ${shown ? '' : 'folded'} ${drawer.value ? 'drawn' : ''}`}
    id="visitor" tabindex="-1" aria-label=${t('panel')} onKeyDown=${(e) => {
      if (e.key === 'Escape' && drawer.value) drawer.value = false;
    }}>
    <header class="side-head"><h2>${t('visitor')}</h2>
      <button type="button" class="quiet side-close" aria-label=${t('close')}
        onClick=${() => (drawer.value = false)}>
        <${Icon} name="close" /></button></header>
    <${Rows} rows=${[
      [t('name'), head.name],
      [t('email'), head.email && html`<a href=${`mailto:${head.email}`}><${Parts}
        text=${head.email} /></a>`],
      [t('phone'), head.phone],
      [t('question'), head.question],
      [t('language'), head.lang && languageName(head.lang)],
      [t('browser'), head.browser && html`<span title=${head.browser}>${browserName(head.browser)}
        </span>`],
      [t('ip'), head.ip && html`<span class="mono"><${Parts} text=${head.ip} /></span>`],
    ]} />
    ${may(head, 'block') && !head.blocked && html`<${Button} small icon="ban"
      onClick=${() => askBlock(s, head)}>${t('block')}<//>`}
    <div class="side-tags"><h3>${t('tags')}</h3>
      <${Tags} head=${head} links /><${TagButton} head=${head} /></div>
    <h3>${t('side.page')}</h3>
    <${Rows} rows=${[
      [t('page'), page && html`<${Address} url=${page} title=${title} />`],
      [t('referrer'), head.referrer && html`<${Address} url=${head.referrer} />`],
      [t('entry'), entry],
    ]} />
    <h3>${t('side.chat')}</h3>
    <${Times} head=${head} />
    ${head.previous && html`<p><button type="button" class="link"
      onClick=${() => showChat(head.previous)}>${t('previous')}</button></p>`}
    <${HandlingTimes} head=${head} />
    <h3>${t('side.passed')}</h3>
    <${Passed} head=${head} />
    <${TasksPanel} key=${id} head=${head} />
    <h3>${t('side.mails')}</h3>
    <${MailList} mails=${mails} />
  </aside>
  ${drawer.value && html`<div class="drawer-back" onClick=${() => (drawer.value = false)}></div>`}`;
}
