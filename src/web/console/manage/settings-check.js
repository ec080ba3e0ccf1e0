// What can be seen to be wrong in a form before the gateway is asked, by its own table of settings,
// and in its own codes.  No more than is plain: the gateway judges, and all it finds comes back.

import { cleanLine } from '../../shared/text.js';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3})$/i;
const length = (text) => [...text].length;

const checks = {
  int: (x, v) => range(x, v, 'range'),
  ms: (x, v) => range(x, v, 'range-ms'),
  line(x, v) {
    if (x.min > 0 && !v.trim()) return { reason: 'empty' };
    if (cleanLine(v.trim()) !== v.trim()) return { reason: 'one-line' };
    return tooLong(x, v.trim());
  },
  text: (x, v) => (x.min > 0 && !v.trim() ? { reason: 'empty' } : tooLong(x, v)),
  mailbox(x, v) {
    const all = v.split(/[,、，]/).map((one) => one.trim()).filter(Boolean);
    const bad = all.find((one) => !one.includes('@'));
    if (!all.length) return x.min > 0 ? { reason: 'empty' } : null;
    if (bad) return { reason: 'address-at', values: { address: bad } };
    return all.length > 1 && x.type === 'mailbox' ? { reason: 'address-one' } : null;
  },
  colour: (x, v) => (/^#[0-9a-f]{6}$/i.test(v) ? null : { reason: 'colour' }),
  host: (x, v) => (x.min > 0 && !v ? { reason: 'host-empty' } : null),
};
checks.mailboxes = checks.mailbox;

function range({ min, max }, has, reason) {
  if (Number.isFinite(has) && has >= min && has <= max) return null;
  return Number.isFinite(has) ? { reason, values: { min, max, has } } : { reason: 'empty' };
}

function tooLong({ max }, v) {
  return length(v) > max ? { reason: 'too-long', values: { max, has: length(v) } } : null;
}

// What fits each by itself and not together.
function* together(names, value) {
  for (const name of names) {
    const [, word] = /^mail\.(\w+)\.on$/.exec(name) || [];
    if (word && value(name) && !String(value(`mail.${word}.addresses`) || '').trim())
      yield { field: `mail.${word}.addresses`, reason: 'mail-address', values: { setting: word } };
  }
  if (names.includes('pause_max_ms') && value('pause_max_ms') < value('pause_ms')) {
    yield { field: 'pause_max_ms', reason: 'range-ms',
      values: { min: value('pause_ms'), max: 3600000, has: value('pause_max_ms') } };
  }
  if (names.includes('languages') && !String(value('languages')).split(',').includes(value('lang')))
    yield { field: 'languages', reason: 'lang-first', values: { lang: value('lang') } };
  const sep = names.includes('relay_host') ? '_' : '.';
  const relay = (what) => value(`relay${sep}${what}`);
  if (!names.includes(`relay${sep}host`) || (sep === '.' && !relay('own'))) return;
  if (sep === '.' && !relay('host')) yield { field: 'relay.host', reason: 'relay-host' };
  if (relay('tls') !== 'none') return;
  if (relay('host') && !LOOPBACK.test(relay('host')))
    yield { field: `relay${sep}tls`, reason: 'tls-needed' };
  if (relay('auth') === 'xoauth2') yield { field: `relay${sep}auth`, reason: 'token-tls' };
}

// table: the settings of the form; value(name): as the form has it; touched: names that will be
// sent.  Gives [{ field, code, reason, values }], in the order of the table.
export function faultsOf(table, value, touched) {
  const found = [];
  for (const x of table) {
    if (!touched.includes(x.name) || !checks[x.type]) continue;
    const fault = checks[x.type](x, typeof value(x.name) === 'number' || x.type === 'int' ||
      x.type === 'ms' ? value(x.name) : String(value(x.name) ?? ''));
    if (fault) found.push({ field: x.name, code: 'invalid', ...fault });
  }
  const have = new Set(found.map((x) => x.field));
  for (const fault of together(table.map((x) => x.name), value))
    if (!have.has(fault.field)) found.push({ code: 'invalid', ...fault });
  const order = table.map((x) => x.name);
  return found.sort((a, b) => order.indexOf(a.field) - order.indexOf(b.field));
}
