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

export const fill = (text, value) => text.replace(/{\w+}/, () => value);

// Text with its web addresses as links.
export const linked = text =>
  text
    .split(/(https?:\/\/[^\s<>"「」（）、。]*[^\s<>"「」（）、。.,:;!?)])/)
    .map((part, i) =>
      i % 2
        ? h('a', {href: part, target: '_blank', rel: 'noopener noreferrer nofollow'}, part)
        : part,
    );
