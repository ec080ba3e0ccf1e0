// What the widget keeps in the browser: one entry for the chat, and one for each command that
// waits for its answer, so that several tabs never overwrite what another has still to send.
// Where the browser keeps nothing, the chat lives in this tab's variables alone.

let storage, key;

// False where nothing can be kept.
const attempt = fn => {
  try {
    return fn();
  } catch {
    return false;
  }
};

export const useStore = (open, name) => {
  key = name;
  storage = attempt(open);
};

export const keeps = () =>
  attempt(() => {
    storage.setItem(key + ':', '');
    storage.removeItem(key + ':');
    return true;
  });
export const readChat = () => attempt(() => JSON.parse(storage.getItem(key))) || null;
export const writeChat = chat => attempt(() => storage.setItem(key, JSON.stringify(chat)));
export const keep = command =>
  attempt(() => storage.setItem(key + ':' + command.id, JSON.stringify(command)));
export const drop = id => attempt(() => storage.removeItem(key + ':' + id));

const names = () =>
  (attempt(() => Object.keys(storage)) || []).filter(name => name.startsWith(key));

// Commands not answered yet, in the order in which they were given.
export const readWaiting = () =>
  names()
    .filter(name => name != key)
    .sort()
    .map(name => attempt(() => JSON.parse(storage.getItem(name))))
    .filter(command => command?.id?.trim && command.do?.trim);

export const clearStore = () => names().forEach(name => attempt(() => storage.removeItem(name)));
