// The loader: one status request, a bubble, and the core when the visitor opens it.
// It stores nothing, opens no socket, and shows nothing where the door says there is nothing.
// VERSION, SHEET and CORES (the cores' hashes by language) are put in when this is built.
(() => {
  const script = document.currentScript;
  const {src, dataset: data} = script || {dataset: {}};
  const code = data.department;
  const page = (window.deskbell = window.deskbell || {q: []});
  const here = (page.at = page.at || {});
  if (!code || here[code]) return;

  const door = src.slice(0, src.lastIndexOf('/w/') + 3);
  const wanted = data.lang || document.documentElement.lang || navigator.language || '';
  const lang = /^ja\b/i.test(wanted) ? 'ja' : 'en';
  const [openLabel, failed] = {
    en: ['Chat with us', 'The chat could not be loaded. Please try again.'],
    ja: ['チャットで問い合わせる', 'チャットを読み込めませんでした。もう一度お試しください。'],
  }[lang];
  const key = 'deskbell:' + code;
  const ctx = (here[code] = {code, door, data, lang, key});
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
    const url = `${door}${VERSION}/${name}.${lang}.js`;
    await fetch(url, {integrity, credentials: 'omit'}).then(r => r.text());
    return import(`${url}#${code}`);
  };

  const start = () => {
    ctx.alert.textContent = '';
    core = core || ctx.load('core', CORES[lang]);
    core.then(
      () => (ready = true),
      error => {
        core = null;
        console.warn('deskbell:', error);
        ctx.alert.textContent = failed;
      },
    );
    return core;
  };

  const show = () => {
    const host = (ctx.host = document.createElement('deskbell-chat'));
    const root = (ctx.root = host.attachShadow({mode: 'open'}));
    const bubble = (ctx.bubble = document.createElement('button'));
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(SHEET);
    root.adoptedStyleSheets = [sheet, paint];
    ctx.paint();
    host.lang = lang;
    bubble.className = 'bubble';
    bubble.part = 'bubble';
    bubble.ariaLabel = openLabel;
    bubble.append(ctx.icon('M4 4h16v12H9l-5 4z'));
    ctx.openLabel = openLabel;
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
    if (!ctx.gone) document.body.append(host);
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

  const begin = async () => {
    if (!(await ctx.ask()) && kept) ctx.status = kept.d;
    const {status, gone} = ctx;
    if (gone && !kept) return;
    if (!status) setTimeout(begin, (wait = Math.min(wait * 2, 60000)));
    else if (kept || status.door == 'open' || status.offline != 'hide') show();
  };

  try {
    kept = JSON.parse(localStorage.getItem(key));
    if (kept.endedMs < Date.now() - 864e5) localStorage.removeItem(key);
    kept = kept.live && kept;
  } catch {}
  if (document.body) begin();
  else addEventListener('DOMContentLoaded', begin);
})();
