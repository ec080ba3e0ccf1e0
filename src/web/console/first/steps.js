// The first steps of a portal, for who sets it up: each is done when it is so, in any order, left and
// found again.
import { html, useEffect } from '../../vendor/ui.js';
import { Button, Icon } from '../base/bits.js';
import { go, href, store } from '../base/here.js';
import { Copyable, PageHead, Trouble, act, useAsked } from '../base/page.js';
import { trialBy } from '../manage/portal.js';
import { SeenCheck } from '../manage/seen.js';
import { TrialCard } from '../mail/trial.js';
import { t } from '../base/words.js';

const AGAIN_MS = 5000;

// What is done of what the gateway tells.
const done = (f) => ({
  name: f.named, mail: f.from && f.mailed, agents: f.agents > 1, embed: f.seen, chat: f.chats > 0,
});

const Link = ({ to, children }) => html`<a class="button" href=${href(to)}>${children}</a>`;

function Step({ name, n, is, children }) {
  return html`<li class=${`card step ${is ? 'is-done' : ''}`} data-step=${name}>
    <h2><span class="step-mark" aria-hidden="true">${is ? html`<${Icon} name="check" size=${16} />` : n}</span>
      ${t(`first.${name}`)} <span class=${is ? 'badge' : 'hidden'}>${t(is ? 'first.done' : 'first.open')}</span></h2>
    <p class="help">${t(`first.${name}.text`)}</p>${children}</li>`;
}

function Embed({ department, again }) {
  const { data, again: reread } = useAsked('department.show', { department },
    (f) => String(f.department) === String(department));
  const d = data?.department;
  return d && html`<p>${t('first.embed.of', { name: d.name })}</p>
    <${Copyable} id="embed" label=${t('embed.code')} text=${d.embed} />
    <${SeenCheck} department=${department} origins=${d.origins} onAllowed=${reread} onSeen=${again} />
    <div class="buttons"><${Link} to=${{ page: 'departments', rest: [department] }}>${
      t('first.embed.more')}<//></div>`;
}

// Who is not available is offered nothing.
function Ready() {
  const s = store.value;
  return s.agent.value.status === 'available' ? html`<p>${t('first.chat.ready')}</p>`
    : html`<div class="buttons"><${Button} onClick=${() => act(s.setStatus('available'))}>${
      t('first.chat.go')}<//></div>`;
}

export function FirstSteps() {
  const { data: f, error, again } = useAsked('portal.steps', {}, () => true);
  const portal = useAsked('portal.show', {}, (x) => x.portal).data?.portal;
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && again(), AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  if (!f) return html`<${PageHead} title=${t('page.start')} /><${Trouble} error=${error} />`;
  const is = done(f);
  const left = Object.values(is).filter((one) => !one).length;
  return html`<${PageHead} title=${t('page.start')} /><${Trouble} error=${error} />
    <p class="steps-left" role="status">${left ? t('first.left', { n: left }) : t('first.all')}</p>
    <ol class="steps">
      <${Step} name="name" n="1" is=${is.name}><div class="buttons"><${Link} to=${{ page: 'portal' }}>${
        t('first.name.go')}<//></div><//>
      <${Step} name="mail" n="2" is=${is.mail}>
        ${!f.from && html`<p>${t('first.mail.from')}</p>`}
        <div class="buttons"><${Link} to=${{ page: 'portal' }}>${t('first.mail.go')}<//></div>
        ${f.from && html`<${TrialCard} by=${trialBy(portal)} />`}<//>
      <${Step} name="agents" n="3" is=${is.agents}>
        <p>${t('first.agents.now', { ready: f.agents, invited: f.invited })}</p>
        <div class="buttons"><${Button} icon="plus" onClick=${() => go({ page: 'agents', rest: ['new'] })}>${
          t('first.agents.go')}<//></div><//>
      <${Step} name="embed" n="4" is=${is.embed}>${f.department
        ? html`<${Embed} department=${f.department} again=${() => !f.seen && again()} />`
        : html`<p>${t('first.embed.none')}</p><div class="buttons"><${Link}
          to=${{ page: 'departments' }}>${t('page.departments')}<//></div>`}<//>
      <${Step} name="chat" n="5" is=${is.chat}><${Ready} /><//>
    </ol>`;
}
