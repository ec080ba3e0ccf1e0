// Who it is: a picture, or an initial in a colour of his own; grey where he is gone, for now or for good.
import { html, useRef, useState } from '../../vendor/ui.js';
import { store } from './here.js';

const COLOURS = 4;

// picture, gone: what a line says, of somebody who is none of one's colleagues any more.
export function Face({ id, name, picture, gone, size = '' }) {
  const s = store.value;
  const me = s.agent.value;
  const mine = String(me?.id) === String(id);
  const now = mine ? me : s.agents.value.get(String(id));
  const had = useRef(false); // one who was a colleague when this was drawn, and is none any more
  had.current ||= Boolean(now);
  const grey = now ? !mine && now.status === 'offline' : gone || had.current;
  const shown = now ? now.picture : picture;
  const [bad, setBad] = useState('');
  const colour = Number(String(id).slice(-4)) % COLOURS + 1;
  return html`<span class=${`face f${colour} ${grey ? 'gone' : ''} ${size}`}
    aria-hidden="true">${shown && shown !== bad
      ? html`<img src=${`/w/picture/${shown}`} alt="" onError=${() => setBad(shown)} />`
      : [...(now?.name || name || '?')][0]}</span>`;
}
