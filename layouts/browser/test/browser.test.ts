import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { fill, Host, launch, pageOf, ready, shellFiles, signIn } from "./host.ts";
import { type Room, signingKey, Tree } from "./tree.ts";

const fernside = { urn: "900001", name: "Fernside Primary School" };
const pdf = Buffer.from("%PDF-1.4 action plan");
const large = Buffer.alloc(1_500_000, "0123456789");
const visitsRoot = Tree.rootOf({ kind: "visits-full", school: fernside });
const visitPath = `/s/${visitsRoot}/1111111111111111.html`;

function item(more: object): object {
  return {
    id: "00000000000000aa", kind: "visit", page: "1111111111111111.html", title: "Focus visit: Early reading", date: "2026-11-03", changed: "2026-11-05", due: "2099-11-18", due_text: "", state: "open",
    state_text: "Respond by 18 November 2099", type: "Focus", category: "School improvement", focus: "Early reading", person: "Priya Usher", contact: "", publisher: "Northmoor",
    publisher_kind: "authority", number: "", audience: [], files: ["2222222222222222.pdf"], of: "", respond: true, subject_sha256: "", ...more,
  };
}

function rooms(report = "The report"): Room[] {
  return [
    {
      kind: "visits-full", school: fernside, items: [item({})],
      pages: {
        "1111111111111111.html": pageOf("Focus visit, 3 November 2026", `<h1>${report}</h1><a id="plan" href="2222222222222222.pdf" download>Plan</a> <a id="large" href="3333333333333333.csv">Data</a>`),
        "4444444444444444.html": pageOf("All Records of Visits", `<h1>All Records of Visits</h1><a href="1111111111111111.html">Early reading</a>`),
      },
      files: [
        { name: "2222222222222222.pdf", type: "application/pdf", title: "Action plan.pdf", data: pdf },
        { name: "3333333333333333.csv", type: "text/csv", title: "Data.csv", data: large, large: true },
      ],
      lists: [{ area: "visits", tab: "authority", title: "All Records of Visits", page: "4444444444444444.html" }],
    },
    { kind: "role-headteacher", school: null, pages: { "5555555555555555.html": pageOf("Sheet", "<h1>Sheet</h1>") }, items: [item({ id: "00000000000000bb", kind: "sheet", type: "Information", page: "5555555555555555.html", title: "Phase 2", respond: false, due: "", number: "236/15", files: [], focus: "", state: "published" })] },
  ];
}

let browser: Browser;
let context: BrowserContext;
let page: Page;
let tree: Tree;
let host: Host;
const shell = shellFiles();

before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });
let faults: string[];
beforeEach(async () => {
  tree = new Tree();
  await tree.publish(rooms(), shell);
  host = new Host(tree);
  await host.start();
  context = await browser.newContext();
  context.setDefaultTimeout(15_000);
  page = await context.newPage();
  faults = [];
  page.on("pageerror", (error) => { faults.push(error.stack ?? error.message); });
});
afterEach(async () => {
  await context.close();
  await host.close();
  assert.deepEqual(faults, []);
});

const heading = async (p: Page): Promise<string> => (await p.textContent("h1")) ?? "";

test("a person signs in, reads from home, and gets strict headers on every page", async () => {
  await signIn(page, host, tree);
  assert.equal(await heading(page), "Fernside Primary School: Home");
  assert.equal(await page.textContent("[data-holder]"), "Morgan Ellery");
  assert.match((await page.textContent("[data-published]")) ?? "", /^Published /);
  await page.click("text=Early reading");
  await page.waitForURL("**/1111111111111111.html");
  await ready(page);
  assert.equal(await heading(page), "The report");
  const response = await page.reload();
  assert.ok(response?.fromServiceWorker());
  const headers = response?.headers() ?? {};
  assert.match(headers["content-security-policy"] ?? "", /default-src 'none'.*require-trusted-types-for 'script'/);
  for (const [name, value] of [["cache-control", "no-store"], ["x-content-type-options", "nosniff"], ["referrer-policy", "no-referrer"], ["cross-origin-opener-policy", "same-origin"], ["cross-origin-resource-policy", "same-origin"]] as const) {
    assert.equal(headers[name], value, name);
  }
  await page.goBack();
  await ready(page);
  assert.equal(await heading(page), "Fernside Primary School: Home");
  await page.goto(host.address + "/s/visits.html");
  assert.equal(await heading(page), "All Records of Visits");
  for (const area of ["schools", "sheets", "returns", "documents", "news", "results", "search", "account"]) {
    await page.goto(`${host.address}/s/${area}.html`);
    await ready(page);
    assert.notEqual(await heading(page), "Sign in", area);
  }
});

