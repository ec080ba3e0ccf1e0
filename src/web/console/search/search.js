// Searching: a question in words and filters, what was found, page after page.  The address holds the
// question, so that it can be kept, sent on and come back to.
import { html, useEffect, useRef, useState } from '../../vendor/ui.js';
import { Button, Empty, Icon, announce } from '../base/bits.js';
import { hasPermission, href, route, store } from '../base/here.js';
import { loadExport } from '../chats/late.js';
import { act } from '../base/page.js';
import { Filters, isAsked, paramsOf, questionOf } from './filters.js';
import { SavedHead, useSaved } from './saved.js';
import { Hits } from './hits.js';
import { explain, number, t } from '../base/words.js';

const TYPING_MS = 400; // as long as somebody types, nothing is asked
const MAX = 50;
const LETTERS_MAX = 200;

// Ask whenever the question is another one; what was found before stays until the answer is there.
function useSearch(question, fields) {
  const s = store.value;
  const [state, setState] = useState({ phase: 'none', rows: [] });
  const key = JSON.stringify(fields);
  const asked = isAsked(question);
  const latest = useRef(key);
  latest.current = key;
  useEffect(() => {
    if (!asked) {
      setState({ phase: 'none', rows: [] });
      return undefined;
    }
    let wanted = true;
    setState((old) => ({ ...old, phase: 'asking' }));
    s.command('search', { ...fields, max: MAX }).then(
      (ok) => wanted && setState({ phase: 'found', ...ok }),
      (error) => wanted && setState({ phase: 'failed', rows: [], error })
    );
    return () => (wanted = false);
  }, [s, key, asked]);
  const more = async () => {
    const ok = await act(s.command('search', { ...fields, max: MAX, cursor: state.cursor }));
    if (ok && latest.current === key)
      setState((old) => ({ ...old, ...ok, rows: [...old.rows, ...ok.rows] }));
  };
  return { ...state, more };
}

function Box({ text, type, submit, clear, note, wrong }) {
  const input = useRef(null);
  useEffect(() => input.current?.focus(), []);
  return html`<form class="query" role="search" onSubmit=${(e) => {
    e.preventDefault();
    submit();
  }}>
    <${Icon} name="search" />
    <input id="query" type="search" ref=${input} value=${text} maxlength=${LETTERS_MAX}
      aria-label=${t('search.words')} placeholder=${t('search.words')} autocomplete="off"
      spellcheck="false" enterkeyhint="search" aria-invalid=${wrong ? 'true' : undefined}
      aria-describedby=${wrong ? 'query-error' : 'query-help'}
      onInput=${(e) => !e.isComposing && type(e.currentTarget.value)}
      onCompositionEnd=${(e) => type(e.currentTarget.value)}
      onKeyDown=${(e) => {
        if (e.key !== 'ArrowDown' || e.isComposing) return;
        e.preventDefault();
        document.querySelector('.hit a')?.focus();
      }} />
    ${note && html`<span class="query-note">${note}</span>`}
    ${text && html`<${Button} icon="close" kind="quiet" small label=${t('search.clear')}
      onClick=${() => {
        clear();
        input.current.focus();
      }} />`}
  </form>`;
}

function Tips() {
  return html`<div class="card search-tips"><h2>${t('search.tips')}</h2><dl>
    ${['gift', 'quotes', 'without', 'agent', 'since', 'more'].map((x) => html`<div key=${x}>
      <dt><code>${t(`search.tip.${x}.as`)}</code></dt><dd>${t(`search.tip.${x}`)}</dd></div>`)}
  </dl></div>`;
}

function Found({ found, question, change }) {
  if (found.phase === 'none') return html`<${Tips} />`;
  if (found.phase === 'failed') return null;
  if (found.phase === 'asking' && !found.rows.length)
    return html`<div class="skeleton" aria-hidden="true"><i></i><i></i><i></i></div>`;
  if (!found.rows.length && found.cursor === null)
    return html`<${Empty} icon="search" title=${t('search.nothing')}>${t('search.nothing.help')}<//>`;
  return html`<${Hits} found=${found} question=${question} change=${change} />
    ${found.cursor !== null && html`<div class="more">
      ${found.partial && html`<p class="help">${t('search.partial')}</p>`}
      <${Button} small onClick=${found.more}>${t(found.partial ? 'search.further' : 'list.more')}<//>
    </div>`}`;
}

export function Search() {
  const [question, setQuestion] = useState(() => questionOf(route.value.rest));
  const [asked, setAsked] = useState(question);
  const timer = useRef(0);
  const saved = useSaved(question, setQuestion, setAsked);
  const fields = saved.fieldsOf(asked);
  const found = useSearch(asked, fields);
  const ask = (next) => {
    clearTimeout(timer.current);
    setAsked(next);
    history.replaceState(null, '', href({ page: 'search', rest: paramsOf(next) }));
  };
  const change = (part) => {
    const next = { ...question, ...part };
    setQuestion(next);
    if (!('text' in part)) return ask(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(ask, TYPING_MS, next);
    return undefined;
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => { // another address, by a link or by going back
    const next = questionOf(route.value.rest);
    setQuestion(next);
    setAsked(next);
  }, [route.value]);
  useEffect(() => {
    if (found.phase === 'found') announce(found.rows.length
      ? t('search.count', { n: found.rows.length }) : t('search.nothing'));
  }, [found.phase, found.rows]);
  const shown = found.rows.length;
  const note = found.phase === 'asking' ? t('search.asking') : found.phase === 'found' && shown
    ? t(found.cursor === null ? 'search.count' : 'search.first', { n: shown, count: number(shown) })
    : '';
  const wrong = found.phase === 'failed' && explain(found.error);
  return html`<${SavedHead} saved=${saved} question=${question} />
    <${Box} text=${question.text} type=${(text) => change({ text })} note=${note} wrong=${wrong}
      submit=${() => ask(question)} clear=${() => ask({ ...question, text: '' }) || change({
        text: '' })} />
    <${Filters} question=${question} change=${change} />
    ${wrong && html`<p class="banner warn" id="query-error" role="alert"><${Icon} name="warn"
      size=${16} />${wrong}</p>`}
    ${found.behind && html`<p class="banner warn" role="status"><${Icon} name="clock" size=${16}
      />${t('search.behind')}</p>`}
    ${shown > 0 && hasPermission('export') && html`<p class="search-export"><${Button} small
      kind="quiet" icon="save" onClick=${() => loadExport().then((m) =>
        m.exportSearch(store.value, fields))}>${t('export')}<//></p>`}
    <${Found} found=${found} question=${asked} change=${change} />
    <p class="help search-keys" id="query-help"><kbd>↑</kbd> <kbd>↓</kbd> ${t('search.key.move')}${' '}
      <kbd>Enter</kbd> ${t('search.key.open')}</p>`;
}
