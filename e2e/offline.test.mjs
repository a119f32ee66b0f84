// A head teacher on a slow line, then without any: the train to the governors' meeting.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fs from "node:fs";
import path from "node:path";
import { axe, enter, look, main, opened, out, sideways, startBrowser, started, startPortal } from "./lib.mjs";
import { startHost } from "./host.mjs";

let portal, host, browser, page, head;

before(async () => {
  portal = await startPortal();
  host = await startHost(path.join(portal.la, "public"));
  browser = await startBrowser();
  page = await browser.context.newPage();
  head = portal.account((a) => a.name === "Morgan Ellery");
  fs.mkdirSync(out, { recursive: true });
});

after(async () => {
  await browser?.stop();
  await host?.stop().catch(() => undefined);
  await portal?.stop();
});

test("at 400 kbit/s the sign-in page says what is loading and how much", async () => {
  await page.goto(host.address);
  await started(page);
  host.rate = 50_000;
  await page.fill("#code", head.code);
  await page.fill("#passphrase", head.passphrase);
  // The sign-in page writes down what it showed until the next one came.
  await page.evaluate(() => {
    new MutationObserver(() => {
      const shown = document.querySelector("[data-loading]")?.innerText;
      if (/\d/.test(shown)) sessionStorage.setItem("seen", shown);
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  await page.keyboard.press("Enter");
  await opened(page);
  assert.match(await page.evaluate(() => sessionStorage.getItem("seen")), /^Loading \w[\s\S]*\d+ (bytes|kB)/);
  host.rate = 0;
});

test("what says that something is loading is whole for who listens, wide and narrow", async () => {
  for (const width of [320, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    await page.evaluate(() => { new BroadcastChannel("despatch").postMessage({ news: "loading", what: "papers", got: 21_000, total: 84_000 }); });
    await page.waitForSelector("[data-loading]");
    assert.deepEqual(await axe(page), [], `loading at ${width}`);
    assert.equal(await sideways(page), 0);
    assert.match(await page.innerText("[data-loading]"), /Loading papers\s+21 kB of 84 kB/);
  }
});

test("Reading offline keeps everything, and says how many files and how much", async () => {
  await page.click("nav a[data-area=home]");
  await opened(page);
  await page.goto(`${host.address}/s/offline.html`);
  await opened(page);
  await page.waitForSelector("[data-keep]:not([hidden])");
  await look(page, "offline-before");
  await page.click("[data-keep]");
  await page.waitForFunction(() => /^Everything/.test(document.querySelector("[data-keeping-text]").textContent));
  assert.match(await main(page), /Everything that you may read is on this device: \d+ files, [\d.]+ (kB|MB)\./);
  await look(page, "offline-kept");
});

test("without a network the person signs in, sees since when the copy is, and opens what was never opened before", async () => {
  await page.click("[data-sign-out]");
  await page.waitForSelector("form[data-sign-in]");
  await host.stop();
  await page.goto(host.address);
  await started(page);
  await enter(page, head);
  assert.match(await main(page), /You are offline You see what this device kept\. The site was last reached on \w+day \d+ \w+ \d{4} at \d\d:\d\d/);
  await look(page, "offline-home");
  for (const area of ["visits", "sheets", "documents", "news"]) {
    await page.goto(`${host.address}/s/${area}.html`);
    await opened(page);
    const links = await page.$$eval("tr[data-row] a", (all) => all.map((a) => a.href).filter((h) => h.endsWith(".html")));
    assert.ok(links.length > 0, area);
    const response = await page.goto(links.at(-1));
    assert.equal(response.status(), 200, `${links.at(-1)} without a network`);
    await opened(page);
  }
});

test("no page complained in the browser's console but of the missing network", () => {
  assert.deepEqual(browser.complaints.filter((c) => !/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|net::ERR/.test(c)), []);
});