test("a page fetches the faces that it is written with, and the whole of them for a rare letter only", async () => {
  const fonts = (): string[] => host.asked.filter((path) => path.endsWith(".woff2")).map((path) => path.replace(/^assets\/|\.[0-9a-f]{8}/g, "")).sort();
  await page.goto(host.address + "/");
  await ready(page);
  await page.evaluate(async () => { await document.fonts.ready; });
  const usual = [...new Set(fonts())];
  assert.ok(usual.length > 0 && usual.every((f) => ["font-400.woff2", "font-700.woff2"].includes(f)), usual.join());
  const came = page.waitForRequest(/font-400-whole/);
  await page.evaluate(() => { document.body.append("Sørensen"); });
  await came;
});

test("a wrong code, a wrong passphrase and a host off the net each say what to do", async () => {
  await page.goto(host.address + "/");
  await fill(page, { code: "nonsense!", passphrase: "x" });
  assert.match((await page.textContent("[data-error-summary] a")) ?? "", /Enter the account code as on your key letter/);
  await fill(page, { code: tree.code, passphrase: "" });
  assert.match((await page.textContent("#passphrase-error")) ?? "", /Enter your passphrase/);
  await fill(page, { code: tree.code, passphrase: "wrong-words" });
  await page.waitForSelector("#passphrase-error:has-text('not right')");
  await fill(page, { code: "ZZZZ-ZZZZ", passphrase: tree.passphrase });
  await page.waitForSelector("#code-error:has-text('no account')");
  await host.close();
  await fill(page, tree);
  await page.waitForSelector("[data-error-summary]:has-text('cannot be reached')");
});

test("a deep link keeps its way through sign-in, in both forms", async () => {
  await page.goto(`${host.address}/#a=7kq2-m9xd&to=${encodeURIComponent(visitPath)}&h=1`);
  await ready(page);
  assert.equal(await page.inputValue("#code"), "7KQ2-M9XD");
  await fill(page, tree);
  await page.waitForURL("**" + visitPath);
  await page.click("[data-sign-out]");
  await page.waitForSelector("[data-ended]:has-text('signed out')");
  await page.goto(host.address + visitPath);
  await fill(page, tree);
  await page.waitForSelector("h1:has-text('The report')");
  assert.equal(new URL(page.url()).pathname, visitPath);
});

test("the session outlives a stopped worker, a reload and a hard reload, but not its tabs", async () => {
  await signIn(page, host, tree);
  const devtools = await context.newCDPSession(page);
  await devtools.send("ServiceWorker.enable");
  await devtools.send("ServiceWorker.stopAllWorkers");
  await page.goto(host.address + visitPath);
  assert.equal(await heading(page), "The report");
  await ready(page);
  await devtools.send("Page.reload", { ignoreCache: true });
  await page.waitForSelector("h1:has-text('The report')");
  await ready(page);
  await page.reload();
  assert.equal(await heading(page), "The report");
  await ready(page);
  const other = await context.newPage();
  await other.goto("about:blank");
  await page.close();
  const again = await context.newCDPSession(other);
  await again.send("ServiceWorker.enable");
  await again.send("ServiceWorker.stopAllWorkers");
  await other.goto(host.address + visitPath);
  assert.equal(await heading(other), "Sign in");
});

