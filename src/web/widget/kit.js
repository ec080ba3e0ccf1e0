// What the parts that are loaded later take from the core: its chat, its forms, its ways of
// building elements.  Each part is a file of its own for the browser, so it cannot import them.

const {core} = window.deskbell.at[import.meta.url.split('#')[1]];

export const {chat, icon, lang, root, h, text, arrange, fill, later, adopt, formOf, values, act} = core;
