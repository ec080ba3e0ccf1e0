// The widget in pages of every kind: they replace their body, trap the focus, close off what is not
// their dialog, change what arrays do, and lose the tag's attributes.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {noComplaints, openPage, person, until} from './harness.mjs';
import {net, ring, scene, site, talk, text, visit} from './visitor.mjs';

test('a page that replaces its body keeps the chat, once, and the agent hears of the new page', async () => {
  const {w, agent, reply, conversation} = await talk();
  const {page} = w;
  await agent.ask('subscribe', {topic: 'conversation', conversation, seq: 0});
  await w.input.fill('half a sentence');
  for (const path of ['/second', '/third'])
    await page.evaluate(path => {
      // As Turbo does: a copy of the old body is what comes back later.
      const copy = document.body.cloneNode(true);
      history.pushState(null, '', path + location.search);
      document.documentElement.replaceChild(copy, document.body);
    }, path);
  await until('the widget', () => w.panel.isVisible());
  assert.equal(await page.locator('deskbell-chat').count(), 1);
  assert.equal(await w.input.inputValue(), 'half a sentence');
  await reply('still there?');
  await text(w.theirs, 'still there?');
  await w.say('yes');
  await text(page.locator('.mark'), w.t.sent);
  await agent.event('page', event => event.page.endsWith('/third'));
  await page.evaluate(() => document.querySelector('deskbell-chat').remove());
  await until('the widget', () => w.panel.isVisible());
  noComplaints(page);
});

test('before the chat is opened a replaced body keeps the bubble, too', async () => {
  const {code} = await scene();
  const w = await visit(code);
  await w.bubble.waitFor();
  await w.page.evaluate(() => document.body.replaceWith(document.createElement('body')));
  await w.bubble.click();
  await w.field(w.t.email).waitFor();
});

test("a page's dialog that traps the focus leaves the widget's fields alone", async () => {
  const {w, code} = await talk();
  const {page} = w;
  await page.evaluate(() => {
    const box = document.createElement('div');
    const field = document.createElement('input');
    box.setAttribute('role', 'dialog');
    box.append(field);
    document.body.append(box);
    const outside = event => !box.contains(event.target);
    const catches = {
      focusin: event => outside(event) && field.focus(),
      mousedown: event => outside(event) && event.preventDefault(),
      click: event => {
        if (outside(event)) event.stopImmediatePropagation();
      },
      keydown: event => {
        if (event.key == 'Tab') event.preventDefault();
      },
    };
    for (const name in catches) document.addEventListener(name, catches[name], true);
    field.focus();
  });
  // A dialog that takes the focus calls what it needs in spite of it, before anybody touches it.
  await until('the part that knows of traps', () =>
    page.evaluate(code => 'home' in window.deskbell.at[code], code),
  );
  await w.input.click();
  await page.keyboard.type('typed in spite of it');
  await w.button(w.t.send).click();
  await text(w.mine, 'typed in spite of it');
  noComplaints(page);
});

test('a trap that is no dialog to be seen takes the first touch, and gives it back', async () => {
  const s = await scene();
  const w = await visit(s.code);
  await w.bubble.click();
  await w.field(w.t.email).waitFor();
  await w.page.evaluate(() => {
    const box = document.body.appendChild(document.createElement('div'));
    const field = box.appendChild(document.createElement('input'));
    document.addEventListener('focusin', event => box.contains(event.target) || field.focus());
    field.focus();
  });
  await w.field(w.t.email).click();
  await until('the field to have it back', () =>
    w.field(w.t.email).evaluate(el => el.getRootNode().activeElement == el),
  );
  await w.page.keyboard.type('hanako@example.com');
  assert.equal(await w.field(w.t.email).inputValue(), 'hanako@example.com');
  noComplaints(w.page);
});

test('fields of the form change the focus among themselves, and load nothing for that', async () => {
  const s = await scene();
  const w = await visit(s.code);
  const late = [];
  w.page.on('request', request => /late\./.test(request.url()) && late.push(request.url()));
  await w.bubble.click();
  await w.field(w.t.email).click();
  await w.page.keyboard.press('Tab');
  await w.page.keyboard.type('x');
  await w.page.keyboard.press('Shift+Tab');
  assert.deepEqual(late, []);
  noComplaints(w.page);
});

test('where the address changes and the document stays, the agent hears of it', async () => {
  const {w, agent, conversation} = await talk();
  await agent.ask('subscribe', {topic: 'conversation', conversation, seq: 0});
  await w.page.evaluate(() => {
    history.pushState(null, '', '/by-script' + location.search);
    document.title = 'By script';
  });
  const heard = await agent.event('page', event => event.page.endsWith('/by-script'));
  assert.equal(heard.title, 'By script');
  await w.page.evaluate(() => history.back());
  await agent.event('page', event => event.page.endsWith('/'));
  noComplaints(w.page);
});

