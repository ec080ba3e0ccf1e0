// Is the gateway of another version by now?  Its page then names other files than the ones that run
// here.  Nothing is done about it but to say so: when to load them is the agent's choice.
import { signal } from '../../vendor/ui.js';

export const outdated = signal(false);

const filesOf = (page) => /[^"]*\/console\/frame\/main\.js/.exec(page)?.[0];

export async function lookForUpdate() {
  try {
    const page = await (await fetch(location.pathname, { cache: 'no-store' })).text();
    const now = filesOf(page);
    outdated.value = Boolean(now) && new URL(now, location.href).href !== new URL('main.js',
      import.meta.url).href;
  } catch {
    // not reachable: the next reconnect asks again
  }
}
