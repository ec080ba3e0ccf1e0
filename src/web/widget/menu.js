// The menu in the panel's head.

import * as t from 'text';
import {h, icon} from './kit.js';

const head = h(
  'summary',
  {class: 'icon', 'aria-label': t.more, title: t.more},
  icon('M5 12h.01M12 12h.01M19 12h.01'),
);
const menu = h(
  'details',
  {
    class: 'menu',
    onkeydown(event) {
      if (event.key != 'Escape' || !menu.open) return;
      event.preventDefault();
      menu.open = false;
      head.focus();
    },
  },
  head,
);
const shut = event => {
  if (!event.composedPath().includes(menu)) menu.open = false;
};
addEventListener('pointerdown', shut, true);

// Into its place, with what it does.
export const showMenu = (place, sure) => {
  if (menu.isConnected) return;
  menu.append(
    h(
      'button',
      {
        onclick() {
          menu.open = false;
          sure('end');
        },
      },
      t.end,
    ),
  );
  place.append(menu);
};
