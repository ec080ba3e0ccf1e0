// One's own page: what is kept about oneself, and the ways in.
import { html } from '../../vendor/ui.js';
import { PageHead } from '../base/page.js';
import { t } from '../base/words.js';
import { Tokens } from './tokens.js';

export function Profile() {
  return html`<${PageHead} title=${t('page.profile')} />
    <div class="self"><${Tokens} /></div>`;
}
