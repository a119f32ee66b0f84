// Nothing that the site does asks anybody but the site. Pages and workers are
// listened to, and all that the browser sends elsewhere goes to a proxy here, which
// hears of what neither tells: a name that is looked up, a connection made early.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import http from "node:http";
import { opened, signIn, started, startBrowser, startPortal } from "./lib.mjs";

let portal, proxy, browser;
/** The hosts that the browser asked for elsewhere. */
const asked = [];
/** The origins that pages and workers asked, the service worker too. */
const origins = new Set();
/** What the service worker asked for. */
const byWorker = new Set();
/** Whom Chromium asks by itself, whatever is open: for updates, and whether it knows a form or a password. */
const makers = /(^|\.)(google|googleapis|gvt1)\.com(:\d+)?$/;

before(async () => {
  portal = await startPortal();
  proxy = http.createServer((request, response) => {
    asked.push(new URL(request.url, "http://unknown.example").host);
    response.end("somebody else");
  });
  // What is asked for by TLS comes as CONNECT.
  proxy.on("connect", (request, socket) => {
    asked.push(request.url);
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  await new Promise((resolve) => { proxy.listen(0, "127.0.0.1", resolve); });
  browser = await startBrowser({ proxy: { server: `http://127.0.0.1:${proxy.address().port}`, bypass: "localhost" } });
  browser.context.on("request", (request) => {
    const { protocol, origin, pathname } = new URL(request.url());
    if (protocol.startsWith("http")) origins.add(origin);
    if (request.serviceWorker() !== null) byWorker.add(pathname);
  });
});

after(async () => {
  await browser?.stop();
  proxy?.closeAllConnections();
  proxy?.close();
  await portal?.stop();
});

test("no request goes to any third party: not before signing in, not on any page, and not by the worker", async () => {
  const page = await browser.context.newPage();
  await page.goto(`${portal.address}/about/help.html`);
  await opened(page);
  await signIn(page, portal.address, portal.account((a) => a.name === "Morgan Ellery"));
  const areas = await page.$$eval("nav a[data-area]", (links) => links.map((a) => a.pathname));
  assert.ok(areas.length > 4, areas.join());
  for (const address of [...areas, "/s/account.html", "/s/search.html", "/s/download.html", "/s/offline.html", "/about/cookies.html"]) {
    await page.goto(portal.address + address);
    await opened(page);
  }
  await page.goto(`${portal.address}/s/visits.html`);
  await page.click("a:has-text('Read and Respond')");
  await opened(page);
  await page.click("[data-sign-out]");
  await page.waitForSelector("form[data-sign-in]:not([hidden])");
  await started(page);
  assert.deepEqual([...origins], [portal.address]);
  assert.ok(byWorker.has("/head") && [...byWorker].some((p) => p.startsWith("/b/")), "the worker is listened to");
  assert.deepEqual(asked.filter((host) => !makers.test(host)), []);
  assert.deepEqual(browser.complaints, []);
});

test("a request to somebody else would have been heard of, at the page and at the proxy", async () => {
  const page = await browser.context.newPage();
  await page.goto("http://third-party.example/");
  await page.goto("https://third-party.example/").catch(() => undefined);
  assert.ok(origins.has("http://third-party.example"), [...origins].join());
  assert.ok(asked.includes("third-party.example"), asked.join());
  assert.ok(asked.includes("third-party.example:443"), asked.join());
});
