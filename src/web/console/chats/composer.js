// Where an agent writes: a reply or a private note, with a draft of each.  Input methods may use
// Enter; nothing is cleared that was not taken over.
import { html, useLayoutEffect, useRef, useState } from '../../vendor/ui.js';
import { Button, Icon } from '../base/bits.js';
import { HoleNote, useCanned, useHoles } from './canned.js';
import { may } from './chat.js';
import { useEmoji } from './emoji-button.js';
import { choices, closeTab, composerWanted, draftHooks, draftOf, draftStamp, isMail, isNote, keepDraft, mentionHooks,
  setMode, store } from '../base/here.js';
import { MailComposer } from './mail-composer.js';
import { hint as keyHint, withKey } from '../base/keymap.js';
import { t } from '../base/words.js';

const TEXT_MAX = 4000;
const HEIGHT_MAX_PX = 220;
const carets = new Map(); // draft → where the caret was
let served = null; // the last wish for a composer that was met

// Where there is no keyboard but the one on the screen, that covers half of what is to be read.
const hasKeyboard = () => matchMedia('(min-width: 720px), (pointer: fine)').matches;
const WRITES = 'input, textarea, select, [role^=menuitem]';

// A focus that was asked for, or that is nobody's; never out of a text that is being written.
function mayTakeFocus(id) {
  if (!hasKeyboard() || document.querySelector('dialog[open]')) return false;
  const wish = composerWanted.value;
  const at = document.activeElement;
  if (wish.chat === id && wish !== served) return !at?.matches(WRITES) || at.closest('.composer');
  return at === document.body || at?.closest('.tabs, .rows, .composer, .offers');
}

