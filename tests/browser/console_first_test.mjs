// The first steps of a fresh portal, each done by what really is, and whether the widget is on a website.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, openPage, person, shot, startGateway, startSite, until} from './harness.mjs';
import {assertFits, consoleOf, go, startMailServer, visitor} from './console_parts.mjs';

const g = await startGateway();
const server = await startMailServer();
const [department] = await g.departments();
const admin = await g.setPassword('admin@localhost');
const page = await consoleOf(g, admin);
const steps = async () => page.locator('.step').evaluateAll(all =>
  all.filter(one => one.classList.contains('is-done')).map(one => one.dataset.step));
const isDone = word => page.waitForSelector(`.step.is-done[data-step="${word}"]`);

test('nothing is done at first, and it says how much is left', async () => {
  await page.click('.nav a:has-text("First steps")');
  await page.waitForSelector('.steps-left:has-text("5 steps are left")');
  assert.deepEqual(await steps(), []);
  await page.waitForSelector('.sighting:has-text("Not seen on a website yet")');
  await assertAccessible(page, 'the first steps');
  await assertFits(page, 'the first steps');
  await shot(page, 'console-first');
});

test('name, mail and agents are done when they are so', async () => {
  await g.ctl('portal', 'set', 'name=Tea House');
  await isDone('name');
  await g.ctl('portal', 'set', 'from=chat@example.com', 'relay_host=127.0.0.1', `relay_port=${server.port}`,
    'relay_tls=none');
  await page.waitForSelector('[data-step=mail] .trial');
  assert.deepEqual(await steps(), ['name'], 'an address alone sends no mail');
  await page.click('[data-step=mail] .trial [type=submit]');
  await isDone('mail');
  assert.equal(server.mails.length, 1);
  const ken = await g.ctl('agent', 'add', 'Ken', 'ken@example.com');
  await page.waitForSelector('[data-step=agents]:has-text("without a password yet: 1")');
  assert.ok(!(await steps()).includes('agents'), 'who is invited cannot sign in yet');
  await g.setPassword('ken@example.com');
  await isDone('agents');
  assert.ok(ken.agent);
});

test('the code is on a website once a page there has shown the widget, or was turned away', async () => {
  const site = await startSite(g);
  await go(page, `#/departments/${department.id}`, '.sighting:has-text("Not seen on a website yet")');
  await g.ctl('department', 'set', department.id, 'origins=https://shop.example.com');
  const guest = await openPage(await person(), `${site.url}/?department=${department.code}`);
  await page.waitForSelector(`.sighting .verdict.warn:has-text("${site.url}")`);
  await assertAccessible(page, 'a website that was turned away');
  await shot(page, 'console-seen');
  await page.click('.sighting .button:has-text("Allow this website")');
  await page.waitForSelector('.sighting .verdict.warn', {state: 'detached'});
  await guest.reload();
  await page.waitForSelector(`.sighting .verdict.good:has-text("${site.url}")`);
  const seen = await g.ctl('department', 'seen', department.id);
  assert.deepEqual([seen.origin, seen.refused_origin], [site.url, site.url]);
  await go(page, '#/start', '.step');
  await isDone('embed');
});

test('the last step is the first chat, and then nothing is left', async () => {
  await page.click('[data-step=chat] .button:has-text("Become available")');
  await page.waitForSelector('[data-step=chat]:has-text("You are available")');
  await g.ctl('department', 'set', department.id, 'origins=');
  const v = await visitor(g, department.code);
  await page.waitForSelector('.steps-left:has-text("Everything is set up")');
  assert.equal((await steps()).length, 5);
  assert.equal((await g.ctl('portal', 'steps')).chats, 1);
  await v.ask('chat.end');
  noComplaints(page);
  for (const [name, options] of [['ja-narrow', {narrow: true, locale: 'ja-JP'}], ['dark', {dark: true}]]) {
    await g.ctl('agent', 'set', admin.email, `lang=${name.startsWith('ja') ? 'ja' : 'en'}`);
    const own = await consoleOf(g, admin, options);
    await go(own, '#/start', '.step');
    await own.waitForSelector(`h1:has-text("${name.startsWith('ja') ? 'はじめに' : 'First steps'}")`);
    await assertFits(own, name);
    await assertAccessible(own, name);
    await shot(own, `console-first-${name}`);
  }
  await until('it to be told to nobody else', async () => {
    const ken = await consoleOf(g, await g.setPassword('ken@example.com'));
    return (await ken.locator('.nav a:has-text("First steps")').count()) == 0;
  });
});
