// The core journey in Firefox ESR, and age's own test vectors in both browsers.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { withoutP256 } from "../layouts/browser/p256.mjs";
import { startBrowser, startPortal } from "./lib.mjs";
import { hasFirefox, startFirefox } from "./firefox.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const started = "body[data-page-ready]";
const opened = "body[data-page-ready]:not(:has(form[data-sign-in]))";
const without = hasFirefox() ? false : "Firefox ESR is not installed (Debian: firefox-esr)";
let portal, firefox, page, head;

before(async () => {
  portal = await startPortal();
  head = portal.account((a) => a.name === "Morgan Ellery");
  if (without) return;
  firefox = await startFirefox();
  page = await firefox.newPage();
});

after(async () => {
  await firefox?.stop();
  await portal?.stop();
});

test("in Firefox a wrong passphrase is refused, and the right one opens what a mail's link names", { skip: without }, async () => {
  await page.goto(`${portal.address}/#a=${head.code}&to=${encodeURIComponent("/s/visits.html")}`);
  await page.waitForSelector(started);
  await page.fill("#passphrase", "wrong-words-that-nobody-was-ever-given");
  await page.click("form[data-sign-in] button[type=submit]");
  await page.waitFor(() => document.querySelector("[data-error-summary]").innerText.includes("passphrase is not right"));
  await page.fill("#passphrase", head.passphrase.toUpperCase().replaceAll("-", " "));
  await page.press("\uE007");
  await page.waitForSelector(opened);
  assert.match(await page.innerText("h1"), /All Records of Visits$/);
  assert.equal(await page.innerText("[data-holder]"), head.name);
  assert.match(await page.innerText("[data-published]"), /Published/);
});

test("in Firefox a list is filtered, and a record opens", { skip: without }, async () => {
  const shown = () => page.evaluate(() => [...document.querySelectorAll("tr[data-row]")].filter((r) => !r.hidden).length);
  const all = await shown();
  await page.fill("[data-filter-text]", "reading");
  await page.waitFor((n) => [...document.querySelectorAll("tr[data-row]")].filter((r) => !r.hidden).length < n, all);
  await page.click("tr[data-row]:not([hidden]) a[href$='.html']");
  await page.waitFor(() => document.querySelector("main").innerText.includes("Questions about this"));
  await page.waitForSelector(opened);
  assert.match(await page.innerText("main"), /Responsible/);
  assert.ok(!/early reading/i.test(await page.title()));
});

test("in Firefox an attachment comes down whole, and the page stays", { skip: without }, async () => {
  const sent = fs.readdirSync(path.join(portal.la, "content", "visits"), { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile() && e.parentPath.includes("attachments")).map((e) => fs.readFileSync(path.join(e.parentPath, e.name)));
  const record = await page.url();
  await page.click(".app-attachments a[href$='.pdf'], .app-attachments a[href$='.csv'], .app-attachments a[href$='.docx']");
  const file = await until(() => fs.readdirSync(firefox.downloads).find((f) => !f.endsWith(".part")));
  const got = await until(() => { const b = fs.readFileSync(path.join(firefox.downloads, file)); return b.length > 0 && b; });
  assert.ok(sent.some((b) => b.equals(got)), "the bytes are those of an attachment in the folder");
  assert.equal(await page.url(), record);
});

test("in Firefox the session outlives a reload, Back, a second tab and a worker that has ended", { skip: without }, async () => {
  await page.reload();
  await page.waitForSelector(opened);
  await page.click("nav a[data-area=sheets]");
  await page.waitFor(() => /Management Information/.test(document.querySelector("h1").innerText));
  await page.goBack();
  await page.waitFor(() => document.querySelector("main").innerText.includes("Questions about this"));
  await page.waitForSelector(opened);
  // The browser ends an idle worker after the three seconds that the profile sets.
  await new Promise((resolve) => { setTimeout(resolve, 8000); });
  const second = await firefox.newPage();
  await second.goto(`${portal.address}/s/news.html`);
  await second.waitForSelector(opened);
  assert.match(await second.innerText("h1"), /News$/);
  await second.click("[data-sign-out]");
  await second.waitForSelector("form[data-sign-in]");
  await page.waitForSelector("form[data-sign-in]");
  await second.close();
});

test("no page complained in Firefox", { skip: without }, () => {
  // Firefox says this of requests that a reload or a closed tab cut off; nothing names the address.
  assert.deepEqual(firefox.complaints.filter((c) => !c.startsWith("Failed to load ‘’. A ServiceWorker intercepted")), []);
});

test("age's vectors of C2SP pass in Chromium, and only a hybrid file opens", async () => {
  const chromium = await startBrowser();
  try {
    const tab = await chromium.context.newPage();
    await runVectors(async (address, script, files) => {
      await tab.goto(address);
      await tab.addScriptTag({ content: script });
      return tab.evaluate((f) => globalThis.cctv.runVectors(f), files);
    });
  } finally {
    await chromium.stop();
  }
});

test("age's vectors of C2SP pass in Firefox, and only a hybrid file opens", { skip: without }, async () => {
  await runVectors(async (address, script, files) => {
    await page.goto(address);
    await page.evaluateWithin((source) => { (0, eval)(source + ";globalThis.cctv = cctv"); }, script);
    return page.evaluateWithin((f) => globalThis.cctv.runVectors(f), files);
  });
});

/** Bundles the vectors' runner as the worker is bundled, has a browser run it on a page of its own, and checks the report. */
async function runVectors(run) {
  const built = await esbuild.build({
    entryPoints: [path.join(root, "layouts/browser/test/cctv.ts")], bundle: true, minify: true, write: false,
    format: "iife", globalName: "cctv", target: ["chrome120", "firefox128", "safari17.4"], plugins: [withoutP256],
  });
  const { Dir: dir } = JSON.parse(execFileSync("go", ["mod", "download", "-json", "c2sp.org/CCTV/age"], { cwd: root, encoding: "utf8" }));
  const files = fs.readdirSync(path.join(dir, "testdata")).sort().map((name) => [name, fs.readFileSync(path.join(dir, "testdata", name)).toString("base64")]);
  const server = http.createServer((_, response) => response.writeHead(200, { "Content-Type": "text/html" }).end("<!DOCTYPE html><title>Vectors</title>"));
  await new Promise((resolve) => { server.listen(0, "localhost", resolve); });
  try {
    const report = await run(`http://localhost:${server.address().port}/`, built.outputFiles[0].text, files);
    assert.deepEqual(report.wrong, []);
    assert.ok(files.length >= 140 && report.outcomes.success >= 20, JSON.stringify(report.outcomes));
    assert.deepEqual(report.opened, ["hybrid"]);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => { server.close(resolve); });
  }
}

async function until(look) {
  for (let tries = 0; tries < 200; tries++) {
    const got = look();
    if (got) return got;
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  throw new Error("waited in vain");
}
