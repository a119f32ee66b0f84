// The pages that people come back to: home, several schools side by side, the
// inbox, deadlines for a calendar, and the links of mails.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fs from "node:fs";
import ICAL from "ical.js";
import { axe, enter, main, opened, sideways, signIn, started, startBrowser, startPortal } from "./lib.mjs";

let portal, browser, page;
const account = (name) => portal.account((a) => a.name === name);

before(async () => {
  portal = await startPortal();
  browser = await startBrowser();
  page = await browser.context.newPage();
});

after(async () => {
  await browser?.stop();
  await portal?.stop();
});

/** go opens a page of the portal. */
async function go(tab, area) {
  await tab.goto(`${portal.address}/s/${area}.html`);
  await opened(tab);
}

/** well looks at the page as it is in both widths. */
async function well(tab) {
  for (const width of [320, 1280]) {
    await tab.setViewportSize({ width, height: 900 });
    assert.deepEqual(await axe(tab), [], `${tab.url()} at ${width} px`);
    assert.equal(await sideways(tab), 0, `${tab.url()} at ${width} px`);
  }
}

test("home: what to do with the nearest deadline first, what is new, what is done; each with a date and words", async () => {
  await signIn(page, portal.address, account("Morgan Ellery"));
  const headings = await page.$$eval("main h2", (all) => all.map((h) => h.textContent));
  assert.deepEqual(headings, ["To do", "New in the last four weeks", "Done"]);
  const rows = await page.$$eval("section[aria-labelledby=todo] tbody tr", (all) => all.map((r) => ({ due: r.querySelector("time")?.dateTime ?? "9999", text: r.innerText.replace(/\s+/g, " ") })));
  assert.ok(rows.length >= 2);
  assert.deepEqual(rows.map((r) => r.due), rows.map((r) => r.due).sort());
  const today = new Intl.DateTimeFormat("en-CA", { timeZone: "Europe/London" }).format(Date.now());
  for (const { due, text } of rows) {
    if (due === "9999") continue;
    assert.match(text, /\d{1,2} \w+ \d{4}/, "the date itself stands there");
    assert.match(text, due < today ? /(Overdue|Late).*\(\d+ days? overdue\)/ : due === today ? /\(today\)/ : /\(\d+ days? left\)/);
  }
  await well(page);
});

test("someone who has nothing to do is told so", async () => {
  const fresh = await startBrowser();
  try {
    const tab = await fresh.context.newPage();
    await signIn(tab, portal.address, account("Colin Fairwether"));
    assert.match(await main(tab), /You have nothing to do at the moment/);
    await well(tab);
  } finally {
    await fresh.stop();
  }
});

test("what is new counts from the last day of signing in, is marked in lists too, and a second sign-in of the day takes nothing away", async () => {
  const day = 86_400_000;
  const signedIn = (last) => page.evaluate(async (at) => {
    const db = await new Promise((resolve) => { const r = indexedDB.open("despatch", 1); r.onsuccess = () => resolve(r.result); });
    const store = db.transaction("kept", "readwrite").objectStore("kept");
    const key = await new Promise((resolve) => { const r = store.getAllKeys(); r.onsuccess = () => resolve(r.result.find((k) => k.startsWith("signed-in:"))); });
    await new Promise((resolve) => { const r = store.put({ last: at, before: 0 }, key); r.onsuccess = resolve; });
    db.close();
    return key;
  }, last);
  const key = await signedIn(Date.now() - 8 * day);
  assert.match(key, /^signed-in:[0-9a-f]{32}$/, "no name is kept");
  for (const time of ["first", "second"]) {
    await page.click("[data-sign-out]");
    await page.waitForSelector("form[data-sign-in]");
    await started(page);
    await enter(page, account("Morgan Ellery"));
    assert.match(await main(page), /New since you signed in on \d+ \w+ \d{4}/, `${time} sign-in`);
  }
  const since = new Intl.DateTimeFormat("en-CA", { timeZone: "Europe/London" }).format(Date.now() - 8 * day);
  await page.click("a:text-is('All Records of Visits') >> nth=0");
  await opened(page);
  const rows = await page.$$eval("tr[data-row]", (all) => all.map((r) => ({ changed: r.dataset.changed ?? "", marked: r.querySelector(".app-new") !== null })));
  assert.ok(rows.some((r) => r.marked) && rows.some((r) => !r.marked));
  for (const { changed, marked } of rows) assert.equal(marked, changed >= since);
  await well(page);
});

