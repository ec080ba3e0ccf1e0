// The console as an app of its own: the browser says when it may be installed, and the badge on its
// icon says how much waits.  There is no service worker: nothing that was loaded outlives its
// version or its agent, and without the gateway there is nothing to show.
import { signal } from '../../vendor/ui.js';

export const offer = signal(null); // the browser's, to be used once
export const isApp = () => matchMedia('(display-mode: standalone)').matches;

addEventListener('beforeinstallprompt', (e) => {
  e.preventDefault(); // it is asked for on one's own page
  offer.value = e;
});
addEventListener('appinstalled', () => (offer.value = null));

export async function install() {
  const one = offer.peek();
  offer.value = null;
  await one?.prompt();
}

// 0: none.
export function badge(n) {
  (n ? navigator.setAppBadge?.(n) : navigator.clearAppBadge?.())?.catch(() => {});
}
