// On a department's page: who would be asked if a chat rang now, and why not the others.
import { html, useState } from '../../vendor/ui.js';
import { Button } from '../base/bits.js';
import { store } from '../base/here.js';
import { explain, number, someOf, t } from '../base/words.js';

export function ExplainCard({ department }) {
  const s = store.value;
  const [said, setSaid] = useState(null);
  const [error, setError] = useState(null);
  const ask = () => s.command('route.explain', { department }).then((ok) => {
    setSaid(ok);
    setError(null);
  }, setError);
  const passed = said && Object.entries(said.passed).filter(([, n]) => n > 0);
  return html`<section class="card explain"><h2>${t('route.title')}</h2>
    <p class="help">${t('route.help')}</p>
    ${error && html`<p class="error" role="alert">${explain(error)}</p>`}
    <div role="status">${said && html`<p><strong>${said.agent ? t('route.next', { name: said.name })
      : said.rings ? t('route.rings', { n: number(said.rings_count),
        names: someOf(said.rings.map((r) => r.name), said.rings_count) })
        : t('route.nobody')}</strong></p>
      ${said.rule && html`<p class="help">${t('route.rule', { n: number(said.rule),
        skills: said.skills })}</p>`}
      ${passed.length > 0 && html`<p class="help">${passed.map(([why, n]) =>
        t(`route.passed.${why}`, { n: number(n) })).join(' · ')}</p>`}
      ${said.others.length > 0 && html`<ul>${said.others.map((o) => html`<li key=${o.agent}>
        <span>${o.name}</span> <small>${t(`route.why.${o.why}`, { skill: o.lacks })} · ${t('transfer.load',
          { load: number(o.load), capacity: number(o.capacity) })}</small></li>`)}</ul>`}`}</div>
    <${Button} small onClick=${ask}>${said ? t('route.again') : t('route.ask')}<//></section>`;
}
