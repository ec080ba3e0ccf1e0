// Drafts on the server: what stands in a composer is saved after a pause, and comes to the agent's
// other windows.  Two windows that write at once are both kept, until somebody chooses.
import { effect, html, signal } from '../../vendor/ui.js';
import { Button, toast } from '../base/bits.js';
import { draftHooks, draftStamp, drafts, session, setDraft } from '../base/here.js';
import { explain, t } from '../base/words.js';

const PAUSE_MS = 1000;
const KINDS = ['reply', 'note', 'mail'];
const NONE = { version: 0, text: '' };

const clashes = signal({}); // key → what stands on the server, where it is another one

let s = null;
let known = new Map(); // key → what the server has, as far as was heard
const timers = new Map();
const flying = new Set();

const keyOf = (id, kind) => `${id} ${kind}`;
const textOf = (key) => drafts.get(key) || '';
const knownOf = (key) => known.get(key) || NONE;

function note(key, version, text) {
  if (text) known.set(key, { version, text });
  else known.delete(key);
  session.set('drafts-known', JSON.stringify(Object.fromEntries(known)));
  if (!clashes.peek()[key]) return;
  const { [key]: gone, ...rest } = clashes.peek();
  clashes.value = rest;
}

function later(key) {
  clearTimeout(timers.get(key));
  timers.set(key, setTimeout(save, PAUSE_MS, key));
}

async function save(key) {
  const mine = s;
  const text = textOf(key);
  const [conversation, kind] = key.split(' ');
  timers.delete(key);
  if (text === knownOf(key).text || clashes.peek()[key] || flying.has(key)) return;
  flying.add(key);
  try {
    const { version } = knownOf(key);
    const ok = await mine.command('draft.save', { conversation, kind, text, version });
    if (mine !== s) return;
    if (ok.kept) note(key, ok.version, text);
    else meet(key, ok.version, ok.text);
  } catch (e) {
    if (e.code === 'full') toast(explain(e), { kind: 'warn', about: 'drafts' });
    return; // it stays in this window
  } finally {
    flying.delete(key);
  }
  if (textOf(key) !== text) later(key);
}

// What the server has, against what stands here.
function meet(key, version, text) {
  const own = textOf(key);
  const { text: was } = knownOf(key);
  if (text === own || own === was || !own) {
    note(key, version, text);
    if (text === own) return;
    setDraft(key, text);
    draftStamp.value++;
  } else if (!text) {
    note(key, 0, ''); // sent or cleared elsewhere: what was written on stays
    later(key);
  } else if (text !== was) {
    clashes.value = { ...clashes.peek(), [key]: { version, text } };
  }
}

function meetAll(conversation, list) {
  for (const kind of KINDS) {
    const one = list.find((d) => d.kind === kind) || NONE;
    const key = keyOf(conversation, kind);
    if (one.version !== knownOf(key).version && !flying.has(key)) meet(key, one.version, one.text);
  }
}

// Of all conversations, also those that are not open here.
async function meetEverywhere(mine) {
  const seen = new Set();
  let cursor = null;
  do {
    const ok = await mine.command('draft.list', cursor ? { cursor } : {});
    if (mine !== s) return;
    const ids = new Set(ok.rows.map((d) => d.conversation));
    for (const id of ids) seen.add(id);
    for (const id of ids) meetAll(id, ok.rows.filter((d) => d.conversation === id));
    cursor = ok.cursor;
  } while (cursor);
  for (const key of [...known.keys()]) if (!seen.has(key.split(' ')[0])) meet(key, 0, '');
  for (const key of drafts.keys()) if (textOf(key) !== knownOf(key).text) later(key);
}

export function followDrafts(store) {
  s = store;
  known = new Map(Object.entries(JSON.parse(session.get('drafts-known')) || {}));
  clashes.value = {};
  draftHooks.value = { typed: later, Clash };
  const ends = [store.listen((what, f) => {
    if (what === 'drafts') meetAll(f.conversation, f.drafts || []);
    if (what === 'draft') meet(keyOf(f.conversation, f.kind), f.version, f.text);
  }), effect(() => {
    if (store.online.value) meetEverywhere(store).catch(() => {});
  })];
  return () => {
    ends.forEach((end) => end());
    timers.forEach(clearTimeout);
    timers.clear();
    draftHooks.value = null;
    s = null;
  };
}

// Over a composer: the other one, to be chosen, or put together with this one.
function Clash({ id, kind }) {
  const key = keyOf(id, kind);
  const other = clashes.value[key];
  if (!other) return null;
  const choose = (text) => {
    note(key, other.version, other.text);
    setDraft(key, text);
    draftStamp.value++;
    later(key);
  };
  return html`<div class="clash" role="group" aria-label=${t('clash.title')}>
    <p>${t('clash.title')}</p>
    <blockquote>${other.text}</blockquote>
    <p class="clash-choice">
      <${Button} small onClick=${() => choose(other.text)}>${t('clash.theirs')}<//>
      <${Button} small onClick=${() => choose(textOf(key))}>${t('clash.mine')}<//>
      <${Button} small onClick=${() => choose(`${textOf(key)}\n${other.text}`)}>${t('clash.both')}<//>
    </p></div>`;
}
