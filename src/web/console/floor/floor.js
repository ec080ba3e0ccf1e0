// The live floor for supervisors: figures, everybody with status, load and the longest wait of his
// visitors, the queues, and who waits in them.  It comes whole, at most once a second.
import { html, signal, useEffect, useState } from '../../vendor/ui.js';
import { Button, Empty, Icon, tick, toast } from '../base/bits.js';
import { Face } from '../base/face.js';
import { showChat, store, watched } from '../base/here.js';
import { PageHead, Trouble } from '../base/page.js';
import {
  clock, clockSeconds, explain, nameOf, number, span, t, tOr, weekClock,
} from '../base/words.js';
import { moveQueue } from './move.js';

const WARN_MS = 60000;
const LATE_MS = 120000;
const STATUSES = ['available', 'busy', 'away', 'offline'];

const floor = signal(null); // { at: one's own clock when it came, …what came }
const failed = signal(null);
const takeIt = (f) => (floor.value = { ...f, at: Date.now() });

function useFloor(s) {
  useEffect(() => {
    const stop = s.listen((what, frame) => what === 'floor' && takeIt(frame.floor));
    s.subscribe('floor', 'floor', () => ({}), (ok) => {
      failed.value = null;
      takeIt(ok.floor);
    }, (error) => (failed.value = error));
    return () => {
      stop();
      s.unsubscribe('floor');
      floor.value = null;
    };
  }, [s]);
}

// A wait until now, by the gateway's clock at the time that it came and one's own since.
function Wait({ since, none }) {
  if (!since) return html`<span class="quiet-text">${none}</span>`;
  const ms = floor.value.now_ms - since + (tick.value - floor.value.at);
  const kind = ms >= LATE_MS ? 'late' : ms >= WARN_MS ? 'warn' : '';
  return html`<span class=${`wait ${kind}`}><${Icon} name=${kind === 'late' ? 'warn' : 'clock'}
    size=${14} /> ${span(Math.max(0, ms))}</span>`;
}

const Tile = ({ label, value, hint, warn }) => html`<div class=${`tile ${warn ? 'warn' : ''}`}>
  <small>${label}</small><b>${value}</b><span class="hint">${hint}</span></div>`;

function Tiles({ f, missed }) {
  const longest = Math.min(...f.departments.map((d) => d.waits_since_ms || Infinity));
  return html`<div class="tiles">
    <${Tile} label=${t('floor.waiting')} value=${number(f.waiting)} warn=${f.waiting > 0}
      hint=${f.waiting > 0 && longest < Infinity
        ? html`${t('floor.longest')} <${Wait} since=${longest} />` : t('floor.nobody')} />
    <${Tile} label=${t('floor.running')} value=${number(f.active)}
      hint=${t('floor.places', { n: number(f.places) })} />
    <${Tile} label=${t('floor.people')} value=${number(f.here)} hint=${t('floor.people.hint',
      { available: number(f.available), busy: number(f.busy), away: number(f.away) })} />
    <${Tile} label=${t('floor.free')} value=${number(f.free_places)}
      warn=${f.waiting > 0 && !f.free_places} hint=${t('floor.free.hint')} />
    <${Tile} label=${t('list.missed')} value=${number(missed ?? 0)} hint=${t('floor.missed.hint')} />
  </div>`;
}

function Load({ a }) {
  const full = Array.from({ length: Math.min(Math.max(a.load, a.capacity), 12) });
  return html`<span class=${`load ${a.load > a.capacity ? 'over' : ''}`}>
    <span aria-hidden="true">${full.map((_, i) => html`<i key=${i} class=${i < a.load ? 'x' : ''}>
      </i>`)}</span>
    <span class="num">${number(a.load)} / ${number(a.capacity)}</span></span>`;
}

// It takes effect at once, and the row shows it when it has.
function Status({ a }) {
  const s = store.value;
  const since = a.since_ms && clock(a.since_ms);
  const set = (status) => s.command('agent.status', { agent: a.id, status }).then(
    () => toast(t('floor.status.done', { name: a.name, status: t(`status.${status}`) }),
      { kind: 'good' }),
    (e) => toast(explain(e), { kind: 'bad' }));
  return html`<span class="status-of"><span class=${`dot ${a.status}`} aria-hidden="true"></span>
    <select aria-label=${t('floor.status.of', { name: a.name })} value=${a.status}
      disabled=${!s.online.value} onChange=${(e) => set(e.currentTarget.value)}>
      ${STATUSES.map((word) => html`<option key=${word} value=${word}
        selected=${word === a.status}>${t(`status.${word}`)}</option>`)}</select></span>
    <small>${a.status_why === 'lapsed' ? `${t('floor.lapsed')} ` : ''}${since &&
      t('floor.since', { time: since })}</small>`;
}

function watch(id) {
  watched.value = String(id);
  showChat(id, 'all');
}

