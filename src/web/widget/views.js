// What stands in the panel, by what the chat is.  The views decide nothing about the chat: they
// show it, and tell it what the visitor does.

import * as t from 'text';
import * as chat from './chat.js';
import * as given from './given.js';
import {adopt, arrange, ctx, fill, h, later, text} from './dom.js';
import {formOf, values} from './form.js';
import {clean} from '../shared/text.js';

const AGAIN_MS = 5000;

let act; // askDoor(), redraw(), say(), sure(): of the panel
export const state = {ringing: false, note: ''};

const isMissed = () => chat.s?.st.state == 'missed';

// A field that the gateway has just missed is asked for, whatever the door said before.
const must = (name, what) => chat.d.fields[name] == 'must' || chat.faults[what]?.field == name;
// What was answered before a miss is not asked again.
const asked = (what, needed) =>
  [
    ['name', t.name],
    ['email', t.email],
    ['phone', t.phone],
  ]
    .map(([name, label]) => [name, label, needed == name || must(name, what)])
    .filter(([name, , needed]) => needed || chat.d.fields[name] == 'ask')
    .filter(([name, , must]) => !isMissed() || !chat.s.who[name] || (must && needed == name));

// The parts that are loaded when they are needed, and again where that failed.
const parts = {};
const loading = {};
export const load = (name, integrity) =>
  (loading[name] ||= ctx.load(name, integrity).then(
    part => {
      parts[name] = part;
      act.redraw();
      return part;
    },
    error => {
      later(() => {
        delete loading[name];
        act.redraw();
      }, AGAIN_MS);
      throw error;
    },
  ));
const partOf = (name, integrity) => {
  load(name, integrity).catch(() => {}); // the browser says what was not to be had
  return parts[name];
};
export const latePart = needed => (needed ? partOf('late', LATE) : parts.late);
export const talkPart = () => partOf('talk', TALK);

// What stands in the composer: it outlives the page, and each change of the chat's state.
export const draft = () => parts.talk?.input.value ?? (chat.s || chat.gone)?.draft ?? '';
export const keepDraft = () => chat.remember('draft', draft());
const setDraft = words => {
  chat.remember('draft', words);
  parts.talk?.setDraft(words);
};

// Words that never arrived, and those in the composer, go into the form.
const carry = (...words) => {
  values.words = [...words, ...chat.unsent(), draft()].filter(Boolean).join('\n');
  setDraft('');
};

const views = {
  form: () => [
    text(state.note || t.intro),
    formOf('ask', {
      what: 'chat.start',
      fields: [
        ...asked('chat.start'),
        ...(chat.d.fields.question == 'no'
          ? []
          : [['question', t.question, must('question', 'chat.start'), 'words']]),
      ],
      label: t.start,
      cls: 'main',
      submit(got) {
        talkPart();
        chat.tell('chat.start', got);
      },
    }),
    chat.kept() || partOf('away', AWAY)?.unkept(),
  ],
  talk() {
    const {queue, log, newer, composer} = parts.talk;
    return [queue, log, newer, composer];
  },
  over() {
    const {log, composer, inUse} = parts.talk;
    const used = inUse() && composer;
    return latePart(true)?.over(log, used) || [log, used];
  },
  offline: () => parts.away.offline(),
  left: () => parts.away.left(),
};

// Is everything there that a view needs?  Until then the one before it stays, with who types in it.
export const ready = view =>
  view == 'form' ||
  (view == 'talk' || view == 'over'
    ? talkPart()
    : partOf('away', AWAY) && (!isMissed() || latePart(true)));

export const pick = () => {
  if (chat.live()) return 'talk';
  const now = chat.s?.st.state;
  if (now == 'ended') return 'over';
  if (chat.pending('chat.start')) return isMissed() && !state.ringing ? 'offline' : 'form';
  if (now == 'left' || chat.s?.left) return 'left';
  return chat.d.door == 'open' &&
    chat.faults['chat.start']?.code != 'closed' &&
    (!now || state.ringing)
    ? 'form'
    : 'offline';
};

const asks = view => view == 'form' || view == 'offline';

// From one view to another: what was written goes along.
export const turn = (from, to) => {
  if (asks(to) && !asks(from)) {
    const {q} = chat.s || {};
    if (isMissed()) carry(q, ...chat.lines.filter(one => one.by == 'visitor').map(one => one.text));
    else carry(values.words);
  }
  if (asks(to)) return;
  // Begun with other words than stand in the form by now: those are not lost, either.
  if (to == 'talk' && asks(from) && clean(values.words || '').trim() != (chat.s.q || ''))
    setDraft(values.words);
  values.words = state.note = '';
  state.ringing = false;
};

// Everything that a view is made of: where it changes, the view is drawn.
export const signOf = view => {
  const {st, chat: id} = chat.s || {};
  return view == 'talk'
    ? 'talk' + id
    : JSON.stringify([
        view,
        st?.why,
        st?.rated,
        st?.copied,
        parts.talk?.inUse(),
        chat.out.map(command => command.do),
        chat.faults,
        chat.d,
        state.note,
      ]);
};

export const partsOf = view => views[view]().filter(part => part?.nodeType);

export const useViews = panel => {
  act = {...panel, asked, isMissed, latePart, state};
  const {icon, lang, root} = ctx;
  ctx.why = fault => latePart(true)?.why(fault);
  ctx.core = {
    act,
    adopt,
    arrange,
    chat: given,
    fill,
    formOf,
    h,
    icon,
    lang,
    later,
    root,
    text,
    values,
  };
};
