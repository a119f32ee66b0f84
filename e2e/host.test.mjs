// A head teacher meets a host that cheats: what it says, and what to do then.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fs from "node:fs";
import path from "node:path";
import { despatch, look, main, opened, out, signIn, startBrowser, started, startPortal } from "./lib.mjs";
import { startHost } from "./host.mjs";

let portal, host, browser, page, head, olderHead;

before(async () => {
  portal = await startPortal();
  const tree = path.join(portal.la, "public");
  olderHead = fs.readFileSync(path.join(tree, "head"));
  despatch("renew", "-C", portal.la);
  host = await startHost(tree);
  browser = await startBrowser();
  page = await browser.context.newPage();
  head = portal.account((a) => a.name === "Morgan Ellery");
  fs.mkdirSync(out, { recursive: true });
  await signIn(page, host.address, head);
});

after(async () => {
  await browser?.stop();
  await host?.stop();
  await portal?.stop();
});

/** The addresses of records in an area's list. */
async function records(area) {
  await page.goto(`${host.address}/s/${area}.html`);
  await opened(page);
  return page.$$eval("tr[data-row] a", (all) => all.map((a) => a.href).filter((h) => h.endsWith(".html")));
}

test("every page says when it was published, the sign-in page too once the authority is known", async () => {
  assert.match(await page.innerText("[data-published]"), /^Published \w+day \d+ \w+ \d{4} at \d\d:\d\d\.$/);
  const [visit] = await records("visits");
  await page.goto(visit);
  await opened(page);
  assert.match(await page.innerText("[data-published]"), /^Published /);
  const fresh = await browser.context.newPage();
  await fresh.goto(`${host.address}/s/nothing.html`);
  assert.match(await fresh.innerText("h1"), /Page not found/);
  await started(fresh);
  assert.match(await fresh.innerText("[data-published]"), /^Published /);
  await fresh.close();
});

test("a changed file is not shown: what happened, what to do, and the rest reads on", async () => {
  const tree = path.join(portal.la, "public");
  const [sheet] = await records("sheets");
  for (const dir of fs.readdirSync(path.join(tree, "b"))) {
    for (const name of fs.readdirSync(path.join(tree, "b", dir))) {
      const bytes = fs.readFileSync(path.join(tree, "b", dir, name));
      bytes[bytes.length - 9] ^= 1;
      host.lies.set(`b/${dir}/${name}`, bytes);
    }
  }
  const response = await page.goto(sheet);
  assert.equal(response.status(), 502);
  await started(page);
  assert.match(await page.innerText("h1"), /This page was changed/);
  assert.match(await main(page), /is not what the authority published, so it is not shown.*Reload the page.*ring the authority on a number that you know/);
  await look(page, "host-changed");
  for (const name of host.lies.keys()) host.lies.set(name, null);
  await page.goto(sheet);
  await started(page);
  assert.match(await page.innerText("h1"), /This page is held back/);
  assert.match(await main(page), /published this page, but the site does not deliver it/);
  await look(page, "host-withheld");
  host.lies.clear();
  await page.reload();
  await opened(page);
  assert.match(await main(page), /Responsible|Contact|Audience|Published/);
});

test("an older state is refused, the open tabs say so, and what they show stays readable", async () => {
  const [visit] = await records("visits");
  await page.goto(visit);
  await opened(page);
  const read = await page.innerText("h1");
  host.lies.set("head", olderHead);
  const other = await browser.context.newPage();
  const response = await other.goto(`${host.address}/s/ffffffffffffffff/1111111111111111.html`);
  assert.equal(response.status(), 502);
  assert.match(await main(other), /older or another state than this device has already seen.*newer papers may be kept from you/);
  await look(other, "host-rollback");
  await page.waitForSelector("[data-banner=alarm]");
  assert.match(await page.innerText("[data-banner=alarm]"), /can be read/);
  assert.equal(await page.innerText("h1"), read);
  await look(page, "host-alarm-banner");
  await other.close();
  host.lies.clear();
});

test("another program in the worker's place gets no keys, and the person is told to stop", async () => {
  await page.reload();
  await opened(page);
  host.lies.set("sw.js", Buffer.from("self.addEventListener('install', () => self.skipWaiting()); self.addEventListener('activate', (e) => e.waitUntil(clients.claim()));"));
  await page.evaluate(async () => { await (await navigator.serviceWorker.getRegistration()).update(); });
  await page.waitForSelector("h1:has-text('changed by someone else')");
  assert.match(await main(page), /got none of your keys.*Do not sign in again here.*ring the authority/);
  assert.equal(await page.locator("table, article").count(), 0, "nothing of what was open stays");
  await look(page, "host-replaced");
});
