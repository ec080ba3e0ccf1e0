// Keys that browsers do not give to pages, or that people would miss.

const NAMES = ['Tab', 'Minus', 'Equal', 'Enter', 'Backspace', 'Delete', 'Home', 'End', 'PageUp', 'PageDown',
  'ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'F4', 'Escape', 'Space'];
const CTRL_SHIFT = [...'ABCDIJKNOPRTVWZ'].map((c) => `Key${c}`);
const ALT = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'F4', 'Tab', 'Space', 'Enter',
  'Escape', 'KeyD', 'Backspace', 'Delete'];
const ALONE = ['F1', 'F3', 'F5', 'F6', 'F7', 'F10', 'F11', 'F12'];

export function isBrowsers(combo) {
  const code = /[^+]+$/.exec(combo)[0];
  const held = combo.slice(0, combo.length - code.length);
  if (held === 'Ctrl+')
    return NAMES.includes(code) || /^(Digit|Numpad)/.test(code) || (/^Key/.test(code) && code !== 'KeyK');
  if (held === 'Ctrl+Shift+') return CTRL_SHIFT.includes(code) || NAMES.includes(code);
  if (held === 'Alt+' || held === 'Alt+Shift+') return ALT.includes(code);
  if (held === 'Ctrl+Alt+') return ['Delete', 'Tab', 'Escape'].includes(code) || code.startsWith('Arrow');
  return (held === '' || held === 'Shift+') && ALONE.includes(code);
}
