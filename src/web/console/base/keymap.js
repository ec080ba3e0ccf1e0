// Which keys do what, as the agent has them: what the console begins with, and his own instead.  Keys go
// by their place (event.code), so that other layouts and macOS's Option characters do not matter.
import { computed } from '../../vendor/ui.js';
import { store } from './here.js';

export const DEFAULTS = {
  accept: 'Alt+KeyA', decline: 'Alt+KeyR', next: 'Alt+KeyJ', previous: 'Alt+KeyK', unread: 'Alt+KeyN',
  'to-answer': 'Alt+KeyY', tab: 'Alt+Digit1', close: 'Alt+KeyX', 'close-over': 'Alt+Shift+KeyX',
  reply: 'Alt+KeyL', note: 'Alt+KeyP', canned: 'Alt+KeyQ', end: 'Alt+KeyE',
  'end-next': 'Alt+Shift+KeyE', 'undo-end': 'Alt+KeyZ', reopen: 'Alt+KeyO', transfer: 'Alt+KeyT',
  assign: 'Alt+KeyG', tags: 'Alt+KeyM', panel: 'Alt+KeyI', status: 'Alt+KeyW', find: 'Ctrl+KeyK',
  help: 'Ctrl+Slash',
};

// His own, as the gateway keeps them: "accept=Alt+KeyB end=": nothing behind it: no key.
export const ownKeys = (text) =>
  Object.fromEntries((text || '').split(' ').filter(Boolean).map((one) => one.split('=')));

// What begins with a key that he has given to something else has none, until he gives it another.
export function keysFor(text) {
  const own = ownKeys(text);
  const taken = new Set(Object.values(own));
  return Object.fromEntries(Object.entries(DEFAULTS).map(([word, first]) =>
    [word, own[word] ?? (taken.has(first) ? '' : first)]));
}

const keymap = computed(() => keysFor(store.value?.agent.value?.keys));
export const keysOf = (word) => keymap.value[word];

// Of a key event; '' for one that no other is held with but Shift, unless it is a function key.
export function comboOf(e) {
  const ctrl = e.ctrlKey || e.metaKey;
  if (e.getModifierState?.('AltGraph')) return ''; // it makes letters
  if (!ctrl && !e.altKey && !/^F\d+$/.test(e.code)) return '';
  return `${ctrl ? 'Ctrl+' : ''}${e.altKey ? 'Alt+' : ''}${e.shiftKey ? 'Shift+' : ''}${e.code}`;
}

const SIGNS = {
  Slash: '/', Backslash: '\\', Comma: ',', Period: '.', Semicolon: ';', Quote: "'", Minus: '-', Equal: '=',
  BracketLeft: '[', BracketRight: ']', Backquote: '`', ArrowUp: '\u2191', ArrowDown: '\u2193',
  ArrowLeft: '\u2190', ArrowRight: '\u2192',
};
// As it is written on keys: Alt+A.
export const readable = (combo) => combo.replace(/[^+]+$/, (code) =>
  SIGNS[code] || code.replace(/^(Key|Digit)(?=.)/, ''));

// Of the tabs' keys, which are nine: what is held with a digit; '' for others.
export const heldWithDigit = (combo) => /^(.*)Digit[1-9]$/.exec(combo)?.[1] || '';

export const hint = (word) => readable(keysOf(word));
// What a button says of itself, and the keys that do the same.
export const withKey = (text, word) => (hint(word) ? `${text} (${hint(word)})` : text);
