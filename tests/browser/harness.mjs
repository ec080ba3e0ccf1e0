// What the browser tests stand on: a real gateway in a directory of its own, sites of others that
// embed the widget, a network that can be cut, agents, and Chromium with axe.
//
// Everything that is started here is ended when the test's file ends; nothing waits blindly.
import assert from 'node:assert/strict';
import {execFile, spawn} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer as createHttp} from 'node:http';
import {createRequire} from 'node:module';
import {connect, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after} from 'node:test';
import {promisify} from 'node:util';
import {openSocket} from './socket.mjs';

export const top = process.env.TOP_SRCDIR || new URL('../..', import.meta.url).pathname;
const build = process.env.TOP_BUILDDIR || join(top, '.build');
const require = createRequire(import.meta.url);
const ANSWER_MS = 20000;

const endings = [];
after(async () => {
  for (const end of endings.reverse()) await end();
});
// Run fn when the test's file has ended, last first.
export const atEnd = fn => endings.push(fn);

// A run that is broken off ends what it has started, too.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.once(signal, () => process.exit(1));

// Until fn() gives something true: that; or an error that names what was waited for.
export async function until(what, fn, ms = 20000) {
  const end = Date.now() + ms;
  let trouble = '';
  for (;;) {
    try {
      const got = await fn();
      if (got) return got;
    } catch (error) {
      trouble = `: ${error.message}`;
    }
    if (Date.now() > end) throw new Error(`waited ${ms} ms for ${what}${trouble}`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

const listenOn = (server, port = 0) =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server.address().port));
  });

async function freePort() {
  const server = createServer();
  const port = await listenOn(server);
  await new Promise(resolve => server.close(resolve));
  return port;
}

// The gateway

/*
 * A gateway with a state of its own.  conf: more lines of its configuration.
 * ctl(...words): what deskbellctl --json prints, as an object.
 */
export async function startGateway(conf = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'deskbell-browser-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const file = join(dir, 'deskbell.conf');
  const g = {dir, port, url, log: ''};
  const options = {
    listen: `127.0.0.1:${port}`,
    public_url: url,
    state_dir: join(dir, 'state'),
    control_socket: join(dir, 'control.sock'),
    dispatcher_program: join(build, 'src/dispatcher/deskbell-dispatcher'),
    user: 'root',
    log_level: 'info',
    chats_per_hour: 1000,
    chats_per_address: 1000,
    sign_ins_per_minute: 1000,
    demo: 'yes',
    ...conf,
  };
  const program = join(build, 'src/deskbelld/deskbelld');
  let child = null;

  assert.ok(existsSync(program), `${program} is not built: run make first`);
  writeFileSync(
    file,
    Object.entries(options)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join(''),
  );

  process.once('exit', () => {
    if (child && !child.gone) child.kill('SIGKILL');
    rmSync(dir, {recursive: true, force: true});
  });
  g.start = async () => {
    child = spawn(program, ['-c', file], {stdio: ['ignore', 'pipe', 'pipe']});
    const mine = child;
    for (const stream of [mine.stdout, mine.stderr]) stream.on('data', data => (g.log += data));
    mine.on('exit', () => (mine.gone = true));
    await until('the gateway to answer', async () => {
      assert.ok(!mine.gone, `the gateway ended:\n${g.log.slice(-3000)}`);
      return (await fetch(url + '/healthz')).ok;
    });
  };
  const end = async signal => {
    if (!child || child.gone) return;
    child.kill(signal);
    await until('the gateway to end', () => child.gone, 15000);
  };
  g.kill = () => end('SIGKILL');
  g.stop = () => end('SIGTERM');
  g.ctl = async (...words) => {
    const {stdout} = await promisify(execFile)(join(build, 'src/ctl/deskbellctl'), [
      '-c',
      file,
      '--json',
      '--yes',
      ...words,
    ]);
    return stdout.trim() ? JSON.parse(stdout) : null;
  };
  // An agent of these departments who can sign in.
  g.addAgent = async (name, email, departments = []) => {
    await g.ctl('agent', 'add', name, email);
    for (const department of departments) await g.ctl('member', 'set', email, department);
    return g.setPassword(email);
  };
  g.setPassword = async (email, password = 'correct horse battery') => {
    const [link] = JSON.stringify(await g.ctl('agent', 'link', email)).match(/[A-Za-z0-9_-]{43}/);
    const answer = await g.post('/api/v1/password', {link, password});
    assert.equal(answer.status, 200, await answer.text());
    return {email, password};
  };
  g.post = (path, body, headers = {}) =>
    fetch(url + path, {
      method: 'POST',
      headers: {'Content-Type': 'application/json', Origin: url, ...headers},
      body: JSON.stringify(body),
    });
  g.departments = async () => Object.values(await g.ctl('department', 'list')).find(Array.isArray);
  atEnd(async () => {
    await g.stop();
    if (process.env.DESKBELL_TEST_LOGS) {
      mkdirSync(process.env.DESKBELL_TEST_LOGS, {recursive: true});
      writeFileSync(join(process.env.DESKBELL_TEST_LOGS, `gateway-${port}.log`), g.log);
    }
    rmSync(dir, {recursive: true, force: true});
  });
  await g.start();
  return g;
}

