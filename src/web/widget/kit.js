// What the parts that are loaded later take from the core: its chat, its forms, its ways of
// building elements.  Each part is a file of its own for the browser, so it cannot import them.

export const ctx = window.deskbell.at[import.meta.url.split('#')[1]];
export const {
  act,
  adopt,
  arrange,
  chat,
  fill,
  formOf,
  h,
  icon,
  lang,
  later,
  root,
  text,
  values,
} = ctx.core;
