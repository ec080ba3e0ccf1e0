// To whom a chat goes on: agents and departments in one list with one search, what each lacks who
// cannot, a note for whoever takes it, and what the visitor reads of it.
import { html, useEffect, useRef, useState } from '../../vendor/ui.js';
import { Button, Icon, toast } from '../base/bits.js';
import { openDialog } from '../base/dialog.js';
import { href } from '../base/here.js';
import { clean } from '../../shared/text.js';
import { explain, nameOf, number, t } from '../base/words.js';

const ASK_AFTER_MS = 150;
const BARS_MAX = 8;

function Load({ load, capacity }) {
  const bars = capacity <= BARS_MAX && [...Array(capacity).keys()];
  return html`<span class="load">${bars && html`<span class="load-bars"
    aria-hidden="true">${bars.map((i) => html`<i class=${i < load ? 'on' : ''}></i>`)}</span>`}
    <span>${t('transfer.load', { load: number(load), capacity: number(capacity) })}</span></span>`;
}

function Target({ one, children, face, chosen, choose, mend }) {
  const key = `${one.kind} ${one.id}`;
  return html`<li class=${`target ${one.lacks ? 'cannot' : ''} ${chosen === key ? 'on' : ''}`}>
    <label><input type="radio" name="target" value=${key} checked=${chosen === key}
      disabled=${Boolean(one.lacks)} onChange=${() => choose(one)} />
      ${face}<span class="target-name">${children}</span></label>
    ${one.lacks && mend && html`<a href=${mend}>${t('transfer.mend')}</a>`}
  </li>`;
}

function Dept({ one, name, ...rest }) {
  const is = one.lacks ? t(`transfer.lacks.${one.lacks}`)
    : t('transfer.there', { there: number(one.there), free: number(one.free) });
  return html`<${Target} one=${one} ...${rest} face=${html`<${Icon} name=${one.type === 'private'
      ? 'lock' : 'home'} size=${16} />`}>
    <span>${one.name}${one.type === 'private' && html` <span class="badge">${t('transfer.private')}
      </span>`}</span>
    <small>${is}${one.type === 'private' && !one.lacks && ` · ${t('transfer.unnamed', { name })}`}
      ${one.waiting > 0 && ` · ${t('transfer.waiting', { n: one.waiting })}`}</small><//>`;
}

function Agent({ one, ...rest }) {
  const full = one.load >= one.capacity;
  const is = one.lacks ? t(`transfer.lacks.${one.lacks}`)
    : full ? t('transfer.over') : one.department_name;
  return html`<${Target} one=${one} ...${rest} face=${html`<span class=${`dot ${one.status}`}
      ></span>`}>
    <span>${one.name}</span><small>${is}</small>
    <small class="target-status">${t(`status.${one.status}`)}</small>
    <${Load} load=${one.load} capacity=${one.capacity} /><//>`;
}

// The newest answer to what was typed last; what came before stays until it is there.
function useTargets(s, conversation, text) {
  const [found, setFound] = useState({ departments: [], agents: [] });
  const [error, setError] = useState(null);
  const [again, setAgain] = useState(0);
  useEffect(() => {
    let wanted = true;
    const timer = setTimeout(async () => {
      try {
        const ok = await s.command('conversation.targets', { conversation, ...(text && { text }) });
        if (!wanted) return;
        setFound({ ...ok, departments: ok.departments.map((d) => ({ ...d, kind: 'department' })),
          agents: ok.agents.map((a) => ({ ...a, kind: 'agent' })) });
        setError(null);
      } catch (e) {
        if (wanted) setError(e);
      }
    }, again || text ? ASK_AFTER_MS : 0);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [text, again]);
  return { found, error, ask: () => setAgain((n) => n + 1) };
}

function Body({ done, s, head }) {
  const [text, setText] = useState('');
  const [to, setTo] = useState(null);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState(null);
  const note = useRef(null);
  const { found, error, ask } = useTargets(s, head.conversation, text);
  const name = nameOf(head);
  const admin = s.agent.value.role === 'admin';
  const mend = (page, id) => admin && href({ page, rest: [String(id)] });
  const chosen = to ? `${to.kind} ${to.id}` : '';
  const more = { chosen, choose: setTo };
  const none = !found.departments.length && !found.agents.length;

  const send = async (e) => {
    e.preventDefault();
    if (!to || busy) return;
    const fields = { conversation: head.conversation, holder: head.agent };
    if (to.kind === 'agent') Object.assign(fields, { agent: to.id, department: to.department });
    else fields.department = to.id;
    const words = clean(note.current.value).trim();
    if (words) fields.text = words;
    setBusy(true);
    try {
      await s.command('conversation.transfer', fields);
      toast(t('transfer.done', { name, to: to.name }), { kind: 'good' });
      done(true);
    } catch (why) {
      setRefused(why);
      setBusy(false);
      ask();
    }
  };
  const onKey = (e) => {
    if (e.key !== 'Enter' || e.isComposing || !(e.ctrlKey || e.metaKey)) return;
    send(e);
  };
  return html`<form class="transfer" onSubmit=${send} onKeyDown=${onKey}>
    <p>${t('transfer.lead', { n: Math.round((found.transfer_ms || 0) / 1000) })}</p>
    <div class="field"><label class="hidden" for="transfer-search">${t('transfer.search')}</label>
      <input id="transfer-search" type="text" autofocus autocomplete="off" value=${text}
        placeholder=${t('transfer.search')} onInput=${(e) => setText(e.currentTarget.value.trim())}
        onKeyDown=${(e) => e.key === 'Enter' && !e.ctrlKey && !e.metaKey && e.preventDefault()} /></div>
    <div class="targets">
      ${found.departments.length > 0 && html`<fieldset><legend>${t('transfer.departments')}</legend>
        <ul>${found.departments.map((one) => html`<${Dept} key=${one.id} one=${one} name=${name}
          mend=${mend('departments', one.id)} ...${more} />`)}</ul></fieldset>`}
      ${found.agents.length > 0 && html`<fieldset><legend>${t('transfer.agents')}</legend>
        <ul>${found.agents.map((one) => html`<${Agent} key=${one.id} one=${one}
          mend=${mend('agents', one.id)} ...${more} />`)}</ul></fieldset>`}
      ${none && html`<p class="targets-none" role="status">${error ? explain(error)
        : t('transfer.none')}</p>`}
      ${found.more && html`<p class="targets-none">${t('transfer.more')}</p>`}
    </div>
    <div class="field"><label for="transfer-note">${to ? t('transfer.note.for', { to: to.name })
      : t('transfer.note')} <small>${t('transfer.note.who')}</small></label>
      <textarea id="transfer-note" ref=${note} rows="2" maxlength="4000"></textarea></div>
    ${refused && html`<p class="error" role="alert">${explain(refused)}</p>`}
    <div class="buttons"><span class="help">${t('transfer.reads', { name })}</span>
      <${Button} onClick=${() => done(undefined)}>${t('cancel')}<//>
      <${Button} type="submit" kind="primary" icon="transfer" busy=${busy || !to}
        title="Ctrl+Enter">${to ? t('transfer.to', { to: to.name }) : t('transfer.go')}<//></div>
  </form>`;
}

export const askTransfer = (s, head) => openDialog(t('transfer.title', { number: head.number }),
  ({ done }) => html`<${Body} done=${done} s=${s} head=${head} />`, { wide: true });
