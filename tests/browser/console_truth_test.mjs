// The console says no more than it knows: whether it is connected, and what became of a message.
import assert from 'node:assert/strict';
import test from 'node:test';
import {assertAccessible, noComplaints, shot} from './harness.mjs';
import {accepted, assertFits, consoleOf, gatewayBehindNetwork, setStatus, visitor} from './console_parts.mjs';

const KNOWN_MS = 5000;
const own = await gatewayBehindNetwork();

// How long the console goes on saying that it is connected, by its own clock, which `cut` starts.
async function untilItIsSaid(page, cut, most = 20000) {
  await page.evaluate(() => {
    window.from = performance.now();
    new MutationObserver((_, self) => {
      if (!document.querySelector('.connection.bad')) return;
      window.said = performance.now();
      self.disconnect();
    }).observe(document, {attributes: true, childList: true, subtree: true});
  });
  await cut();
  await page.waitForSelector('.connection.bad', {timeout: most});
  return page.evaluate(() => window.said - window.from);
}

test('a network that carries nothing more is known within five seconds, and messages say so', async () => {
  const page = await consoleOf(own.g, own.agent, {}, own.net.url);
  await setStatus(page, 'available');
  const v = await visitor(own.g, own.department.code);
  await accepted(page);
  await page.evaluate(() => {
    const region = document.querySelector('[role=status][aria-live=polite]');
    window.told = [];
    new MutationObserver(() => window.told.push(region.textContent))
      .observe(region, {characterData: true, childList: true, subtree: true});
  });
  const known = await untilItIsSaid(page, () => own.net.stall());
  assert.ok(known <= KNOWN_MS, `nobody did anything, and it took ${known} ms`);
  assert.match(await page.textContent('.connection.bad'), /^\s*No answer 0:0\d\s*$/);
  await page.fill('[data-composer]', 'into the silence');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.sending:has-text("into the silence") .delivery:has-text("Not sent yet")');
  assert.match(await page.textContent('.composer-foot'), /Not connected/);
  await page.waitForSelector('.banners .banner:has-text("New chats do not reach you")');
  assert.ok((await page.evaluate(() => window.told)).some(text => /connection is lost/.test(text)));
  await assertAccessible(page, 'without a connection');
  await shot(page, 'console-lost');
  // Attempts are made all the while, and none of them is called a connection.
  const end = Date.now() + 12000;
  while (Date.now() < end) {
    assert.equal(await page.locator('.connection.good').count(), 0);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  own.net.heal();
  await page.waitForSelector('.connection.good', {timeout: 60000});
  await v.hears('into the silence');
  await page.waitForSelector('.message.agent:not(.sending):has-text("into the silence") .delivery.sent');
  assert.equal(v.lines.filter(line => line.text == 'into the silence').length, 1);
  assert.equal(await page.locator('.message:has-text("into the silence")').count(), 1);
  noComplaints(page);
  await v.ask('chat.end');
  await setStatus(page, 'offline');
});

test('a message into a silent network is the first to notice', async () => {
  const page = await consoleOf(own.g, own.agent, {narrow: true, locale: 'ja-JP'}, own.net.url);
  await page.click('#person-menu');
  await page.click('.menu-item[lang=ja]');
  await setStatus(page, 'available');
  const v = await visitor(own.g, own.department.code);
  await accepted(page);
  own.net.stall();
  await page.fill('[data-composer]', 'はい');
  assert.ok(await untilItIsSaid(page, () => page.keyboard.press('Enter')) <= 3000);
  await page.waitForSelector('.sending .delivery:has-text("未送信")');
  assert.ok(await page.isVisible('.composer-foot'), 'on a phone, too');
  await page.waitForSelector('.banners .banner:has-text("新しいチャットは届きません")');
  await assertFits(page, 'a lost connection');
  await shot(page, 'console-lost-ja-narrow');
  own.net.heal();
  await page.waitForSelector('.connection.good', {timeout: 60000, state: 'attached'});
  await v.hears('はい');
  await v.ask('chat.end');
  await setStatus(page, 'offline');
});

test('what the browser says of the network is believed until the gateway says otherwise', async () => {
  const page = await consoleOf(own.g, own.agent, {}, own.net.url);
  await page.waitForSelector('.connection.good');
  own.net.stall();
  const known = await untilItIsSaid(page, () => page.evaluate(() => {
    Object.defineProperty(navigator, 'onLine', {get: () => false, configurable: true});
    dispatchEvent(new Event('offline'));
  }));
  assert.ok(known <= 1000);
  assert.match(await page.textContent('.connection.bad'), /No network/);
  own.net.heal();
  await page.evaluate(() => {
    delete navigator.onLine;
    dispatchEvent(new Event('online'));
  });
  await page.waitForSelector('.connection.good', {timeout: 30000});
});
