// `make demo` walks the loop by itself: a school answers in the browser, the office's
// line changes and the portal shows it, with nobody at the office.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { demoAuthority, despatch, main, opened, readAccounts, serve, signIn, startBrowser } from "./lib.mjs";

let dir, la, demo, browser;

before(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "despatch-loop-"));
  la = path.join(dir, "la");
  demoAuthority(la);
  demo = await serve("demo", la, "--port", "0");
  browser = await startBrowser();
});

after(async () => {
  await browser?.stop();
  await demo?.stop();
  fs.rmSync(dir, { recursive: true, force: true });
});

test("an answer in the browser changes the office's line and then the portal, with nobody at the office", async (t) => {
  const page = await browser.context.newPage();
  const head = readAccounts(path.join(la, "private", "demo-accounts.tsv")).find((a) => a.name === "Morgan Ellery");
  await signIn(page, demo.address, head);
  await page.click('section[aria-labelledby=todo] tr:has-text("Read and Respond") a');
  await opened(page);
  const visit = page.url();
  await page.click(".app-respond button:has-text('Accurate')");
  await page.waitForSelector("[data-send], button:has-text('Continue')");
  if ((await page.$("[data-send]")) === null) await page.click("button:has-text('Continue')");
  const pressed = Date.now();
  await page.click("[data-send]");
  await page.waitForSelector(".app-sent");
  const sent = Date.now();
  const [, id] = await demo.says(/school 900001 answered: accurate, (\S+)/);
  const told = Date.now();
  assert.match(despatch("-C", la, "list", "due"), /answered: accurate/);
  // Whoever loads the page again sees what is published now; the line may come just before that is.
  await page.goto(visit);
  for (let said = ""; !/Answered: accurate/.test(said); said = await main(page)) {
    await page.reload();
    await opened(page);
  }
  const published = fs.statSync(path.join(la, "public", "head")).mtimeMs;
  assert.doesNotMatch(await main(page), /waits for the authority/);
  assert.ok(fs.readdirSync(path.join(la, "events"), { recursive: true }).some((name) => name.endsWith("-responded.yaml")), id);
  t.diagnostic(`from the press of Send to the receipt ${((sent - pressed) / 1000).toFixed(2)} s, to the office's line ${((told - pressed) / 1000).toFixed(2)} s, to the portal's next state ${((published - pressed) / 1000).toFixed(2)} s (goal 2 s)`);
  assert.deepEqual(browser.complaints, []);
});
