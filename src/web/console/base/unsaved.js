// Edits that are not saved yet: whoever leaves them is asked first, whichever way they go.
import { signal, useEffect, useRef } from '../../vendor/ui.js';
import { confirm } from './dialog.js';
import { t } from './words.js';

const forms = new Set(); // refs of those on the page; .current: something is not saved

export const unsavedHere = signal(false); // the same, for what is drawn by it
const look = () => (unsavedHere.value = hasUnsaved());
export const hasUnsaved = () => [...forms].some((form) => form.current);

// After this the edits on the page are nobody's any more.
export function dropUnsaved() {
  for (const form of forms) form.current = false;
  look();
}

// true: nothing would be lost, or it may be.
export async function mayLeave() {
  if (!hasUnsaved()) return true;
  const sure = await confirm(t('unsaved.title'), t('unsaved.text'), t('unsaved.leave'),
    { danger: true });
  if (sure) dropUnsaved();
  return Boolean(sure);
}

// For a form: says whether it holds edits; settled() at once, before it goes elsewhere by itself.
export function useUnsaved(dirty) {
  const form = useRef(false);
  form.current = dirty;
  useEffect(() => {
    forms.add(form);
    return () => {
      forms.delete(form);
      look();
    };
  }, []);
  useEffect(look, [dirty]);
  return {
    settled() {
      form.current = false;
      look();
    },
  };
}

addEventListener('beforeunload', (e) => {
  if (hasUnsaved()) e.preventDefault();
});