test("signing out in one tab empties every tab, and Back shows nothing", async () => {
  await signIn(page, host, tree);
  const other = await context.newPage();
  await other.goto(host.address + visitPath);
  await ready(other);
  await other.click("[data-sign-out]");
  await page.waitForSelector("h1:has-text('Sign in')");
  await other.waitForSelector("h1:has-text('Sign in')");
  await other.goBack().catch(() => null);
  await other.waitForLoadState();
  assert.doesNotMatch(await other.content(), /The report/);
});

test("twenty idle minutes lock every tab and say so", async () => {
  await page.clock.install();
  await signIn(page, host, tree);
  await page.clock.fastForward("21:00");
  await page.waitForSelector("[data-ended]:has-text('20 minutes')");
});

test("what was opened before opens offline, and nothing else", async () => {
  await signIn(page, host, tree);
  await page.goto(host.address + visitPath);
  await ready(page);
  await host.close();
  await page.goto(host.address + "/s/home.html");
  assert.equal(await heading(page), "Fernside Primary School: Home");
  await page.goto(host.address + visitPath);
  assert.equal(await heading(page), "The report");
  await page.goto(`${host.address}/s/${Tree.rootOf({ kind: "role-headteacher", school: null })}/5555555555555555.html`);
  assert.equal(await heading(page), "This page is not on this device");
});

test("attachments are downloaded whole under the name that a person gave them", async () => {
  await signIn(page, host, tree);
  await page.goto(host.address + visitPath);
  await ready(page);
  for (const [id, title, data] of [["#plan", "Action plan.pdf", pdf], ["#large", "Data.csv", large]] as const) {
    const [download] = await Promise.all([page.waitForEvent("download"), page.click(id)]);
    assert.equal(download.suggestedFilename(), title);
    const stream = await download.createReadStream();
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    assert.ok(Buffer.concat(parts).equals(data), title);
  }
  assert.equal(await heading(page), "The report");
});

test("a person without the key is told to ask the Headteacher; a page that is gone says so", async () => {
  await signIn(page, host, tree);
  const denied = await page.goto(`${host.address}/s/ffffffffffffffff/1111111111111111.html`);
  assert.equal(denied?.status(), 403);
  assert.match((await page.textContent("main")) ?? "", /Ask your Headteacher/);
  const gone = await page.goto(`${host.address}/s/${visitsRoot}/9999999999999999.html`);
  assert.equal(gone?.status(), 404);
});

test("a newer head shows its pages in an open session", async () => {
  await signIn(page, host, tree);
  tree.serial = 2;
  await tree.publish(rooms("The report, corrected"), shell);
  await page.goto(host.address + visitPath);
  await page.waitForSelector("h1:has-text('The report, corrected')");
});

test("a stale head warns and does not block", async () => {
  tree.validDays = -0.5;
  tree.sign();
  await signIn(page, host, tree);
  assert.match((await page.textContent("[data-banner=stale]")) ?? "", /may be out of date.*has not confirmed it since/);
  assert.match((await page.textContent("[data-published]")) ?? "", /^Published \w+day /);
});

const cheats: [string, (tree: Tree) => void | Promise<void>, RegExp][] = [
  ["changes a byte of a pack", (t) => { for (const [p, d] of t.files) if (p.startsWith("b/")) t.files.set(p, d.map((b, i) => (i === d.length - 5 ? b ^ 1 : b)) as Buffer); }, /was changed/],
  ["withholds a pack", (t) => { for (const p of t.files.keys()) if (p.startsWith("b/")) t.files.delete(p); }, /held back/],
  ["swaps two sealed files", (t) => { const [a, b] = [...t.files.keys()].filter((p) => p.startsWith("b/")); const d = t.files.get(a ?? ""); t.files.set(a ?? "", t.files.get(b ?? "") ?? Buffer.of()); t.files.set(b ?? "", d ?? Buffer.of()); }, /was changed/],
];
for (const [what, cheat, expected] of cheats) {
  test(`a host that ${what} is found out`, async () => {
    await signIn(page, host, tree);
    await cheat(tree);
    await page.goto(host.address + visitPath);
    assert.match(await heading(page), expected);
  });
}

