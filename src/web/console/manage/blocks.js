// Blocks in force: who is kept out, why, until when; lift one, or add an address or range by hand.
import { html, useRef, useState } from '../../vendor/ui.js';
import { Button, Empty, Field, serverTick } from '../base/bits.js';
import { ExpirySelect, untilOf } from '../visitor/block-dialog.js';
import { confirm, openDialog } from '../base/dialog.js';
import { isAdmin, showChat, store } from '../base/here.js';
import { More, PageHead, Trouble, act, usePages } from '../base/page.js';
import { explain, stamp, t } from '../base/words.js';

function AddBody({ done }) {
  const s = store.value;
  const prefix = useRef(null);
  const reason = useRef(null);
  const [expiry, setExpiry] = useState('day');
  const [error, setError] = useState('');
  const submit = async (e) => {
    e.preventDefault();
    const text = reason.current.value.trim();
    const fields = { prefix: prefix.current.value.trim(), until_ms: untilOf(expiry, s.serverNow()),
      ...(text ? { text } : {}) };
    try {
      await s.command('block.add', fields);
      done(true);
    } catch (refused) {
      if (refused.code === 'confirm') return done({ fields, asked: refused });
      setError(explain(refused));
      prefix.current.focus();
    }
  };
  return html`<form onSubmit=${submit}>
    <${Field} id="prefix" label=${t('block.prefix')} help=${t('block.prefix.help')} error=${error}>
      <input id="prefix" class="mono" ref=${prefix} required autofocus spellcheck="false"
        autocomplete="off"
        aria-describedby=${error ? 'prefix-error' : 'prefix-help'}
          aria-invalid=${error ? 'true' : undefined} /><//>
    <div class="field"><label for="block-reason">${t('block.reason')}</label><input
      id="block-reason" ref=${reason} maxlength="200" /></div>
    <div class="field"><label for="block-expiry">${t('block.expiry')}</label>
      <${ExpirySelect} id="block-expiry" value=${expiry} onChange=${setExpiry} /></div>
    <div class="buttons"><${Button} onClick=${() => done(undefined)}>${t('cancel')}<//>
      <${Button} type="submit" kind="danger">${t('block.yes')}<//></div>
  </form>`;
}

// Who may block without seeing addresses knows a block by its conversation.
const address = (b) => b.prefix || '–';

export function Blocks() {
  const s = store.value;
  const list = usePages('block.list', {}, (f) => f.block);
  const { again } = list;
  const rows = list.rows.filter((b) => !b.until_ms || b.until_ms > serverTick(s));
  const add = async () => {
    const got = await openDialog(t('block.add'), AddBody);
    if (got?.asked) {
      if (!await confirm(t('block.far.title', { prefix: got.fields.prefix }), [explain(got.asked)],
        t('block.yes'), { danger: true })) return;
      await act(s.command('block.add', { ...got.fields, confirm: true }), t('block.done'));
    }
    if (got) again();
  };
  const lift = async (b) => {
    await act(s.command('block.remove', { block: b.id }), t('block.lifted', { prefix: address(b) }));
    again();
  };
  return html`<${PageHead} title=${t('page.blocks')}>
      ${isAdmin() && html`<${Button} icon="plus" kind="primary" onClick=${add}>${t('block.add')}
        <//>`}<//>
    <${Trouble} error=${list.error} />
    ${list.there && !rows.length && html`<${Empty} icon="ban"
      title=${t('block.none')}>${t('block.none.help')}<//>`}
    ${rows.length > 0 && html`<div class="table-box"><table class="table"><thead><tr>
      <th scope="col">${t('block.address')}</th><th scope="col">${t('block.reason')}</th>
        <th scope="col">${t('block.by')}</th>
      <th scope="col">${t('block.since')}</th><th scope="col">${t('block.until')}</th>
        <th scope="col"><span class="hidden">${t('actions')}</span></th>
      </tr></thead><tbody>${rows.map((b) => html`<tr key=${b.id}>
        <th scope="row" class="mono">${address(b)}</th><td>${b.reason}</td>
          <td>${b.by_name || t('operator')}</td>
        <td>${stamp(b.since_ms)}</td><td>${b.until_ms ? stamp(b.until_ms) : t('expiry.never')}</td>
        <td class="row-actions">${b.conversation && b.conversation !== '0' && html`<${Button} small
          kind="link"
          onClick=${() => showChat(b.conversation, 'blocked')}>${t('block.chat')}<//>`}
          <${Button} small onClick=${() => lift(b)}
            aria-label=${t('block.lift.who', { prefix: address(b) })}>${t('block.lift')}<//></td>
      </tr>`)}</tbody></table></div>`}
    <${More} list=${list} />`;
}
