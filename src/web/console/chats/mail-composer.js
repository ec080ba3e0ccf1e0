// An answer by e-mail to a visitor who is gone.  What was left unsent of a reply becomes its draft.
import { html, useLayoutEffect, useRef, useState } from '../../vendor/ui.js';
import { Button, Icon, toast } from '../base/bits.js';
import { clean } from '../../shared/text.js';
import { draftOf, keepDraft, setMode, store } from '../base/here.js';
import { explain, t } from '../base/words.js';

const TEXT_MAX = 4000;

export function MailComposer({ c, head, canNote }) {
  const s = store.value;
  const area = useRef(null);
  const [length, setLength] = useState([...draftOf(c.id, false)].length);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const to = t('mail.answer.to', { email: head.email });
  const over = length > TEXT_MAX;
  // The templates' words around what is written: unseen, people write them once more.
  const added = {
    name: head.name, agent: s.agent.value.name,
    department: s.departments.value.get(String(head.entry || head.department))?.name
      || s.portal.value.name,
  };

  useLayoutEffect(() => {
    area.current.value = draftOf(c.id, false);
    area.current.focus({ preventScroll: true });
  }, [c.id]);

  const changed = () => {
    keepDraft(c.id, false, area.current.value);
    setLength([...area.current.value].length);
  };
  const send = async (e) => {
    e.preventDefault();
    const text = clean(area.current.value).trim();
    if (!text || over || busy || !s.online.value) return;
    setBusy(true);
    setError(null);
    try {
      await s.command('conversation.mail', { conversation: c.id, text });
      keepDraft(c.id, false, '');
      setMode(c.id, '');
      toast(t('mail.answer.done', { email: head.email }), { kind: 'good' });
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  return html`<form class="composer is-mail" onSubmit=${send} onKeyDown=${(e) => {
      if (e.isComposing) return;
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
    </div>
    <textarea ref=${area} rows="6" data-mail-composer
      aria-label=${`${t('mail.answer.hint')}: ${to}`}
      placeholder=${t('mail.answer.hint')} aria-describedby="mail-added"
      aria-invalid=${over ? 'true' : undefined}
      onInput=${changed}></textarea>
    <p class="help mail-added" id="mail-added">${t(head.name ? 'mail.answer.added'
      : 'mail.answer.added.nameless', added)}</p>
    ${over && html`<p class="error" role="alert">${t('composer.long', { n: length - TEXT_MAX })}
      </p>`}
    ${error && html`<p class="error" role="alert">${explain(error)}</p>`}
    <div class="buttons"><${Button} onClick=${() => setMode(c.id, '')}>${t('cancel')}<//>
      <${Button} type="submit" kind="primary" icon="send"
        busy=${busy || !length || over || !s.online.value}>${t('mail.answer.send')}<//></div>
  </form>`;
}
