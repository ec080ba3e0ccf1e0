// A line that somebody wants to see: read back to it, bring it to the middle, and mark it.
import { useEffect } from '../../vendor/ui.js';
import { toast } from '../base/bits.js';
import { lineWanted } from '../base/here.js';
import { t } from '../base/words.js';

const PAGES_MAX = 60; // of older lines, on the way there

async function readBackTo(s, c, seq) {
  for (let n = 0; n < PAGES_MAX && c.more.peek() && c.lines.peek()[0]?.seq > seq; n++)
    await s.conversations.older(c);
}

// What was asked at the ring stands twice under one number: as an event, and as a message below it.
const lineAt = (box, seq) => [...box.querySelectorAll(`[data-seq="${seq}"]`)].at(-1);

export function useWantedLine(s, c, box, atEnd) {
  const { chat, seq } = lineWanted.value;
  const ready = c.phase.value === 'ready';
  useEffect(() => {
    if (chat !== c.id || !ready) return;
    lineWanted.value = { chat: null, seq: 0 }; // once
    atEnd.current = false; // older lines must not move it to the end
    readBackTo(s, c, seq).catch(() => {}).then(() => requestAnimationFrame(() => {
      if (!box.current) return; // another chat is in front by now
      const line = lineAt(box.current, seq);
      if (!line) {
        toast(t('log.far'), { kind: 'warn' });
        return;
      }
      line.scrollIntoView({ block: 'center' });
      line.classList.add('found');
    }));
  }, [chat, seq, ready]);
}
