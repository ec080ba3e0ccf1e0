// The way to the picker of emoji, which comes when it is first wanted: its button beside a text.
import { html, useRef, useState } from '../../vendor/ui.js';
import { Button } from '../base/bits.js';
import { later } from '../base/page.js';
import { t } from '../base/words.js';

const Picker = later(() => import('./emoji.js').then((m) => m.EmojiPicker));

// area: the textarea's ref; changed(): its text is another now.  → { button, picker, close }
export function useEmoji({ area, changed }) {
  const [open, setOpen] = useState(false);
  const place = useRef([0, 0]);
  const close = () => {
    setOpen(false);
    area.current?.focus();
    area.current?.setSelectionRange(...place.current);
  };
  const toggle = () => {
    const el = area.current;
    if (open) return close();
    place.current = [el.selectionStart, el.selectionEnd];
    setOpen(true);
  };
  const put = (text) => {
    const el = area.current;
    setOpen(false);
    el.focus();
    el.setSelectionRange(...place.current);
    if (!document.execCommand('insertText', false, text))
      el.setRangeText(text, ...place.current, 'end');
    changed();
  };
  return {
    button: html`<${Button} small kind="quiet" icon="smile" label=${t('emoji')} onClick=${toggle}
      aria-expanded=${open ? 'true' : 'false'} />`,
    picker: open && html`<${Picker} onPick=${put} onClose=${close} />`,
  };
}
