// The face of whoever answers: a picture, or an initial in a colour.  It is fetched and painted,
// not linked: so a page's policy for images need not know of it, and what it allows already is
// enough.

import {ctx, h} from './kit.js';

const SIDE = 64;

const bitmaps = new Map(); // name → promise

const bitmapOf = name => {
  if (!bitmaps.has(name))
    bitmaps.set(
      name,
      fetch(`${ctx.door}picture/${name}`, {credentials: 'omit'})
        .then(answer => answer.blob())
        .then(blob =>
          createImageBitmap(blob, {resizeWidth: SIDE, resizeHeight: SIDE, resizeQuality: 'high'}),
        ),
    );
  return bitmaps.get(name);
};

const colourOf = name => [...name].reduce((sum, char) => sum + char.codePointAt(0), 0) % 4;

// Without a picture, or until it is there, and where it is gone: the initial.
export const faceOf = (name, picture) => {
  const face = h(
    'span',
    {class: 'face f' + colourOf(name), 'aria-hidden': 'true'},
    [...name][0] || '',
  );
  if (picture)
    bitmapOf(picture).then(
      bitmap => {
        const canvas = h('canvas', {width: SIDE, height: SIDE});
        canvas.getContext('2d').drawImage(bitmap, 0, 0);
        face.replaceChildren(canvas);
      },
      () => bitmaps.delete(picture),
    );
  return face;
};

// In front of what stands in an element; another one only where it is another's.
export const putFace = (el, name, picture = '') => {
  const was = el.firstElementChild;
  const key = `${name} ${picture}`;
  const had = was?.classList.contains('face') && was;
  if (had && had.dataset.of == key) return;
  if (had) had.remove();
  if (!name) return;
  const face = faceOf(name, picture);
  face.dataset.of = key;
  el.prepend(face);
};
