// The log of a conversation: what was said, notes set apart, and what happened in between.
import { html, useEffect, useLayoutEffect, useRef } from '../../vendor/ui.js';
import { Button, Icon, Time, tick } from '../base/bits.js';
import { Face } from '../base/face.js';
import { mentionHooks, store } from '../base/here.js';
import { later } from '../base/page.js';
import { loadOwn } from './late.js';
import { useWantedLine } from './line-wanted.js';
import { clock, day, explain, nameOf, sameDay, someOf, span, t, tOr } from '../base/words.js';

const GROUP_MS = 5 * 60000;
const NEAR_END_PX = 60;
const places = new Map(); // conversation → where its log was scrolled to

function sentence(line, s, head) {
  const agent = line.name || s.agents.value.get(String(line.agent))?.name || t('somebody');
  const values = {
    agent, name: nameOf(head), email: line.email || '',
    tag: line.text || '', instead: line.instead_of || '', to: line.to || line.department_name || '',
    rule: line.rule, skills: line.skills || '', time: span(line.ms || 0), was: span(line.was_ms || 0),
    ...(line.names && { n: line.count, agent: line.names[0], names: someOf(line.names, line.count) }),
  };
  const why = line.why ? tOr(`why.${line.why}`, line.why) : '';
  if (line.kind === 'feedback') {
    const stars = Number(line.rating || head?.rating || 0);
    return t('line.feedback', { ...values, stars: stars ? '★'.repeat(stars) + '☆'.repeat(5 - stars)
      : '' });
  }
  const kind = line.kind === 'came-back' && !line.to ? 'returned'
    : line.kind === 'assigned' && line.to === line.name ? 'taken-over'
      : line.kind === 'boxed' ? `boxed.${line.box === 'answered' ? line.how : line.box}`
        : line.kind === 'rung' && line.count === 1 ? 'offered'
          : line.kind === 'offer-over' && !line.agent ? 'rung-past'
            : line.kind === 'given' && !line.to ? 'given-back' : line.kind;
  const text = tOr(`line.${kind}`, kind, values);
  return why ? t('line.because', { text, why }) : text;
}

