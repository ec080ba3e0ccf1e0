// What the pages for administrators share: a heading, something asked for once, a thing to copy.
import { html, useEffect, useRef, useState } from '../../vendor/ui.js';
import { Button, Icon, toast } from './bits.js';
import { href, store } from './here.js';
import { explain, t } from './words.js';

export function PageHead({ title, back, children }) {
  return html`<header class="page-head">
    ${back && html`<a class="crumb" href=${href({ page: back.page, rest: back.rest })}><${Icon} name="back"
      size=${15} />${back.label}</a>`}
    <h1>${title}</h1><div class="page-actions">${children}</div>
  </header>`;
}

const TOGETHER_MS = 150; // changes that come in a row are asked for once

// again() when the gateway says that something of this was changed, or may have been while the
// connection was away.  concerns(frame) → whether; see `managed` in deskbell-protocol(7).
function useLive(s, concerns, again) {
  const latest = useRef();
  latest.current = { concerns, again };
  useEffect(() => {
    if (!concerns) return undefined;
    let timer = 0;
    const stop = s.listen((what, frame) => {
      if (what !== 'caught-up' && !(what === 'managed' && latest.current.concerns(frame))) return;
      clearTimeout(timer);
      timer = setTimeout(() => latest.current.again(), TOGETHER_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [s, Boolean(concerns)]);
}

// Ask once, whenever `again()` is called, and when what it concerns has changed; what was there
// stays until the answer is.
export function useAsked(command, fields = {}, concerns = null) {
  const s = store.value;
  const [state, setState] = useState({ data: null, error: null });
  const [round, setRound] = useState(0);
  const key = JSON.stringify(fields);
  const again = () => setRound((n) => n + 1);
  useEffect(() => {
    let wanted = true;
    s.command(command, fields).then(
      (data) => wanted && setState({ data, error: null }),
      (error) => wanted && setState((old) => ({ ...old, error }))
    );
    return () => (wanted = false);
  }, [s, command, key, round]);
  useLive(s, concerns, again);
  return { ...state, again };
}

// A list that comes in pages: `again()` asks anew for as many as are shown, `more()` for the next.
export function usePages(command, fields = {}, concerns = null) {
  const s = store.value;
  const [state, setState] = useState({ data: null, error: null, pages: 1 });
  const [round, setRound] = useState(0);
  const key = JSON.stringify(fields);
  const latest = useRef(state);
  latest.current = state;
  const again = () => setRound((n) => n + 1);
  const next = (cursor) => s.command(command, cursor === null ? fields : { ...fields, cursor });
  const put = (rows, cursor, pages) =>
    setState({ data: { rows, cursor: cursor ?? null }, error: null, pages });
  useEffect(() => {
    let wanted = true;
    const load = async () => {
      let rows = [];
      let cursor = null;
      let pages = 0;
      do {
        const ok = await next(cursor);
        rows = [...rows, ...(ok.rows || [])];
        cursor = ok.cursor ?? null;
        pages++;
      } while (wanted && cursor !== null && pages < latest.current.pages);
      if (wanted) put(rows, cursor, pages);
    };
    load().catch((error) => wanted && setState((old) => ({ ...old, error })));
    return () => (wanted = false);
  }, [s, command, key, round]);
  useLive(s, concerns, again);
  const more = async () => {
    const ok = await act(next(state.data.cursor));
    if (ok) put([...state.data.rows, ...(ok.rows || [])], ok.cursor, state.pages + 1);
  };
  return {
    there: Boolean(state.data), error: state.error, again, more,
    rows: state.data?.rows || [],
    hasMore: (state.data?.cursor ?? null) !== null,
    further: state.pages > 1,
  };
}

export const More = ({ list }) => list.hasMore && html`<div class="more">
  <${Button} small onClick=${list.more}>${t('list.more')}<//></div>`;

// A page that is loaded when it is first shown: load() → promise of its component.
export function later(load) {
  let Page = null;
  return function Later(props) {
    const [, setThere] = useState(false);
    const [error, setError] = useState(null);
    useEffect(() => {
      if (!Page) load().then((page) => setThere(Boolean(Page = page)), setError);
    }, []);
    return Page ? html`<${Page} ...${props} />` : html`<${Trouble} error=${error} />`;
  };
}

export function Trouble({ error }) {
  return error && html`<p class="banner warn" role="alert"><${Icon} name="warn" size=${16}
    />${explain(error)}</p>`;
}

export function Copyable({ id, label, text }) {
  return html`<div class="field"><label for=${id}>${label}</label>
    <div class="copyable"><textarea id=${id} readonly
      rows=${Math.min(8, text.split('\n').length + Math.ceil(text.length / 60))} spellcheck="false"
      onFocus=${(e) => e.currentTarget.select()} value=${text}></textarea>
      <${Button} icon="copy" onClick=${async () => {
        try {
          await navigator.clipboard.writeText(text);
          toast(t('copied'), { kind: 'good' });
        } catch {
          document.getElementById(id).select(); // no clipboard without TLS: at least it is selected
          toast(t('copy.hand'));
        }
      }}>${t('copy')}<//></div></div>`;
}

// Run a command from a page and say what came of it.
export async function act(promise, done) {
  try {
    const ok = await promise;
    if (done) toast(done, { kind: 'good' });
    return ok;
  } catch (e) {
    toast(explain(e), { kind: 'bad' });
    return null;
  }
}
