// Skills and the rules that name them: set in the console, refused by name, said beside the chat.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot, startGateway, until} from './harness.mjs';
import {accepted, assertFits, consoleOf, go, peopleOfThree, setStatus} from './console_parts.mjs';

const g = await startGateway();
const [department] = await g.departments();
const {ann, ben, eve, ring} = await peopleOfThree(g, department);

async function save(page, hash, field, value) {
  await go(page, hash, field);
  await page.fill(field, value);
  await page.click('.save-bar .button.primary, form .button.primary');
}

test('skills and rules are set on their pages, and what is wrong is said with its rule', async () => {
  const page = await consoleOf(g, eve);
  await setStatus(page, 'busy');
  await save(page, '#/portal', '#set-skills', 'billing, Deutsch');
  await until('the skills', async () => (await g.ctl('portal', 'show')).skills == 'billing, Deutsch');
  await save(page, `#/departments/${department.id}`, '#set-rules', 'lang:en -> cooking');
  await page.waitForSelector('#set-rules-error:has-text("Rule 1: the portal has no skill “cooking”")');
  await assertAccessible(page, 'a rule that is refused');
  await page.locator('#set-rules').scrollIntoViewIfNeeded();
  await shot(page, 'console-rule-refused');
  await page.fill('#set-rules', 'question:*order* strict:1h -> billing');
  await page.click('.save-bar .button.primary, form .button.primary');
  await until('the rule', async () =>
    (await g.ctl('department', 'show', department.id)).rules == 'question:*order* strict:1h -> billing');
  // Nobody can do it yet, which is said, and refused by nobody.
  await page.waitForSelector('.rule-doubts:has-text("Rule 1 wants billing: nobody who has chats here has it.")');
  await assertAccessible(page, 'a rule that helps nobody');
  await shot(page, 'console-rule-doubt');
  const {id} = await g.ctl('agent', 'show', 'ben@example.com');
  await save(page, `#/agents/${id}`, '#set-skills', 'billing');
  await until('his skill', async () => (await g.ctl('agent', 'show', 'ben@example.com')).skills == 'billing');
  await go(page, `#/departments/${department.id}`, '#set-rules');
  assert.equal(await page.locator('.rule-doubts').count(), 0);
  await page.fill('#set-rules', 'page:/(shop/ -> billing');
  await page.click('.save-bar .button.primary, form .button.primary');
  await page.waitForSelector('#set-rules-error:has-text("cannot be read at its character 5: missing closing parenthesis")');
  noComplaints(page);
});

test('whoever has the skill is asked, and why stands beside the chat', async () => {
  const one = await consoleOf(g, ann), two = await consoleOf(g, ben);
  for (const page of [one, two]) await setStatus(page, 'available');
  await ring({name: 'Mei'});
  await accepted(two);
  await two.waitForSelector('.event.ruled:has-text("Rule 1 wants: billing")');
  const panel = two.locator('.pane-side');
  await panel.locator('.passed li:has-text("Ann"):has-text("lacks a skill: billing")').waitFor();
  assert.match(await panel.textContent(), /Rule 1 wants: billing/);
  await panel.locator('.passed').scrollIntoViewIfNeeded();
  await assertAccessible(two, 'why he has it');
  await shot(two, 'console-skill-why');
  assert.equal(await one.locator('.offer').count(), 0);
});

test('one that waits for a skill is given to nobody who lacks it; on a phone, in Japanese', async () => {
  const page = await consoleOf(g, eve);
  await setStatus(page, 'busy');
  const one = await consoleOf(g, ann);
  await setStatus(one, 'available');
  await ring({name: 'Mei'});
  await go(page, '#/unassigned', '.row, .list-row, [data-conversation]');
  await page.click('text=Mei');
  await page.click('.chat-actions .button[aria-label^="Assign"]');
  await page.waitForSelector('.target.cannot:has-text("Ann"):has-text("Lacks a skill that the chat waits for")');
  await assertAccessible(page, 'who lacks the skill');
  await shot(page, 'console-skill-assign');
  await g.ctl('agent', 'set', 'eve@example.com', 'lang=ja');
  const phone = await consoleOf(g, eve, {narrow: true, dark: true});
  await go(phone, `#/departments/${department.id}`, '#set-rules');
  await phone.locator('#set-rules').scrollIntoViewIfNeeded();
  await assertFits(phone, 'the rules');
  await shot(phone, 'console-rules-phone');
});
