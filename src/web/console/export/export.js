// Conversations as a file: asked for page by page, so that it can be given up at any time, and is
// what one may see now.  The file comes to be in this browser; the gateway keeps nothing of it.
import { html, useEffect, useRef, useState } from '../../vendor/ui.js';
import { Button } from '../base/bits.js';
import { openDialog } from '../base/dialog.js';
import { explain, number, t } from '../base/words.js';

const PAGE = 50;
const MAX_BYTES = 100 * 1024 * 1024; // more is for the prompt, which writes as it reads

// Pieces of the conversations that are named, into `out`; `form` is what the file is like.
async function pieces(s, form, ids, last, out) {
  let left = ids;
  let after = 0;
  do {
    const ok = await s.command('conversation.export', {
      ...form, conversations: left, after, begun: out.begun, last,
    });
    out.parts.push(ok.text);
    out.bytes += ok.text.length;
    Object.assign(out, { begun: ok.begun });
    left = left.slice(ok.done);
    after = ok.after;
  } while (left.length && !out.stopped);
}

// ask(cursor) → { rows, cursor, count }.  tell(n, of) while it goes on.
async function collect(s, form, ask, out, tell) {
  let cursor = null;
  let done = 0;
  do {
    const page = await ask(cursor);
    const ids = page.rows.map((row) => String((row.head || row).conversation));
    if (out.stopped) return;
    for (let i = 0; i < ids.length; i += PAGE)
      await pieces(s, form, ids.slice(i, i + PAGE), false, out);
    done += ids.length;
    cursor = page.cursor;
    tell(done, page.count);
    if (out.bytes > MAX_BYTES) throw { code: 'too-big' };
  } while (cursor !== null && !out.stopped);
  if (!out.stopped) await pieces(s, form, [], true, out);
}

export function save(parts, name, format) {
  const type = format === 'csv' ? 'text/csv' : 'application/json';
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

function Choice({ name, value, chosen, choose, label, help }) {
  return html`<label class="export-choice"><input type="radio" name=${name} value=${value}
    checked=${chosen === value} onChange=${() => choose(value)} /><span>${label}<small>${help}
      </small></span></label>`;
}

function Body({ done, s, ask, one, name }) {
  const [format, setFormat] = useState('csv');
  const [each, setEach] = useState(one ? 'lines' : 'heads');
  const [far, setFar] = useState(null); // { done, of } while it goes on
  const [error, setError] = useState(null);
  const out = useRef(null);
  useEffect(() => () => out.current && (out.current.stopped = true), []);
  const go = async (e) => {
    e.preventDefault();
    const mine = { parts: [], bytes: 0, begun: false, stopped: false };
    out.current = mine;
    setError(null);
    setFar({ done: 0 });
    try {
      await collect(s, { format, each_line: each === 'lines' }, ask, mine,
        (n, of) => setFar({ done: n, of }));
      if (mine.stopped) return;
      save(mine.parts, `${name}.${format}`, format);
      done(true);
    } catch (why) {
      setError(why);
      setFar(null);
    }
  };
  const of = far?.of && Math.max(far.of, far.done);
  return html`<form class="export" onSubmit=${go}>
    <fieldset disabled=${Boolean(far)}><legend>${t('export.format')}</legend>
      <${Choice} name="format" value="csv" chosen=${format} choose=${setFormat}
        label=${t('export.csv')} help=${t('export.csv.help')} />
      <${Choice} name="format" value="json" chosen=${format} choose=${setFormat}
        label=${t('export.json')} help=${t('export.json.help')} /></fieldset>
    ${!one && html`<fieldset disabled=${Boolean(far)}><legend>${t('export.what')}</legend>
      <${Choice} name="each" value="heads" chosen=${each} choose=${setEach}
        label=${t('export.heads')} help=${t('export.heads.help')} />
      <${Choice} name="each" value="lines" chosen=${each} choose=${setEach}
        label=${t('export.lines')} help=${t('export.lines.help')} /></fieldset>`}
    ${far && html`<p role="status">${of ? t('export.far', { done: number(far.done), of: number(of) })
      : t('export.on', { done: number(far.done) })}</p>
      <progress max=${of || undefined} value=${of ? far.done : undefined}
        aria-label=${t('export.title')}></progress>`}
    ${error && html`<p class="error" role="alert">${error.code === 'too-big'
      ? t('export.too-big') : explain(error)}</p>`}
    <div class="buttons"><${Button} onClick=${() => done(undefined)}>${t('cancel')}<//>
      <${Button} type="submit" kind="primary" busy=${Boolean(far) || !s.online.value}
        >${t('export.go')}<//></div>
  </form>`;
}

const today = () => new Date().toISOString().slice(0, 10);

export const askExport = (s, { ask, one, name }) => openDialog(t('export.title'),
  ({ done }) => html`<${Body} done=${done} s=${s} ask=${ask} one=${one}
    name=${`${name}-${today()}`} />`);

// A list as it stands on the screen, a search, or one conversation.
export const exportList = (s, list) => askExport(s, {
  name: list.list, ask: (cursor) => s.command('list.read', { ...list, max: PAGE, cursor }),
});
export const exportSearch = (s, fields) => askExport(s, {
  name: 'search', ask: (cursor) => s.command('search', { ...fields, max: PAGE, cursor }),
});
export const exportChat = (s, head) => askExport(s, {
  name: `chat-${head.number}`, one: true,
  ask: async () => ({ rows: [head], cursor: null, count: 1 }),
});
