// Where one is signed in, and an end of it: here, there, everywhere else.
import { html } from '../../vendor/ui.js';
import { Button } from '../base/bits.js';
import { confirm } from '../base/dialog.js';
import { store } from '../base/here.js';
import { Trouble, act, useAsked } from '../base/page.js';
import { browserName } from '../visitor/browser.js';
import { stamp, t, when } from '../base/words.js';

const end = (fields) => act(store.value.command('session.end', fields), t('session.ended'));

async function endOthers(again) {
  const sure = await confirm(t('session.others'), t('session.others.text'), t('session.others'));
  if (sure) await end({ all: true });
  again();
}

function Row({ row, again }) {
  return html`<li>
    <div><strong>${row.browser ? browserName(row.browser) : t('session.unknown')}</strong>
      ${row.current && html`<span class="badge">${t('session.current')}</span>`}
      <small>${[row.ip, t('session.since', { time: stamp(row.since_ms) }),
        row.here ? t('session.here') : t('session.used', { time: when(row.used_ms) })]
        .filter(Boolean).join(' · ')}</small></div>
    ${!row.current && html`<${Button} small onClick=${async () => {
      await end({ session: row.session });
      again();
    }}>${t('session.end')}<//>`}
  </li>`;
}

export function Sessions() {
  const { data, error, again } = useAsked('session.list', {}, (f) => f.session);
  const rows = [...(data?.rows || [])].reverse();
  rows.sort((a, b) => b.current - a.current);
  return html`<section class="card"><h2>${t('sessions')}</h2>
    <p class="help">${t('sessions.help')}</p>
    <${Trouble} error=${error} />
    <ul class="self-rows">${rows.map((row) => html`<${Row} key=${row.session} row=${row}
      again=${again} />`)}</ul>
    ${rows.length > 1 && html`<div class="buttons"><${Button} kind="danger-quiet"
      onClick=${() => endOthers(again)}>${t('session.others')}<//></div>`}
  </section>`;
}
