// One canned reply, new or as it is.  What somebody else saved meanwhile is shown beside what is
// being written, and nothing of either goes without an answer.
import { html, useEffect, useRef, useState } from '../../vendor/ui.js';
import { Button, Field, Icon, describedBy, toast } from '../base/bits.js';
import { clean, cleanLine } from '../../shared/text.js';
import { confirm } from '../base/dialog.js';
import { go, hasPermission, isAdmin, store } from '../base/here.js';
import { NAMES, strangers } from '../chats/placeholders.js';
import { PageHead, Trouble } from '../base/page.js';
import { Pieces } from '../chats/canned.js';
import { Whose, scopeFields } from './canned-scope.js';
import { useUnsaved } from '../base/unsaved.js';
import { explain, t } from '../base/words.js';

const FIELDS = ['title', 'shortcut', 'lang', 'text'];
const EMPTY = { title: '', shortcut: '', lang: 'any', text: '' };
const pickFields = (from) => Object.fromEntries(FIELDS.map((f) => [f, from[f]]));
const differ = (a, b) => FIELDS.filter((f) => a[f] !== b[f]);
const back = { page: 'canned' };

// Where one may add some.
const mayAdd = (whose) => whose === 'own' || isAdmin() || (whose !== 'portal' && hasPermission('canned'));

function Meanwhile({ base, now, onMine, onTheirs }) {
  return html`<div class="banner warn canned-meanwhile" role="alert">
    <p><${Icon} name="warn" size=${16} /> ${t('canned.meanwhile',
      { by: now.by_name || t('operator') })}</p>
    <dl>${differ(base, now).map((f) => html`<div key=${f}><dt>${t(`canned.field.${f}`)}</dt>
      <dd>${f === 'lang' ? t(`canned.lang.${now.lang}`) : now[f]}</dd></div>`)}</dl>
    <div class="buttons"><${Button} small onClick=${onTheirs}>${t('canned.meanwhile.theirs')}<//>
      <${Button} small onClick=${onMine}>${t('canned.meanwhile.mine')}<//></div></div>`;
}

function Places({ onInsert, disabled }) {
  return html`<div class="canned-places" role="group" aria-label=${t('canned.place')}>
    <span class="quiet-text" aria-hidden="true">${t('canned.place')}</span>
    ${NAMES.map((name) => html`<button type="button" class="chip" key=${name} disabled=${disabled}
      onClick=${() => onInsert(`{${name}}`)}>${t(`canned.place.${name}`)}</button>`)}
    <button type="button" class="chip" disabled=${disabled} onClick=${() =>
      onInsert(`{?${t('canned.free.name')}}`, true)}>${t('canned.free')}</button></div>`;
}