export function Body({ text }) {
  // Addresses become links; nothing else is read out of what strangers write.
  const parts = text.split(/(https?:\/\/[^\s<>"'、。）」]+)/);
  return parts.map((part, i) =>
    i % 2 ? html`<a href=${part} target="_blank" rel="noopener noreferrer">${part}</a>` : part);
}

const Own = later(() => loadOwn().then((m) => m.Own));
const Trace = later(() => loadOwn().then((m) => m.Trace));

const isOwn = (line) => line.by === 'agent' && line.kind === 'message' && line.n > 0;
// Whether it was seen is said once, at the last line that was; what came after says how far it is.
function deliveryOf(line, seen, lastSeen, got) {
  if (!isOwn(line)) return '';
  if (line.n > seen) return line.n > got ? 'sent' : 'delivered';
  return line.n === lastSeen ? 'seen' : '';
}

function Message({ line, c, grouped, delivery }) {
  const s = store.value;
  const head = c.head.value;
  const own = line.by === 'agent';
  const note = line.kind === 'note';
  const mail = line.kind === 'mail';
  const name = line.name || (own || note || mail
    ? s.agents.value.get(String(line.agent))?.name || t('somebody') : nameOf(head));
  const kind = note ? 'note' : mail ? 'agent mail' : own ? 'agent' : 'visitor';
  return html`<li class=${`message ${kind} ${grouped ? 'grouped' : ''}`} data-seq=${line.seq}>
    ${grouped ? html`<span class="hidden">${name}, ${clock(line.time_ms)}: </span>`
      : html`<p class="message-head">${note && html`<span class="note-mark"><${Icon} name="lock"
        size=${13} />${t('note')}</span>`}
        ${mail && html`<span class="mail-mark"><${Icon} name="mail" size=${13}
          />${t('line.mail.to', { email: line.email || '' })}</span>`}
        ${line.by === 'agent' && html`<${Face} id=${line.agent} name=${name} picture=${line.picture}
          gone=${line.gone} />`}
        <strong>${name}</strong> <${Time} ms=${line.time_ms}>${clock(line.time_ms)}<//></p>`}
    <div class="said"><div class="bubble">${line.removed ? html`<em>${t('line.removed')}</em>`
      : line.mentions && mentionHooks.value ? html`<${mentionHooks.value.Names} line=${line} id=${c.id} />`
      : html`<${Body} text=${line.text || ''} />`}</div>
      ${(own || note) && line.seq && !line.removed &&
        String(line.agent) === String(s.agent.value.id) && html`<${Own} line=${line} c=${c} />`}</div>
    ${line.edited_ms && html`<${Trace} line=${line} c=${c} />`}
    ${delivery && html`<span class=${`delivery ${delivery}`}>
      <${Icon} name=${delivery === 'sent' ? 'check' : 'checks'} size=${13}
        />${t(`delivery.${delivery}`)}</span>`}
  </li>`;
}

function Sending({ one, c }) {
  const s = store.value;
  return html`<li class=${`message ${one.note ? 'note' : 'agent'} sending ${one.error ? 'failed'
    : ''}`}>
    <div class="bubble">${one.text}</div>
    ${one.error
      ? html`<span class="delivery failed" role="alert"><${Icon} name="warn" size=${13} />
        ${t('delivery.failed')} ${explain(one.error)}
        <${Button} small kind="link" onClick=${() => s.conversations.retry(c, one)}>${t('retry')}
          <//>
        <${Button} small kind="link"
          onClick=${() => s.conversations.discard(c, one)}>${t('discard')}<//></span>`
      : one.trouble ? html`<span class="delivery again"><${Icon} name="retry" size=${13} />
        ${explain(one.trouble)} ${t('delivery.again',
          { n: Math.max(0, Math.ceil((one.againAt - tick.value) / 1000)) })}
        <${Button} small kind="link"
          onClick=${() => s.conversations.discard(c, one)}>${t('discard')}<//></span>`
      : html`<span class="delivery on-its-way"><${Icon} name="clock" size=${13} />
        ${t(s.online.value ? 'delivery.sending' : 'delivery.waiting')}</span>`}
  </li>`;
}

function Lines({ c }) {
  const s = store.value;
  const head = c.head.value;
  const out = [];
  const seen = head?.seen_visitor || 0;
  const lastSeen = c.lines.value.reduce((n, l) => (isOwn(l) && l.n <= seen ? l.n : n), 0);
  let before = null;
  let gone = false;
  for (const line of c.lines.value) {
    // Who was never away has not come back: the widget's first connection is no news.
    if (line.line || (line.kind === 'visitor-back' && !gone)) continue;
    // Whoever opened it again has it: said once.
    if (before?.kind === 'goes-on' && line.kind === 'assigned' && line.to === before.name) continue;
    if (line.kind.startsWith('visitor-')) gone = line.kind === 'visitor-gone';
    if (!before || !sameDay(before.time_ms, line.time_ms))
      out.push(html`<li class="day" key=${`day-${line.seq}`}><span>${day(line.time_ms)}</span>
        </li>`);
    const spoken = ['message', 'note', 'mail'].includes(line.kind);
    if (spoken) {
      const grouped = before && line.kind !== 'mail' && before.kind === line.kind &&
        before.by === line.by && before.agent === line.agent &&
        line.time_ms - before.time_ms < GROUP_MS;
      out.push(html`<${Message} key=${line.seq} line=${line} c=${c} grouped=${grouped}
        delivery=${deliveryOf(line, seen, lastSeen, c.got.value)} />`);
    } else {
      out.push(html`<li class=${`event ${line.kind}`} key=${line.seq} data-seq=${line.seq}>
        <span>${sentence(line, s, head)}</span> <${Time} ms=${line.time_ms}>${clock(line.time_ms)}
          <//>
        ${line.text && ['feedback', 'offer-over', 'left', 'forwarded'].includes(line.kind) && html`<p
          class="quote">${line.text}</p>`}
        ${line.note && html`<p class="quote is-note">${line.note}</p>`}
      </li>`);
    }
    before = line;
    // The question that was asked at the ring stands where a first message would.
    if (line.kind === 'rang' && line.text)
      out.push(html`<${Message} key=${`asked-${line.seq}`} c=${c}
        line=${{ ...line, kind: 'message', by: 'visitor', n: 0 }} />`);
  }
  return out;
}

export function Log({ c }) {
  const s = store.value;
  const box = useRef(null);
  const atEnd = useRef(true);
  const count = c.lines.value.length + c.sending.value.length;

  useLayoutEffect(() => {
    const el = box.current;
    const place = places.get(c.id);
    if (place !== undefined) {
      el.scrollTop = place;
      atEnd.current = el.scrollHeight - el.scrollTop - el.clientHeight < NEAR_END_PX;
    }
    return () => (atEnd.current ? places.delete(c.id) : places.set(c.id, el.scrollTop));
  }, []);
  useLayoutEffect(() => {
    if (atEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [count, c.typing.value, c.phase.value]);

  const look = () => {
    if (!document.hidden && document.hasFocus() && atEnd.current) s.conversations.seen(c);
  };
  useEffect(look, [count, c.head.value]);
  useEffect(() => {
    addEventListener('focus', look);
    document.addEventListener('visibilitychange', look);
    const keep = new ResizeObserver(() => {
      if (atEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
    });
    keep.observe(box.current);
    return () => {
      removeEventListener('focus', look);
      document.removeEventListener('visibilitychange', look);
      keep.disconnect();
    };
  }, []);

  useWantedLine(s, c, box, atEnd);

  const older = async () => {
    const el = box.current;
    const fromEnd = el.scrollHeight - el.scrollTop;
    await s.conversations.older(c).catch(() => {});
    requestAnimationFrame(() => (el.scrollTop = el.scrollHeight - fromEnd));
  };
  const typing = c.typing.value;
  // New lines are announced by the console's own polite region: own lines are not read twice.
  return html`<div class="log" role="log" aria-live="off" aria-label=${t('log')} tabindex="0"
    ref=${box}
    onScroll=${() => {
      const el = box.current;
      if (!el) return; // told of after it has gone
      atEnd.current = el.scrollHeight - el.scrollTop - el.clientHeight < NEAR_END_PX;
      look();
    }}>
    ${c.more.value && html`<div class="more"><${Button} small onClick=${older}>${t('log.older')}<//>
      </div>`}
    ${c.phase.value === 'loading' && html`<div class="skeleton" aria-hidden="true"><i></i><i></i>
      </div>`}
    <ul>
      <${Lines} c=${c} />
      ${c.sending.value.map((one) => html`<${Sending} key=${one.id} one=${one} c=${c} />`)}
    </ul>
    ${typing && html`<p class="typing"><span class="typing-dots" aria-hidden="true"><i></i><i></i>
      <i></i></span>
      ${t('typing', { name: typing.by === 'visitor' ? nameOf(c.head.value)
        : typing.name })}</p>`}
  </div>`;
}
