// Whether a department's code is on a website, as the gateway has seen it: looked at again and again
// while somebody waits for it.
import { html, useEffect, useState } from '../../vendor/ui.js';
import { Button, Icon } from '../base/bits.js';
import { store } from '../base/here.js';
import { act } from '../base/page.js';
import { stamp, t } from '../base/words.js';

const AGAIN_MS = 3000;

// department: its id.  origins: its setting, of this version of it, which a website that was refused
// can be added to;
// onAllowed(): it was.  onSeen(): the widget was seen.
export function SeenCheck({ department, origins, version, onAllowed, onSeen }) {
  const s = store.value;
  const [seen, setSeen] = useState(null);
  useEffect(() => {
    let wanted = true;
    const look = () => !document.hidden && s.online.peek() &&
      s.command('department.seen', { department }).then((got) => {
        if (!wanted) return;
        setSeen(got);
        if (got.seen_ms) onSeen?.();
      }, () => {}); // asked again in a moment
    look();
    const timer = setInterval(look, AGAIN_MS);
    return () => {
      wanted = false;
      clearInterval(timer);
    };
  }, [s, department]);
  if (!seen) return null;
  const list = String(origins || '').split(/\s+/).filter(Boolean);
  const refused = seen.refused_origin && !list.includes(seen.refused_origin.toLowerCase()) &&
    list.length > 0 && seen.refused_origin;
  return html`<div class="sighting" role="status">
    ${seen.seen_ms ? html`<div class="verdict good"><p class="verdict-title"><${Icon} name="check"
        size=${16} />${t('seen.yes')}</p>
      <p>${t('seen.where', { origin: seen.origin, time: stamp(seen.seen_ms) })}</p></div>`
      : html`<div class="verdict"><p class="verdict-title"><${Icon} name="clock" size=${16}
        />${t('seen.not')}</p><p>${t('seen.not.text', { time: stamp(seen.since_ms) })}</p>
        <p class="help">${t('seen.not.help')}</p></div>`}
    ${refused && html`<div class="verdict warn"><p class="verdict-title"><${Icon} name="warn"
        size=${16} />${t('seen.refused')}</p>
      <p>${t('seen.refused.text', { origin: refused, time: stamp(seen.refused_ms) })}</p>
      <div class="buttons"><${Button} small onClick=${async () => {
        if (await act(s.command('department.set', { department, version,
          origins: [...list, refused].join(' ') }), t('seen.allowed', { origin: refused }))) onAllowed?.();
      }}>${t('seen.allow')}<//></div></div>`}</div>`;
}