test("long tables show their first lines, and all of them by keyboard", async () => {
  await go(page, "home");
  const table = page.locator("section[aria-labelledby=done] table");
  const shown = () => table.locator("tbody tr:visible").count();
  const before = await shown();
  const more = table.locator("+ .app-more");
  assert.match(await more.innerText(), /^Show all \d+/);
  await more.focus();
  await page.keyboard.press("Enter");
  assert.ok((await shown()) > before);
  const focused = await page.evaluate(() => document.activeElement?.closest("tr")?.rowIndex ?? 0);
  assert.equal(focused, before + 1, "the focus goes on where the new lines begin");
});

test("news is the inbox: an alert for each paper that came or changed, newest first", async () => {
  await go(page, "news");
  const dates = await page.$$eval("tr[data-row] td time", (all) => all.map((t) => t.dateTime));
  assert.deepEqual(dates, [...dates].sort().reverse());
  const text = await main(page);
  assert.match(text, /Record of visit\s+Respond by \d+ \w+ \d{4}/);
  assert.match(text, /MI sheet/);
  await page.selectOption("#filter-kind", "News");
  await page.waitForFunction(() => /Showing \d+ of/.test(document.querySelector("[data-list-count]").textContent));
  await well(page);
});

test("a deadline goes into a calendar, which learns a day and nothing else", async () => {
  await go(page, "home");
  const row = page.locator("section[aria-labelledby=todo] tr", { has: page.locator(".app-calendar") }).first();
  const due = await row.locator("time").getAttribute("datetime");
  const words = (await row.locator("th").innerText()).split(/\s+/).filter((w) => w.length > 4);
  const save = async () => {
    const [download] = await Promise.all([page.waitForEvent("download"), row.locator(".app-calendar").press("Enter")]);
    assert.equal(download.suggestedFilename(), `deadline-${due}.ics`);
    return fs.readFileSync(await download.path(), "utf8");
  };
  const [first, second] = [await save(), await save()];
  const read = (text) => new ICAL.Event(new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent("vevent"));
  assert.equal(read(first).startDate.toString(), due);
  assert.ok(read(first).startDate.isDate);
  assert.equal(read(first).uid, read(second).uid, "the same deadline is the same entry");
  assert.match(read(first).uid, /^[0-9a-f]{32}@/);
  const alarm = new ICAL.Component(ICAL.parse(first)).getFirstSubcomponent("vevent").getFirstSubcomponent("valarm");
  assert.equal(alarm.getFirstPropertyValue("action"), "DISPLAY");
  for (const word of [...words, "Fernside", "900001", "Morgan", "/s/"]) assert.ok(!first.includes(word), `the calendar learns ${word}`);
  await row.locator("a").first().click();
  await opened(page);
  assert.ok((await page.locator(".app-calendar").count()) > 0, "the record's own page offers it too");
  await well(page);
});

test("several schools: the nearest deadline first, one chosen by keyboard, and a link to another offers the change", async () => {
  const fresh = await startBrowser();
  try {
    const tab = await fresh.context.newPage();
    await signIn(tab, portal.address, account("Alasdair Rookhope"));
    await go(tab, "schools");
    await tab.waitForSelector("tr[data-row]");
    const next = await tab.$$eval("td[data-label='Next deadline']", (all) => all.map((c) => c.dataset.value));
    assert.deepEqual(next, [...next].sort());
    assert.equal(next.length, 2);
    await well(tab);
    const names = await tab.$$eval("#look-at option", (all) => all.map((o) => o.textContent));
    const [everything, one, other] = names;
    assert.equal(everything, "Both schools");
    await tab.focus("#look-at");
    await tab.keyboard.press("ArrowDown");
    assert.equal(await tab.locator("h1").innerText(), "Your schools", "choosing alone changes nothing");
    await tab.keyboard.press("Tab");
    await Promise.all([tab.waitForNavigation(), tab.keyboard.press("Enter")]);
    await go(tab, "home");
    assert.match(await main(tab), new RegExp(`^${one} ?: Home`));
    assert.ok(!(await main(tab)).includes(other));
    await well(tab);
    await go(tab, "schools");
    await tab.waitForSelector("tr[data-row]");
    assert.equal(await tab.locator("tr[data-row]").count(), 2, "this page shows all, whichever is chosen");
    await tab.selectOption("#look-at", { label: other });
    await Promise.all([tab.waitForNavigation(), tab.click("[data-schools] button")]);
    await opened(tab);
    await go(tab, "visits");
    const address = await tab.locator("tr[data-row] a:has-text('Open'), tr[data-row] a:has-text('Respond')").first().evaluate((a) => a.pathname);
    await tab.selectOption("#look-at", { label: one });
    await Promise.all([tab.waitForNavigation(), tab.click("[data-schools] button")]);
    await opened(tab);
    await tab.goto(`${portal.address}/#to=${encodeURIComponent(address)}`);
    await opened(tab);
    assert.match(await tab.innerText("[aria-label='Another of your schools']"), new RegExp(`paper of ${other}\\. You are looking at ${one}`));
    await well(tab);
    await Promise.all([tab.waitForNavigation(), tab.click(`button:has-text('Change to ${other}')`)]);
    await opened(tab);
    assert.equal(await tab.locator("[aria-label='Another of your schools']").count(), 0);
    assert.deepEqual(fresh.complaints, []);
  } finally {
    await fresh.stop();
  }
});

