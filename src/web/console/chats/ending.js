// The end of a chat, which its agent may undo for some seconds: until then it has not happened.
import { effect, html } from '../../vendor/ui.js';
import { Button, Icon, dropToasts, serverTick, toast } from '../base/bits.js';
import { showChat } from '../base/here.js';
import { hint } from '../base/keymap.js';
import { explain, nameOf, t } from '../base/words.js';

export const UNDO_MS = 10000;
const about = (id) => `end ${id}`;
const bad = (e) => toast(explain(e), { kind: 'bad' });
const isMine = (s, head) => String(head?.ending?.by) === String(s.agent.peek()?.id);

let newest = null; // the chat that was ended last

export const undoEnd = (s, id) => {
  dropToasts(about(id));
  return s.command('chat.undo-end', { conversation: id }).catch(bad);
};
export const undoNewest = (s) => newest && undoEnd(s, newest);

// True if it was ended.
export async function end(s, id, head) {
  try {
    await s.command('chat.end', { conversation: id, undo: true });
  } catch (e) {
    bad(e);
    return false;
  }
  newest = id;
  toast(t('end.done', { name: nameOf(head) }), {
    about: about(id), until: Date.now() + UNDO_MS, action: t('end.undo'),
    act: () => undoEnd(s, id).then(() => showChat(id, 'mine')),
  });
  return true;
}

// Over the chat, until it has ended.
export function EndingBanner({ s, head }) {
  if (!head?.ending) return null;
  const mine = isMine(s, head);
  const n = Math.max(0, Math.floor((head.ending.until_ms - serverTick(s)) / 1000)); // ticks lag
  const busy = !s.online.value;
  return html`<div class="banner ending">
    <${Icon} name="check" size=${16} />
    <span>${t(mine ? 'ending.mine' : 'ending.other', { agent: head.ending.by_name, n })}</span>
    ${mine && html`<${Button} small busy=${busy} title=${hint('undo-end')}
      onClick=${() => undoEnd(s, head.conversation)}>${t('end.undo')}<//>
      <${Button} small kind="quiet" busy=${busy} onClick=${() => {
        dropToasts(about(head.conversation));
        s.command('chat.end', { conversation: head.conversation }).catch(bad);
      }}>${t('end.now')}<//>`}
  </div>`;
}

// What can be undone no more is not offered; that the visitor wrote in between is told.
export function followEnding(s) {
  const ends = [s.listen((what, { line, conversation } = {}) => {
    if (what !== 'line' || line.kind !== 'end-undone') return;
    dropToasts(about(conversation.id));
    if (line.by === 'visitor')
      toast(t('end.visitor', { name: nameOf(conversation.head.peek()) }), {
        kind: 'warn', action: t('handed.open'), act: () => showChat(conversation.id, 'mine'),
      });
  }), effect(() => {
    const head = newest && s.row(newest).value;
    if (head?.ended_ms) queueMicrotask(() => dropToasts(about(head.conversation)));
  })];
  return () => ends.forEach((stop) => stop());
}
