// Saved views, one's own and those of one's departments, by name: asked for again when one of them
// has changed, and when the connection or one's rights have.
import { addView, changeView, editView } from './dialog.js';
import { Gone, Group, Save } from './show.js';
import { lang } from '../base/words.js';

const PAGE = 100;

async function all(s) {
  const views = [];
  let cursor = null;
  do {
    const ok = await s.command('view.list', { max: PAGE, cursor });
    views.push(...ok.rows);
    cursor = ok.cursor;
  } while (cursor !== null);
  const byName = new Intl.Collator(lang.peek(), { numeric: true }).compare;
  return views.sort((a, b) => byName(a.name, b.name));
}

export function followViews(s) {
  let round = 0;
  const look = async () => {
    const mine = ++round;
    try {
      const views = await all(s);
      const isSearch = (v) => v.list === 'search';
      if (mine === round)
        s.views.value = { rows: views.filter((v) => !isSearch(v)), searches: views.filter(isSearch),
          all: views, again: look, Gone, Group, Save, add: addView, edit: editView, change: changeView };
    } catch {
      // without a connection: the next one asks again
    }
  };
  look();
  const end = s.listen((what, detail) => {
    if (what === 'caught-up' || what === 'resync' || (what === 'managed' && detail.view)) look();
  });
  return () => {
    round++;
    end();
  };
}
