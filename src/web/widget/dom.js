// What this widget was started with, and building elements.  Text is only ever text: no markup is
// parsed anywhere.

// One instance of these modules serves one department: the loader names it behind the "#".
export const ctx = window.deskbell.at[import.meta.url.split('#')[1]];

export const later = (fn, ms) => {
  const id = setTimeout(fn, ms);
  return () => clearTimeout(id);
};

export const h = (tag, props, ...children) => {
  const el = document.createElement(tag);
  for (const name in props) {
    const value = props[name];
    if (value?.call) el[name] = value;
    else if (value != null && value !== false) el.setAttribute(name, value === true ? '' : value);
  }
  el.append(...children.flat().filter(child => child && child !== true));
  return el;
};

export const text = (what, cls = 'say') => h('p', {class: cls}, what);

// The parent's children become these, in this order.  What stays is not touched: whoever types in
// it types on.
export const arrange = (parent, wanted) => {
  const stay = new Set(wanted);
  for (const child of [...parent.children]) if (!stay.has(child)) child.remove();
  wanted.forEach((item, i) => {
    if (item != parent.children[i]) parent.insertBefore(item, parent.children[i] || null);
  });
};

export const adopt = css => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  ctx.root.adoptedStyleSheets = [...ctx.root.adoptedStyleSheets, sheet];
};

export const fill = (text, value) => text.replace(/{\w+}/, () => value);
