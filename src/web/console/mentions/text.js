// A note's words with the names of those whom it mentions set off, one's own most of all; and that one
// has seen it, once it is in view.
import { html, useEffect, useRef } from '../../vendor/ui.js';
import { store } from '../base/here.js';
import { Body } from '../chats/log.js';
import { tokens } from './names.js';
import { seen } from './unread.js';

const inFront = () => !document.hidden && document.hasFocus();

// While it can be seen, and somebody is there to see it.
function useSeen(box, id, line, wanted) {
  useEffect(() => {
    if (!wanted || !box.current) return undefined;
    let shown = false;
    const look = () => shown && inFront() && seen(id, line.seq);
    const watcher = new IntersectionObserver(([one]) => {
      shown = one.isIntersecting;
      look();
    });
    watcher.observe(box.current);
    addEventListener('focus', look);
    document.addEventListener('visibilitychange', look);
    return () => {
      watcher.disconnect();
      removeEventListener('focus', look);
      document.removeEventListener('visibilitychange', look);
    };
  }, [id, line.seq, wanted]);
}

export function Names({ line, id }) {
  const me = String(store.value.agent.value.id);
  const box = useRef(null);
  const text = line.text || '';
  const found = tokens(text, line.mentions);
  const rest = line.mentions.filter((one) => !found.some((x) => x.id === String(one.id)));
  useSeen(box, id, line, line.mentions.some((one) => String(one.id) === me));
  const name = (agent, words) => html`<span class=${`mention ${String(agent) === me ? 'me' : ''}`}>${words}</span>`;
  const parts = [];
  let at = 0;
  for (const { from, to, id: agent } of found) {
    parts.push(html`<${Body} text=${text.slice(at, from)} />`, name(agent, text.slice(from, to)));
    at = to;
  }
  parts.push(html`<${Body} text=${text.slice(at)} />`);
  // Who is called otherwise by now is named behind it.
  return html`<span ref=${box}>${parts}${rest.map((one) => html` ${name(one.id, `@${one.name}`)}`)}</span>`;
}
