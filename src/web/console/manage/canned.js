// Canned replies: those that one may use, by whose they are; a new one, and one to be edited.
import { html, useState } from '../../vendor/ui.js';
import { Button, Empty } from '../base/bits.js';
import { CannedForm } from './canned-form.js';
import { Pieces } from '../chats/canned.js';
import { go, href, route, store } from '../base/here.js';
import { Whose, scopeFields } from './canned-scope.js';
import { More, PageHead, Trouble, useAsked, usePages } from '../base/page.js';
import { t, when } from '../base/words.js';

const concerned = (f) => f.canned || f.department;

const ownerName = (s, row) => (row.scope === 'department'
  ? s.departments.value.get(String(row.department))?.name || t('canned.scope.department')
  : t(`canned.scope.${row.scope}`));

function Row({ row }) {
  const s = store.value;
  return html`<tr>
    <th scope="row"><a href=${href({ page: 'canned', rest: [row.canned] })}>${row.title}</a>
      <small class="canned-text"><${Pieces} text=${row.text.slice(0, 160)} /></small></th>
    <td class="mono">${row.shortcut && `/${row.shortcut}`}</td>
    <td>${ownerName(s, row)}</td>
    <td>${t(`canned.lang.${row.lang}`)}</td>
    <td>${t('canned.changed.by', { by: row.by_name || t('operator'), time: when(row.changed_ms) })}</td>
  </tr>`;
}

function Table({ rows }) {
  return html`<div class="table-box"><table class="table"><thead><tr>
      <th scope="col">${t('canned.field.title')}</th><th scope="col">${t('canned.field.shortcut')}</th>
      <th scope="col">${t('canned.whose')}</th><th scope="col">${t('canned.field.lang')}</th>
      <th scope="col">${t('canned.changed')}</th>
    </tr></thead><tbody>${rows.map((row) => html`<${Row} key=${row.canned} row=${row} />`)}</tbody>
  </table></div>`;
}

function Listed({ whose }) {
  const list = usePages('canned.list', scopeFields(whose), concerned);
  const rows = [...list.rows].sort((a, b) => a.title.localeCompare(b.title));
  return html`<${Trouble} error=${list.error} />
    ${list.there && !rows.length && html`<${Empty} icon="canned" title=${t('canned.none.yet')}
      >${t('canned.none.help')}<//>`}
    ${rows.length > 0 && html`<${Table} rows=${rows} />`}
    <${More} list=${list} />`;
}

function Found({ whose, text }) {
  const { data, error } = useAsked('canned.find', { text, max: 50, ...scopeFields(whose) }, concerned);
  return html`<${Trouble} error=${error} />
    ${data && (data.rows.length ? html`<${Table} rows=${data.rows} />`
      : html`<${Empty} icon="canned" title=${t('canned.none.words')} />`)}`;
}

function List() {
  const [whose, setWhose] = useState('');
  const [text, setText] = useState('');
  return html`<${PageHead} title=${t('page.canned')}>
      <${Button} kind="primary" icon="plus" onClick=${() => go({ page: 'canned', rest: ['new'] })}
        >${t('canned.add')}<//><//>
    <div class="canned-look">
      <div class="field"><label for="canned-whose">${t('canned.whose')}</label>
        <${Whose} id="canned-whose" value=${whose} onChange=${setWhose} all /></div>
      <div class="field"><label for="canned-words">${t('canned.search')}</label>
        <input id="canned-words" type="search" maxlength="200" value=${text}
          onInput=${(e) => !e.isComposing && setText(e.currentTarget.value)}
          onCompositionEnd=${(e) => setText(e.currentTarget.value)} /></div>
    </div>
    ${text.trim() ? html`<${Found} key=${whose} whose=${whose} text=${text.trim()} />`
      : html`<${Listed} key=${whose} whose=${whose} />`}`;
}

function One({ id }) {
  const { data, error } = useAsked('canned.show', { canned: id }, (f) => String(f.canned) === id);
  if (error && !data) return html`<${PageHead} title=${t('canned.edit')}
    back=${{ page: 'canned', label: t('page.canned') }} /><${Trouble} error=${error} />`;
  return data && html`<${CannedForm} key=${id} now=${data.canned} gone=${error} />`;
}

export function CannedReplies() {
  const [id] = route.value.rest;
  if (id === 'new') return html`<${CannedForm} key="new" />`;
  return id ? html`<${One} key=${id} id=${id} />` : html`<${List} />`;
}
