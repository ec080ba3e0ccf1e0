// The loader: one status request, a bubble, and the core when the visitor opens it.
// It stores nothing, opens no socket, and shows nothing where the door says there is nothing.
// VERSION, SHEET and CORES (the cores' hashes by language) are put in when this is built.
const TAG = 'deskbell-chat';

const say = what => console.warn('deskbell:', what);
const ADD = 'no department: <script src="…/w/deskbell.js" data-department="CODE">';

const begin = tag => {
  const [src, asked] = tag.src.split('?');
  const data = {...Object.fromEntries(new URLSearchParams(asked)), ...tag.dataset};
  const code = data.department;
  const page = (window.deskbell ||= {q: []});
  const here = (page.at ||= {});
  if (!code) return say(ADD);
  if (here[code]) return;

  const door = src.slice(0, src.lastIndexOf('/w/') + 3);
  const key = 'deskbell:' + code;
  const ctx = (here[code] = {code, door, data, key});
  let words;
  let kept = null;
  let core = null;
  let ready = false;
  let wait = 2000;

  const paint = new CSSStyleSheet();

  const svg = (tag, attrs) => {
    const el = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const name in attrs) el.setAttribute(name, attrs[name]);
    return el;
  };
  ctx.icon = path => {
    const el = svg('svg', {viewBox: '0 0 24 24', 'aria-hidden': 'true'});
    el.append(svg('path', {d: path}));
    return el;
  };

  // fetch() proves the bytes; import() then takes the same, for the address never changes.
  ctx.load = async (name, integrity) => {
    const url = `${door}${VERSION}/${name}.${ctx.lang}.js`;
    await fetch(url, {integrity, credentials: 'omit'}).then(r => r.text());
    return import(`${url}#${code}`);
  };

  const start = () => {
    ctx.alert.textContent = '';
    core ||= ctx.load('core', CORES[ctx.lang]);
    core.then(
      () => (ready = true),
      error => {
        core = null;
        say(error);
        ctx.alert.textContent = words[1];
      },
    );
    return core;
  };

  const show = () => {
    // What the page asks, then what its visitor reads, of what the department speaks.
    const {languages = ['en', 'ja']} = ctx.status;
    const lang = (ctx.lang =
      [data.lang, document.documentElement.lang, ...navigator.languages]
        .map(tag => tag?.toLowerCase().split('-')[0])
        .find(tag => languages.includes(tag)) || languages[0]);
    words = {
      en: ['Chat with us', 'The chat could not be loaded. Please try again.'],
      ja: ['チャットで問い合わせる', 'チャットを読み込めませんでした。もう一度お試しください。'],
    }[lang];
    const host = (ctx.host = document.createElement(TAG));
    const root = (ctx.root = host.attachShadow({mode: 'open'}));
    const bubble = (ctx.bubble = document.createElement('button'));
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(SHEET);
    root.adoptedStyleSheets = [sheet, paint];
    ctx.paint();
    host.lang = lang;
    bubble.className = 'bubble';
    bubble.part = 'bubble';
    bubble.ariaLabel = ctx.openLabel = words[0];
    bubble.append(ctx.icon('M4 4h16v12H9l-5 4z'));
    ctx.alert = document.createElement('p');
    ctx.alert.role = 'alert';
    root.append(ctx.alert, bubble);
    bubble.onclick = () => {
      const was = ready;
      start().then(
        it => (was ? it.toggle() : it.open(true)),
        () => {},
      );
    };
    // A running chat outlives its door: then nothing is shown until its token was let in.
    ctx.shown = !ctx.gone;
    ctx.place();
    // Later, not at once: a page that takes it away each time is not to stand still over it.
    new MutationObserver(() => host.isConnected || setTimeout(ctx.place, 9)).observe(document, {
      childList: true,
      subtree: true,
    });
    if (kept) start().catch(() => {});
  };

  // The department's colour and side; text on the colour is black or white, whichever is clearer.
  ctx.paint = () => {
    const {colour, at_start: atStart} = ctx.status;
    const hex = /^#[0-9a-f]{6}$/i.test(colour) ? colour : '#2457c5';
    const [r, g, b] = [1, 3, 5].map(i => (parseInt(hex.slice(i, i + 2), 16) / 255) ** 2.2);
    const on = 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? '#111' : '#fff';
    const start = data.position ? data.position == 'start' : atStart;
    paint.replaceSync(
      `:host{--a:var(--deskbell-accent,${hex});--o:var(--deskbell-on-accent,${on});` +
        (start ? '--i:var(--deskbell-inset,16px) auto}' : '}'),
    );
  };

  // Pages replace their body and what is in it, and bring copies of the element, which are nothing.
  ctx.place = () => {
    const {host, home, shown} = ctx;
    if (!shown || host.parentNode == (home || document.body)) return;
    for (const el of document.querySelectorAll(TAG)) if (!el.shadowRoot) el.remove();
    (home || document.body)?.append(host);
  };

  // Ask the door, past the browser's cache where it says 'reload'.  Where there is no door (any
  // more), there is nothing to show.
  ctx.ask = async cache => {
    let answer = {};
    try {
      answer = await fetch(`${door}${code}/status`, {credentials: 'omit', cache});
      const said = await answer.json();
      if (answer.ok) ctx.status = said;
    } catch {}
    ctx.gone = answer.status == 404;
    return answer.ok;
  };

  const look = async () => {
    if (!(await ctx.ask()) && kept) ctx.status = kept.d;
    const {status, gone} = ctx;
    if (gone && !kept) return;
    if (!status) setTimeout(look, (wait = Math.min(wait * 2, 60000)));
    else if (kept || status.door == 'open' || status.offline != 'hide') show();
  };

  try {
    kept = JSON.parse(localStorage.getItem(key));
    if (kept.endedMs < Date.now() - 864e5) localStorage.removeItem(key);
    kept = kept.live && kept;
  } catch {}
  if (document.body) look();
  else addEventListener('DOMContentLoaded', look);
};

// A module has no currentScript, but is named by a tag as well, or by what was loaded where import()
// asked for it; a page may have several.
const own = document.currentScript;
const ours = all => all.filter(tag => /\/w\/.*deskbell\.js/.test(tag.src));
const named = own ? [own] : ours([...document.scripts]);
const tags = named[0]
  ? named
  : ours(performance.getEntriesByType('resource').map(({name: src}) => ({src})));
if (tags[0]?.src) tags.forEach(begin);
else say(ADD);
