// What visitors read of a department: the languages that it speaks, which of them is its first, and
// each of its texts in them side by side, with what stands there where one is missing.
import { html } from '../../vendor/ui.js';
import { Icon, describedBy } from '../base/bits.js';
import { t } from '../base/words.js';
import { SettingField, settingLabel } from './settings-form.js';

// Names without their language, in the order in which they are shown.
const textsOf = (names) => [...new Set(names.filter((name) => /\.(en|ja)$/.test(name))
  .map((name) => name.replace(/\.\w+$/, '')))];

// Of a form: the languages that it would save, the first one first, and what is missing in them.
function reading(texts, value) {
  const first = value('lang');
  const spoken = String(value('languages') || '').split(',').map((word) => word.trim())
    .filter((word) => word && word !== first);
  const has = (text, lang) => String(value(`${text}.${lang}`) || '').trim() !== '';
  const languages = [first, ...spoken];
  return {
    first, languages, has,
    missing: languages.map((lang) => [lang, texts.filter((text) => !has(text, lang) &&
      (lang !== first || text !== 'title') && // then it is the department's name
      languages.some((other) => has(text, other)))]).filter(([, of]) => of.length),
  };
}

const label = (text) => settingLabel('department', text);
const names = (texts) => texts.map(label).join(t('texts.and'));

// In the first language there is nothing to fall back to but the product's own words.
function Missing({ first, missing }) {
  return missing.map(([lang, texts]) => html`<p class="banner warn" role="status" key=${lang}>
    <${Icon} name="warn" size=${16} /><span>${t(lang === first ? 'texts.missing.first'
      : 'texts.missing', { lang: t(`word.${lang}`), texts: names(texts),
      first: t(`word.${first}`) })}</span></p>`);
}

function One({ text, lang, long, stands, form }) {
  const name = `${text}.${lang}`;
  const id = `set-${name.replaceAll('.', '-')}`;
  const error = form.errors[name];
  const props = {
    id, value: form.value(name) ?? '', placeholder: stands,
    lang, onInput: (e) => form.set(name, e.currentTarget.value),
    'aria-invalid': error ? 'true' : undefined, 'aria-describedby': describedBy(id, '', error),
  };
  return html`<span class="text-in ${error ? 'wrong' : ''}"><label for=${id}>
      <span class="hidden">${label(text)}</span> ${t(`word.${lang}`)}</label>
    ${long ? html`<textarea rows="2" ...${props}></textarea>` : html`<input ...${props} />`}
    ${form.meanwhile(name)}
    ${error && html`<p class="error" id=${`${id}-error`}>${error}</p>`}</span>`;
}

// Part of a form of settings.
export function Texts(form) {
  const { find, value, set, errors, meanwhile } = form;
  const texts = textsOf(form.names);
  const at = reading(texts, value);
  const chosen = (name) => html`<${SettingField} kind="department" setting=${find(name)}
    value=${value(name)} error=${errors[name]} meanwhile=${meanwhile(name)}
    onChange=${(v) => set(name, v)} />`;
  // What its readers get meanwhile.
  const stands = (text, lang) => (lang !== at.first && String(value(`${text}.${at.first}`) || '')) ||
    (text === 'title' ? value('name') : t(text === 'greeting' ? 'texts.none' : 'texts.own'));
  return html`${chosen('languages')}${chosen('lang')}
    <${Missing} first=${at.first} missing=${at.missing} />
    ${texts.map((text) => html`<div class="field texts-of" role="group" key=${text}
        aria-labelledby=${`texts-${text}`}><p class="label" id=${`texts-${text}`}>${label(text)}</p>
      <span class="texts">${at.languages.map((lang) => html`<${One} key=${lang} text=${text}
        lang=${lang} long=${find(`${text}.${lang}`).type === 'text'} form=${form}
        stands=${stands(text, lang)} />`)}</span></div>`)}`;
}