function People({ agents, names, leftOut }) {
  const longest = (a) => a.waits_since_ms || Infinity;
  const rank = (a) => STATUSES.indexOf(a.status);
  const rows = [...agents].sort((a, b) => longest(a) - longest(b) || rank(a) - rank(b) ||
    b.load - a.load || a.name.localeCompare(b.name));
  return html`<section class="card flat"><h2>${t('floor.people')}
      <span class="push">${t('floor.by-wait')}</span></h2>
    ${!rows.length && html`<${Empty} icon="users" title=${t('floor.none')} />`}
    ${rows.length > 0 && html`<div class="table-box" tabindex="0" role="region"
      aria-label=${t('floor.people')}><table class="table"><thead><tr>
      <th scope="col">${t('floor.agent')}</th><th scope="col">${t('floor.status')}</th>
      <th scope="col">${t('floor.load')}</th><th scope="col">${t('floor.wait')}</th>
      <th scope="col">${t('floor.chats')}</th></tr></thead><tbody>
    ${rows.map((a) => html`<tr key=${a.id}><th scope="row"><${Face} id=${a.id} name=${a.name} /> ${a.name}<small>${a.departments
        .map((id) => names.get(String(id))).filter(Boolean).join(', ')}</small></th>
      <td><${Status} a=${a} /></td><td><${Load} a=${a} /></td>
      <td><${Wait} since=${a.waits_since_ms} none=${t('floor.nobody')} /></td>
      <td class="floor-chats">${a.chats.map((c) => html`<button type="button" class="link"
        key=${c.conversation} onClick=${() => watch(c.conversation)}
        aria-label=${t('floor.watch', { name: nameOf(c), number: c.number })}>#${c.number}
        </button>`)}</td></tr>`)}
    </tbody></table></div>`}
    ${leftOut > 0 && html`<p class="quiet-text">${t('floor.more', { n: number(leftOut) })}</p>`}
  </section>`;
}

const Queues = ({ departments, all }) => html`<section class="card flat">
  <h2>${t('floor.queues')}</h2>
  <div class="table-box" tabindex="0" role="region" aria-label=${t('floor.queues')}>
  <table class="table"><thead><tr><th scope="col">${t('floor.department')}
    </th><th scope="col" class="num">${t('floor.waiting')}</th>
    <th scope="col">${t('floor.wait')}</th><th scope="col">${t('floor.free')}</th></tr></thead>
  <tbody>${departments.map((d) => html`<tr key=${d.id}><th scope="row">${d.name}
    ${d.type === 'private' && html` <span class="badge private">${t('word.private')}</span>`}
    ${d.door !== 'open' && html`<small>${tOr(`door.${d.door}`, d.door)}${d.opens_ms
      ? `, ${t('floor.opens', { time: weekClock(d.opens_ms) })}` : ''}</small>`}</th>
    <td class="num">${number(d.waiting)}${d.waiting > 0 && all.length > 1 && html`
      <${Button} small onClick=${() => moveQueue(d, all.filter((other) => other.id !== d.id))}
        label=${t('floor.move.of', { name: d.name })}>${t('floor.move')}<//>`}</td>
    <td><${Wait} since=${d.waits_since_ms} none=${t('floor.nobody')} /></td>
    <td>${t('floor.free.of', { free: number(d.free_places), n: number(d.places) })}</td></tr>`)}
  </tbody></table></div></section>`;

function Waiting({ queue, names, agents, leftOut }) {
  const agentName = (id) => agents.find((a) => String(a.id) === String(id))?.name || '';
  const left = (until) => Math.max(0, Math.ceil((until - floor.value.now_ms -
    (tick.value - floor.value.at)) / 1000));
  const what = (c) => (c.offered_to
    ? t('floor.offered', { name: agentName(c.offered_to), n: number(left(c.offer_until_ms)) })
    : c.rings_count ? t('floor.rings', { count: number(c.rings_count), n: number(left(c.offer_until_ms)) })
      : t('floor.missed-in', { time: span(left(c.until_ms) * 1000) }));
  return html`<section class="card"><h2>${t('floor.waiting')}
      <span class="push">${t('floor.next')}</span></h2>
    ${!queue.length && html`<p class="quiet-text">${t('floor.nobody')}</p>`}
    <ul class="floor-queue">${queue.map((c) => html`<li key=${c.conversation}>
      <div><button type="button" class="link" onClick=${() => watch(c.conversation)}>${nameOf(c)}
        #${c.number}</button><small>${names.get(String(c.department))} · ${what(c)}</small></div>
      <${Wait} since=${c.rang_ms} /></li>`)}</ul>
    ${leftOut > 0 && html`<p class="quiet-text">${t('floor.more', { n: number(leftOut) })}</p>`}
  </section>`;
}

export function Floor() {
  const s = store.value;
  const [dept, setDept] = useState('');
  useFloor(s);
  const f = floor.value;
  if (!f) return html`<${PageHead} title=${t('page.floor')} /><${Trouble} error=${failed.value} />`;
  const names = new Map(f.departments.map((d) => [String(d.id), d.name]));
  const here = (id) => !dept || String(id) === dept;
  const agents = f.agents.filter((a) => !dept || a.departments.some(here));
  const clockNow = clockSeconds(f.now_ms + tick.value - f.at);
  return html`<${PageHead} title=${t('page.floor')}>
      <span class="quiet-text">${clockNow}, ${s.online.value ? t('floor.live') : t('floor.lost')}
      </span>
      ${f.departments.length > 1 && html`<select aria-label=${t('floor.department')} value=${dept}
        onChange=${(e) => setDept(e.currentTarget.value)}>
        <option value="">${t('floor.all')}</option>
        ${f.departments.map((d) => html`<option key=${d.id} value=${d.id}>${d.name}</option>`)}
      </select>`}<//>
    <${Tiles} f=${f} missed=${s.counts.value.missed} />
    <div class="floor-cols"><${People} agents=${agents} names=${names}
        leftOut=${f.agents_left_out} />
      <div><${Queues} departments=${f.departments.filter((d) => here(d.id))} all=${f.departments} />
        <${Waiting} queue=${f.queue.filter((c) => here(c.department))} names=${names}
          agents=${f.agents} leftOut=${f.queue_left_out} /></div></div>`;
}
