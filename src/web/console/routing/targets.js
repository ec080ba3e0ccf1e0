// People and places to whom a chat can go: rows with what each lacks who cannot, how busy they are,
// and the search over them.
import { html, useEffect, useState } from '../../vendor/ui.js';
import { Face } from '../base/face.js';
import { explain, number, t } from '../base/words.js';

const ASK_AFTER_MS = 150;
const BARS_MAX = 8;

function Load({ load, capacity }) {
  const bars = capacity <= BARS_MAX && [...Array(capacity).keys()];
  return html`<span class="load">${bars && html`<span class="load-bars"
    aria-hidden="true">${bars.map((i) => html`<i class=${i < load ? 'on' : ''}></i>`)}</span>`}
    <span>${t('transfer.load', { load: number(load), capacity: number(capacity) })}</span></span>`;
}

export function Target({ one, children, face, chosen, choose, mend, group = 'target' }) {
  const key = `${one.kind} ${one.id}`;
  return html`<li class=${`target ${one.lacks ? 'cannot' : ''} ${chosen === key ? 'on' : ''}`}>
    <label><input type="radio" name=${group} value=${key} checked=${chosen === key}
      disabled=${Boolean(one.lacks)} onChange=${() => choose(one)} />
      ${face}<span class="target-name">${children}</span></label>
    ${one.lacks && mend && html`<a href=${mend}>${t('transfer.mend')}</a>`}
  </li>`;
}

// busy: what he has already counts here.
export function Agent({ one, place = true, busy = true, ...rest }) {
  const full = busy && one.load >= one.capacity;
  const is = one.lacks ? t(`transfer.lacks.${one.lacks}`)
    : full ? t('transfer.over') : place ? one.department_name : '';
  return html`<${Target} one=${one} ...${rest} face=${html`<${Face} id=${one.id} name=${one.name} /><span
      class=${`dot ${one.status}`}></span>`}>
    <span>${one.name}</span><small>${is}</small>
    <small class="target-status">${t(`status.${one.status}`)}</small>
    ${busy && html`<${Load} load=${one.load} capacity=${one.capacity} />`}<//>`;
}

// The newest answer to what was typed last; what came before stays until it is there.
export function useTargets(s, verb, conversation, text) {
  const [found, setFound] = useState({ departments: [], agents: [] });
  const [error, setError] = useState(null);
  const [again, setAgain] = useState(0);
  useEffect(() => {
    let wanted = true;
    const timer = setTimeout(async () => {
      try {
        const ok = await s.command(verb, { conversation, ...(text && { text }) });
        if (!wanted) return;
        setFound({ ...ok, departments: (ok.departments || []).map((d) => ({ ...d, kind: 'department' })),
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

export function Search({ label, onText, id = 'target-search' }) {
  return html`<div class="field"><label class="hidden" for=${id}>${label}</label>
    <input id=${id} type="text" autofocus autocomplete="off" placeholder=${label}
      onInput=${(e) => onText(e.currentTarget.value.trim())}
      onKeyDown=${(e) => e.key === 'Enter' && !e.ctrlKey && !e.metaKey && e.preventDefault()} /></div>`;
}

export function NoTargets({ found, error }) {
  return html`${!found.departments.length && !found.agents.length && html`<p class="targets-none"
      role="status">${error ? explain(error) : t('transfer.none')}</p>`}
    ${found.more && html`<p class="targets-none">${t('transfer.more')}</p>`}`;
}

// Ctrl+Enter does what the main button does, from the note, too.
export const sendKey = (send) => (e) => {
  if (e.key === 'Enter' && !e.isComposing && (e.ctrlKey || e.metaKey)) send(e);
};
