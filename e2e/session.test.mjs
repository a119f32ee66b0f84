// A session from sign-in to lock, on a computer that others use too: what
// keeps it, what ends it, and what is on the disk afterwards.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fs from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";
import { found, keysOf, leftIn } from "./disk.mjs";
import { axe, browserArgs, main, opened, sideways, signIn, started, startBrowser, startPortal } from "./lib.mjs";

const minute = 60_000;
let portal, head;

before(async () => {
  portal = await startPortal();
  head = portal.account((a) => a.name === "Morgan Ellery");
});

after(async () => {
  await portal?.stop();
});

/** startClocked starts a browser whose pages and worker all keep a clock that pass() puts forward. */
async function startClocked() {
  // Playwright switches the memory of pages left behind off; people have it.
  const browser = await startBrowser({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
  await browser.context.clock.install();
  let ahead = 0;
  return {
    ...browser,
    async pass(time) {
      ahead += time;
      for (const worker of browser.context.serviceWorkers()) {
        await worker.evaluate((ms) => {
          self.realNow ??= Date.now.bind(Date);
          Date.now = () => self.realNow() + ms;
        }, ahead);
      }
      await browser.context.clock.fastForward(time);
    },
  };
}

/** stopWorker ends the service worker, as the browser does when it was idle for half a minute. */
async function stopWorker(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("ServiceWorker.enable");
  await devtools.send("ServiceWorker.stopAllWorkers");
  await devtools.detach();
}

/** back goes back; a page from the browser's memory fires no load event. */
async function back(page, to) {
  await page.evaluate(() => { setTimeout(() => { history.back(); }); });
  await page.waitForURL(to, { waitUntil: "commit" });
  await opened(page);
  await page.waitForFunction(() => !document.documentElement.hidden);
}

const warning = "dialog[role=alertdialog][open]";
const signedOut = (page) => page.waitForSelector("form[data-sign-in]:not([hidden])");

/** clean holds a page in the state that it is in against axe and the width of a phone. */
async function clean(page, state) {
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 900 });
    assert.deepEqual(await axe(page), [], `${state} at ${width}`);
    assert.ok((await sideways(page)) <= 0, `${state} is wider than ${width}`);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}

test("a paper read for a minute, a stopped worker, a reload and a hard reload keep the session", async () => {
  const browser = await startClocked();
  try {
    const page = await browser.context.newPage();
    await signIn(page, portal.address, head, "/#to=%2Fs%2Fvisits.html");
    await page.click("a:has-text('Read and Respond')");
    await opened(page);
    const here = page.url();
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("main a[href$='.pdf'], main a[href$='.csv'], main a[href$='.docx']").first().click()]);
    assert.ok(fs.statSync(await download.path()).size > 0);
    await browser.pass(minute);
    await stopWorker(page);
    await page.click("nav a[data-area=sheets]");
    await opened(page);
    await back(page, here);
    await stopWorker(page);
    await page.reload();
    await opened(page);
    // Past the worker, which was stopped while somebody read: the page that went handed it the session.
    await stopWorker(page);
    const devtools = await page.context().newCDPSession(page);
    await Promise.all([page.waitForEvent("framenavigated"), devtools.send("Page.reload", { ignoreCache: true })]);
    await page.waitForFunction(() => document.querySelector("main h1") !== null && document.querySelector("form[data-sign-in]") === null);
    await opened(page);
    assert.equal(page.url(), here);
    assert.deepEqual(browser.complaints, []);
  } finally {
    await browser.stop();
  }
});

