// Lines of one's own, as their author changes and removes them and as the other side sees it: a
// console and a widget, both real.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {assertAccessible, noComplaints, shot, until} from './harness.mjs';
import {g, net, talk, text} from './visitor.mjs';
import {consoleOf} from './console_parts.mjs';

async function desk(options = {}, more = {}) {
  const s = await talk(options);
  const page = await consoleOf(g, {email: s.agent.email, password: 'correct horse battery'}, more);
  await page.evaluate(id => (location.hash = `#/mine?c=${id}`), s.conversation);
  const say = async what => {
    await page.fill('[data-composer]', what);
    await page.keyboard.press('Enter');
    await text(s.w.theirs, what);
    return page.locator(`.message.agent:has-text("${what}")`);
  };
  return {...s, page, say};
}

for (const lang of ['en', 'ja']) {
  test(`an agent changes and removes a message, and the visitor sees it at once (${lang})`, async () => {
    const narrow = lang == 'ja';
    const {w, page, say} = await desk({lang}, {locale: lang == 'ja' ? 'ja-JP' : 'en-GB', narrow});
    const one = await say('We open at nnie');
    await one.hover();
    await one.locator('.own-tools button').first().click();
    await page.waitForSelector('dialog[open] textarea');
    await assertAccessible(page, 'changing a line');
    await page.fill('#own-text', 'We open at nine');
    await page.click('dialog[open] button[type=submit]');
    await text(w.theirs, 'We open at nine');
    await w.log.getByText(lang == 'ja' ? '編集済み' : 'edited').waitFor();
    assert.equal(await w.theirs.count(), 1);
    await page.waitForSelector('.message.agent:has-text("We open at nine") .trace');
    await page.click('.trace summary');
    await page.waitForSelector('.trace .quote:has-text("nnie")');
    // What changes a line stands beside it, whatever is open below.
    await one.hover();
    if (!narrow) {
      const [tools, bubble] = [await one.locator('.own-tools').boundingBox(), await one.locator('.bubble').boundingBox()];
      assert.ok(Math.abs(tools.y + tools.height - bubble.y - bubble.height) <= 2, 'as low as the bubble');
      assert.ok(Math.abs(tools.x + tools.width - bubble.x) <= 2, 'and next to it');
    }
    await shot(page, `console-edited-${lang}`);
    await shot(w.page, `widget-edited-${lang}`);

    await page.hover('.message.agent');
    await page.locator('.own-tools button').last().click();
    await page.click('dialog[open] button[type=submit]');
    await w.log.getByText(lang == 'ja' ? '削除されました' : 'was removed').waitFor();
    assert.ok(!(await w.log.textContent()).includes('nine'));
    await page.waitForSelector('.message.agent .bubble em');
    await assertAccessible(page, 'a line that was removed');
    await shot(w.page, `widget-removed-${lang}`);
    await shot(page, `console-removed-${lang}`);
    await w.page.reload();
    await w.log.getByText(lang == 'ja' ? '削除されました' : 'was removed').waitFor();
    assert.ok(!(await w.log.textContent()).includes('nine'));
    noComplaints(w.page);
  });
}

test('a widget that was away meanwhile has the change when it comes back, and nothing twice', async () => {
  const {w, agent, conversation, reply} = await talk();
  const {seq} = await reply('first words');
  await text(w.theirs, 'first words');
  net.cut();
  await agent.ask('line.edit', {conversation, line: seq, text: 'other words'});
  const more = await reply('and more');
  await agent.ask('line.remove', {conversation, line: more.seq});
  net.heal();
  await text(w.theirs, 'other words');
  await until('both lines and no third', async () => (await w.theirs.count()) == 2);
  await w.log.getByText('was removed').waitFor();
  assert.ok(!(await w.log.textContent()).includes('and more'));
  noComplaints(w.page);
});

test('a note is put right by its author alone', async () => {
  const {page, agent, conversation} = await desk();
  await agent.ask('conversation.note', {conversation, text: 'a dificult one'});
  const note = page.locator('.message.note');
  await note.hover();
  await note.locator('.own-tools button').first().click();
  await page.fill('#own-text', 'a difficult one');
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('.message.note:has-text("a difficult one") .trace');
});
