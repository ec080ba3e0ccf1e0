// What the console's browser tests share: visitors over the documented protocol, and consoles.
import assert from 'node:assert/strict';
import {randomBytes} from 'node:crypto';
import {createServer} from 'node:net';
import test from 'node:test';
import {atEnd, noComplaints, openPage, person, startGateway, startNetwork, until} from './harness.mjs';
import {openSocket} from './socket.mjs';

/*
 * A visitor of a department, as a widget would be.  Events are in .events, lines in .lines;
 * .closed is the close code.
 */
export async function visitor(g, code, fields = {}) {
  const v = {events: [], lines: [], closed: 0, state: null};
  const waiting = new Map();

  v.socket = await openSocket(`${g.url}/w/${code}/ws`, {Origin: 'https://shop.example.com'}, {
    frame(frame) {
      if (frame.ev == 'chat.line') v.lines.push(frame);
      if (frame.ev == 'chat.state') v.state = frame;
      if (frame.ev) return v.events.push(frame);
      const {resolve, reject} = waiting.get(frame.re);
      waiting.delete(frame.re);
      if (frame.error) reject(Object.assign(new Error(frame.error.what), frame.error));
      else resolve(frame.ok);
    },
    close(code) {
      v.closed = code;
      for (const {reject} of waiting.values()) reject(new Error('closed'));
    },
  });
  atEnd(() => v.socket.close());
  v.ask = (what, more = {}) =>
    new Promise((resolve, reject) => {
      const id = randomBytes(12).toString('hex');
      waiting.set(id, {resolve, reject});
      v.socket.send({id, do: what, ...more});
    });
  v.hint = (what, more = {}) => v.socket.send({do: what, ...more});
  v.say = text => v.ask('chat.send', {text});
  v.hears = text =>
    until(`the visitor to hear ${text}`, () => v.lines.find(line => line.text == text));
  v.chat = await v.ask('chat.start', {
    name: 'Hanako Sato', email: 'hanako@example.net', question: 'Where is my order?',
    page: 'https://shop.example.com/teapot', title: 'Teapot', referrer: 'https://search.example.org/',
    lang: 'en', ...fields,
  });
  return v;
}

// A console of an agent in a browser of its own, signed in.  script: runs in the page before all.
export async function consoleOf(g, {email, password}, {script, ...options} = {}, url = g.url) {
  const context = await person(options);
  if (script) await context.addInitScript(script);
  const page = await openPage(context, url + '/console/');
  await page.fill('#email', email);
  await page.fill('#password', password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.top');
  noComplaints(page);
  return page;
}

export async function setStatus(page, word) {
  await page.click('#status-menu');
  await page.click(`.menu-item:has(.dot.${word})`);
  await page.waitForSelector(`#status-menu .dot.${word}`);
}

// Offers and chats of the console in front.
export async function offered(page) {
  await page.waitForSelector('.offer');
  return page.getAttribute('.offer', 'data-offer');
}
export async function accepted(page) {
  const id = await offered(page);
  await page.keyboard.press('Alt+a');
  await page.waitForSelector(`.tab.current a[data-tab="${id}"]`);
  await page.waitForSelector('[data-composer]');
  return id;
}
export async function endFront(page) {
  await page.click('.chat-actions .button:has-text("End chat")');
  await page.click('.banner.ending .button:has-text("End now")');
  await page.waitForSelector('.event.ended');
}

// Visitors for the tests of a file, ring(fields, code): behind each test they end their chats.
export function ringer(g, department) {
  const rung = [];
  test.afterEach(async () => {
    for (const v of rung.splice(0)) if (!v.closed) await v.ask('chat.end').catch(() => {});
  });
  return async (fields, code = department.code) => {
    const v = await visitor(g, code, fields);
    rung.push(v);
    return v;
  };
}

// Ann, Ben, and Eve who is an administrator, in one department; and what rings there.
export async function peopleOfThree(g, department) {
  const all = {};
  for (const name of ['Ann', 'Ben', 'Eve'])
    all[name.toLowerCase()] = await g.addAgent(name, `${name.toLowerCase()}@example.com`, [department.id]);
  await g.ctl('agent', 'set', all.eve.email, 'role=admin');
  return {...all, ring: ringer(g, department)};
}

// talk(options): one of the agents takes a visitor's chat, with the other one there as well, of this
// status.
export function deskOfTwo(g, department, agents, status = 'busy') {
  const ring = ringer(g, department);
  return async options => {
    const [one, two] = [await consoleOf(g, agents[0], options), await consoleOf(g, agents[1], options)];
    await setStatus(one, 'available');
    await setStatus(two, status);
    const v = await ring({name: 'Mei'});
    return {one, two, v, id: await accepted(one)};
  };
}

export const go = async (page, hash, selector) => {
  await page.evaluate(h => (location.hash = h), hash);
  await page.waitForSelector(selector);
};

export const focused = page =>
  page.evaluate(() => `${document.activeElement.tagName} ${document.activeElement.value ?? ''}`.trim());

export const count = async (page, list) =>
  Number(await page.textContent(`.nav a[href="#/${list}"] .count, .nav a[href^="#/${list}?"] .count`));

// Nothing is wider than the screen: reading needs no scrolling sideways.
export async function assertFits(page, what) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${what} is ${wide} px too wide`);
}

// A gateway of its own behind a network that can be cut.
export async function gatewayBehindNetwork() {
  const own = {g: await startGateway()};
  own.net = await startNetwork(own.g);
  [own.department] = await own.g.departments();
  own.agent = await own.g.addAgent('Aiko', 'aiko@example.com', [own.department.id]);
  return own;
}

// A mail server that takes everything: .mails are what was said between DATA and the dot.
// say(line): its answer to a command, where that is not the ordinary one.
export async function startMailServer(say = () => undefined) {
  const m = {mails: []};
  const server = createServer(socket => {
    let text = '';
    let data = null;
    socket.write('220 mail.test ESMTP\r\n');
    socket.on('error', () => {});
    socket.on('data', bytes => {
      text += bytes;
      for (let end; (end = text.indexOf('\r\n')) >= 0;) {
        const line = text.slice(0, end);
        text = text.slice(end + 2);
        if (data) {
          if (line != '.') data.push(line);
          else {
            m.mails.push(data.join('\n'));
            data = null;
            socket.write('250 taken\r\n');
          }
        } else if (/^DATA/i.test(line)) {
          data = [];
          socket.write('354 go on\r\n');
        } else {
          const locked = m.locked && /^MAIL/i.test(line); // wants a login that nobody has
          const usual = /^QUIT/i.test(line) ? '221 bye' : locked ? '530 log in first'
            : '250 mail.test';
          socket.write(`${say(line) ?? usual}\r\n`);
        }
      }
    });
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  m.port = server.address().port;
  atEnd(() => server.close());
  return m;
}

// The parts of a mail as text: quoted-printable or base64, whatever they came in.
export function partsOf(mail) {
  return mail.replace(/\r/g, '').split(/\n(?=--\S)/).map(part => {
    const [head, ...rest] = part.split('\n\n');
    const body = rest.join('\n\n');
    if (/encoding: base64/i.test(head)) return Buffer.from(body, 'base64').toString();
    const bytes = body.replace(/=\n/g, '')
      .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
    return /quoted-printable/i.test(head) ? Buffer.from(bytes, 'latin1').toString() : body;
  });
}
export const textOf = mail => partsOf(mail).join('\n');