export function Composer({ c }) {
  const s = store.value;
  const head = c.head.value;
  const canReply = may(head, 'reply') && head.state === 'active';
  const canNote = may(head, 'note');
  const canMail = may(head, 'mail');
  const note = canNote && (isNote(c.id) || !canReply);
  const area = useRef(null);
  const key = `${c.id} ${note}`;
  const [length, setLength] = useState(0);
  const holes = useHoles(area);
  const emoji = useEmoji({ area, changed });
  const canned = useCanned({ c, area, on: canReply && !note, changed });

  useLayoutEffect(() => {
    const el = area.current;
    if (!el) return undefined;
    el.value = draftOf(c.id, note);
    const place = carets.get(key);
    if (place) el.setSelectionRange(...place);
    grow();
    return () => carets.set(key, [el.selectionStart, el.selectionEnd]);
  }, [key, canReply, isNote(c.id), draftStamp.value]);
  useLayoutEffect(() => {
    if (!area.current || !mayTakeFocus(c.id)) return;
    served = composerWanted.peek();
    area.current.focus({ preventScroll: true });
  }, [key, canReply, isNote(c.id), composerWanted.value]);

  function grow() {
    const el = area.current;
    el.style.height = 'auto';
    el.style.height = `${Math.min(el.scrollHeight + 2, HEIGHT_MAX_PX)}px`;
    setLength([...el.value].length);
  }
  function changed() {
    keepDraft(c.id, note, area.current.value);
    grow();
    holes.clear();
    if (!note && area.current.value) s.conversations.typed(c);
  }
  function send(e, asItIs = false) {
    e?.preventDefault();
    const text = area.current.value.trim();
    if (!text || [...text].length > TEXT_MAX) return;
    if (!note && !asItIs && !holes.passes(text)) return;
    s.conversations.send(c, text, note, note ? mentionHooks.value?.named(c.id, text) : undefined);
    canned.close();
    area.current.value = '';
    changed();
    area.current.focus();
  }
  function onKey(e) {
    if (canned.onKey(e)) return;
    if (e.key !== 'Enter' || e.isComposing || e.keyCode === 229 || e.shiftKey || e.altKey) return;
    const wanted = choices.value.ctrlEnter ? e.ctrlKey || e.metaKey : true;
    if (!wanted) return;
    send(e);
  }
  const mode = (m) => {
    setMode(c.id, m);
    requestAnimationFrame(() => area.current?.focus());
  };

  if (!head) return null;
  if (canMail && isMail(c.id))
    return html`<${MailComposer} key=${c.id} c=${c} head=${head} canNote=${canNote} />`;
  if (!canReply && !canNote && !canMail)
    return html`<p class="composer-closed">${t(head.ended_ms ? 'composer.ended'
      : 'composer.closed')}</p>`;
  if (!canReply && !isNote(c.id) && !draftOf(c.id, true)) {
    const waits = head.state === 'waiting' || head.state === 'offered';
    const why = head.ending ? 'ending' : head.handed ? 'handed' : waits && may(head, 'pick') ? 'waiting' : waits || head.state === 'active' ? 'closed'
      : 'ended';
    return html`<p class="composer-closed">${t(`composer.${why}`)}
      ${head.mail_not && html`<span>${t(`mail.not.${head.mail_not}`)}</span>`}
      ${canMail && html`<${Button} small icon="mail" onClick=${() => setMode(c.id, 'mail')}
        >${t('mail.answer')}<//>`}
      ${canNote && html`<${Button} small icon="lock" onClick=${() => mode('note')}
        >${t('note')}<//>`}
      ${why === 'ended' && html`<${Button} small icon="close" onClick=${() => closeTab(c.id)}
        ><span title=${keyHint('close')}>${t('tab.close', { name: '' })}</span><//>`}</p>`;
  }
  const hint = note ? t('composer.note.hint') : t('composer.reply.hint');
  const keys = choices.value.ctrlEnter ? t('send.ctrl') : t('send.enter');
  const over = length > TEXT_MAX;
  return html`${canned.palette}${emoji.picker}${note && mentionHooks.value &&
    html`<${mentionHooks.value.Pick} key=${c.id} id=${c.id} area=${area} changed=${changed} />`}<form class=${`composer ${note ? 'is-note' : 'is-reply'}`}
    onSubmit=${send}>
    <div class="modes" role="group" aria-label=${t('composer.mode')}>
      ${canReply && html`<button type="button" class="mode" aria-pressed=${note ? 'false' : 'true'}
        title=${keyHint('reply')} onClick=${() => mode('reply')}>${t('reply')}</button>`}
      ${canNote && html`<button type="button" class="mode mode-note"
        aria-pressed=${note ? 'true' : 'false'}
        title=${keyHint('note')} onClick=${() => mode('note')}><${Icon} name="lock" size=${14} />${t('note')}
          </button>`}
      ${canMail && html`<button type="button" class="mode" aria-pressed="false"
        onClick=${() => setMode(c.id, 'mail')}><${Icon} name="mail" size=${14}
        />${t('mail.answer')}</button>`}
      ${note && html`<span class="mode-hint">${t('composer.note.who')}</span>`}
      <span class=${note ? '' : 'push'}>${!note && html`<${Button} small kind="quiet" icon="canned"
        label=${withKey(t('canned'), 'canned')} onClick=${canned.open} />`}${emoji.button}</span>
    </div>
    ${holes.hole && html`<${HoleNote} hole=${holes.hole} onFill=${holes.again}
      onSend=${() => send(null, true)} />`}
    ${draftHooks.value && html`<${draftHooks.value.Clash} id=${c.id} kind=${note ? 'note' : 'reply'} />`}
    <div class="composer-line">
      <textarea ref=${area} rows="1" data-composer aria-label=${hint} placeholder=${hint}
        aria-invalid=${over ? 'true' : undefined} aria-describedby="composer-count" ...${canned.props}
        onInput=${(e) => {
          changed();
          canned.look(e);
        }} onKeyDown=${onKey} oncanned=${canned.open} onCompositionEnd=${() => canned.look()}
          onCompositionUpdate=${() => !note && s.conversations.typed(c)}
      ></textarea>
      <${Button} type="submit" kind=${note ? 'note-send' : 'primary'} icon="send"
        busy=${!length || over}
        title=${keys}>${note ? t('note.add') : t('send')}<//>
    </div>
    <p class=${`composer-foot ${over || !s.online.value ? 'needed' : ''}`} id="composer-count">
      ${over ? html`<span class="error">${t('composer.long', { n: length - TEXT_MAX })}</span>`
        : s.online.value ? keys : t('composer.offline')}
    </p>
  </form>`;
}
