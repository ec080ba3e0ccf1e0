// Two administrators at one form: the second one's change is refused with what the first one did.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway, until} from './harness.mjs';
import {consoleOf, go, setStatus} from './console_parts.mjs';

const SAVE = 'form.settings .button.primary';
const g = await startGateway();
const [department] = await g.departments();
const eve = await g.addAgent('Eve', 'eve@example.com', [department.id]);
await g.ctl('agent', 'set', 'eve@example.com', 'role=admin');
const page = await consoleOf(g, eve);
await setStatus(page, 'busy');

// What the form was told of others' changes, held back: as where both save at once.
async function deaf(route) {
  const ws = route.connectToServer();
  route.onMessage(m => ws.send(m));
  ws.onMessage(m => JSON.parse(m).ev == 'managed' ? undefined : route.send(m));
}

test('a setting that another changed at the same moment is refused by name, and the rest with it', async () => {
  await page.context().routeWebSocket(/\/console\/ws|\/ws$/, deaf);
  await page.reload();
  await page.waitForSelector('.top');
  await go(page, `#/departments/${department.id}`, '#set-description');
  await page.fill('#set-description', 'mine');
  await page.fill('#set-queue_max', '7');
  await g.ctl('department', 'set', department.id, 'description=theirs');
  await page.click(SAVE);
  await page.waitForSelector('#set-description-error:has-text("Not saved: the operator changed this")');
  assert.equal((await g.ctl('department', 'show', department.id)).queue_max, 50);
  assert.equal(await page.inputValue('#set-description'), 'mine');
  await page.waitForSelector('.meanwhile:has-text("theirs")');
  await assertAccessible(page, 'a setting that was changed meanwhile');
  await shot(page, 'console-stale');
  // Now it was seen.
  await page.click(SAVE);
  await until('mine', async () => {
    const now = await g.ctl('department', 'show', department.id);
    return now.description == 'mine' && now.queue_max == 7;
  });
  await page.waitForSelector('.settings-foot:has-text("Saved")');
  noComplaints(page);
});

test('what another changed elsewhere in it stands in no one’s way', async () => {
  await go(page, '#/departments', '.table');
  await go(page, `#/departments/${department.id}`, '#set-description');
  await page.fill('#set-description', 'again');
  await g.ctl('department', 'set', department.id, 'queue_max=9');
  await page.click(SAVE);
  await until('both', async () => {
    const now = await g.ctl('department', 'show', department.id);
    return now.description == 'again' && now.queue_max == 9;
  });
  noComplaints(page);
});

test('at the prompt, too', async () => {
  const {version} = await g.ctl('portal', 'show');
  await g.ctl('portal', 'set', 'name=A', `version=${version}`);
  await assert.rejects(g.ctl('portal', 'set', 'name=B', `version=${version}`), /the operator has changed it meanwhile/);
  assert.equal((await g.ctl('portal', 'show')).name, 'A');
});
