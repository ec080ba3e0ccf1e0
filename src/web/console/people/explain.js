// "May this agent reply to #123, and why": the gateway's own answer, in words.
import { html, useState } from '../../vendor/ui.js';
import { Button } from '../base/bits.js';
import { store } from '../base/here.js';
import { explain, t, tOr } from '../base/words.js';

const ACTIONS = ['see', 'reply', 'note', 'assign', 'transfer', 'end', 'forward', 'pick', 'block',
  'see_ip', 'export', 'see_outbox', 'supervise', 'admin'];

// By what it was decided, each in a line.
function reasons(a) {
  const role = a.custom_role_name || tOr(`role.${a.role}`, a.role);
  return [
    t('why.role', { role }),
    a.permission && t(a.has_permission ? 'why.permission.has' : 'why.permission.lacks',
      { right: tOr(`right.${a.permission}`, a.permission) }),
    a.role !== 'admin' && t('why.scope', { scope: tOr(`why.scope.${a.scope}`, a.scope) }),
    a.department_name && t(a.member ? 'why.member' : 'why.member.none', { department: a.department_name }),
    a.member && !a.chat && t('why.chat.off', { department: a.department_name }),
    ...(a.by || []).filter((way) => way !== 'role').map((way) => t(`why.by.${way}`)),
  ].filter(Boolean);
}

export function ExplainCard({ agent }) {
  const s = store.value;
  const [action, setAction] = useState('reply');
  const [number, setNumber] = useState('');
  const [answer, setAnswer] = useState(null);
  const [error, setError] = useState(null);
  const ask = async (e) => {
    e.preventDefault();
    const wanted = number.trim().replace(/^[#＃]/, '');
    try {
      setAnswer(await s.command('agent.explain', { agent: agent.id, action,
        ...(wanted && { conversation: wanted }) }));
      setError(null);
    } catch (refused) {
      setAnswer(null);
      setError(refused);
    }
  };
  return html`<section class="card explain"><h2>${t('why.title')}</h2>
    <form class="why-form" onSubmit=${ask}>
      <label for="why-action" class="hidden">${t('why.action')}</label>
      <select id="why-action" value=${action} onChange=${(e) => setAction(e.currentTarget.value)}>
        ${ACTIONS.map((one) => html`<option key=${one} value=${one}>${t(`why.do.${one}`)}</option>`)}</select>
      <label for="why-chat" class="hidden">${t('why.chat')}</label>
      <input id="why-chat" value=${number} placeholder=${t('why.chat')} autocomplete="off"
        onInput=${(e) => setNumber(e.currentTarget.value)} />
      <${Button} type="submit">${t('why.ask')}<//></form>
    <div role="status">${answer && html`<p class=${answer.may ? 'why-yes' : 'why-no'}><strong>${
        t(answer.may ? 'why.yes' : 'why.no', { name: answer.name })}</strong>${
        !answer.may && html` ${explain({ reason: answer.why, code: 'forbidden', what: answer.what })}`}</p>
      <ul class="end-lines">${reasons(answer).map((line) => html`<li key=${line}>${line}</li>`)}</ul>`}</div>
    ${error && html`<p class="error" role="alert">${explain(error)}</p>`}</section>`;
}
