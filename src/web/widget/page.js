// The widget in pages that close off what is outside of their dialogs: keys and clicks in it are
// nobody else's, and where everything else is made dead it goes into the dialog.

import {chat, ctx, later, root} from './kit.js';

const {host} = ctx;

// The address may change while the document stays; its title follows a moment later.
let at;
const look = () => {
  if (at == location.href) return;
  at = location.href;
  later(chat.tellPage, 99);
};
window.navigation?.addEventListener('currententrychange', look);
for (const type of ['popstate', 'hashchange']) addEventListener(type, look);

// The innermost modal dialog is the only place that lives.  Who types goes on when it moves.
const settle = () => {
  look();
  const used = root.activeElement;
  ctx.home = [...document.querySelectorAll('dialog:modal')].pop();
  host.removeAttribute('inert');
  host.removeAttribute('aria-hidden');
  ctx.place();
  if (used != root.activeElement) used?.focus();
};
new MutationObserver(settle).observe(document, {
  subtree: true,
  childList: true,
  attributes: true,
  attributeFilter: ['open', 'inert', 'aria-hidden'],
});
settle();

// A page's focus traps hear of nothing that happens in here; what listens in here is called instead,
// from the inside out.
const keep = event => {
  if (event.target != host) return;
  event.stopImmediatePropagation();
  for (const el of event.composedPath()) {
    if (el == root) break;
    el['on' + event.type]?.(event);
  }
};
for (const type of [
  'focusin',
  'focusout',
  'keydown',
  'keypress',
  'keyup',
  'pointerdown',
  'mousedown',
  'touchstart',
  'click',
])
  addEventListener(type, keep, {capture: true, passive: type == 'touchstart'});
