// What was found: each conversation with the line that shows it, opened at that line.
import { html } from '../../vendor/ui.js';
import { Icon, Time } from '../base/bits.js';
import { href, showLine, store } from '../base/here.js';
import { nameOf, t, when } from '../base/words.js';

const ICONS = { ended: 'check', missed: 'missed', left: 'missed', waiting: 'clock', offered: 'clock' };
const OPEN = ['waiting', 'offered', 'active'];

function Parts({ parts }) {
  return parts.map((part, i) => (part.hit ? html`<mark key=${i}>${part.text}</mark>` : part.text));
}

// Whose words they are, before them.
function Said({ row }) {
  const { line, field } = row;
  if (!row.parts.length) return html`<span class="hit-line">${row.head.last || row.head.question}</span>`;
  const who = line ? line.name || nameOf(row.head) : t(`search.in.${field}`);
  return html`<span class="hit-line">
    <span class="hit-who">${line?.kind === 'note' && html`<${Icon} name="lock" size=${13} /><span
      class="hidden">${t('note')}: </span>`}${who}: </span>
    ${row.cut && '…'}<${Parts} parts=${row.parts} /></span>`;
}

function move(e) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[e.key];
  if (!by || e.altKey || e.ctrlKey || e.metaKey) return;
  const links = [...document.querySelectorAll('.hit a')];
  const at = links.indexOf(document.activeElement);
  e.preventDefault();
  (links[at + by] || (by < 0 ? document.getElementById('query') : null))?.focus();
}

function Hit({ row }) {
  const s = store.value;
  const { head, line } = row;
  const dept = s.departments.value.get(String(head.department))?.name;
  const agent = head.agent && s.agents.value.get(String(head.agent))?.name;
  const open = OPEN.includes(head.state);
  return html`<li class="hit"><a href=${href({ page: 'all', chat: head.conversation })}
    onClick=${(e) => {
      if (e.ctrlKey || e.metaKey || e.shiftKey) return;
      e.preventDefault();
      showLine(head.conversation, line?.seq);
    }}>
    <${Icon} name=${ICONS[head.state] || 'user'} size=${16} />
    <span class="hit-main"><span class="hit-top"><strong>${nameOf(head)}</strong>
      <span class=${open ? 'state open' : 'hidden'}>${open ? t('search.state.open')
        : t(`state.${head.state}`)}</span></span>
      <${Said} row=${row} /></span>
    <span class="hit-whose">${agent || t('search.nobody')}${dept && ` · ${dept}`}</span>
    <span class="hit-when">#${head.number} · <${Time} ms=${(line || head).time_ms || head.rang_ms}>
      ${when((line || head).time_ms || head.rang_ms)}<//></span>
  </a></li>`;
}

export function Hits({ found, question, change }) {
  return html`<section class="card hits" aria-labelledby="hits-title" onKeyDown=${move}>
    <header><h2 id="hits-title">${t('nav.chats')}</h2>
      <div class="order" role="group" aria-label=${t('search.order')}>
        ${['', 'relevance'].map((order) => html`<button type="button" key=${order} class="chip"
          aria-pressed=${order === question.order ? 'true' : 'false'}
          onClick=${() => change({ order })}>${t(`search.order.${order || 'newest'}`)}</button>`)}
      </div></header>
    <ul aria-busy=${found.phase === 'asking' ? 'true' : 'false'}>
      ${found.rows.map((row) => html`<${Hit} key=${row.head.conversation} row=${row} />`)}</ul>
  </section>`;
}