test('while a modal dialog of the page is open the chat is in it, and afterwards where it was', async () => {
  const {w, reply} = await talk();
  const {page} = w;
  await w.input.fill('before');
  await page.evaluate(() => {
    const dialog = document.createElement('dialog');
    dialog.append('Log in');
    document.body.append(dialog);
    dialog.showModal();
  });
  await until('the widget to move', () =>
    page.evaluate(() => !!document.querySelector('dialog deskbell-chat')),
  );
  await w.input.click();
  await page.keyboard.press('End');
  await page.keyboard.type(' and in it');
  await page.evaluate(() => document.querySelector('dialog').close());
  await until('the widget to move back', () =>
    page.evaluate(() => document.querySelector('deskbell-chat').parentNode == document.body),
  );
  await page.keyboard.type(' and after');
  assert.equal(await w.input.inputValue(), 'before and in it and after');
  await page.evaluate(() => {
    for (const el of document.body.children) {
      el.inert = true;
      el.setAttribute('aria-hidden', 'true');
    }
  });
  await until('the widget to be alive', () =>
    page.evaluate(() => {
      const host = document.querySelector('deskbell-chat');
      return !host.inert && !host.hasAttribute('aria-hidden');
    }),
  );
  await page.keyboard.press('Escape');
  assert.equal(await w.panel.isVisible(), false);
  await reply('hello');
  await until('the mark', () => w.bubble.getAttribute('data-news'));
  noComplaints(page);
});

for (const as of ['module', 'query'])
  test(`embedded ${as == 'module' ? 'as a module' : 'without attributes, by its address'}, it works`, async () => {
    const {code} = await scene();
    const page = await openPage(await person(), `${site.url}/?as=${as}&department=${code}&lang=ja`);
    await page.getByRole('button', {name: 'チャットで問い合わせる'}).click();
    await page.getByRole('button', {name: 'チャットを始める'}).waitFor();
    noComplaints(page);
  });

test('asked for by import(), without a tag, it works by its address', async () => {
  const {code} = await scene();
  const page = await openPage(await person(), `${site.url}/?as=none`);
  await page.evaluate(src => import(src), `${net.url}/w/deskbell.js?department=${code}&lang=ja`);
  await page.getByRole('button', {name: 'チャットで問い合わせる'}).click();
  await page.getByRole('button', {name: 'チャットを始める'}).waitFor();
  noComplaints(page);
});

test('without a department it says on the console what is missing', async () => {
  const page = await openPage(await person());
  const said = [];
  page.on('console', message => said.push(message.text()));
  await page.goto(`${site.url}/?as=bare`);
  await until('the word', () => said.some(line => /deskbell: no department.*data-department/.test(line)));
  assert.equal(said.length, 1, said.join('\n'));
  assert.equal(await page.locator('deskbell-chat').count(), 0);
});

test('a page that gave arrays a toJSON() of its own keeps the chat through a reload', async () => {
  const context = await person();
  await context.addInitScript(() => {
    Array.prototype.toJSON = function () {
      return `[${this.map(one => JSON.stringify(one)).join(', ')}]`;
    };
  });
  const s = await scene();
  const w = await visit(s.code, {context});
  await ring(w);
  const conversation = await s.agent.accept();
  await s.agent.ask('chat.send', {conversation, text: 'one'});
  await text(w.theirs, 'one');
  await w.say('two');
  await text(w.page.locator('.mark'), w.t.sent);
  await w.page.reload();
  await text(w.theirs, 'one');
  await w.say('three');
  await text(w.page.locator('.mark'), w.t.sent);
  assert.deepEqual(await w.mine.allTextContents(), ['Do you deliver on Sundays?', 'two', 'three']);
  noComplaints(w.page);
});

for (const [what, kept] of Object.entries({
  'of which only chat and token are known': ({chat, token, live, open}) => ({chat, token, live, open}),
  'whose lines are a text': all => ({...all, lines: JSON.stringify(all.lines), st: 'active', who: 1}),
})) {
  test(`a kept chat ${what} goes on`, async () => {
    const {w, reply, code} = await talk();
    await reply('one');
    await text(w.theirs, 'one');
    const key = `deskbell:${code}`;
    const was = JSON.parse(await w.page.evaluate(key => localStorage.getItem(key), key));
    await w.page.goto('about:blank');
    const other = await openPage(w.context, `${site.url}/none`);
    await other.evaluate(([key, value]) => localStorage.setItem(key, value), [
      key,
      JSON.stringify(kept(was)),
    ]);
    const again = await visit(code, {context: w.context});
    await text(again.theirs, 'one');
    await again.say('two');
    await text(again.page.locator('.mark'), again.t.sent);
    noComplaints(again.page);
  });
}
