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

const kept = async () => (await g.ctl('department', 'show', department.id)).rules;
const here = `#/departments/${department.id}`;
const saveForm = page => page.click('.settings-foot [type=submit]');
const rowOf = (page, n) => page.getByRole('group', {name: `Rule ${n}`, exact: true});
const inFocus = page => page.evaluate(() => document.activeElement.getAttribute('aria-label') ||
  document.activeElement.labels?.[0]?.textContent || document.activeElement.textContent.trim());

test('skills and rules are set on their pages, and what is wrong is said at its rule', async () => {
  const page = await consoleOf(g, eve);
  await setStatus(page, 'busy');
  await save(page, '#/portal', '#set-skills', 'billing, Deutsch');
  await until('the skills', async () => (await g.ctl('portal', 'show')).skills == 'billing, Deutsch');
  await go(page, here, '#rule-add');
  await page.getByText('No rule: whoever is free is asked.').waitFor();
  await page.click('#rule-add');
  const one = rowOf(page, 1);
  await one.getByText('Every chat.').waitFor();
  await until('the first thing to do', async () => await inFocus(page) == 'Add a condition');
  assert.deepEqual(await one.locator('datalist option').evaluateAll(all => all.map(o => o.value)), ['billing', 'Deutsch']);
  await one.getByLabel('Wants skills').fill('Deutsch, ');
  assert.equal(await one.getByLabel('Wants skills').inputValue(), 'Deutsch, ');
  assert.deepEqual(await one.locator('datalist option').evaluateAll(all => all.map(o => o.value)), ['Deutsch, billing']);
  await one.getByLabel('Wants skills').fill('cooking');
  await saveForm(page);
  await one.locator('.error:has-text("Rule 1: the portal has no skill “cooking”")').waitFor();
  await until('what is wrong to be gone to', async () => await inFocus(page) == 'Wants skills');
  await assertAccessible(page, 'a rule that is refused');
  await shot(page, 'console-rule-refused');
  await one.getByText('Add a condition').click();
  await until('the new condition', async () => await inFocus(page) == 'Condition 1: what it looks at');
  await one.getByLabel('Condition 1: what it looks at').selectOption('question');
  await one.getByLabel('Condition 1: what it looks for').fill('*order*');
  await one.getByLabel('Nobody else for').fill('1');
  await one.getByLabel('Unit').selectOption('h');
  await one.getByLabel('Wants skills').fill('billing');
  assert.equal(await page.locator('.rule-row .error').count(), 0);
  await saveForm(page);
  await until('the rule', async () => await kept() == 'question:*order* strict:1h -> billing');
  // Nobody can do it yet, which is said, and refused by nobody.
  await one.locator('.rule-doubt:has-text("Rule 1 wants billing: nobody who has chats here has it.")').waitFor();
  await assertAccessible(page, 'a rule that helps nobody');
  await shot(page, 'console-rule-doubt');
  const {id} = await g.ctl('agent', 'show', 'ben@example.com');
  await save(page, `#/agents/${id}`, '#set-skills', 'billing');
  await until('his skill', async () => (await g.ctl('agent', 'show', 'ben@example.com')).skills == 'billing');
  await go(page, here, '#rule-add');
  assert.equal(await page.locator('.rule-doubt').count(), 0);
  await one.getByLabel('Condition 1: what it looks at').selectOption('page');
  await one.getByLabel('Condition 1: what it looks for').fill('/(shop/');
  await saveForm(page);
  await one.locator('.error:has-text("cannot be read at its character 5: missing closing parenthesis")').waitFor();
  await until('the expression to be gone to', async () => await inFocus(page) == 'Condition 1: what it looks for');
  noComplaints(page);
});

const LINES = ['tag:vip colour:red -> billing', 'question:"my order" strict:500ms -> Deutsch', '',
  'page:/^https:\\/\\/[a-z"]+ \\/ x/   lang:ja -> billing'];

