/** Reading without a network, and on a slow one: what stays on the device, and what a person is told. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { Host, launch, pageOf, ready, shellFiles, signIn } from "./host.ts";
import { type Room, sha, Tree } from "./tree.ts";

const count = 12;
const schoolOf = (i: number): { urn: string; name: string } => ({ urn: String(900001 + i), name: `School ${String(i)}` });
const pathOf = (i: number): string => `/s/${Tree.rootOf({ kind: "visits-full", school: schoolOf(i) })}/1111111111111111.html`;
/** Bytes that no packing makes smaller. */
const noise = randomBytes(200_000).toString("hex");

function rooms(word = "report"): Room[] {
  return Array.from({ length: count }, (_, i) => ({
    kind: "visits-full", school: schoolOf(i), items: [],
    pages: { "1111111111111111.html": pageOf("Visit", `<h1>The ${word} of ${String(i)}</h1><a href="${pathOf(1)}">Next</a>${i === 1 ? `<p hidden>${noise}</p>` : ""}`) },
    files: i === 2 ? [{ name: "3333333333333333.csv", type: "text/csv", title: "Data.csv", data: Buffer.alloc(1_500_000, "0123456789"), large: true }] : [],
  }));
}

let browser: Browser;
let context: BrowserContext;
let page: Page;
let tree: Tree;
let host: Host;

before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });
beforeEach(async () => {
  tree = new Tree();
  await tree.publish(rooms(), shellFiles());
  host = new Host(tree);
  await host.start();
  context = await browser.newContext();
  context.setDefaultTimeout(60_000);
  page = await context.newPage();
  await signIn(page, host, tree);
});
afterEach(async () => {
  await context.close();
  await host.close();
});

const heading = async (): Promise<string> => (await page.textContent("h1")) ?? "";

async function signOut(): Promise<void> {
  await page.click("[data-sign-out]");
  await page.waitForSelector("h1:has-text('Sign in')");
  await ready(page);
}

async function stopWorker(): Promise<void> {
  const devtools = await context.newCDPSession(page);
  await devtools.send("ServiceWorker.enable");
  await devtools.send("ServiceWorker.stopAllWorkers");
}

/** The text that says how much is kept, once it says what is expected. */
async function keptText(expected: RegExp): Promise<string> {
  await page.waitForFunction((source) => new RegExp(source).test(document.querySelector("[data-keeping-text]")?.textContent ?? ""), expected.source);
  return (await page.textContent("[data-keeping-text]")) ?? "";
}

/** The SHA-256 of every kept copy. */
function kept(): Promise<string[]> {
  return page.evaluate(async () => (await (await caches.open("despatch-1")).keys()).map((r) => new URL(r.url).pathname).filter((p) => p.startsWith("/.kept/")).map((p) => p.slice("/.kept/".length)));
}

/** Looks at what is kept until it is as it should be. */
async function keptBecome(right: (all: readonly string[]) => boolean, otherwise: string): Promise<void> {
  const until = Date.now() + 60_000;
  while (!right(await kept())) assert.ok(Date.now() < until, otherwise);
}

/** Waits until the worker has kept what the next sign-in needs. */
async function settled(): Promise<void> {
  const needed = [...tree.files].filter(([p]) => /^(index\.html|404\.html|assets\/)/.test(p)).map(([, data]) => sha(data));
  await keptBecome((all) => needed.every((s) => all.includes(s)), "the sign-in page and its scripts are not kept");
}

test("a person who signed in here before signs in without a network, and reads what was opened", async () => {
  await page.goto(host.address + pathOf(0));
  await ready(page);
  await settled();
  await signOut();
  await host.close();
  await stopWorker();
  await signIn(page, host, tree);
  assert.match((await page.textContent("[data-banner=offline]")) ?? "", /You are offline.*last reached on \w+day \d+ \w+ \d{4} at \d\d:\d\d/);
  await page.goto(host.address + pathOf(0));
  assert.equal(await heading(), "The report of 0");
  const never = await page.goto(host.address + pathOf(5));
  assert.equal(never?.status(), 503);
  assert.match((await page.textContent("main")) ?? "", /not on this device.*not kept here.*Reading offline/s);
  await signOut();
  await page.fill("#passphrase", "wrong-words");
  await page.click("button[type=submit]");
  await page.waitForSelector("#passphrase-error:has-text('not right')");
  await host.again();
});

test("Keep for offline says how much it keeps, stops, goes on, opens all of it without a network, and is removed", async () => {
  const packs = new Map([...tree.files].filter(([p]) => p.startsWith("b/")).map(([p, data]) => [p, sha(data)]));
  // The host answers for three packs, and is slow beyond all patience with the fourth.
  let answered = 0;
  host.holds = (path) => packs.has(path) && ++answered > 3;
  await page.goto(host.address + "/s/offline.html");
  await keptText(/^On this device now: \d+ of 26 files/);
  await page.click("[data-keep]");
  await keptText(/^Keeping: \d+ of 26 files, [\d.]+ (kB|MB) so far/);
  await keptBecome((all) => [...packs.values()].filter((s) => all.includes(s)).length === 3, "three packs are not kept");
  await page.click("[data-keep-stop]");
  await keptText(/^Stopped\. Kept so far: \d+ of 26 files/);
  host.holds = () => false;
  const before = host.asked.length;
  const there = await kept();
  await page.click("[data-keep]:has-text('Go on keeping')");
  assert.match(await keptText(/^Everything/), /26 files, [\d.]+ MB/);
  const again = host.asked.slice(before).filter((p) => packs.has(p));
  assert.deepEqual(again.sort(), [...packs].filter(([, s]) => !there.includes(s)).map(([p]) => p).sort(), "what was kept is fetched again");
  await host.close();
  await stopWorker();
  for (let i = 0; i < count; i++) {
    await page.goto(host.address + pathOf(i));
    assert.equal(await heading(), `The report of ${String(i)}`);
  }
  await host.again();
  await page.goto(host.address + "/s/offline.html");
  await page.click("[data-keep-nothing]");
  await keptText(/^On this device now: [01] of 26 files/);
  assert.equal(await page.locator("[data-keep-nothing]").isVisible(), (await page.textContent("[data-keeping-text]"))?.includes("1 of") ?? false);
});