// An agent

/*
 * An agent over the documented protocol, as a console would be: signed in, subscribed to itself.
 * Events are kept in .events; ask(do, fields) gives the answer's ok or throws its error.
 */
export async function signIn(g, {email, password}) {
  const answer = await g.post('/api/v1/session', {email, password});
  assert.equal(answer.status, 200, await answer.text());
  const cookie = answer.headers.get('set-cookie').split(';')[0];
  const a = {events: [], email};
  const waiting = new Map();
  let count = 0;
  let closed = false;

  const open = async () => {
    closed = false;
    a.socket = await openSocket(
      `${g.url}/api/v1/ws`,
      {Cookie: cookie, Origin: g.url},
      {
        frame(frame) {
          if (!frame.re) return a.events.push(frame);
          const {resolve, reject} = waiting.get(frame.re);
          waiting.delete(frame.re);
          if (frame.error)
            reject(
              Object.assign(new Error(`${frame.error.code}: ${frame.error.what}`), frame.error),
            );
          else resolve(frame.ok);
        },
        close() {
          closed = true;
          for (const {reject} of waiting.values()) reject(new Error('the connection closed'));
          waiting.clear();
        },
      },
    );
    a.me = await a.ask('subscribe', {topic: 'me'});
  };
  a.ask = (what, fields = {}) =>
    new Promise((resolve, reject) => {
      if (closed) return reject(new Error('the connection is closed'));
      const id = `${email}-${process.pid}-${Date.now()}-${++count}`;
      const timer = setTimeout(
        () => reject(new Error(`no answer to ${what} ${JSON.stringify(fields)}`)),
        ANSWER_MS,
      );
      timer.unref();
      waiting.set(id, {resolve, reject});
      a.socket.send({id, do: what, ...fields});
    });
  // What has no answer.
  a.tell = (what, fields = {}) => a.socket.send({do: what, ...fields});
  a.event = (name, fits = () => true) =>
    until(`${email} to hear ${name}`, () =>
      a.events.find(event => event.ev == name && fits(event)),
    );
  a.forget = () => (a.events.length = 0);
  a.reopen = open;
  a.close = () => a.socket.close();
  // Accept the next offer; gives the conversation's id.
  a.accept = async () => {
    const offer = a.me.offers?.[0] || (await a.event('offer'));
    a.events = a.events.filter(event => event != offer);
    a.me.offers = [];
    await a.ask('offer.accept', {conversation: offer.conversation});
    return offer.conversation;
  };
  a.status = status => a.ask('agent.status', {status});
  atEnd(() => a.close());
  await open();
  return a;
}

// Sites and networks

/*
 * Somebody else's site, on an origin of its own, under the strictest policy that a page which
 * embeds the widget can have.  What stands behind "?" are the tag's data attributes; but `as` says
 * how else it is embedded: module, query (no attribute survives), bare (nor does the query), none
 * (by no tag: the test asks for it).
 */
export async function startSite(g, via = g.url) {
  const {version, integrity} = await widgetOf(g);
  const socket = via.replace('http', 'ws');
  const csp =
    `default-src 'none'; script-src ${via}; connect-src ${via} ${socket}; ` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
    "require-trusted-types-for 'script'; trusted-types 'none'";
  const server = createHttp((request, response) => {
    const {pathname, searchParams} = new URL(request.url, 'http://site');
    if (pathname == '/favicon.ico') return response.writeHead(204).end();
    const as = searchParams.get('as');
    searchParams.delete('as');
    const attributes = as == 'module' ? ['type="module"'] : [];
    if (!as || as == 'module')
      for (const [name, value] of searchParams) attributes.push(`data-${name}="${value}"`);
    const query = as == 'query' ? `?${searchParams}` : '';
    const lang = /^\/(ja|de)\b/.exec(pathname)?.[1] || 'en';
    response.writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': csp,
    });
    response.end(`<!doctype html><html lang="${lang}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>A shop${pathname}</title>
${as == 'none' ? '' : `<script async src="${via}/w/${version}/deskbell.js${query}" integrity="${integrity}" crossorigin="anonymous" ${attributes.join(' ')}></script>`}
</head><body><header><p>Open on Sundays</p></header><main><h1>A shop</h1><p>Things.</p><p><a href="/other?${searchParams}">Other page</a></p></main></body></html>`);
  });
  const port = await listenOn(server);
  atEnd(
    () =>
      new Promise(resolve => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  );
  return {url: `http://127.0.0.1:${port}`};
}