const lies: [string, (tree: Tree) => void | Promise<void>][] = [
  ["rolls back", (t) => { t.serial = 1; t.sign(); }],
  ["signs with a foreign head key", (t) => { t.serial = 9; t.sign({ head: signingKey() }); }],
  ["brings keys of a foreign root", (t) => { t.serial = 9; t.sign({ root: signingKey() }); }],
];
for (const [what, lie] of lies) {
  test(`a host that ${what} gets nobody to sign in`, async () => {
    tree.serial = 5;
    tree.sign();
    await signIn(page, host, tree);
    await page.click("[data-sign-out]");
    await page.waitForSelector("h1:has-text('Sign in')");
    await lie(tree);
    const devtools = await context.newCDPSession(page);
    await devtools.send("ServiceWorker.enable");
    await devtools.send("ServiceWorker.stopAllWorkers");
    await page.goto("about:blank");
    await page.goto(host.address + "/");
    if ((await heading(page)) === "Sign in") {
      await fill(page, tree);
      await page.waitForSelector("[data-error-summary]:has-text('authority')");
    } else assert.match(await heading(page), /cannot be trusted/);
  });
}

test("a foreign script is not served once the authority is known", async () => {
  await signIn(page, host, tree);
  for (const p of tree.files.keys()) if (/assets\/page\./.test(p)) tree.files.set(p, Buffer.from("document.title = 'stolen'"));
  await context.clearCookies();
  await page.goto(host.address + visitPath);
  await ready(page);
  assert.notEqual(await page.title(), "stolen");
});

test("a replaced worker gets no keys, and open tabs raise the alarm", async () => {
  await signIn(page, host, tree);
  tree.files.set("sw.js", Buffer.from(`
    self.addEventListener("install", () => self.skipWaiting());
    self.addEventListener("activate", (e) => e.waitUntil((async () => {
      await clients.claim();
      for (const c of await clients.matchAll({ includeUncontrolled: true })) {
        const line = new MessageChannel();
        line.port1.onmessage = (m) => { if (m.data !== null) fetch("/stolen?" + JSON.stringify(m.data).length); };
        c.postMessage({ need: "session" }, [line.port2]);
      }
    })()));`));
  await page.evaluate(async () => { await (await navigator.serviceWorker.getRegistration())?.update(); });
  await page.waitForSelector("text=/ring the authority|Do not sign in/");
  await page.waitForTimeout(500);
  assert.ok(!host.asked.some((p) => p.startsWith("stolen")));
});

test("what stays on the device holds no key and no page", async () => {
  await signIn(page, host, tree);
  await page.goto(host.address + visitPath);
  await ready(page);
  const kept = await page.evaluate(async () => {
    const db = await new Promise<IDBDatabase>((resolve) => { const r = indexedDB.open("despatch"); r.onsuccess = () => { resolve(r.result); }; });
    const all = await new Promise<unknown>((resolve) => { const r = db.transaction("kept").objectStore("kept").getAll(); r.onsuccess = () => { resolve(r.result); }; });
    return JSON.stringify([all, Object.entries(localStorage), Object.entries(sessionStorage)]);
  });
  assert.doesNotMatch(kept, /AGE-SECRET|magnet|Fernside|report/i);
  const cached = await page.evaluate(async () => {
    let text = "";
    for (const name of await caches.keys()) for (const request of await (await caches.open(name)).keys()) text += (await (await caches.match(request))?.text()) ?? "";
    return text;
  });
  // The library in a public script names the kind of a key; a key goes on after that.
  assert.doesNotMatch(cached, /AGE-SECRET-KEY-(PQ-)?1[02-9AC-HJ-NP-Z]{9}|Fernside|The report/);
});
