// Forms: fields with labels, errors beside them.  Forms and fields are made once and changed in
// place, so that an answer which comes late disturbs nobody who types, and takes nothing away.

import * as t from 'text';
import {clean} from '../shared/text.js';
import {d, faults, live, pending, s} from './chat.js';
import {arrange, ctx, h} from './dom.js';

const COMPLETE = {name: 'name', email: 'email', phone: 'tel'};
const MOST = {name: 100, phone: 40, email: 254, comment: 1000};

// What was typed, by field.  The question of a new chat and the message that is left are one text,
// "words": which of them it becomes is settled when it is sent.
export const values = {};

const rows = {};
const forms = {};

const makeRow = key => {
  const complete = COMPLETE[key];
  const input = h(complete ? 'input' : 'textarea', {
    id: key,
    type: key == 'name' ? 'text' : complete,
    rows: 3,
    autocomplete: complete || 'off',
    'aria-describedby': 'bad-' + key,
    oninput() {
      values[key] = input.value;
      row.complain('');
    },
  });
  const label = h('label', {for: key});
  const bad = h('p', {class: 'bad', id: 'bad-' + key});
  const row = {
    input,
    el: h('div', {}, label, input, bad),
    complain(what) {
      bad.textContent = what;
      input.ariaInvalid = !!what;
      return what;
    },
    // What is wrong with what stands in it; '' where nothing is.
    wrong() {
      const value = clean(input.value).trim();
      if (!value) return input.required ? t.needed : '';
      if (key == 'email' && !/^[^\s@]+@[^\s@]+$/.test(value)) return t.badEmail;
      return [...value].length > (MOST[key] || 4000) ? t.tooLong : '';
    },
    show(name, words, must) {
      const value = values[key] ?? s?.who[key] ?? '';
      label.replaceChildren(words, must ? '' : h('small', {}, ` (${t.optional})`));
      input.name = name;
      input.required = must;
      if (input.value != value) input.value = value;
    },
  };
  return row;
};

const makeForm = () => {
  const alert = h('p', {class: 'bad', role: 'alert'});
  const button = h('button', {});
  const form = {
    alert,
    button,
    el: h('form', {
      noValidate: true,
      onsubmit(event) {
        event.preventDefault();
        if (form.busy) return;
        const wrong = form.rows.filter(row => row.complain(row.wrong()))[0];
        if (wrong) return wrong.input.focus();
        const got = {};
        for (const {input} of form.rows) if (input.value.trim()) got[input.name] = input.value;
        form.submit(got);
      },
    }),
  };
  return form;
};

// The form that gives this command, with these fields: [name, label, must, key of the value where
// that is another]; top stands above them.  The same form each time that `key` is the same.
export const formOf = (key, {what, fields, label, submit, top, cls}) => {
  const form = (forms[key] ||= makeForm());
  const fault = faults[what];
  // Nothing yet where the part that knows is on its way: then it is told again with it.
  const why = fault && ctx.why(fault);
  const fresh = fault != form.fault;
  const busy = pending(what) || live();
  if (!fault || why) form.fault = fault;
  form.submit = submit;
  form.busy = busy;
  form.button.textContent = busy ? t.sending : label;
  form.button.className = cls || '';
  form.button.hidden = !label;
  form.button.ariaDisabled = busy;
  if (fresh) form.alert.textContent = fault ? why || t.failed : '';
  form.rows = fields.map(([name, words, must, other]) => {
    const row = (rows[other || name] ||= makeRow(other || name));
    // Before a chat, the department's own words go before ours.
    row.show(name, (key == 'ask' && d.labels?.[name]?.[ctx.lang]) || words, !!must);
    if (fresh && fault?.field == name) {
      form.alert.textContent = '';
      row.complain(row.wrong() || why || t.failed);
    }
    return row;
  });
  arrange(form.el, [...(top || []), ...form.rows.map(row => row.el), form.alert, form.button]);
  return form.el;
};
