// The templates of mails, of the portal or of a department: edited for each kind of mail, language
// and part, with what the mail will look like beside it.  Saving is the settings' own.
import { html, useEffect, useRef, useState } from '../../vendor/ui.js';
import { Button, Icon, announce, toast } from '../base/bits.js';
import { MailFrame } from './mail-frame.js';
import { PageHead, Trouble, useAsked } from '../base/page.js';
import { useTables } from '../manage/settings-form.js';
import { useDrafts, usePreview } from './template-drafts.js';
import { offsetOf, placeOf } from './template-place.js';
import { useUnsaved } from '../base/unsaved.js';
import { explain, number, t, tOr } from '../base/words.js';

const PARTS = ['subject', 'text', 'html'];
const LANGS = ['en', 'ja'];

const kindsOf = (table) => [...new Set(table.map((x) => x.name)
  .filter((name) => name.startsWith('template.')).map((name) => name.split('.')[1]))];

function Names({ names, insert }) {
  const text = (x) => (x.list ? `{{#${x.name}}}` : `{{${x.name}}}`);
  return html`<details class="names"><summary>${t('template.names')}</summary>
    <p class="help">${t('template.names.help')}</p>
    <ul>${names.map((x) => html`<li key=${x.name} class=${x.in ? 'inner' : ''}>
      <button type="button" class="link mono" onClick=${() =>
        insert(x.list ? `{{#${x.name}}}\n\n{{/${x.name}}}` : `{{${x.name}}}`)}>${text(x)}</button>
      <span>${t(`template.name.${x.name}`)}</span></li>`)}</ul></details>`;
}