test("before twenty idle minutes a dialog asks in every tab, and whoever answers in one stays signed in", async () => {
  const browser = await startClocked();
  try {
    const [page, second] = [await browser.context.newPage(), await browser.context.newPage()];
    await signIn(page, portal.address, head);
    await second.goto(`${portal.address}/s/news.html`);
    await opened(second);
    await page.focus("nav a[data-area=visits]");
    await browser.pass(17 * minute);
    assert.equal(await page.locator(warning).count(), 0);
    await browser.pass(1.1 * minute);
    for (const tab of [page, second]) await tab.waitForSelector(warning);
    assert.match(await page.innerText(warning), /signed out in 2 minutes/);
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Stay signed in");
    await clean(page, "the warning");
    // The menu unfolds a frame after the window is wide again, and the focus can only go back to what is seen.
    await page.waitForSelector("nav a[data-area=visits]");
    // To move about in the dialog is no answer yet.
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Sign out now");
    await browser.pass(minute);
    await page.waitForFunction(() => /signed out in 1 minute\./.test(document.querySelector("dialog")?.textContent ?? ""));
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    for (const tab of [page, second]) await tab.waitForFunction(() => document.querySelector("dialog") === null);
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("data-area")), "visits", "the focus is where it was");
    await browser.pass(17 * minute);
    assert.equal(await page.locator(warning).count(), 0, "another twenty minutes have begun");
    await browser.pass(2 * minute);
    await page.waitForSelector(warning);
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => document.querySelector("dialog") === null);
    await browser.pass(19 * minute);
    await page.waitForSelector(warning);
    await page.click("button:has-text('Sign out now')");
    for (const tab of [page, second]) await signedOut(tab);
    assert.deepEqual(browser.complaints, []);
  } finally {
    await browser.stop();
  }
});

test("twenty idle minutes lock every tab, say why, and keep the address", async () => {
  const browser = await startClocked();
  try {
    const [page, second] = [await browser.context.newPage(), await browser.context.newPage()];
    await signIn(page, portal.address, head);
    await second.goto(`${portal.address}/s/news.html`);
    await opened(second);
    await browser.pass(20 * minute + 1);
    for (const tab of [page, second]) {
      await signedOut(tab);
      await started(tab);
    }
    const notes = await Promise.all([page, second].map((tab) => tab.innerText("[data-ended]").catch(() => "")));
    assert.ok(notes.some((note) => /nothing was done for 20 minutes/.test(note)), notes.join("; "));
    assert.match(second.url(), /\/s\/news\.html$/);
    await clean(page, "signed out by time");
    await second.fill("#code", head.code);
    await second.fill("#passphrase", head.passphrase);
    await second.keyboard.press("Enter");
    await opened(second);
    assert.match(await second.innerText("h1"), /News/);
    assert.deepEqual(browser.complaints, []);
  } finally {
    await browser.stop();
  }
});

test("ten hours end a session even for somebody busy, who hears of it five minutes before", async () => {
  const browser = await startClocked();
  try {
    const page = await browser.context.newPage();
    await signIn(page, portal.address, head);
    for (let i = 0; i < 39; i++) {
      await browser.pass(15 * minute);
      await page.keyboard.press("Shift");
    }
    assert.equal(await page.locator("[role=alert]:has-text('10 hours')").count(), 0);
    await browser.pass(10.5 * minute);
    await page.waitForSelector("[role=alert]:has-text('10 hours after you signed in')");
    await page.keyboard.press("Shift");
    await clean(page, "the last minutes");
    assert.equal(await page.locator(warning).count(), 0, "nothing is asked that changes nothing");
    await browser.pass(5 * minute);
    await signedOut(page);
    await started(page);
    assert.match(await page.innerText("[data-ended]"), /10 hours/);
    assert.deepEqual(browser.complaints, []);
  } finally {
    await browser.stop();
  }
});

test("who signs out is signed out in every tab, of the pages behind them too, and a tab that slept brings nobody back", async () => {
  const browser = await startClocked();
  try {
    const [page, second, asleep] = [await browser.context.newPage(), await browser.context.newPage(), await browser.context.newPage()];
    await signIn(page, portal.address, head);
    await second.goto(`${portal.address}/s/news.html`);
    await opened(second);
    await second.click("nav a[data-area=documents]");
    await opened(second);
    // A frozen tab hears nothing while it sleeps.
    await asleep.addInitScript(() => { window.BroadcastChannel = class extends EventTarget { postMessage() {} close() {} }; });
    await asleep.goto(`${portal.address}/s/sheets.html`);
    await opened(asleep);
    await page.click("[data-sign-out]");
    for (const tab of [page, second]) await signedOut(tab);
    await second.goBack();
    await signedOut(second);
    await stopWorker(page);
    await page.goto(`${portal.address}/s/home.html`);
    await signedOut(page);
    assert.doesNotMatch(await main(page), /To do/);
    assert.deepEqual(browser.complaints, []);
  } finally {
    await browser.stop();
  }
});

