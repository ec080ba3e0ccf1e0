// That a colleague's note speaks to one is told wherever one is: as a toast that leads to the line, by
// the tone of a message, and on the desktop where the console is not in front.
import { effect } from '../../vendor/ui.js';
import { dropToasts, toast } from '../base/bits.js';
import { choices, mentionHooks, showLine } from '../base/here.js';
import { asset } from '../frame/asset.js';
import { notifyState } from '../frame/alerts.js';
import { chime, isQuietNow } from '../frame/sound.js';
import { named } from './names.js';
import { Pick } from './pick.js';
import { Names } from './text.js';
import { begin, drop, end, put } from './unread.js';
import { t } from '../base/words.js';

const TOLD_MS = 20000;
const EXCERPT = 90;

const aboutOf = (mention) => `mention ${mention}`;
const excerpt = (text) => ([...text].length > EXCERPT ? `${[...text].slice(0, EXCERPT).join('')}…` : text);

// Names and words only where they may be read by who passes by.
function notify(row, by, open) {
  if (notifyState.peek() !== 'granted' || !choices.peek().notify || isQuietNow() ||
    (!document.hidden && document.hasFocus())) return undefined;
  const secret = choices.peek().privacy;
  const n = new Notification(t(secret ? 'mentions.title' : 'mentions.title.from', { by }), {
    tag: aboutOf(row.mention), body: secret ? '' : excerpt(row.text), icon: asset('icon.svg') });
  n.onclick = () => {
    focus();
    open();
    n.close();
  };
  return n;
}

export function followMentions(s) {
  const shown = new Map(); // mention → notification
  const forget = (mention) => {
    dropToasts(aboutOf(mention));
    shown.get(String(mention))?.close();
    shown.delete(String(mention));
  };
  const tell = (row) => {
    const by = row.by_name || t('mentions.operator');
    const open = () => showLine(row.conversation, row.line);
    toast(t('mentions.told', { by, text: excerpt(row.text) }), { ms: TOLD_MS,
      about: aboutOf(row.mention), action: t('mentions.open'), act: open });
    chime();
    const n = notify(row, by, open);
    if (n) shown.set(String(row.mention), n);
  };
  mentionHooks.value = { Names, Pick, named };
  const ends = [s.listen((what, f) => {
    if (what !== 'mention') return;
    if (f.mention) put(f.mention);
    if (f.gone !== undefined) drop(f.gone);
    if (f.what === 'added') tell(f.mention);
    else forget(f.mention?.mention ?? f.gone);
  }), effect(() => {
    if (s.online.value) begin(s).catch(() => {});
  })];
  return () => {
    ends.forEach((stop) => stop());
    shown.forEach((n) => n.close());
    end();
    mentionHooks.value = null;
  };
}