function Preview({ made, error }) {
  const [view, setView] = useState('html');
  const [scheme, setScheme] = useState(() =>
    matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  const choice = (value, now, set) => html`<button type="button" class="chip" key=${value}
    aria-pressed=${value === now ? 'true' : 'false'}
    onClick=${() => set(value)}>${t(`template.view.${value}`)}</button>`;
  return html`<section class="card preview" aria-label=${t('template.preview')}>
    <h2>${t('template.preview')}</h2>
    <p class="help">${t('template.preview.help')}</p>
    ${!made && error && html`<p class="error">${explain(error)}</p>`}
    ${made && html`${error && html`<p class="banner warn">${t('template.stale')}</p>`}
      <p class="preview-subject"><span>${t('template.part.subject')}</span> ${made.subject}</p>
      <div class="filters" role="group" aria-label=${t('template.view')}>
        ${choice('html', view, setView)}${choice('text', view, setView)}
        ${view === 'html' && html`<span class="spacer"></span>${choice('light', scheme, setScheme)}
          ${choice('dark', scheme, setScheme)}`}</div>
      ${view === 'html' ? html`<${MailFrame} text=${made.html} scheme=${scheme}
          title=${t('template.preview')} />`
        : html`<pre class="mail-text" tabindex="0">${made.text}</pre>`}`}
  </section>`;
}

function Origin({ own, from, draft, onReset, onUndo }) {
  const edited = draft !== undefined;
  const text = edited ? (draft ? t('template.from.draft') : t('template.from.reset'))
    : t(`template.from.${own ? 'own' : from}`);
  return html`<div class="origin"><span class=${`badge ${own && !edited ? 'public' : ''}`}>${text}
    </span>
    ${edited && html`<${Button} small kind="link" onClick=${onUndo}>${t('revert')}<//>`}
    ${(own || draft) && draft !== null && html`<${Button} small kind="link"
      onClick=${onReset}>${t('template.reset')}<//>`}</div>`;
}

// One text: the field, whose it is, what is wrong with it.
function Editor({ part, value, wrong, area, onInput, children }) {
  const id = `template-${part}`;
  const jump = () => {
    const at = offsetOf(value, wrong.line, wrong.column);
    area.current.focus();
    area.current.setSelectionRange(at, Math.min(value.length, at + 2));
  };
  const common = {
    id, ref: area, value, spellcheck: false, class: 'mono',
    'aria-invalid': wrong ? 'true' : undefined,
    'aria-describedby': wrong ? `${id}-error` : undefined,
    onInput: (e) => onInput(e.currentTarget.value),
  };
  return html`<div class=${`field template-field ${wrong ? 'wrong' : ''}`}>
    <label for=${id}>${t(`template.part.${part}`)}</label>
    ${children}
    ${wrong && html`<p class="error" id=${`${id}-error`}>${wrong.text}
      ${wrong.line > 0 && html` <button type="button" class="link" onClick=${jump}>
        ${t('template.jump')}</button>`}</p>`}
    ${part === 'subject' ? html`<input ...${common} />` : html`<textarea rows="22" ...${common}>
      </textarea>`}
  </div>`;
}

function Chooser({ kinds, kind, lang, part, drafts, names, setKind, setLang, setPart }) {
  const mark = (begins) => (Object.keys(drafts).some((x) => x.startsWith(begins)) ? ' •' : '');
  const own = (k) => names.some((x) => x.startsWith(`template.${k}.`)) && t('template.has-own');
  const chips = (label, all, now, set, text) => html`<div class="filters" role="group"
    aria-label=${label}>${all.map((x) => html`<button type="button" class="chip" key=${x}
      aria-pressed=${x === now ? 'true' : 'false'} onClick=${() => set(x)}>${text(x)}</button>`)}
    </div>`;
  return html`<div class="chooser">
    <select aria-label=${t('mail.kind')} value=${kind}
      onChange=${(e) => setKind(e.currentTarget.value)}>
      ${kinds.map((k) => html`<option key=${k} value=${k}>
        ${tOr(`mail.kind.${k}`, k)}${own(k)}${mark(`template.${k}.`)}</option>`)}</select>
    ${chips(t('language'), LANGS, lang, setLang, (x) => t(`word.${x}`) +
      mark(`template.${kind}.${x}.`))}
    ${chips(t('template.part'), PARTS, part, setPart, (x) => t(`template.part.${x}`) +
      mark(`template.${kind}.${lang}.${x}`))}
  </div>`;
}

// One kind of mail in one language, as it is and as it would be.
function Bench({
  tables, department, kind, lang, part, own, refused, setRefused, save, busy, round,
}) {
  const area = useRef(null);
  const about = { kind, lang, ...(department ? { department } : {}) };
  const { data, error, again } = useAsked('template.show', about);
  const nameOf = (p) => `template.${kind}.${lang}.${p}`;
  const name = nameOf(part);
  const draft = own.drafts[name];
  const fields = { ...about };
  for (const p of PARTS)
    if (own.drafts[nameOf(p)] !== undefined) fields[p] = own.drafts[nameOf(p)] || '';
  const look = usePreview(fields, JSON.stringify([fields, round]));
  useEffect(own.forget, [data]);
  useEffect(() => {
    if (round) again();
  }, [round]);
  if (!data) return html`<${Trouble} error=${error} />`;

  const now = data[part];
  const isOwn = now.from === (department ? 'department' : 'portal');
  const under = isOwn ? now.inherited : now;
  const value = draft === undefined ? now.text : draft === null ? under.text : draft;
  const change = (text) => {
    setRefused(null);
    own.set(name, text === now.text ? undefined : text);
  };
  const insert = (text) => {
    const { selectionStart: from, selectionEnd: to } = area.current;
    change(value.slice(0, from) + text + value.slice(to));
    requestAnimationFrame(() => {
      area.current.focus();
      area.current.setSelectionRange(from + text.length, from + text.length);
    });
  };
  const reset = () => {
    setRefused(null);
    own.set(name, isOwn ? null : undefined);
  };
  const here = look.error && PARTS.includes(look.error.field);
  const wrong = refused?.name === name ? refused.error
    : here && look.error.field === part ? look.error : null;
  return html`<div class="workshop"><form class="card" onSubmit=${save}>
      ${now.passed_over && html`<p class="banner warn"><${Icon} name="warn" size=${16} />
        ${t('template.passed-over')}</p>`}
      <${Editor} key=${name} part=${part} value=${value} area=${area} onInput=${change}
        wrong=${wrong && placeOf(wrong)}>
        <${Origin} own=${isOwn} from=${now.from} draft=${draft} onReset=${reset}
          onUndo=${() => change(now.text)} /><//>
      ${here && look.error.field !== part && html`<p class="error">${t('template.elsewhere', {
        part: t(`template.part.${look.error.field}`), what: placeOf(look.error).text })}</p>`}
      ${look.error && !here && look.made && html`<p class="error">${explain(look.error)}</p>`}
      ${refused && refused.name !== name && html`<p class="error" role="alert">
        ${explain(refused.error)}</p>`}
      <${Names} names=${tables.placeholders} insert=${insert} />
      <div class="settings-foot ${own.count ? 'dirty' : ''}">
        <${Button} type="submit" kind="primary" busy=${busy || !own.count}>${t('save')}<//>
        ${own.count > 0 && html`<span class="quiet-text">
          ${t('template.unsaved', { n: number(own.count) })}</span>`}
      </div></form>
      <${Preview} made=${look.made} error=${look.error} /></div>`;
}

function Workshop({ tables, department, names, version, first, onSaved }) {
  const kinds = kindsOf(department ? tables.department : tables.portal);
  const [kind, setKind] = useState(kinds[0]);
  const [lang, setLang] = useState(first);
  const [part, setPart] = useState('text');
  const [refused, setRefused] = useState(null); // { name, error }
  const [busy, setBusy] = useState(false);
  const [round, setRound] = useState(0);
  const own = useDrafts(department, version);
  useUnsaved(own.count > 0);
  async function save(e) {
    e.preventDefault();
    setBusy(true);
    setRefused(null);
    try {
      await own.save();
      toast(t('template.saved'), { kind: 'good' });
    } catch (error) {
      const [, k, l, p] = (error.field || '').split('.');
      if (PARTS.includes(p)) {
        setKind(k);
        setLang(l);
        setPart(p);
      }
      setRefused({ name: error.field, error });
      announce(placeOf(error).text);
      requestAnimationFrame(() => document.querySelector('.template-field')?.scrollIntoView());
    }
    setBusy(false);
    setRound(round + 1);
    onSaved();
  }
  return html`<${Chooser} kinds=${kinds} kind=${kind} lang=${lang} part=${part} names=${names}
      drafts=${own.drafts} setKind=${setKind} setLang=${setLang} setPart=${setPart} />
    <${Bench} key=${`${kind} ${lang}`} tables=${tables} department=${department} kind=${kind}
      lang=${lang} part=${part} own=${own} refused=${refused} setRefused=${setRefused} save=${save}
      busy=${busy} round=${round} />`;
}

// #/portal/templates, or #/departments/ID/templates
export function Templates({ department }) {
  const tables = useTables();
  const { data, error, again } = useAsked(department ? 'department.show' : 'portal.show',
    department ? { department } : {});
  const object = data?.department || data?.portal;
  const back = department
    ? { page: 'departments', rest: [department], label: object?.name || t('page.departments') }
    : { page: 'portal', label: t('page.portal') };
  return html`<${PageHead} title=${t('templates')} back=${back} />
    <${Trouble} error=${error} />
    ${object && tables && html`<p class="help templates-help">${department
      ? t('templates.department.help') : t('templates.portal.help')}</p>
      <${Workshop} tables=${tables} department=${department} names=${object.templates}
        version=${object.version} first=${object.lang} onSaved=${again} />`}`;
}
