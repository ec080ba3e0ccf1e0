// Tags of a chat where they are shown; what they are changed with comes when it is wanted.
import { html } from '../../vendor/ui.js';
import { Icon } from '../base/bits.js';
import { href, store } from '../base/here.js';
import { withKey } from '../base/keymap.js';
import { lateWords, t } from '../base/words.js';

const dialog = () => lateWords().then(() => import('../tasks/tags-dialog.js'));
export const loadTags = dialog;

// Those that fit, and how many there are beside.
export function Tags({ head, most = Infinity, links = false }) {
  const all = head.tags || [];
  const rest = all.slice(most);
  if (!all.length) return null;
  return html`${all.slice(0, most).map((tag) => (links
    ? html`<a class="tag" key=${tag} title=${t('tags.find', { tag })}
      href=${href({ page: 'search', rest: ['', `tag=${encodeURIComponent(tag)}`] })}>${tag}</a>`
    : html`<span class="tag" key=${tag}>${tag}</span>`))}
    ${rest.length > 0 && html`<span class="tag" title=${rest.join(', ')}>+${rest.length}</span>`}`;
}

export async function askTags(s, head) {
  if ((head?.may || []).includes('note')) (await dialog()).askTags(s, String(head.conversation));
}

export function TagButton({ head, busy }) {
  if (!(head.may || []).includes('note')) return null;
  return html`<button type="button" class="tag add" aria-label=${t('tags.change')}
    title=${withKey(t('tags.change'), 'tags')} disabled=${busy}
    onClick=${() => askTags(store.value, head)}><${Icon} name="plus" size=${12} /></button>`;
}

// tag: a signal; '': whatever they have.
export function TagFilter({ tag }) {
  const choose = async () => {
    const chosen = await (await dialog()).askTag(store.value);
    if (chosen) tag.value = chosen;
  };
  if (!tag.value)
    return html`<button type="button" class="tag add" aria-label=${t('tags.filter')}
      title=${t('tags.filter')} onClick=${choose}><${Icon} name="tag" size=${14} /></button>`;
  return html`<button type="button" class="tag chosen" title=${t('tags.filter.off')}
    aria-label=${`${t('tags.filter.off')}: ${tag.value}`} onClick=${() => (tag.value = '')}>
    ${tag.value}<${Icon} name="close" size=${12} /></button>`;
}
