// A search that is kept as a saved view: which one is looked at, whether its conditions are another's
// by now, and the ways to save them.
import { html, useEffect, useRef } from '../../vendor/ui.js';
import { Button } from '../base/bits.js';
import { store } from '../base/here.js';
import { fieldsOf, isAsked, isSame, questionOfView, viewOf } from './filters.js';
import { t } from '../base/words.js';

// The view that the address names, as it is and as it was when its conditions were taken over.  While
// nobody here changes them they follow it.
export function useSaved(question, setQuestion, setAsked) {
  const views = store.value.views.value;
  const view = question.view && views?.searches.find((v) => v.view === question.view);
  const base = useRef(null);
  if (view && base.current?.view !== view.view) base.current = view;
  const same = Boolean(view) && isSame(question, questionOfView(base.current));
  useEffect(() => {
    if (!view || view.version === base.current.version || !same) return;
    base.current = view;
    const next = { ...questionOfView(view), order: question.order };
    setQuestion(next);
    setAsked(next);
  }, [view?.version]);
  return {
    view: view || null, base: view ? base.current : null, same, views,
    gone: Boolean(views && question.view && !view),
    // What stands in it by number may be nothing that one may know: then the gateway asks.
    fieldsOf: (asked) => (view && isSame(asked, questionOfView(view))
      ? { view: view.view, ...(asked.order && { order: asked.order }) } : fieldsOf(asked)),
    settled(next) {
      base.current = next;
    },
  };
}

export function SavedHead({ saved, question }) {
  const s = store.value;
  const { view, base, same, views } = saved;
  if (!views) return html`<h1 class="hidden">${t('search')}</h1>`;
  return html`<div class="search-saved"><h1 class=${view ? '' : 'hidden'}>${view ? view.name
      : t('search')}</h1>
    ${view?.edit && same && html`<${Button} small kind="quiet" icon="eye"
      onClick=${() => views.edit(s, view)}>${t('views.change')}<//>`}
    ${view?.edit && !same && isAsked(question) && html`<${Button} small kind="primary" icon="eye"
      onClick=${() => views.change(s, base, viewOf(question)).then((done) =>
        done && saved.settled(done))}>${t('search.to-these')}<//>`}
    ${(!view || !same) && isAsked(question) && html`<${Button} small kind="quiet" icon="plus"
      onClick=${() => views.add(s, viewOf(question))}>${t('views.save')}<//>`}</div>`;
}