// now: as the gateway has it, undefined for a new one; gone: why it is there no more.
export function CannedForm({ now, gone }) {
  const s = store.value;
  const [base, setBase] = useState(now ? { ...pickFields(now), version: now.version } : EMPTY);
  const [mine, setMine] = useState(pickFields(base));
  const [whose, setWhose] = useState('own');
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const area = useRef(null);
  const dirty = differ(base, mine).length > 0;
  const { settled } = useUnsaved(dirty);
  const locked = Boolean(now && !now.edit) || Boolean(gone);
  const stale = now && now.version !== base.version;

  const take = (from) => {
    setBase({ ...pickFields(from), version: from.version });
    setMine(pickFields(from));
    setError(null);
  };
  useEffect(() => {
    if (stale && (!dirty || !differ(mine, now).length)) take(now);
  }, [now?.version]);

  const set = (field, value) => {
    setMine({ ...mine, [field]: value });
    if (error?.field === field) setError(null);
  };
  const insert = (text, choose = false) => {
    const el = area.current;
    const at = el.selectionStart;
    el.focus();
    el.setRangeText(text, at, el.selectionEnd, 'end');
    if (choose) el.setSelectionRange(at + 2, at + text.length - 1);
    set('text', el.value);
  };
  const wrong = (field) => (error?.field === field ? explain(error) : '');
  const refused = (e) => {
    setError(e);
    setBusy(false);
    if (FIELDS.includes(e.field)) document.getElementById(`canned-${e.field}`)?.focus();
  };
  const save = async (e) => {
    e.preventDefault();
    if (busy || locked) return;
    setBusy(true);
    setError(null);
    const fields = { title: cleanLine(mine.title).trim(), text: clean(mine.text),
      shortcut: cleanLine(mine.shortcut).trim().replace(/^[/／]/, ''), lang: mine.lang };
    try {
      if (now) await s.command('canned.set', { canned: now.canned, version: base.version, ...fields });
      else await s.command('canned.add', { ...scopeFields(whose), ...fields });
      settled();
      toast(t('canned.added'), { kind: 'good' });
      go(back);
    } catch (refusal) {
      refused(refusal); // whoever was first is told by the page, which is asked anew by then
    }
  };
  const remove = async () => {
    if (!await confirm(t('canned.delete.title'), t('canned.delete.text', { title: now.title }),
      t('canned.delete'), { danger: true })) return;
    try {
      await s.command('canned.remove', { canned: now.canned, version: now.version });
      settled();
      toast(t('canned.removed'), { kind: 'good' });
      go(back);
    } catch (refusal) {
      refused(refusal);
    }
  };
  const text = (field, more) => html`<input id=${`canned-${field}`} value=${mine[field]} disabled=${locked}
    aria-invalid=${wrong(field) ? 'true' : undefined}
    aria-describedby=${describedBy(`canned-${field}`, more.help, wrong(field))}
    onInput=${(e) => set(field, e.currentTarget.value)} autocomplete="off" ...${more.props} />`;
  const odd = strangers(mine.text);
  const help = t('canned.field.shortcut.help');
  return html`<${PageHead} title=${t(now ? 'canned.edit' : 'canned.add')}
      back=${{ ...back, label: t('page.canned') }}>
      ${now?.edit && !gone && html`<${Button} kind="danger" onClick=${remove}>${t('canned.delete')}<//>`}<//>
    ${gone && html`<${Trouble} error=${gone} />`}
    ${now && !now.edit && html`<p class="banner">${t('canned.readonly')}</p>`}
    ${stale && dirty && html`<${Meanwhile} base=${base} now=${now} onTheirs=${() => take(now)}
      onMine=${() => {
        setBase({ ...pickFields(now), version: now.version });
        setError(null);
      }} />`}
    ${error && !FIELDS.includes(error.field) && !(stale && dirty) && html`<${Trouble} error=${error} />`}
    <form class="card canned-form" onSubmit=${save} novalidate>
      ${!now && html`<${Field} id="canned-scope" label=${t('canned.field.scope')}><${Whose}
        id="canned-scope" value=${whose} onChange=${setWhose} only=${mayAdd} /><//>`}
      <${Field} id="canned-title" label=${t('canned.field.title')} error=${wrong('title')}>
        ${text('title', { props: { maxlength: 100 } })}<//>
      <div class="canned-two">
        <${Field} id="canned-shortcut" label=${t('canned.field.shortcut')} help=${help}
          error=${wrong('shortcut')}>${text('shortcut', { help, props: { maxlength: 33, class: 'mono' } })}<//>
        <${Field} id="canned-lang" label=${t('canned.field.lang')} help=${t('canned.field.lang.help')}>
          <select id="canned-lang" value=${mine.lang} disabled=${locked} aria-describedby="canned-lang-help"
            onChange=${(e) => set('lang', e.currentTarget.value)}>${['any', 'en', 'ja'].map((lang) =>
            html`<option key=${lang} value=${lang}>${t(`canned.lang.${lang}`)}</option>`)}</select><//>
      </div>
      <${Field} id="canned-text" label=${t('canned.field.text')} error=${wrong('text')}>
        <${Places} onInsert=${insert} disabled=${locked} />
        <textarea id="canned-text" ref=${area} rows="7" maxlength="4000" value=${mine.text} disabled=${locked}
          aria-invalid=${wrong('text') ? 'true' : undefined}
          aria-describedby=${describedBy('canned-text', '', wrong('text'))}
          onInput=${(e) => set('text', e.currentTarget.value)}></textarea><//>
      ${mine.text && html`<p class="canned-preview"><${Pieces} text=${mine.text} /></p>`}
      ${odd.map((name) => html`<p class="help" key=${name}>${t('canned.stranger', { name })}</p>`)}
      <div class="buttons"><${Button} onClick=${() => go(back)}>${t('cancel')}<//>
        <${Button} type="submit" kind="primary" busy=${busy || locked || (stale && dirty)}>${t('save')}<//></div>
    </form>`;
}
