// Everything by keyboard on one page: what each key does, another one for it, refused by name where it
// is taken, kept with the agent, and said wherever keys are said.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway, until} from './harness.mjs';
import {accepted, assertFits, consoleOf, offered, setStatus, visitor} from './console_parts.mjs';

const g = await startGateway();
const [department] = await g.departments();
const aiko = await g.addAgent('Aiko', 'aiko@example.com', [department.id]);
const page = await consoleOf(g, aiko);
const other = await consoleOf(g, aiko);
const kept = async () => (await g.ctl('agent', 'show', aiko.email)).keys;
const row = word => page.locator(`[data-keys="${word}"]`);
async function change(word) {
  await row(word).locator('.link', {hasText: 'Change'}).click();
  await row(word).locator('.keys-wait:focus').waitFor();
}

test('Ctrl+/ shows all of them, and a key that is taken is refused by what has it', async () => {
  await page.keyboard.press('Control+Slash');
  await page.waitForSelector('dialog .keys');
  assert.ok(await page.locator('.keys tr').count() >= 24);
  await assertAccessible(page, 'the keys');
  await assertFits(page, 'the keys');
  await change('accept');
  for (const [keys, why] of [
    ['Alt+KeyR', 'Alt+R is taken: Decline the offer'], ['Alt+Digit3', 'Alt+3 is taken: Tab 1'],
    ['Control+KeyT', 'The browser keeps Ctrl+T for itself'], ['b', 'Hold Ctrl or Alt'],
  ]) {
    await page.keyboard.press(keys);
    await page.waitForSelector(`.keys-press .error:has-text("${why}")`);
  }
  await assertAccessible(page, 'a key that is refused');
  await shot(page, 'console-keys');
  assert.equal(await kept(), '');
  await page.keyboard.press('Escape');
  await page.waitForSelector('.keys-press', {state: 'detached'});
  assert.equal(await page.locator('dialog .keys').count(), 1, 'the list is there still');
  await page.waitForFunction(() => document.activeElement.textContent == 'Change'); // so is the focus
});

test('another key does it, in every browser of the agent, and is said where keys are said', async () => {
  await change('accept');
  await page.keyboard.press('Alt+KeyB');
  await row('accept').locator('kbd:has-text("Alt+B")').waitFor();
  assert.equal(await kept(), 'accept=Alt+KeyB');
  await change('find');
  await page.keyboard.press('F2');
  await row('find').locator('kbd:has-text("F2")').waitFor();
  // What somebody begins with can be given to something else once he does without it.
  await change('decline');
  await page.keyboard.press('Backspace');
  await row('decline').locator('text=none').waitFor();
  await change('end');
  await page.keyboard.press('Alt+KeyR');
  await row('end').locator('kbd:has-text("Alt+R")').waitFor();
  assert.equal(await kept(), 'accept=Alt+KeyB find=F2 decline= end=Alt+KeyR');
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', {state: 'detached'});

  await setStatus(other, 'available');
  const v = await visitor(g, department.code);
  for (const one of [page, other]) {
    const id = await offered(one);
    await one.waitForSelector('.offer kbd:has-text("Alt+B")');
    assert.equal(await one.locator('.offer kbd').last().textContent(), '', 'nothing declines');
    await one.waitForSelector('[role=alert]:has-text("Alt+B accepts.")', {state: 'attached'});
    await one.waitForSelector('.find kbd:has-text("F2")', {state: 'attached'});
    if (one == page) continue;
    await one.keyboard.press('Alt+KeyA'); // does nothing any more
    await one.keyboard.press('Alt+KeyR'); // ends chats now, and none is open
    await one.keyboard.press('Alt+KeyB');
    await one.waitForSelector(`.tab.current a[data-tab="${id}"]`);
  }
  await other.keyboard.press('F2');
  await other.waitForSelector('#query');
  await other.keyboard.press('Alt+Digit1');
  await other.waitForSelector('[data-composer]');
  await other.keyboard.press('Alt+KeyE');
  await other.keyboard.press('Alt+KeyR');
  await other.waitForSelector('.banner.ending');
  await v.socket.close();
  noComplaints(other);
});

test('the keys of the tabs are one word: what is held with a digit', async () => {
  await other.keyboard.press('Control+Slash');
  const press = async (keys, why) => {
    await other.keyboard.press(keys);
    await other.waitForSelector(`.keys-press .error:has-text("${why}")`);
  };
  const open = async word => {
    await other.locator(`[data-keys="${word}"] .link`, {hasText: 'Change'}).click();
    await other.waitForSelector(`[data-keys="${word}"] .keys-wait:focus`);
  };
  await other.waitForSelector('[data-keys="tab"] kbd:has-text("Alt+1 … 9")');
  await open('tab');
  await press('Alt+KeyU', 'It is all nine digits');
  await press('Control+Digit4', 'The browser keeps Ctrl+4 for itself');
  await other.keyboard.press('Alt+Shift+Digit4');
  await other.waitForSelector('[data-keys="tab"] kbd:has-text("Alt+Shift+1 … 9")');
  assert.match(await kept(), / tab=Alt\+Shift\+Digit1$/);
  await open('note');
  await press('Alt+Shift+Digit7', 'Alt+Shift+7 is taken: Tab 1');
  await other.keyboard.press('Alt+Digit7'); // free now
  await other.waitForSelector('[data-keys="note"] kbd:has-text("Alt+7")');
  await open('tab');
  await press('Alt+Digit2', 'Alt+2 is taken: Private note');
  await other.keyboard.press('Escape');
  await other.locator('[data-keys="note"] .link', {hasText: 'As at first'}).click();
  await other.waitForSelector('[data-keys="note"] kbd:has-text("Alt+P")');
  await other.keyboard.press('Escape');
  await other.waitForSelector('dialog', {state: 'detached'});
  await setStatus(other, 'available');
  const v = await visitor(g, department.code);
  await offered(other);
  await other.keyboard.press('Alt+KeyB');
  await other.waitForSelector('.tab.current');
  await other.evaluate(() => (location.hash = '#/profile'));
  await other.waitForSelector('article.chat', {state: 'detached'});
  await other.keyboard.press('Alt+Digit1'); // nothing any more
  await other.keyboard.press('Alt+Shift+Digit1');
  await other.waitForSelector('article.chat');
  await v.socket.close();
  noComplaints(other);
});

test('one key goes back, or all of them', async () => {
  await page.keyboard.press('Control+Slash');
  await row('tab').locator('.link', {hasText: 'As at first'}).click();
  await row('tab').locator('kbd:has-text("Alt+1 … 9")').waitFor();
  await row('end').locator('.link', {hasText: 'As at first'}).click();
  await row('end').locator('kbd:has-text("Alt+E")').waitFor();
  await row('decline').locator('.link', {hasText: 'As at first'}).click();
  await row('decline').locator('kbd:has-text("Alt+R")').waitFor();
  assert.equal(await kept(), 'accept=Alt+KeyB find=F2');
  await page.click('.button:has-text("All as at first")');
  await row('accept').locator('kbd:has-text("Alt+A")').waitFor();
  assert.equal(await kept(), '');
  await page.keyboard.press('Escape');
  // What is set elsewhere holds here at once.
  await g.ctl('agent', 'set', aiko.email, 'keys=help=F4');
  await page.waitForSelector('.top [aria-label="Keyboard shortcuts (F4)"]');
  await page.keyboard.press('F4');
  await page.waitForSelector('dialog .keys');
  noComplaints(page);
});
