/**
 * What a host can try beside the files that the head lists: pages of its own at
 * addresses that nothing lists, while somebody is signed in.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { Host, launch, pageOf, shellFiles, signIn } from "./host.ts";
import { type Room, Tree } from "./tree.ts";

const fernside = { urn: "900001", name: "Fernside Primary School" };
const room = { kind: "visits-full", school: fernside };
const visitPath = `/s/${Tree.rootOf(room)}/1111111111111111.html`;
const rooms: Room[] = [{
  ...room, items: [],
  pages: { "1111111111111111.html": pageOf("Focus visit, 3 November 2026", `<h1>The report</h1>`) },
  files: [{ name: "2222222222222222.csv", type: "text/html", title: "<img src=x>.csv", data: Buffer.from("<script>fetch('/stolen?attachment')</script>") }],
}];

/** Asks the worker for all that it holds and for a page, and tells the host what came. */
const thief = Buffer.from(`<!DOCTYPE html><title>Thief</title><h1>Thief</h1><script>
const tell = (what) => fetch("/stolen?" + what);
(async () => {
  const worker = navigator.serviceWorker.controller ?? (await navigator.serviceWorker.ready).active;
  const line = new MessageChannel();
  line.port1.onmessage = (m) => { if (m.data !== null) tell("session"); };
  worker.postMessage({ ask: "session" }, [line.port2]);
  const page = await fetch("${visitPath}");
  if (page.ok && (await page.text()).includes("The report")) tell("page");
  history.replaceState(null, "", "/s/home.html");
  const again = new MessageChannel();
  again.port1.onmessage = (m) => { if (m.data !== null) tell("session-after-renaming"); };
  worker.postMessage({ ask: "session" }, [again.port2]);
})();</script>`);

let browser: Browser;
let context: BrowserContext;
let page: Page;
let tree: Tree;
let host: Host;

before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });
beforeEach(async () => {
  tree = new Tree();
  const shell = shellFiles();
  tree.files.set("pub/term-dates-0a1b2c3d.html", Buffer.from(pageOf("Term dates", "<h1>Term dates</h1>")));
  await tree.publish(rooms, shell);
  host = new Host(tree);
  await host.start();
  context = await browser.newContext();
  context.setDefaultTimeout(15_000);
  page = await context.newPage();
  await signIn(page, host, tree);
});
afterEach(async () => {
  await context.close();
  await host.close();
});

const stolen = (): string[] => host.asked.filter((path) => path.startsWith("stolen"));

for (const path of ["/thief.html", "/S/home.html", "//s/home.html", "/s%2fhome.html", "/s/%2e%2e%2fthief.html", "/%00", "/assets/thief.html", "/pub/thief.html", "/s/..;/thief.html"]) {
  test(`a page of the host's own at ${path} is not shown, and gets nothing`, async () => {
    // Whatever nothing lists is answered with the thief.
    for (const name of ["404.html", "thief.html", "assets/thief.html", "pub/thief.html"]) tree.files.set(name, thief);
    const other = await context.newPage();
    await other.goto(host.address + path).catch(() => null);
    await other.waitForTimeout(500);
    assert.doesNotMatch(await other.content(), /Thief/);
    assert.deepEqual(stolen(), []);
  });
}

test("a form that is sent to a sealed address, from anywhere, shows nothing of the host's own", async () => {
  for (const name of ["404.html", "s/home.html", "index.html"]) tree.files.set(name, thief);
  for (const path of ["/s/home.html", "/", visitPath]) {
    const other = await context.newPage();
    await other.setContent(`<form method="post" action="${host.address}${path}"><input type="submit"></form>`);
    await other.click("input");
    await other.waitForURL(host.address + path);
    await other.waitForTimeout(500);
    assert.doesNotMatch(await other.content(), /Thief/, path);
  }
  assert.deepEqual(stolen(), []);
});

test("a public page may show who is signed in, but gets neither keys nor sealed pages", async () => {
  await page.goto(host.address + "/pub/term-dates-0a1b2c3d.html");
  await page.waitForSelector("body[data-page-ready]");
  const got = await page.evaluate(async (path) => {
    const worker = navigator.serviceWorker.controller;
    const session = await new Promise((resolve) => {
      const line = new MessageChannel();
      line.port1.onmessage = (m: MessageEvent) => { resolve(m.data); };
      worker?.postMessage({ ask: "session" }, [line.port2]);
    });
    return { session, status: (await fetch(path)).status, home: (await fetch("/s/home.html")).status };
  }, visitPath);
  assert.deepEqual(got, { session: null, status: 403, home: 403 });
});

test("every answer has strict headers: pages, assets, attachments, refusals, redirects", async () => {
  await page.goto(host.address + visitPath);
  await page.waitForSelector("body[data-page-ready]");
  const asset = await page.getAttribute("link[rel=stylesheet]", "href");
  const attachment = visitPath.replace("1111111111111111.html", "2222222222222222.csv");
  for (const [path, status] of [
    ["/s/home.html", 200], [visitPath, 200], [attachment, 200], [asset ?? "", 200], ["/s/nothing.html", 404], ["/nothing", 404],
    ["/s/ffffffffffffffff/1111111111111111.html", 403], ["/pub/term-dates-0a1b2c3d.html", 200],
  ] as const) {
    const { code, headers } = await page.evaluate(async (p) => {
      const answer = await fetch(p);
      return { code: answer.status, headers: Object.fromEntries(answer.headers) };
    }, path);
    assert.equal(code, status, path);
    assert.match(headers["content-security-policy"] ?? "", /^default-src 'none'/, path);
    for (const [name, value] of [["x-content-type-options", "nosniff"], ["referrer-policy", "no-referrer"], ["cross-origin-opener-policy", "same-origin"], ["cross-origin-resource-policy", "same-origin"]] as const) {
      assert.equal(headers[name], value, `${path} ${name}`);
    }
    if (path.startsWith("/s/")) assert.equal(headers["cache-control"], "no-store", path);
  }
  const headers = await page.evaluate(async (p) => Object.fromEntries((await fetch(p)).headers), attachment);
  assert.equal(headers["content-type"], "application/octet-stream", "an attachment that says it is HTML is a byte stream");
  assert.match(headers["content-disposition"] ?? "", /^attachment; /);
  assert.match(headers["content-security-policy"] ?? "", /sandbox/);
});

test("nothing that was opened lies in the browser's own cache", async () => {
  await page.goto(host.address + visitPath);
  await page.waitForSelector("body[data-page-ready]");
  const got = await page.evaluate(async (path) => {
    const kept = await fetch(path, { cache: "only-if-cached", mode: "same-origin" }).then(() => "asked the worker", () => "refused");
    await Promise.all((await navigator.serviceWorker.getRegistrations()).map((r) => r.unregister()));
    return kept;
  }, visitPath);
  assert.match(got, /asked the worker|refused/);
  const bare = await context.newPage();
  const devtools = await context.newCDPSession(bare);
  await devtools.send("Network.setBypassServiceWorker", { bypass: true });
  // The sign-in page that the host answers with would go on by itself.
  await devtools.send("Emulation.setScriptExecutionDisabled", { value: true });
  await bare.goto(host.address + visitPath);
  assert.doesNotMatch(await bare.content(), /The report/);
});
