// Forms: fields with labels, errors beside them, and what was typed kept whatever is drawn anew.

import * as t from 'text';
import {faults, pending, s} from './chat.js';
import {h} from './dom.js';

const COMPLETE = {name: 'name', email: 'email', phone: 'tel'};
const MOST = {name: 100, phone: 40, email: 254, comment: 1000};

// What was typed, by field.
export const values = {};

// For a command with these fields ([name, label, must]); top stands above them.
export const makeForm = (what, fields, label, submit, top) => {
  const busy = pending(what);
  const fault = faults[what];
  const alert = h('p', {class: 'bad', role: 'alert'}, fault && t.failed);
  const button = h('button', {class: 'main', disabled: busy}, busy ? t.sending : label);

  const rows = fields.map(([name, label, must]) => {
    const complete = COMPLETE[name];
    const input = h(complete ? 'input' : 'textarea', {
      id: name,
      name,
      type: name == 'name' ? 'text' : complete,
      rows: 3,
      autocomplete: complete || 'off',
      required: must,
      'aria-describedby': 'bad-' + name,
      oninput() {
        values[name] = input.value;
        complain('');
      },
    });
    const bad = h('p', {class: 'bad', id: 'bad-' + name});
    const complain = text => {
      bad.textContent = text;
      input.ariaInvalid = !!text;
      return text;
    };
    input.value = values[name] ?? s?.who[name] ?? '';
    if (fault?.field == name) {
      alert.textContent = '';
      complain(name == 'email' ? t.badEmail : t.failed);
    }
    const check = () => {
      const value = input.value.trim();
      return complain(
        !value
          ? must
            ? t.needed
            : ''
          : name == 'email' && !/^[^\s@]+@[^\s@]+$/.test(value)
            ? t.badEmail
            : [...value].length > (MOST[name] || 4000)
              ? t.tooLong
              : '',
      );
    };
    return {
      input,
      check,
      el: h(
        'div',
        {},
        h('label', {for: name}, label, must || h('small', {}, ` (${t.optional})`)),
        input,
        bad,
      ),
    };
  });

  return h(
    'form',
    {
      noValidate: true,
      onsubmit(event) {
        event.preventDefault();
        const wrong = rows.filter(row => row.check())[0];
        if (wrong) return wrong.input.focus();
        const got = {};
        for (const {input} of rows) if (input.value.trim()) got[input.name] = input.value;
        submit(got);
      },
    },
    top,
    rows.map(row => row.el),
    alert,
    button,
  );
};
