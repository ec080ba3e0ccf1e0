// A chat that is only watched: in place of its composer, until one wants to write.
import { html } from '../../vendor/ui.js';
import { Button, Icon } from '../base/bits.js';
import { watched } from '../base/here.js';
import { t } from '../base/words.js';

export const Watching = () => html`<div class="watching" role="status"><${Icon} name="eye"
  size=${16} /><span>${t('watching.text')}</span>
  <${Button} small onClick=${() => (watched.value = null)}>${t('watching.write')}<//></div>`;