test('rows and text edit one thing, and no word of it is lost', async () => {
  const page = await consoleOf(g, eve);
  await go(page, here, '#rule-add');
  await page.click('label[for=rules-text]');
  await page.fill('textarea#set-rules', LINES.join('\n'));
  await page.click('label[for=rules-text]');
  assert.equal(await rowOf(page, 1).getByLabel('Rule as text').inputValue(), LINES[0]);
  assert.equal(await rowOf(page, 2).getByLabel('Condition 1: what it looks for').inputValue(), 'my order');
  assert.equal(await rowOf(page, 2).getByLabel('Nobody else for').inputValue(), '0.5');
  assert.equal(await rowOf(page, 3).getByLabel('Condition 1: what it looks for').inputValue(), '/^https:\\/\\/[a-z"]+ \\/ x/');
  assert.equal(await rowOf(page, 3).getByLabel('Condition 2: what it looks for').inputValue(), 'ja');
  await assertAccessible(page, 'rules of all kinds');
  await page.locator('#set-rules').scrollIntoViewIfNeeded();
  await shot(page, 'console-rules');
  await saveForm(page);
  await rowOf(page, 1).locator('.error:has-text("Rule 1: “colour:red” is no condition.")').waitFor();
  assert.equal(await page.locator('.rule-row .error').count(), 1);
  await until('the line to be gone to', async () => await inFocus(page) == 'Rule as text');
  await rowOf(page, 3).getByLabel('Wants skills').fill('nothing');
  await saveForm(page);
  await rowOf(page, 1).locator('.error').waitFor();
  await page.click('label[for=rules-text]');
  await page.waitForSelector('#set-rules-error:has-text("Rule 1:")');
  const text = await page.inputValue('textarea#set-rules');
  assert.equal(text, [...LINES.slice(0, 3), 'page:/^https:\\/\\/[a-z"]+ \\/ x/ lang:ja -> nothing'].join('\n'));
  await page.click('label[for=rules-text]');
  await rowOf(page, 1).getByLabel('Rule as text').fill('tag:vip -> billing');
  await rowOf(page, 3).getByLabel('Wants skills').fill('billing');
  await saveForm(page);
  await until('all of it', async () => (await kept()) == ['tag:vip -> billing', ...LINES.slice(1, 3),
    'page:/^https:\\/\\/[a-z"]+ \\/ x/ lang:ja -> billing'].join('\n'));
  // What rows can read now is one.
  await rowOf(page, 1).getByLabel('Condition 1: what it looks for').waitFor();
  await rowOf(page, 2).locator('.rule-doubt:has-text("Rule 2 wants Deutsch")').waitFor();
  noComplaints(page);
});

test('a value that no line can hold is said at its row, and kept from meaning something else', async () => {
  const page = await consoleOf(g, eve);
  await go(page, here, '#rule-add');
  const before = await kept();
  const field = rowOf(page, 1).getByLabel('Condition 1: what it looks for');
  await field.fill('a"b');
  await rowOf(page, 1).locator('.error:has-text("Quotation marks cannot stand like this.")').waitFor();
  assert.equal(await field.inputValue(), 'a"b');
  await rowOf(page, 2).getByLabel('Wants skills').focus();
  await saveForm(page);
  await page.waitForSelector('.form-wrong');
  await until('it to be gone to', async () => await inFocus(page) == 'Condition 1: what it looks for');
  await rowOf(page, 1).locator('.error:has-text("Quotation marks cannot stand like this.")').waitFor();
  await assertAccessible(page, 'what no line can hold');
  assert.equal(await kept(), before);
  await field.fill('/a"b/');
  assert.equal(await rowOf(page, 1).locator('.error').count(), 0);
  await saveForm(page);
  await until('the expression', async () => (await kept()).startsWith('tag:/a"b/ -> billing\n'));
  noComplaints(page);
});

test('by keyboard alone: moved, added, removed; the focus stays with the rule', async () => {
  const page = await consoleOf(g, eve);
  await g.ctl('department', 'set', department.id, 'rules=tag:a -> billing\ntag:b -> Deutsch\ntag:c -> billing');
  await go(page, here, '#rule-add');
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const at = label => until(label, async () => await inFocus(page) == label);
  // Nobody has it: the doubt goes where its rule goes.
  await rowOf(page, 2).locator('.rule-doubt').waitFor();
  await rowOf(page, 3).getByLabel('Move rule 3 up').focus();
  await press('Enter');
  await at('Move rule 2 up');
  await rowOf(page, 3).locator('.rule-doubt:has-text("Rule 3 wants Deutsch")').waitFor();
  await press('Enter');
  await at('Move rule 1 down'); // no further
  await press('Tab');
  await at('Remove rule 1');
  assert.equal(await rowOf(page, 1).getByLabel('Condition 1: what it looks for').inputValue(), 'c');
  await press('Enter');
  await at('Remove rule 1');
  await press('Tab', 'Tab', 'Tab', 'Tab');
  await at('Add a condition');
  await press('Enter');
  await at('Condition 2: what it looks at');
  await page.keyboard.press('l'); // Language
  await press('Tab');
  await at('Condition 2: what it looks for');
  await press('Tab');
  await at('Remove condition 2');
  await press('Enter');
  await at('Add a condition');
  await press('Tab', 'Tab');
  await at('Nobody else for');
  await page.keyboard.type('90');
  await press('Enter');
  await until('what is left', async () => (await kept()) == 'tag:a strict:90s -> billing\ntag:b -> Deutsch');
  await page.waitForSelector('.settings-foot:has-text("Saved")');
  await at('Nobody else for');
  noComplaints(page);
  await g.ctl('department', 'set', department.id, 'rules=question:*order* strict:1h -> billing');
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
  await go(phone, here, '#rule-add');
  await phone.click('#rule-add');
  await phone.locator('#set-rules').scrollIntoViewIfNeeded();
  await assertFits(phone, 'the rules');
  await assertAccessible(phone, 'the rules (ja)');
  await shot(phone, 'console-rules-phone');
  await phone.click('label[for=rules-text]');
  await assertFits(phone, 'the rules as text');
});
