// The queue of a department is moved: to which other, asked and done.
import { html, useState } from '../../vendor/ui.js';
import { Button, toast } from '../base/bits.js';
import { openDialog } from '../base/dialog.js';
import { store } from '../base/here.js';
import { explain, t } from '../base/words.js';

function Body({ done, from, others }) {
  const [to, setTo] = useState(others[0].id);
  const [error, setError] = useState(null);
  const go = async (e) => {
    e.preventDefault();
    try {
      await store.value.command('queue.move', { department: from.id, to });
      toast(t('floor.move.done', {
        from: from.name, to: others.find((d) => String(d.id) === String(to)).name,
      }), { kind: 'good' });
      done(true);
    } catch (why) {
      setError(why);
    }
  };
  return html`<form onSubmit=${go}>
    <p>${t('floor.move.what')}</p>
    <div class="field"><label for="move-to">${t('floor.move.to')}</label>
      <select id="move-to" value=${to} onChange=${(e) => setTo(e.currentTarget.value)}>
        ${others.map((d) => html`<option key=${d.id} value=${d.id}>${d.name}</option>`)}
      </select></div>
    ${error && html`<p class="error" role="alert">${explain(error)}</p>`}
    <div class="buttons"><${Button} onClick=${() => done(undefined)}>${t('cancel')}<//>
      <${Button} type="submit" kind="primary">${t('floor.move.go')}<//></div></form>`;
}

export const moveQueue = (from, others) => openDialog(t('floor.move.of', { name: from.name }),
  ({ done }) => html`<${Body} done=${done} from=${from} others=${others} />`);
