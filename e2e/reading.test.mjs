// A head teacher reads: from the key letter to the report and back to class.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fs from "node:fs";
import path from "node:path";
import { execFileSync } from "node:child_process";
import { enter, main, opened, signIn, started, startBrowser, startPortal } from "./lib.mjs";

let portal, browser, head, page;

before(async () => {
  portal = await startPortal();
  browser = await startBrowser();
  head = portal.account((a) => a.name === "Morgan Ellery");
  page = await browser.context.newPage();
});

after(async () => {
  await browser?.stop();
  await portal?.stop();
});

test("a wrong passphrase is refused in one sentence beside its field", async () => {
  await page.goto(portal.address);
  await started(page);
  await page.fill("#code", head.code);
  await page.fill("#passphrase", "wrong-words-that-nobody-was-ever-given");
  await page.click("form[data-sign-in] button[type=submit]");
  await page.waitForSelector("[data-error-summary]:not([hidden])");
  assert.match(await page.innerText("[data-error-summary]"), /passphrase is not right/);
  assert.equal(await page.getAttribute("#passphrase", "aria-invalid"), "true");
});

test("an unknown code and empty fields are refused", async () => {
  await page.fill("#code", "0000-0000");
  await page.click("form[data-sign-in] button[type=submit]");
  await page.waitForFunction(() => document.querySelector("[data-error-summary]")?.textContent?.includes("no account"));
  await page.fill("#code", "");
  await page.click("form[data-sign-in] button[type=submit]");
  await page.waitForFunction(() => document.querySelector("[data-error-summary]")?.textContent?.includes("Enter your account code"));
});

test("the code and passphrase are folded: spaces, capitals and look-alike letters do not matter", async () => {
  const typed = head.code.toLowerCase().replaceAll("0", "o").replaceAll("1", "l");
  await page.fill("#code", ` ${typed.slice(0, 4)} ${typed.slice(4)} `);
  await page.fill("#passphrase", head.passphrase.toUpperCase().replaceAll("-", "  "));
  await page.keyboard.press("Enter");
  await opened(page);
  assert.match(await page.innerText("h1"), /Home$/);
});

test("home shows what to do, nearest deadline first, and who is signed in", async () => {
  assert.match(await main(page), /To do/);
  const due = await page.$$eval("section[aria-labelledby=todo] time", (times) => times.map((t) => t.getAttribute("datetime")));
  assert.ok(due.length > 0);
  assert.deepEqual(due, [...due].sort());
  assert.equal(await page.innerText("[data-holder]"), head.name);
  assert.match(await page.innerText("[data-published]"), /Published/);
});

test("All Records of Visits: filter, search any text, sort, keep the state in the address", async () => {
  await page.click("nav a[data-area=visits]");
  await opened(page);
  assert.match(await page.innerText("h1"), /All Records of Visits$/);
  const rows = () => page.$$eval("tr[data-row]", (all) => all.filter((r) => !r.hidden).length);
  const all = await rows();
  assert.ok(all >= 3, `${all} visits`);
  await page.fill("[data-filter-text]", "reading");
  await page.waitForFunction((n) => [...document.querySelectorAll("tr[data-row]")].filter((r) => !r.hidden).length < n, all);
  assert.doesNotMatch(page.url(), /reading/, "what is typed is in no address: browsers write addresses down");
  const found = await rows();
  assert.ok(found >= 1);
  await page.reload();
  await opened(page);
  assert.equal(await rows(), found, "the filter survives a reload");
  await page.fill("[data-filter-text]", "nothing is called like this");
  await page.waitForSelector("[data-list-empty]:not([hidden])");
  await page.fill("[data-filter-text]", "");
  await page.click("th[data-sort] button");
  await page.waitForSelector("th[aria-sort]");
});

