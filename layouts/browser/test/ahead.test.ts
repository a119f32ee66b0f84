/**
 * What a sign-in will need is on its way while somebody types, and what was
 * checked once lasts from page to page: neither is believed for coming early.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { fill, Host, launch, pageOf, ready, shellFiles, signIn } from "./host.ts";
import { Tree } from "./tree.ts";

const lasting = "max-age=31536000, immutable";

let browser: Browser;
let page: Page;
let tree: Tree;
let host: Host;

before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });
beforeEach(async () => {
  tree = new Tree();
  tree.shards = 4;
  await tree.publish([{ kind: "role-headteacher", school: null, items: [], pages: { "5555555555555555.html": pageOf("Sheet", "<h1>Sheet</h1>") } }], shellFiles());
  host = new Host(tree);
  await host.start();
  page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(15_000);
});
afterEach(async () => {
  await page.context().close();
  await host.close();
});

const count = (path: string): number => host.asked.filter((p) => p === path).length;

/** The path of the one file of the tree that is as said. */
function only(is: (path: string) => boolean): string {
  const found = [...tree.files.keys()].filter(is);
  assert.equal(found.length, 1, found.join());
  return found[0] ?? "";
}

const ring = (): string => only((p) => p.startsWith("k/") && p.includes(".ring."));
const identity = (): string => `k/${tree.opaque}.id.age`;

/** Types the account code, goes on to the passphrase, and waits until the keyring was asked for. */
async function typeCode(): Promise<void> {
  await page.goto(host.address + "/");
  await ready(page);
  await page.fill("#code", tree.code);
  await page.focus("#passphrase");
  const until = Date.now() + 15_000;
  while (count(ring()) === 0) {
    assert.ok(Date.now() < until, "the keyring was not asked for");
    await page.evaluate(() => undefined);
  }
}

test("while the passphrase is typed the head, keys, lists and keyring come; Sign in asks for the head alone again", async () => {
  await typeCode();
  const early = [ring(), only((p) => p.startsWith("keys.")), ...[...tree.files.keys()].filter((p) => p.startsWith("manifest/"))];
  assert.ok(early.length > 2, early.join());
  assert.equal(count(identity()), 0, "what a passphrase could be tried on is asked for by Sign in only");
  const heads = count("head");
  assert.ok(heads > 0);
  await page.fill("#passphrase", tree.passphrase);
  await page.click("button[type=submit]");
  await page.waitForURL("**/s/home.html");
  await ready(page);
  assert.deepEqual(early.map(count), early.map(() => 1));
  assert.ok(count("head") > heads);
  assert.equal(count(identity()), 1);
});

test("what came early is held to the signed lists: a keyring that was damaged then is asked for again", async () => {
  const path = ring();
  const good = tree.files.get(path) ?? Buffer.of();
  tree.files.set(path, Buffer.from(good.map((b, i) => (i === good.length - 1 ? b ^ 1 : b))));
  await typeCode();
  tree.files.set(path, good);
  await page.fill("#passphrase", tree.passphrase);
  await page.click("button[type=submit]");
  await page.waitForURL("**/s/home.html");
  assert.equal(count(path), 2);
});

test("a keyring that stays damaged lets nobody in, early or not", async () => {
  const path = ring();
  const good = tree.files.get(path) ?? Buffer.of();
  tree.files.set(path, Buffer.from(good.map((b, i) => (i === good.length - 1 ? b ^ 1 : b))));
  await typeCode();
  await page.fill("#passphrase", tree.passphrase);
  await page.click("button[type=submit]");
  await page.waitForSelector("[data-error-summary]:not([hidden])");
  assert.equal(new URL(page.url()).pathname, "/");
});

test("a host that is away while somebody types costs nothing but the time", async () => {
  await page.goto(host.address + "/");
  await ready(page);
  await host.close();
  await page.fill("#code", tree.code);
  await page.focus("#passphrase");
  await host.again();
  await fill(page, tree);
  await page.waitForURL("**/s/home.html");
});

test("an asset lasts from page to page once it was checked; not before the first sign-in, nor what has no hash in its name", async () => {
  const control = (path: string): Promise<[number, string | null]> => page.evaluate(async (p) => { const r = await fetch(p); return [r.status, r.headers.get("cache-control")] as [number, string | null]; }, path);
  const style = "/" + only((p) => /^assets\/app\..*\.css$/.test(p));
  await page.goto(host.address + "/");
  await ready(page);
  await page.reload();
  assert.deepEqual(await control(style), [200, "no-cache"]);
  await signIn(page, host, tree);
  assert.deepEqual(await control(style), [200, lasting]);
  assert.deepEqual(await control("/index.html"), [200, "no-store"]);
  assert.notEqual((await control("/s/home.html"))[1], lasting);
});

test("an asset that is not the one that was listed is not served, and nothing of it lasts", async () => {
  await signIn(page, host, tree);
  const path = only((p) => /^assets\/search\..*\.js$/.test(p));
  tree.files.set(path, Buffer.from("alert(1)"));
  const [status, lasts, text] = await page.evaluate(async (p) => {
    await caches.delete("despatch-1");
    const r = await fetch(p);
    return [r.status, r.headers.get("cache-control"), await r.text()] as const;
  }, "/" + path);
  assert.equal(status, 502);
  assert.notEqual(lasts, lasting);
  assert.doesNotMatch(text, /alert/);
});
