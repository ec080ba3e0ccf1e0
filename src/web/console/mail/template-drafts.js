// Templates that are being written: what is typed and not saved yet, and what it would look like.
import { useEffect, useRef, useState } from '../../vendor/ui.js';
import { store } from '../base/here.js';

const LOOK_MS = 400; // after the last key
const FRAME_MAX_BYTES = 60000; // what one command may be

// What is typed and not saved yet, by the settings' names; null: to be gone.  What was saved stays
// until forget(), when the gateway has told how it is now.  version: of the object that they belong
// to; each is made for the one at which it was begun, or was refused.
export function useDrafts(department, version) {
  const s = store.value;
  const [drafts, setDrafts] = useState({});
  const done = useRef(new Set());
  const made = useRef({});
  const set = (name, text) => {
    done.current.delete(name);
    if (text === undefined) delete made.current[name];
    else made.current[name] ??= version;
    setDrafts((old) => {
      const { [name]: _, ...rest } = old;
      return text === undefined ? rest : { ...rest, [name]: text };
    });
  };
  // One after the other: each may be as large as a command can be.
  async function save() {
    for (const [name, text] of Object.entries(drafts)) {
      const change = { version: made.current[name], [name]: text || '' };
      try {
        if (department) await s.command('department.set', { department, ...change });
        else await s.command('portal.set', change);
      } catch (error) {
        if (error.reason === 'stale') made.current[name] = error.values.version;
        throw error;
      }
      delete made.current[name];
      done.current.add(name);
    }
  }
  const forget = () => {
    const names = done.current;
    done.current = new Set();
    if (names.size)
      setDrafts((old) => Object.fromEntries(Object.entries(old).filter(([x]) => !names.has(x))));
  };
  return { drafts, set, save, forget, count: Object.keys(drafts).length };
}

// { made, error }: a moment after the last key; an error leaves the last that was made.
export function usePreview(fields, key) {
  const s = store.value;
  const [state, setState] = useState({ made: null, error: null, key: '' });
  useEffect(() => {
    let wanted = true;
    const timer = setTimeout(() => {
      if (new TextEncoder().encode(JSON.stringify(fields)).length > FRAME_MAX_BYTES) {
        setState((old) => ({ ...old, error: { code: 'too-big' }, key }));
        return;
      }
      s.command('template.preview', fields).then(
        (made) => wanted && setState({ made, error: null, key }),
        (error) => wanted && setState((old) => ({ ...old, error, key })));
    }, state.key ? LOOK_MS : 0);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [s, key]);
  return state;
}
