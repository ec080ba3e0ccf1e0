// My mentions, the newest first: who wrote what and where, each with a way to its line.
import { html, useEffect, useRef, useState } from '../../vendor/ui.js';
import { Button, Empty, Time } from '../base/bits.js';
import { showLine, store } from '../base/here.js';
import { PageHead, Trouble, act } from '../base/page.js';
import { nameOf, stamp, t } from '../base/words.js';

const TOGETHER_MS = 100; // changes that come in a row are asked for once
const MAX = 200; // more are not kept

function useMentions(s) {
  const [state, setState] = useState({ rows: [], unread: 0, error: null, phase: 'loading' });
  const timer = useRef(0);
  useEffect(() => {
    let wanted = true;
    const ask = () => s.command('mention.list', { max: MAX }).then(
      ({ rows, unread }) => wanted && setState({ rows, unread, error: null, phase: 'ready' }),
      (error) => wanted && setState((old) => ({ ...old, error, phase: 'ready' })));
    ask();
    const stop = s.listen((what) => {
      if (what !== 'mention' && what !== 'caught-up') return;
      clearTimeout(timer.current);
      timer.current = setTimeout(ask, TOGETHER_MS);
    });
    return () => {
      wanted = false;
      clearTimeout(timer.current);
      stop();
    };
  }, [s]);
  return state;
}

function Row({ row, s }) {
  const by = row.by_name || t('mentions.operator');
  const chat = `${nameOf({ name: row.visitor, number: row.number })} #${row.number}`;
  return html`<li class=${`task mentioned ${row.read ? 'was-read' : ''}`} data-mention=${row.mention}>
    <button type="button" class="link task-title" onClick=${() => showLine(row.conversation, row.line)}
      ><span>${row.text || t('mentions.unreadable')}</span></button>
    ${!row.read && html`<span class="task-acts"><${Button} small label=${t('mentions.read.label', {
      by, chat })} onClick=${() => act(s.command('mention.read', { mention: row.mention }))}>${
      t('mentions.read')}<//></span>`}
    <p class="task-of"><strong>${by}</strong> <span>${chat}</span>
      <${Time} ms=${row.made_ms}>${stamp(row.made_ms)}<//>
      ${!row.read && html`<strong>${t('mentions.new')}</strong>`}</p></li>`;
}

export function Mentions() {
  const s = store.value;
  const { rows, unread, error, phase } = useMentions(s);
  return html`<${PageHead} title=${t('page.mentions')}>
      ${unread > 0 && html`<${Button} small icon="checks"
        onClick=${() => act(s.command('mention.read', {}))}>${t('mentions.read-all')}<//>`}<//>
    <${Trouble} error=${error} />
    ${!rows.length && phase === 'ready' && !error && html`<${Empty} icon="at" title=${
      t('mentions.empty')}>${t('mentions.empty.help')}<//>`}
    ${rows.length > 0 && html`<ul class="tasks card" aria-label=${t('page.mentions')}>${rows.map((row) =>
      html`<${Row} key=${row.mention} row=${row} s=${s} />`)}</ul>`}`;
}
