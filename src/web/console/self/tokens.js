// API tokens: those that there are, a new one, whose text is shown once, and their end.
import { html, useRef, useState } from '../../vendor/ui.js';
import { Button, Field, describedBy } from '../base/bits.js';
import { confirm, openDialog } from '../base/dialog.js';
import { cleanLine } from '../../shared/text.js';
import { store } from '../base/here.js';
import { Copyable, Trouble, act, useAsked } from '../base/page.js';
import { explain, stamp, t, tOr, when } from '../base/words.js';
import { addToken } from './ways.js';

const DAYS = [7, 30, 90, 365, 0];
const DAY_MS = 24 * 3600 * 1000;
const NAME_MAX = 100;
const wordOf = (p) => tOr(`word.permissions.${p}`, p);

const newId = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');
};

const Made = (secret) => ({ done }) => html`<p>${t('token.made.text')}</p>
  <${Copyable} id="secret" label=${t('token')} text=${secret} />
  <div class="buttons"><${Button} kind="primary" onClick=${() => done()}>${t('done')}<//></div>`;

function Form({ may, done }) {
  const s = store.value;
  const [chosen, setChosen] = useState([]);
  const [days, setDays] = useState(90);
  const [wrong, setWrong] = useState({});
  const [busy, setBusy] = useState(false);
  const name = useRef(null);
  const current = useRef(null);
  const key = useRef(newId()); // the same for one that is sent again: then it is not made twice
  const fields = { name, current };

  async function submit(e) {
    e.preventDefault();
    setBusy(true);
    try {
      done(await addToken(key.current, {
        current: current.current.value, name: cleanLine(name.current.value).trim(),
        permissions: chosen.join(','), until_ms: days ? s.serverNow() + days * DAY_MS : 0,
      }));
    } catch (refused) {
      setBusy(false);
      if (refused.code !== 'unreachable') key.current = newId();
      setWrong({ [fields[refused.field] ? refused.field : '']: explain(refused) });
      (fields[refused.field] || name).current.focus();
    }
  }
  return html`<form onSubmit=${submit}>
    <${Field} id="token-name" label=${t('token.name')} help=${t('token.name.help')} error=${wrong.name}>
      <input id="token-name" ref=${name} required maxlength=${NAME_MAX} autofocus autocomplete="off"
        aria-describedby=${describedBy('token-name', t('token.name.help'), wrong.name)} /><//>
    <fieldset><legend>${t('token.may')}</legend>
      <p class="help">${t('token.may.help')}</p>
      <div class="token-may">${may.map((p) => html`<label class="check" key=${p}><input
        type="checkbox" value=${p} checked=${chosen.includes(p)}
        onChange=${(e) => setChosen(e.currentTarget.checked ? [...chosen, p]
          : chosen.filter((x) => x !== p))} /> ${wordOf(p)}</label>`)}</div></fieldset>
    <${Field} id="token-days" label=${t('token.until')}>
      <select id="token-days" value=${days} onChange=${(e) => setDays(Number(e.currentTarget.value))}>
        ${DAYS.map((n) => html`<option key=${n} value=${n}>${n ? t('token.days', { n })
          : t('token.never')}</option>`)}</select><//>
    <${Field} id="token-current" label=${t('password.current')} error=${wrong.current}>
      <input id="token-current" ref=${current} type="password" required
        autocomplete="current-password"
        aria-describedby=${describedBy('token-current', '', wrong.current)} /><//>
    ${wrong[''] && html`<p class="error" role="alert">${wrong['']}</p>`}
    <div class="buttons"><${Button} onClick=${() => done(undefined)}>${t('cancel')}<//>
      <${Button} type="submit" kind="primary" busy=${busy}>${t('token.add')}<//></div>
  </form>`;
}

async function make(may, again) {
  const made = await openDialog(t('token.new'), ({ done }) =>
    html`<${Form} may=${may} done=${done} />`, { wide: true });
  if (!made) return;
  again();
  await openDialog(t('token.made'), Made(made.secret), { wide: true });
}

async function revoke(row, again) {
  const sure = await confirm(t('token.revoke.title', { name: row.name }), t('token.revoke.text'),
    t('token.revoke'), { danger: true });
  if (sure) await act(store.value.command('token.remove', { token: row.token }), t('token.revoked'));
  again();
}

function Row({ row, again }) {
  return html`<li>
    <div><strong>${row.name}</strong>
      ${row.expired && html`<span class="badge off">${t('token.expired')}</span>`}
      ${row.cut && html`<span class="badge off">${t('token.cut')}</span>`}
      <small>${row.permissions.length ? row.permissions.map(wordOf).join(', ') : t('token.sees')}</small>
      <small>${t('token.since', { time: stamp(row.since_ms) })} ·
        ${' '}${row.until_ms ? t('token.ends', { time: stamp(row.until_ms) }) : t('token.endless')} ·
        ${' '}${row.used_ms ? t('token.used', { time: when(row.used_ms) }) : t('token.unused')}</small>
    </div>
    <${Button} small kind="danger-quiet" onClick=${() => revoke(row, again)}>${t('token.revoke')}<//>
  </li>`;
}

// agent: whose; null: one's own, to which new ones can be added.
export function Tokens({ agent = null }) {
  const { data, error, again } = useAsked('token.list', agent ? { agent } : {},
    (f) => f.session || f.agent);
  const rows = data?.rows || [];
  if (agent && !rows.length) return html`<${Trouble} error=${error} />`;
  return html`<section class="card"><h2>${t('tokens')}</h2>
    <p class="help">${t(agent ? 'tokens.theirs' : 'tokens.help')}</p>
    <${Trouble} error=${error} />
    <ul class="self-rows">${rows.map((row) => html`<${Row} key=${row.token} row=${row}
      again=${again} />`)}</ul>
    ${!agent && data && html`<div class="buttons"><${Button} icon="plus"
      onClick=${() => make(data.permissions, again)}>${t('token.new')}<//></div>`}
  </section>`;
}
