// The HTML of a mail in a frame of its own, as a reader would see it: no script in it can run, and
// nothing is fetched.  The page's policy forbids inline styles, which mails must have: they are
// taken out before the text is parsed, and set by hand after it.
import { html, useEffect, useRef } from '../../vendor/ui.js';

// Trusted for parsing only: what comes of it is inert until it stands in the frame.
const policy = globalThis.trustedTypes?.createPolicy('mail-frame', { createHTML: (text) => text });
const trusted = (text) => (policy ? policy.createHTML(text) : text);

const TAG = /<[a-z](?:"[^"]*"|'[^']*'|[^'">])*>/gi;
const KEPT_STYLE = 'text/x-mail-style';

function parse(text) {
  const quiet = text
    .replace(/<(\/?)style\b[^>]*>/gi, (all, end) =>
      end ? '</script>' : `<script type="${KEPT_STYLE}">`)
    .replace(TAG, (tag) => tag.replace(/(\s)(style|on\w+)(?=\s*=)/gi, '$1data-kept-$2'));
  const doc = new DOMParser().parseFromString(trusted(quiet), 'text/html');
  const sheets = [...doc.querySelectorAll(`script[type="${KEPT_STYLE}"]`)].map((x) =>
    x.textContent);
  for (const x of doc.querySelectorAll('script, iframe, object, embed, link, base, form'))
    x.remove();
  for (const x of doc.querySelectorAll('[src], [srcset], [background]'))
    for (const name of ['src', 'srcset', 'background'])
      if (!/^data:image\//.test(x.getAttribute(name) || '')) x.removeAttribute(name);
  for (const x of doc.querySelectorAll('a[href]')) x.removeAttribute('href');
  return { doc, sheets };
}

function fill(frame, text, scheme) {
  const target = frame.contentDocument;
  const { doc, sheets } = parse(text);
  target.replaceChild(target.adoptNode(doc.documentElement), target.documentElement);
  for (const x of target.querySelectorAll('[data-kept-style]'))
    x.style.cssText = x.getAttribute('data-kept-style');
  target.adoptedStyleSheets = sheets.map((rules) => {
    const sheet = new frame.contentWindow.CSSStyleSheet();
    sheet.replaceSync(rules);
    return sheet;
  });
  target.documentElement.style.colorScheme = scheme;
  frame.style.height = `${Math.min(640, target.documentElement.scrollHeight + 24)}px`;
}

export function MailFrame({ text, title, scheme }) {
  const ref = useRef(null);
  const ready = useRef(null); // the frame, once it has a document of its own
  useEffect(() => {
    // With a doctype: an empty frame would be laid out as in the nineties.
    ref.current.srcdoc = trusted('<!DOCTYPE html>');
  }, []);
  useEffect(() => {
    if (ready.current) fill(ready.current, text, scheme);
  }, [text, scheme]);
  return html`<iframe class=${`mail-frame ${scheme}`} ref=${ref} title=${title}
    sandbox="allow-same-origin" onLoad=${(e) => {
      if (!e.currentTarget.srcdoc) return;
      ready.current = e.currentTarget;
      fill(ready.current, text, scheme);
    }}></iframe>`;
}