test("a device without room says so in plain words, and what was kept stays readable", async () => {
  const devtools = await context.newCDPSession(page);
  await page.goto(host.address + pathOf(0));
  await ready(page);
  await settled();
  const { usage } = await devtools.send("Storage.getUsageAndQuota", { origin: host.address });
  await devtools.send("Storage.overrideQuotaForOrigin", { origin: host.address, quotaSize: usage + 300_000 });
  await page.goto(host.address + "/s/offline.html");
  await page.click("[data-keep]");
  await keptText(/^There is no room on this device for more\. Kept so far: \d+ of 26 files/);
  await devtools.send("Storage.overrideQuotaForOrigin", { origin: host.address });
  await page.click("[data-keep]");
  await keptText(/^Everything/);
});

test("whatever is cached is sealed or public, byte for byte, and the database holds nothing else", async () => {
  await page.goto(host.address + "/s/offline.html");
  await page.click("[data-keep]");
  await keptText(/^Everything/);
  await page.goto(host.address + pathOf(3));
  await ready(page);
  const bodies = await page.evaluate(async () => {
    const found: [string, string][] = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        const bytes = new Uint8Array((await (await cache.match(request))?.arrayBuffer()) ?? new ArrayBuffer(0));
        found.push([new URL(request.url).pathname, Array.from(bytes, (b) => String.fromCharCode(b)).join("")]);
      }
    }
    return found;
  });
  const published = new Set([...tree.files].filter(([p]) => !/^[bik]\//.test(p)).map(([, d]) => sha(d)));
  let sealed = 0;
  for (const [path, body] of bodies) {
    const bytes = Buffer.from(body, "latin1");
    if (bytes.subarray(0, 22).toString() === "age-encryption.org/v1\n") sealed++;
    else assert.ok(published.has(sha(bytes)), `${path} is neither sealed nor public`);
  }
  assert.ok(sealed >= 27, String(sealed));
  const stored = await page.evaluate(async () => {
    const names = (await indexedDB.databases()).map((d) => d.name);
    const db = await new Promise<IDBDatabase>((resolve) => { const r = indexedDB.open("despatch"); r.onsuccess = () => { resolve(r.result); }; });
    const keys = await new Promise<IDBValidKey[]>((resolve) => { const r = db.transaction("kept").objectStore("kept").getAllKeys(); r.onsuccess = () => { resolve(r.result); }; });
    return { names, keys: keys.map((k) => JSON.stringify(k).replace(/"|:.*/g, "")) };
  });
  assert.deepEqual(stored.names, ["despatch"]);
  for (const key of stored.keys) assert.match(key, /^(root|code|head|keys|signed-in|offline|ended)$/);
});

test("what the authority no longer publishes goes at the next sign-in, and new papers come to what was kept", async () => {
  await page.goto(host.address + "/s/offline.html");
  await page.click("[data-keep]");
  await keptText(/^Everything/);
  const old = [...tree.files].filter(([p]) => p.startsWith("b/")).map(([, d]) => sha(d));
  assert.ok((await kept()).filter((s) => old.includes(s)).length === 13);
  tree.serial = 2;
  await tree.publish(rooms("second report"), shellFiles());
  await signOut();
  await signIn(page, host, tree);
  const now = [...tree.files].filter(([p]) => p.startsWith("b/")).map(([, d]) => sha(d));
  await keptBecome((all) => !old.some((s) => all.includes(s)), "what is no longer published is still kept");
  await keptBecome((all) => now.every((s) => all.includes(s)), "new papers do not come to what is kept");
  await host.close();
  await page.goto(host.address + pathOf(4));
  assert.equal(await heading(), "The second report of 4");
});

test("on a slow line the page says what is loading and how much of it", async () => {
  await page.goto(host.address + pathOf(0));
  await ready(page);
  host.rate = 50_000;
  // The page that was left writes down what it showed until the next one came.
  await page.evaluate(() => {
    new MutationObserver(() => { sessionStorage.setItem("seen", document.querySelector<HTMLElement>("[data-loading]")?.innerText ?? ""); }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  await page.click("main a");
  await page.waitForSelector("h1:has-text('The report of 1')");
  await ready(page);
  assert.match((await page.evaluate(() => sessionStorage.getItem("seen"))) ?? "", /^Loading papers\s+\d+ kB of \d+ kB/);
  assert.equal(await page.locator("[data-loading]").count(), 0);
});