/** history gives what the browser's history keeps of a tab: addresses and titles. */
async function history(page) {
  const devtools = await page.context().newCDPSession(page);
  const { entries } = await devtools.send("Page.getNavigationHistory");
  await devtools.detach();
  return entries.map(({ url, title }) => ({ url, title }));
}

/** left gives what stays of a visit on the device: names in the database, and how many copies are sealed ones. */
const left = (page) => page.evaluate(async () => {
  const database = await new Promise((resolve) => { const r = indexedDB.open("despatch"); r.onsuccess = () => resolve(r.result); });
  const names = await new Promise((resolve) => { const r = database.transaction("kept").objectStore("kept").getAllKeys(); r.onsuccess = () => resolve(r.result); });
  database.close();
  let sealed = 0;
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) if ((await (await cache.match(request)).text()).startsWith("age-encryption.org")) sealed++;
  }
  return { names: names.filter((n) => !/^(root|head:.*|keys:.*|log:.*|ended)$/.test(n)), sealed };
});

async function signInShared(page) {
  await page.goto(portal.address);
  await started(page);
  assert.equal(await page.inputValue("#code"), "", "no code is remembered");
  await page.fill("#code", head.code);
  await page.fill("#passphrase", head.passphrase);
  await page.check("#shared");
  await page.click("form[data-sign-in] button[type=submit]");
  await opened(page);
}

test("where others use the computer nothing of a person's stays, nor when the browser is closed before they sign out", async () => {
  const browser = await startBrowser();
  let again;
  try {
    const page = await browser.context.newPage();
    await signInShared(page);
    for (const area of ["account", "offline"]) {
      await page.goto(`${portal.address}/s/${area}.html`);
      await opened(page);
      await page.waitForSelector("[data-passkeys][data-ready], [data-keeping][data-ready]");
      assert.match(await main(page), /You signed in on a shared computer/);
      assert.equal(await page.locator("#passkey-name, [data-keep]").count(), 0);
    }
    await page.goto(`${portal.address}/s/visits.html`);
    await page.click("a:has-text('Read and Respond')");
    await opened(page);
    const during = await left(page);
    assert.ok(during.sealed > 3, "while somebody reads, copies make pages fast");
    assert.deepEqual(during.names.filter((n) => n !== "box"), ["shared"], "and how long the drop-box's session lasts, once it is begun");
    await page.click("[data-sign-out]");
    await signedOut(page);
    await started(page);
    assert.deepEqual(await left(page), { names: [], sealed: 0 });
    await clean(page, "the choice on the sign-in page");
    await signInShared(page);
    await browser.context.close();
    again = await chromium.launchPersistentContext(browser.profile, { executablePath: "/usr/bin/chromium", headless: true, args: browserArgs });
    const next = await again.newPage();
    await next.goto(portal.address);
    await started(next);
    assert.equal(await next.inputValue("#code"), "");
    assert.deepEqual(await left(next), { names: [], sealed: 0 });
    assert.deepEqual(browser.complaints, []);
  } finally {
    await again?.close();
    await browser.context.close();
  }
  try {
    // The browser's password manager notes whose passphrase it would have saved: the page asks people to refuse.
    for (const code of [head.code, head.code.replace("-", "")]) assert.deepEqual(found(browser.profile, code).filter((file) => path.basename(file) !== "Login Data"), [], "the account code");
  } finally {
    fs.rmSync(browser.profile, { recursive: true, force: true });
  }
});