test("Back from a record leads to its list as it was filtered", async () => {
  await page.click("nav a[data-area=sheets]");
  await opened(page);
  await page.selectOption("select[data-filter]", { index: 1 });
  await page.waitForFunction(() => location.hash.length > 1);
  const hash = await page.evaluate(() => location.hash);
  await page.click("tr[data-row]:not([hidden]) a");
  await page.waitForURL(/#back=/);
  await opened(page);
  await page.click("a[data-back]");
  await page.waitForURL((url) => url.hash === hash);
  await opened(page);
  assert.ok((await page.$$eval("tr[data-row]", (all) => all.filter((r) => r.hidden).length)) > 0, "the list is still filtered");
});

test("a visit that awaits an answer: report, deadline with its sum, responsible person, attachments", async () => {
  await page.goto(`${portal.address}/s/visits.html`);
  await opened(page);
  await page.click("a:has-text('Read and Respond')");
  await opened(page);
  await page.click("summary:has-text('How this date is counted')");
  const text = await main(page);
  assert.match(text, /Respond by \w+day \d+ \w+ \d{4}/);
  assert.match(text, /10 working days/);
  assert.match(text, /Responsible \w+/);
  assert.match(text, /Questions about this/);
  assert.deepEqual(await page.$$eval("[data-answer] button", (all) => all.map((b) => b.textContent)), ["Accurate", "Inaccurate"]);
  assert.ok(!/early reading/i.test(await page.title()), "the title says nothing that history should not keep");
});

test("an attachment comes down as it was put in", async () => {
  const link = page.locator("main .app-attachments a").first();
  const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
  const got = fs.readFileSync(await download.path());
  const sent = walk(path.join(portal.la, "content", "visits")).filter((f) => f.includes("attachments")).map((f) => fs.readFileSync(f));
  assert.ok(sent.some((b) => b.equals(got)), "the bytes are those of an attachment in the folder");
  assert.match(download.suggestedFilename(), /\.\w+$/);
  assert.match(await page.innerText("h1"), /./, "the page that linked it stays");
});

/** What comes down from a link, and the paper in the office's own folder that it is. */
async function paper(link) {
  const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
  const got = fs.readFileSync(await download.path());
  const made = walk(path.join(portal.la, "cache", "papers")).filter((f) => fs.readFileSync(f).equals(got));
  assert.equal(made.length, 1, "the bytes are those that the office printed");
  return { got, name: download.suggestedFilename() };
}

test("the report comes down as the PDF that the office made, byte for byte", async () => {
  const link = page.locator("main a:has-text('View Visit Report')");
  const { got, name } = await paper(link);
  assert.match(name, /^focus-visit-\d{4}-\d\d-\d\d\.pdf$/, "the name says kind and date, and nothing of the school");
  assert.equal(got.subarray(0, 8).toString(), "%PDF-1.7");
  assert.equal(await link.innerText(), `View Visit Report (PDF, ${Math.round(got.length / 1000)} kB)`);
  assert.match(await page.innerText("h1"), /./, "the page that linked it stays");
  const about = execFileSync("pdfinfo", ["-"], { input: got, encoding: "utf8" });
  assert.match(about, /Tagged: +yes/);
  assert.match(about, /Title: +Focus visit, \d+ \w+ \d{4}: /);
});

test("every visit of the list has its PDF beside it, other visits too", async () => {
  await page.goto(`${portal.address}/s/visits.html`);
  await opened(page);
  const rows = page.locator("tr[data-row]");
  const drafts = await page.locator("tr[data-row][data-status=Draft]").count();
  assert.equal(await rows.locator("a:has-text('Download')").count(), (await rows.count()) - drafts - (await page.locator("tr[data-row][data-status=Withdrawn]").count()));
  const other = page.locator("tr[data-row]:has-text('Other')").locator("a:has-text('Download')").first();
  assert.match(await other.textContent(), /^Download: .+, \d+ \w+ \d{4} \(PDF, \d+ kB\)$/, "who hears the link alone knows what it brings");
  const { name } = await paper(other);
  assert.match(name, /^[a-z-]+-\d{4}-\d\d-\d\d\.pdf$/);
});

test("an MI sheet and a document come down as PDF too, and nothing of them is in the clear on the host", async () => {
  for (const [area, name] of [["sheets", /^mi-sheet-\d+-\d+\.pdf$/], ["documents", /^document-\d{4}-\d\d-\d\d\.pdf$/]]) {
    await page.goto(`${portal.address}/s/${area}.html`);
    await opened(page);
    await page.locator("tr[data-row] a[href$='.html']").first().click();
    await page.waitForSelector("main a:has-text('Download')");
    const got = await paper(page.locator("main a:has-text('Download')").first());
    assert.match(got.name, name);
  }
  for (const file of walk(path.join(portal.la, "public"))) {
    assert.ok(!fs.readFileSync(file).includes("%PDF-"), `${file} holds a PDF in the clear`);
  }
});

test("a letter comes down as PDF, set as a letter to the person it is to", async () => {
  await page.goto(`${portal.address}/s/documents.html`);
  await opened(page);
  await page.locator("tr[data-row]:has-text('Support for') a[href$='.html']").click();
  await page.waitForSelector("h1:has-text('Support for')");
  const { got } = await paper(page.locator("main a:has-text('Download')").first());
  const text = execFileSync("pdftotext", ["-layout", "-", "-"], { input: got, encoding: "utf8" });
  assert.match(text, /Morgan Ellery, Headteacher[\s\S]*Our reference: SI\/2026\/0412[\s\S]*Dear Morgan,[\s\S]*Yours sincerely,[\s\S]*Robin Vale/);
});

test("reload, back, a second tab and a stopped worker keep the session", async () => {
  const here = page.url();
  await page.reload();
  await opened(page);
  await page.click("nav a[data-area=home]");
  await opened(page);
  await page.goBack();
  await opened(page);
  assert.equal(page.url(), here);
  const second = await browser.context.newPage();
  await second.goto(here);
  await opened(second);
  const cdp = await browser.context.newCDPSession(page);
  await cdp.send("ServiceWorker.enable");
  await cdp.send("ServiceWorker.stopAllWorkers");
  await page.click("nav a[data-area=sheets]");
  await opened(page);
  assert.match(await page.innerText("h1"), /Management Information sheets/);
  await second.close();
});

test("every area opens, and its papers open", async () => {
  for (const area of ["sheets", "returns", "documents", "news", "results"]) {
    await page.click(`nav a[data-area=${area}]`);
    await opened(page);
    const links = await page.$$eval("tr[data-row] a", (all) => all.map((a) => a.href));
    assert.ok(links.length > 0, `${area} lists something`);
    await page.goto(links[0]);
    await opened(page);
    assert.equal(await page.locator("h1").count(), 1);
    await page.click(`nav a[data-area=${area}]`);
    await opened(page);
  }
});

test("signing out clears every tab, and Back shows nothing", async () => {
  const second = await browser.context.newPage();
  await second.goto(`${portal.address}/s/home.html`);
  await opened(second);
  await page.click("[data-sign-out]");
  await page.waitForSelector("form[data-sign-in]");
  await second.waitForSelector("form[data-sign-in]");
  await page.goBack();
  await page.waitForSelector("form[data-sign-in]");
  await second.close();
});

test("a deep link survives signing in, with and without the fragment", async () => {
  const fresh = await startBrowser();
  try {
    const tab = await fresh.context.newPage();
    await tab.goto(`${portal.address}/s/sheets.html`);
    await started(tab);
    await enter(tab, head);
    assert.match(tab.url(), /\/s\/sheets\.html/);
  } finally {
    await fresh.stop();
  }
  const other = await startBrowser();
  try {
    const tab = await other.context.newPage();
    await signIn(tab, portal.address, head, `/#a=${head.code}&to=${encodeURIComponent("/s/news.html")}`);
    assert.match(tab.url(), /\/s\/news\.html/);
  } finally {
    await other.stop();
  }
});

test("who may only see the audit is told to ask the Headteacher, and cannot open the report", async () => {
  const fresh = await startBrowser();
  try {
    const tab = await fresh.context.newPage();
    await signIn(tab, portal.address, portal.account((a) => a.name === "Jo Pendlebrook"), "/#to=%2Fs%2Fvisits.html");
    assert.match(await tab.innerText("h1"), /All Records of Visits$/);
    assert.equal(await tab.locator("a:has-text('Read and Respond')").count(), 0);
    assert.match(await main(tab), /Headteacher/);
  } finally {
    await fresh.stop();
  }
});

test("no page complained in the browser's console", () => {
  assert.deepEqual(browser.complaints, []);
});

function walk(dir) {
  return fs.readdirSync(dir, { withFileTypes: true }).flatMap((d) => (d.isDirectory() ? walk(path.join(dir, d.name)) : [path.join(dir, d.name)]));
}