// The version and hash of the widget that a gateway serves, as the embed code has them.
export async function widgetOf(g) {
  const [department] = await g.departments();
  const tag = JSON.stringify(await g.ctl('department', 'embed', department.id));
  return {
    version: tag.match(/\/w\/([^/]+)\/deskbell\.js/)[1],
    integrity: tag.match(/sha384-[A-Za-z0-9+/]{64}/)[0],
  };
}

// A network between browser and gateway: cut() ends what runs and lets nothing in, stall() keeps
// connections but carries nothing, heal() lets all through again.
export async function startNetwork(g) {
  const pairs = new Set();
  let state = 'whole';
  const server = createServer(near => {
    if (state == 'cut') return near.destroy();
    const far = connect(g.port, '127.0.0.1');
    const pair = {near, far};
    pairs.add(pair);
    near.on('data', data => state == 'stalled' || far.write(data));
    far.on('data', data => state == 'stalled' || near.write(data));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ]) {
      one.on('error', () => {});
      one.on('close', () => {
        pairs.delete(pair);
        other.destroy();
      });
    }
  });
  const port = await listenOn(server);
  const drop = () => {
    for (const {near} of pairs) near.destroy();
  };
  atEnd(
    () =>
      new Promise(resolve => {
        drop();
        server.close(resolve);
      }),
  );
  return {
    url: `http://127.0.0.1:${port}`,
    cut() {
      state = 'cut';
      drop();
    },
    stall: () => (state = 'stalled'),
    heal() {
      if (state == 'stalled') drop();
      state = 'whole';
    },
  };
}

// Browsers

let chromium = null;

async function browser() {
  if (chromium) return chromium;
  let playwright;
  try {
    playwright = require('playwright-core');
  } catch {
    throw new Error('playwright-core is missing: run "npm ci" in tests/browser');
  }
  chromium = await playwright.chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium-headless-shell',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  atEnd(() => chromium.close());
  return chromium;
}

/*
 * A browser of one person: no state is shared with another.  options as Playwright's newContext();
 * narrow and dark are short for the usual ones.  What the page complains about (errors, violations
 * of its policy) is in page.complaints, which noComplaints() checks.
 */
export async function person({narrow, dark, ...options} = {}) {
  const context = await (
    await browser()
  ).newContext({
    viewport: narrow ? {width: 390, height: 780} : {width: 1280, height: 800},
    colorScheme: dark ? 'dark' : 'light',
    locale: 'en-GB',
    reducedMotion: 'reduce', // what is seen is then at once what is meant
    ...options,
  });
  context.setDefaultTimeout(20000);
  atEnd(() => context.close());
  return context;
}

export async function openPage(context, url) {
  const page = await context.newPage();
  page.complaints = [];
  page.requests = [];
  page.on('pageerror', error => page.complaints.push(error.stack || error.message));
  page.on(
    'console',
    message =>
      message.type() == 'error' &&
      page.complaints.push(`${message.text()} ${message.location().url}`),
  );
  page.on('request', request => page.requests.push(request.url()));
  if (url) await page.goto(url);
  return page;
}

// A dead network is told on the console by the browser itself, and so is, without a reason, a file
// that was on its way when the page went; that is no fault of the page.
const BROWSERS_OWN =
  /net::ERR_|WebSocket connection to|status of 404|^Fetch API cannot load \S+\.\s+https?:\S*$/;
export function noComplaints(page) {
  const ours = page.complaints.filter(text => !BROWSERS_OWN.test(text));
  assert.deepEqual(ours, []);
}

const axeSource = () => readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

// No finding of axe against WCAG 2.2 A and AA and its best practices, shadow trees included.
// Injected over the debugger, which the page's policy does not concern.
export async function assertAccessible(page, what) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource());
  const {violations} = await page.evaluate(() =>
    window.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }),
  );
  const found = violations.map(
    one =>
      `${one.id}: ${one.nodes.map(node => `${node.target} ${node.failureSummary}`).join('; ')}`,
  );
  assert.deepEqual(found, [], what);
}

// With DESKBELL_SHOTS=DIRECTORY: a picture of every state, for people to look at.
export async function shot(page, name) {
  const dir = process.env.DESKBELL_SHOTS;
  if (!dir) return;
  mkdirSync(dir, {recursive: true});
  await page.screenshot({path: join(dir, `${name}.png`)});
}
