// An answer by e-mail to a visitor who is gone: what stands in the field is what they get.  It begins
// with greeting and signature, and with what was left unsent of a reply between them; what the mail
// has beside it is shown around it.
import { html, useEffect, useLayoutEffect, useRef, useState } from '../../vendor/ui.js';
import { Button, Icon, toast } from '../base/bits.js';
import { clean } from '../../shared/text.js';
import { draftHooks, draftOf, draftStamp, keepDraft, route, setMode, store } from '../base/here.js';
import { useEmoji } from './emoji-button.js';
import { HoleNote, useCanned, useHoles } from './canned.js';
import { withKey } from '../base/keymap.js';
import { explain, t } from '../base/words.js';

const TEXT_MAX = 4000;

const bare = (text) => text.replace(/\s/g, '');

// Put greeting and signature around what is there, and leave the caret where it was in it.
function wrap(area, { opening, closing }) {
  const at = opening.length + area.selectionStart;
  area.value = opening + area.value + closing;
  area.setSelectionRange(at, at);
}

// What the gateway gives to begin with; it comes while somebody may be writing already.
function useFrame(c, area, onWrapped) {
  const [frame, setFrame] = useState(null);
  useEffect(() => {
    let gone = false;
    const take = (got) => {
      if (gone) return;
      if (!area.current.dataset.kept) wrap(area.current, got);
      setFrame(got);
      onWrapped();
    };
    store.value.command('mail.draft', { conversation: c.id }).then((got) => {
      // A character that is being composed would be lost.
      if (area.current?.dataset.composing)
        area.current.addEventListener('compositionend', () => setTimeout(take, 0, got),
          { once: true });
      else take(got);
    }, (error) => !gone && setFrame({ opening: '', closing: '', above: '', below: '', error }));
    return () => (gone = true);
  }, [c.id]);
  return frame;
}

export function MailComposer({ c, head, canNote }) {
  const s = store.value;
  const area = useRef(null);
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const holes = useHoles(area);
  const canned = useCanned({ c, area, on: true, changed: () => changed() });
  const emoji = useEmoji({ area, changed: () => changed() });
  const to = t('mail.answer.to', { email: head.email });
  const length = [...text].length;
  const over = length > TEXT_MAX;
  const next = route.value.page === 'missed' && head.box?.is === 'to-answer';
  const look = () => setText(area.current.value);

  useLayoutEffect(() => {
    const kept = draftOf(c.id, 'mail');
    area.current.value = kept || draftOf(c.id, false);
    area.current.dataset.kept = kept ? 'yes' : '';
    area.current.focus({ preventScroll: true });
    look();
  }, [c.id]);
  useLayoutEffect(() => {
    const kept = draftStamp.value && draftOf(c.id, 'mail');
    if (!kept || kept === area.current.value) return;
    area.current.value = kept;
    look();
  }, [draftStamp.value]);
  const frame = useFrame(c, area, look);

  const changed = () => {
    keepDraft(c.id, 'mail', frame ? area.current.value : '');
    look();
    holes.clear();
  };
  const nothing = !frame || bare(text) === bare(frame.opening + frame.closing);
  const send = async (e, asItIs = false) => {
    e?.preventDefault();
    const words = clean(area.current.value).trim();
    if (nothing || over || busy || !s.online.value) return;
    if (!asItIs && !holes.passes(words)) return;
    setBusy(true);
    setError(null);
    try {
      await s.command('conversation.mail', { conversation: c.id, text: words, draft: true });
      keepDraft(c.id, 'mail', '');
      keepDraft(c.id, false, '');
      setMode(c.id, '');
      toast(t('mail.answer.done', { email: head.email }), { kind: 'good' });
      s.tell('mailed', { id: c.id });
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  return html`${canned.palette}${emoji.picker}<form class="composer is-mail" onSubmit=${send} onKeyDown=${(e) => {
      if (canned.onKey(e) || e.isComposing) return;
      if (e.key === 'Escape') setMode(c.id, '');
      if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) send(e);
    }}>
    <div class="modes" role="group" aria-label=${t('composer.mode')}>
      <button type="button" class="mode" aria-pressed="true"><${Icon} name="mail" size=${14}
        />${t('mail.answer')}</button>
      ${canNote && html`<button type="button" class="mode mode-note" aria-pressed="false"
        onClick=${() => setMode(c.id, 'note')}><${Icon} name="lock" size=${14} />${t('note')}
        </button>`}
      <span class="mode-hint">${to}</span>
      <${Button} small kind="quiet" icon="canned" label=${withKey(t('canned'), 'canned')}
        onClick=${canned.open} />${emoji.button}
    </div>
    ${frame?.above.trim() && html`<p class="mail-around" data-mail-above>${frame.above.trim()}</p>`}
    ${draftHooks.value && html`<${draftHooks.value.Clash} id=${c.id} kind="mail" />`}
    ${holes.hole && html`<${HoleNote} hole=${holes.hole} onFill=${holes.again}
      onSend=${() => send(null, true)} />`}
    <textarea ref=${area} rows="10" data-mail-composer aria-busy=${frame ? undefined : 'true'}
      aria-label=${`${t('mail.answer.hint')}: ${to}`}
      placeholder=${t('mail.answer.hint')} aria-describedby="mail-frame"
      aria-invalid=${over ? 'true' : undefined}
      onCompositionStart=${() => (area.current.dataset.composing = 'yes')}
      onCompositionEnd=${() => {
        delete area.current.dataset.composing;
        canned.look();
      }}
      ...${canned.props} oncanned=${canned.open} onInput=${(e) => {
        changed();
        canned.look(e);
      }}></textarea>
    <div id="mail-frame">
      ${frame?.greets && html`<p class="help">${t('mail.answer.greets')}</p>`}
      ${frame?.error && html`<p class="help" role="status">${t('mail.answer.bare',
        { why: explain(frame.error) })}</p>`}
    </div>
    ${frame?.below.trim() && html`<details class="mail-below"><summary>${t('mail.answer.below')}
      </summary><p class="mail-around" data-mail-below>${frame.below.trim()}</p></details>`}
    ${over && html`<p class="error" role="alert">${t('composer.long', { n: length - TEXT_MAX })}
      </p>`}
    ${error && html`<p class="error" role="alert">${explain(error)}</p>`}
    <div class="buttons"><${Button} onClick=${() => setMode(c.id, '')}>${t('cancel')}<//>
      <${Button} type="submit" kind="primary" icon="send"
        busy=${busy || nothing || over || !s.online.value}>${t(next ? 'mail.answer.next'
        : 'mail.answer.send')}<//></div>
  </form>`;
}