test("a trust sees its schools' counts and dates, and reports only where it holds the key", async () => {
  const fresh = await startBrowser();
  try {
    const tab = await fresh.context.newPage();
    await signIn(tab, portal.address, account("Imelda Thornaby-Rusk"));
    await go(tab, "schools");
    await tab.waitForSelector("tr[data-row]");
    const rows = await tab.$$eval("tr[data-row]", (all) => all.map((r) => [...r.children].map((c) => c.innerText.replace(/\s+/g, " "))));
    const row = (name) => rows.find(([school]) => school.startsWith(name));
    assert.match(row("Larkfield Middle School").at(-1), /You can read them/);
    assert.match(row("Larkfield High School").at(-1), /ask the Headteacher/);
    for (const cells of rows) assert.match(cells[3], /^\d+ visits?/);
    await tab.click("tr[data-row]:has-text('Larkfield High') td[data-label=Visits] a");
    await opened(tab);
    assert.ok((await tab.locator("tr[data-row]").count()) > 0);
    const links = await tab.$$eval("tr[data-row] a[href$='.html']", (all) => all.map((a) => a.textContent));
    assert.ok(links.length > 0);
    assert.ok(links.every((text) => /^Ask to read/.test(text)), `no report of that school opens: ${links.join("; ")}`);
    await tab.click("tr[data-row] a[href$='.html'] >> nth=0");
    await opened(tab);
    assert.match(await tab.innerText("h1"), /You need permission/);
    await go(tab, "schools");
    await tab.waitForSelector("tr[data-row]");
    await tab.click("tr[data-row]:has-text('Larkfield Middle') td[data-label=Visits] a");
    await opened(tab);
    await tab.click(".app-tabs__link:text-is('Trust')");
    await opened(tab);
    await tab.waitForSelector(".app-tabs__item--current:has-text('Trust')");
    await tab.click("tr[data-row] a[href$='.html'] >> nth=0");
    await opened(tab);
    assert.match(await main(tab), /Larkfield Middle School/);
  } finally {
    await fresh.stop();
  }
});

test("a mail's link for another account offers that sign-in, and one that is newer than the site says so", async () => {
  const other = account("Jo Pendlebrook");
  await page.goto(`${portal.address}/#a=${other.code.replace("-", "")}&to=${encodeURIComponent("/s/sheets.html")}&h=999999`);
  await opened(page);
  assert.match(await main(page), /The site may be behind/);
  assert.match(await page.innerText("[aria-label='Another account']"), new RegExp(`for the account ${other.code}`));
  assert.equal(new URL(page.url()).hash, "", "the address keeps neither code nor serial");
  await well(page);
  await page.click(`button:has-text('Sign in with ${other.code}')`);
  await page.waitForSelector("form[data-sign-in]");
  await started(page);
  assert.equal(await page.inputValue("#code"), other.code);
  assert.match(await main(page), /The site may be behind/);
  await page.fill("#passphrase", other.passphrase);
  await page.keyboard.press("Enter");
  await opened(page);
  assert.match(page.url(), /\/s\/sheets\.html$/);
  assert.equal(await page.innerText("[data-holder]"), other.name);
});

test("no page complained in the browser's console", () => {
  assert.deepEqual(browser.complaints, []);
});
