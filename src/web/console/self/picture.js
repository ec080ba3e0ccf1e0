// A picture of oneself, or of somebody one manages: chosen, dropped or pasted; the browser makes it
// small before it is sent, the gateway looks at it and draws it anew.
import { html, useRef, useState } from '../../vendor/ui.js';
import { Button, toast } from '../base/bits.js';
import { Face } from '../base/face.js';
import { store } from '../base/here.js';
import { explain, t } from '../base/words.js';
import { request } from '../frame/session.js';

const SIDE = 512;
const QUALITY = 0.9;

// The middle of whatever the browser can read, as it was held.
async function shrink(file) {
  const bitmap = await createImageBitmap(file);
  const side = Math.min(bitmap.width, bitmap.height);
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  canvas.getContext('2d').drawImage(bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2,
    side, side, 0, 0, SIDE, SIDE);
  bitmap.close();
  const webp = await canvas.convertToBlob({ type: 'image/webp', quality: QUALITY });
  if (webp.type === 'image/webp') return webp;
  return canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY }); // it writes no WebP
}

const imageIn = (transfer) => [...(transfer?.files || [])].find((f) => f.type.startsWith('image/'));

export function PictureCard({ agent, again }) {
  const s = store.value;
  const input = useRef(null);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState('');
  const [over, setOver] = useState(false);
  const now = s.agents.value.get(String(agent.id)) || agent;

  async function change(make, done) {
    setBusy(true);
    setWrong('');
    try {
      await make();
      toast(t(done), { kind: 'good' });
      again();
    } catch (e) {
      setWrong(explain(e));
    }
    setBusy(false);
  }
  // What the browser cannot read the gateway is asked about, which says why.
  const put = (file) => file && change(async () => {
    const small = await shrink(file).catch(() => file);
    await request('PUT', `agents/${agent.id}/picture`, small);
  }, 'picture.done');
  const drop = (e) => {
    e.preventDefault();
    setOver(false);
    put(e.dataTransfer.files[0]);
  };
  const paste = (e) => {
    const image = imageIn(e.clipboardData);
    if (!image) return;
    e.preventDefault();
    put(image);
  };
  return html`<section class=${`card picture-card ${over ? 'over' : ''}`} onDrop=${drop}
    onDragOver=${(e) => (e.preventDefault(), setOver(true))} onDragLeave=${() => setOver(false)}
    onPaste=${paste}><h2>${t('picture')}</h2>
    <div class="picture-row"><${Face} id=${agent.id} name=${agent.name} picture=${agent.picture}
      size="large" />
    <div><p class="help" id="picture-help">${t('picture.help')}</p>
    <div class="buttons"><input type="file" class="hidden" tabindex="-1" aria-hidden="true"
      ref=${input} accept="image/png,image/jpeg,image/webp,image/*" onChange=${(e) => {
        put(e.currentTarget.files[0]);
        e.currentTarget.value = '';
      }} />
      <${Button} busy=${busy} aria-describedby="picture-help"
        onClick=${() => input.current.click()}>${t('picture.choose')}<//>
      ${now.picture && html`<${Button} busy=${busy} kind="danger-quiet" onClick=${() => change(
        () => s.command('picture.remove', { agent: agent.id }), 'picture.removed')}>${
        t('picture.remove')}<//>`}</div>
    ${wrong && html`<p class="error" role="alert">${wrong}</p>`}</div></div></section>`;
}
