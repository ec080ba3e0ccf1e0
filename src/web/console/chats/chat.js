// The chat in front: its header, log and composer, below the row of tabs.
import { html, useEffect } from '../../vendor/ui.js';
import { Button, Empty, Icon, toast } from '../base/bits.js';
import { Composer } from './composer.js';
import { EndingBanner, end } from './ending.js';
import { closeTab, choices, choose, drawer, go, hasPermission, route, store, tabs,
  watched } from '../base/here.js';
import { stateWord } from './list.js';
import { Log } from './log.js';
import { Tabs, nextUnread } from './tabs.js';
import { TagButton, Tags } from './tags.js';
import { Watching } from './watching.js';
import { withKey } from '../base/keymap.js';
import { later } from '../base/page.js';
import { askBlock, askForward, askReopen, loadBox, loadExport, loadReopen } from './late.js';
import { AssignButtons } from '../routing/assigned.js';
import { HandedBanner, TransferButton } from '../routing/handed.js';
import { explain, nameOf, t } from '../base/words.js';

const ChainBar = later(() => loadReopen().then((m) => m.ChainBar));
const BoxBar = later(() => loadBox().then((m) => m.BoxBar));

const isMine = (s, head) => String(head?.agent) === String(s.agent.value.id);

export const may = (head, action) => Boolean(head) && (head.may || []).includes(action);

export async function endChat(s, id, next = false) {
  const c = s.conversations.find(id);
  const head = c?.head.peek();
  if (!may(head, 'end') || head.state !== 'active') return;
  if (await end(s, id, head) && next) nextUnread(s, id);
}

export function take(s, id) {
  return s.command('conversation.pick', { conversation: id }).catch((e) =>
    toast(explain(e), { kind: 'bad' })
  );
}

function toggleSide() {
  if (matchMedia('(min-width: 1100px)').matches) choose({ side: !choices.peek().side });
  else drawer.value = !drawer.peek();
}
export { toggleSide };

function Head({ c }) {
  const s = store.value;
  const head = c.head.value;
  if (!head) return html`<header class="chat-head"></header>`;
  const dept = s.departments.value.get(String(head.department))?.name ||
    head.handed?.department_name;
  const agent = s.agents.value.get(String(head.agent));
  const mine = isMine(s, head);
  const offline = !s.online.value;
  const word = stateWord(head);
  const waits = ['left', 'waiting', 'offered'].includes(head.state);
  return html`<header class="chat-head">
    <${Button} icon="back" kind="quiet narrow-only" label=${t('back')}
      onClick=${() => go({ page: route.value.page, rest: route.value.rest })} />
    <div class="chat-title">
      <h2><span class="chat-name" title=${nameOf(head)}>${nameOf(head)}</span> ${head.visitor_here && head.state === 'active' && !offline
        ? html`<span class="dot available" title=${t('visitor.here')}></span><span
          class="hidden">${t('visitor.here')}</span>`
        : null}<${Tags} head=${head} most=${3} links /><${TagButton} head=${head}
          busy=${offline} /></h2>
      <p><span class=${`state ${word}`}>${t(`state.${word}`)}</span>
        <span>#${head.number}</span>${dept && html`<span>${dept}</span>`}
        ${agent && head.state !== 'waiting' && html`<span>${mine ? t('you') : agent.name}</span>`}
          </p>
    </div>
    <div class="chat-actions">
      ${waits && may(head, 'pick') && html`<${Button} kind="primary" small busy=${offline}
        onClick=${() => take(s, c.id)}>${t('take')}<//>`}
      ${head.state === 'active' && may(head, 'end') && html`<${Button} small icon="check"
        busy=${offline}
        onClick=${() => endChat(s, c.id)}>${t('end')}<//>`}
      ${may(head, 'reopen') && html`<${Button} small icon="retry" busy=${offline}
        title=${withKey(t('reopen'), 'reopen')} onClick=${() => askReopen(s, head)}>${t('reopen')}<//>`}
      <${AssignButtons} head=${head} busy=${offline} />
      <${TransferButton} head=${head} busy=${offline} />
      ${may(head, 'forward') && html`<${Button} small icon="mail" kind="quiet"
        busy=${offline} label=${t('forward')} onClick=${() => askForward(s, c)} />`}
      ${may(head, 'block') && !head.blocked && html`<${Button} small icon="ban" kind="quiet"
        busy=${offline} label=${t('block')} onClick=${() => askBlock(s, head)} />`}
      ${hasPermission('export') && html`<${Button} small icon="save" kind="quiet" busy=${offline}
        label=${t('export')} onClick=${() => loadExport().then((m) => m.exportChat(s, head))} />`}
      <${Button} small icon="panel" kind="quiet" label=${t('panel')} onClick=${toggleSide}
        aria-expanded=${choices.value.side ? 'true' : 'false'} />
    </div>
  </header>`;
}

function Front({ id }) {
  const s = store.value;
  const c = s.conversations.find(id);
  if (!c) return null;
  if (c.phase.value === 'failed') {
    const gone = c.error.value.code === 'unknown';
    return html`<${Empty} icon="missed" title=${gone ? t('chat.unknown') : explain(c.error.value)}>
      <${Button} onClick=${() => closeTab(id)}>${t('tab.close', { name: '' })}<//><//>`;
  }
  const head = c.head.value;
  return html`<article class="chat" aria-label=${head ? nameOf(head) : ''}>
    <${Head} c=${c} />
    ${head?.blocked && html`<p class="banner warn"><${Icon} name="ban" size=${16}
      />${t('blocked.banner')}
      ${head.block && html`<button type="button" class="link" onClick=${() =>
        s.command('block.remove', { block: head.block }).then(
          () => toast(t('block.lifted', { prefix: head.ip || nameOf(head) }), { kind: 'good' }),
          (e) => toast(explain(e), { kind: 'bad' })
        )}>${t('block.lift')}</button>`}</p>`}
    <${HandedBanner} head=${head} /><${EndingBanner} s=${s} head=${head} />
    ${(head?.next || head?.previous_number) && html`<${ChainBar} head=${head} />`}
    ${head?.box && html`<${BoxBar} head=${head} />`}
    <${Log} key=${`log-${id}`} c=${c} />
    ${watched.value === id && !isMine(s, head) ? html`<${Watching} />`
      : html`<${Composer} key=${`composer-${id}`} c=${c} />`}
  </article>`;
}

export function ChatPane() {
  const id = route.value.chat;
  useEffect(() => {
    if (id && !tabs.peek().includes(id)) tabs.value = [...tabs.peek(), id];
  }, [id]);
  return html`<${Tabs} />${tabs.value.includes(id) && html`<${Front} key=${id} id=${id} />`}`;
}
