// The drop-box on another origin than the site: a school answers a visit and sends
// a file, across origins, under the policy and with the headers of docs/operations.md.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fs from "node:fs";
import path from "node:path";
import { Boxed } from "./box.mjs";
import { startHost } from "./host.mjs";
import { opened, signIn, startBrowser } from "./lib.mjs";

/** Sealing and asking take their time where other programs run as well. */
const patient = { timeout: 150_000 };

let boxed, browser, page;

before(async () => {
  boxed = await new Boxed().start({ apart: true });
  browser = await startBrowser();
  page = await browser.context.newPage();
  page.setDefaultTimeout(90_000);
});

after(async () => {
  await browser?.stop();
  await boxed?.stop();
});

const named = (name) => boxed.account((a) => a.name === name);

/** Whether the browser holds a session at the drop-box, as its own programs ask. */
const inside = () => page.evaluate(async (box) => (await fetch(`${box}/box/session`, { credentials: "include" })).status, boxed.origin);

test("a visit is answered at a drop-box of another origin, with a receipt that the page believes, and signing out signs out there", async () => {
  assert.notEqual(new URL(boxed.address).origin, new URL(boxed.origin).origin);
  await signIn(page, boxed.address, named("Morgan Ellery"));
  const shown = await page.goto(boxed.address + "/s/home.html");
  assert.ok(shown.headers()["content-security-policy"].includes(`connect-src 'self' ${boxed.origin};`), "the policy names the drop-box alone");
  await opened(page);
  await page.click('section[aria-labelledby=todo] tr:has-text("Read and Respond") a');
  await opened(page);
  await page.waitForSelector("[data-opened]");
  await page.click(".app-respond button:has-text('Inaccurate')");
  await page.fill("#comments", "The number on roll is 212, not 221.");
  await page.waitForFunction(() => document.querySelector("[data-kept]")?.textContent !== "");
  await page.click("button:has-text('Save and exit')");
  await page.waitForFunction(() => document.querySelector("main h1")?.textContent?.endsWith("Your answer is saved"));
  await page.click("button:has-text('Go on with this answer')");
  await page.waitForSelector("#comments");
  await page.click("button:has-text('Continue')");
  await page.waitForFunction(() => document.querySelector("main h1")?.textContent?.endsWith("Check your answer"));
  await page.click("[data-send]");
  await page.waitForSelector(".app-sent", patient);
  const receipt = await page.$eval(".app-receipt", (e) => e.textContent);
  const file = path.join(boxed.dir, "receipt.txt");
  fs.writeFileSync(file, receipt);
  assert.match(boxed.office("verify-receipt", file), /deposit/);
  assert.equal(await inside(), 200);
  await page.click("[data-sign-out]");
  await page.waitForSelector("form[data-sign-in]");
  await page.waitForFunction(async (box) => (await fetch(`${box}/box/session`, { credentials: "include" })).status === 401, boxed.origin);
});

test("a file goes to a drop-box of another origin in pieces, outlives a line that breaks, and is read back", async () => {
  await signIn(page, boxed.address, named("Oliver Tanswick"));
  await page.goto(boxed.address + "/s/documents.html");
  await opened(page);
  await page.click("main a:has-text('Send documents')");
  await opened(page);
  await page.waitForSelector("[data-send]:not([hidden]) *");
  await page.check(`input[type=radio] + label:has-text("Governor Services") >> xpath=../input`);
  await page.setInputFiles("#files", [{ name: "minutes.pdf", mimeType: "application/pdf", buffer: Buffer.concat([Buffer.from("%PDF-1.7\n"), Buffer.alloc(9 << 20, "minutes ")]) }]);
  let pieces = 0;
  boxed.wire.before = (request) => (request.method === "PATCH" && ++pieces === 2 ? "cut" : "pass");
  await page.click("[data-send-now]");
  await page.waitForSelector(".app-sent", patient);
  assert.ok(pieces > 2, "the second piece was sent again");
  await page.goto(boxed.address + "/s/sent.html");
  await opened(page);
  await page.click("tr[data-row]:last-child a:has-text('Receipt')");
  await page.click("a:has-text('Read what you sent')");
  const [saved] = await Promise.all([page.waitForEvent("download"), page.click("button:has-text('Save minutes.pdf')", patient)]);
  assert.equal(fs.statSync(await saved.path()).size, 9 + (9 << 20));
});

test("a page of a third origin, of the same domain even, reads nothing of the drop-box and changes nothing", async () => {
  const folder = path.join(boxed.dir, "third");
  fs.mkdirSync(folder);
  for (const name of ["index.html", "404.html"]) fs.writeFileSync(path.join(folder, name), "<!DOCTYPE html><title>Third</title>");
  const third = await startHost(folder);
  const other = await browser.context.newPage();
  try {
    assert.equal(await inside(), 200, "the person is signed in at the drop-box");
    await other.goto(third.address);
    const asked = [];
    boxed.wire.before = (request) => { asked.push(`${request.method} ${request.url} ${request.headers.cookie === undefined ? "without" : "with"} cookie`); return "pass"; };
    const read = await other.evaluate((box) => fetch(`${box}/box/session`, { credentials: "include" }).then((r) => r.status, (e) => e.name), boxed.origin);
    assert.equal(read, "TypeError", "its scripts may not read the answer");
    const sent = await other.evaluate((box) => fetch(`${box}/box/logout`, { method: "POST", mode: "no-cors", credentials: "include" }).then((r) => r.type, (e) => e.name), boxed.origin);
    assert.equal(sent, "TypeError", "nor learn whether there was one");
    assert.deepEqual(asked, ["GET /box/session with cookie", "POST /box/logout with cookie"], "the drop-box was asked both times, by the person's own browser");
    assert.equal(await inside(), 200, "and the person is signed in still");
  } finally {
    boxed.wire.before = undefined;
    await other.close();
    await third.stop();
  }
});