test("after the lock the whole profile holds no key, no page, no name and nothing that was typed", async () => {
  const browser = await startBrowser();
  let kept;
  const typed = "Quillon Ferrywright was cross about phonics";
  const wanted = new Map();
  try {
    const page = await browser.context.newPage();
    await signIn(page, portal.address, head);
    // What the public program itself says of every page is nobody's secret.
    const scripts = fs.readdirSync(path.join(portal.la, "public"), { recursive: true }).filter((name) => name.endsWith(".js"));
    assert.ok(scripts.includes("sw.js") && scripts.length > 5);
    const program = scripts.map((name) => fs.readFileSync(path.join(portal.la, "public", name), "utf8")).join("\n");
    const read = async (address) => {
      if (address !== undefined) await page.goto(address);
      await opened(page);
      const sentences = (await main(page)).split(/(?<=[.:?!]) /).filter((s) => s.length > 40 && !program.includes(s));
      for (const s of sentences.slice(0, 12)) wanted.set(s, `a page's words: ${s}`);
    };
    await read();
    await read(`${portal.address}/s/account.html`);
    await read(`${portal.address}/s/visits.html`);
    await page.click("a:has-text('Read and Respond')");
    await read();
    const person = /Responsible \w+\s+([A-Z]\w+ [A-Z]\w+)/.exec(await main(page))?.[1];
    assert.ok(person !== undefined, "the record names its responsible person");
    wanted.set(person, "the adviser's name");
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("main a[href$='.pdf'], main a[href$='.csv'], main a[href$='.docx']").first().click()]);
    await download.delete();
    await page.goto(`${portal.address}/s/search.html`);
    await opened(page);
    await page.fill("#words", typed);
    await page.waitForSelector(".app-search__status:has-text('Nothing was found')");
    await page.click("[data-sign-out]");
    await signedOut(page);
    await page.fill("#passphrase", head.passphrase);
    kept = await history(page);
  } finally {
    await browser.context.close();
  }
  try {
    for (const [text, what] of [
      ...(await keysOf(portal.address, head)),
      [head.name, "the head's name"], [typed, "what was typed"], [encodeURIComponent(typed), "what was typed"],
      [new URLSearchParams({ q: typed }).toString(), "what was typed"], ["Quillon", "a name that was typed"], ["Fernside", "the school's name"],
    ]) wanted.set(text, what);
    assert.ok(wanted.size > 20);
    assert.deepEqual(leftIn(browser.profile, wanted), []);
    // What history keeps, and all that it keeps: kind, date and number under opaque addresses.
    assert.ok(kept.length >= 6);
    for (const { url, title } of kept) {
      assert.match(url, /^(about:blank|http:\/\/localhost:\d+\/(s\/([a-z]+|[0-9a-f]{16}\/[0-9a-f]{16})\.html)?)$/);
      assert.match(title, /^$|^(Home|Your account|All Records of Visits|Search|Sign in|Focus visit, \d+ \w+ \d{4}) – Northmoor Schools Portal$/);
      assert.ok(found(browser.profile, url === "about:blank" ? "localhost" : url).length > 0, `the search finds ${url}, which history keeps`);
    }
  } finally {
    fs.rmSync(browser.profile, { recursive: true, force: true });
  }
});

test("the same search finds what is left behind on purpose, wherever a page can leave it", async () => {
  const browser = await startBrowser();
  const plant = (place) => `Ambrose Thistlewood left this in ${place}`;
  const places = ["localStorage", "sessionStorage", "IndexedDB", "a cache", "the address", "history's state", "the title", "a private file"];
  try {
    const page = await browser.context.newPage();
    await page.goto(`${portal.address}/`);
    await started(page);
    await page.evaluate(async ([local, session, indexed, cached, address, state, title, file]) => {
      localStorage.setItem("x", local);
      sessionStorage.setItem("x", session);
      const database = await new Promise((resolve) => {
        const request = indexedDB.open("planted", 1);
        request.onupgradeneeded = () => request.result.createObjectStore("x");
        request.onsuccess = () => resolve(request.result);
      });
      await new Promise((resolve) => {
        const transaction = database.transaction("x", "readwrite");
        transaction.objectStore("x").put(indexed, "x");
        transaction.oncomplete = resolve;
      });
      await (await caches.open("planted")).put("/planted", new Response(cached));
      history.replaceState(state, "", `/#${new URLSearchParams({ q: address })}`);
      document.title = title;
      const writer = await (await (await navigator.storage.getDirectory()).getFileHandle("planted", { create: true })).createWritable();
      await writer.write(file);
      await writer.close();
    }, places.map(plant));
    await page.goto(`${portal.address}/404.html`);
    await started(page);
  } finally {
    await browser.context.close();
  }
  try {
    for (const place of places) {
      const text = place === "the address" ? new URLSearchParams({ q: plant(place) }).toString() : plant(place);
      assert.ok(found(browser.profile, text).length > 0, `what lies in ${place} is found`);
    }
  } finally {
    fs.rmSync(browser.profile, { recursive: true, force: true });
  }
});
