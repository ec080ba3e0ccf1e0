// What the pages for administrators share: a heading, something asked for once, a thing to copy.
import { html, useEffect, useState } from '../../vendor/ui.js';
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

// Ask once and whenever `again()` is called; what was there stays until the answer is.
export function useAsked(command, fields = {}) {
  const s = store.value;
  const [state, setState] = useState({ data: null, error: null });
  const [round, setRound] = useState(0);
  const key = JSON.stringify(fields);
  useEffect(() => {
    let wanted = true;
    s.command(command, fields).then(
      (data) => wanted && setState({ data, error: null }),
      (error) => wanted && setState((old) => ({ ...old, error }))
    );
    return () => (wanted = false);
  }, [s, command, key, round]);
  return { ...state, again: () => setRound((n) => n + 1) };
}

// A list that comes in pages: `again()` asks for the first anew, `more()` for the next.
export function usePages(command, fields = {}) {
  const s = store.value;
  const { data, error, again } = useAsked(command, fields);
  const [further, setFurther] = useState({ of: null, rows: [], cursor: null });
  const own = data && further.of === data ? further : { rows: [], cursor: data?.cursor ?? null };
  const more = async () => {
    const ok = await act(s.command(command, { ...fields, cursor: own.cursor }));
    if (ok)
      setFurther({ of: data, rows: [...own.rows, ...(ok.rows || [])], cursor: ok.cursor ?? null });
  };
  return {
    there: Boolean(data), error, again, more,
    rows: [...(data?.rows || []), ...own.rows],
    hasMore: own.cursor !== null,
    further: own.rows.length > 0,
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
