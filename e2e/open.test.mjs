// A host whose sign-in page, scripts and worker were swapped is read safely through
// `despatch open`; nothing of the host's ever runs there.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { after, before, test } from "node:test";
import { axe, enter, main, opened, program, sideways, startBrowser, started, startPortal } from "./lib.mjs";

let portal, browser, host, reading;

/** What the cheating host puts in front of, or in the place of, the authority's scripts. */
const theft = 'globalThis.stolen = true; fetch("/stolen-" + (globalThis.document ? "page" : "worker"));\n';

/** cheatingHost serves the tree of a folder; `swapped` says whether its scripts are its own. */
async function cheatingHost(tree) {
  const asked = [];
  const state = { swapped: true, frame: false };
  const server = http.createServer((req, res) => {
    const name = decodeURIComponent(new URL(req.url, "http://x").pathname).slice(1) || "index.html";
    asked.push(name);
    const file = path.join(tree, name);
    if (!file.startsWith(tree + path.sep) || !fs.existsSync(file) || !fs.statSync(file).isFile()) {
      res.writeHead(404).end();
      return;
    }
    let bytes = fs.readFileSync(file);
    if (state.swapped && (name === "sw.js" || /^assets\/shell\./.test(name))) bytes = Buffer.concat([Buffer.from(theft), bytes]);
    if (state.swapped && /^(index|404|s\/[a-z]+)\.html$/.test(name)) bytes = Buffer.from(`<!doctype html><title>Host</title><h1>The host's own page</h1><script>${theft}</script>`);
    if (state.frame && /^assets\/frame\./.test(name)) bytes = Buffer.concat([Buffer.from(`<script>${theft}</script>`), bytes]);
    res.writeHead(200, { "Content-Type": name.endsWith(".js") ? "text/javascript" : name.endsWith(".html") ? "text/html" : "application/octet-stream" }).end(bytes);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { state, asked, address: `http://127.0.0.1:${server.address().port}`, stop: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }) };
}

/** openSite runs despatch open until its link is printed. */
async function openSite(...args) {
  const child = spawn(program, ["open", ...args, "--port", "0"], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  let said = "";
  let link = "";
  await new Promise((resolve, reject) => {
    child.on("exit", (code) => reject(new Error(`despatch open ended with ${code}:\n${said}`)));
    child.stderr.on("data", (chunk) => { said += chunk; });
    child.stdout.on("data", (chunk) => {
      link += chunk;
      if (link.endsWith("\n")) resolve();
    });
  });
  return { said: () => said, link: link.trim(), address: new URL(link).origin, async stop() { child.kill("SIGINT"); await ended; } };
}

before(async () => {
  portal = await startPortal();
  host = await cheatingHost(path.join(portal.la, "public"));
  reading = await openSite(host.address);
  browser = await startBrowser();
});

after(async () => {
  await browser?.stop();
  await reading?.stop();
  await host?.stop();
  await portal?.stop();
});

const head = (a) => a.name === "Morgan Ellery";

test("despatch open says that the host's scripts are not those that the authority signed", () => {
  assert.match(reading.said(), /warning: changed: sw\.js: it differs from what was published/);
  assert.match(reading.said(), /warning: changed: index\.html/);
  assert.match(reading.said(), /do not sign in at the site itself, and tell the authority/);
  assert.match(reading.said(), /signed under the root ssh-ed25519 AAAA/);
});

test("only the printed link and this machine's names lead in", async () => {
  const ask = (target, headers = {}) => new Promise((resolve, reject) => {
    const url = new URL(target, reading.address);
    http.get({ host: "127.0.0.1", port: url.port, path: url.pathname + url.search, headers: { Host: url.host, ...headers } }, (res) => {
      res.resume();
      res.on("end", () => resolve(res));
    }).on("error", reject);
  });
  assert.equal((await ask("/")).statusCode, 403);
  assert.equal((await ask("/head")).statusCode, 403);
  assert.equal((await ask("/?token=" + "0".repeat(32))).statusCode, 403);
  const token = new URL(reading.link).search;
  assert.equal((await ask("/" + token, { Host: "portal.example" })).statusCode, 421);
  const [cookie] = (await ask("/" + token)).headers["set-cookie"];
  assert.match(cookie, /HttpOnly; SameSite=Strict/);
  const jar = { Cookie: cookie.split(";")[0] };
  assert.equal((await ask("/", { ...jar, "Sec-Fetch-Mode": "navigate" })).statusCode, 200);
  // A file of the host's is for the worker alone, and never a script, page or picture.
  const script = fs.readdirSync(path.join(portal.la, "public", "b"))[0];
  const pack = `/b/${script}/${fs.readdirSync(path.join(portal.la, "public", "b", script))[0]}`;
  assert.equal((await ask(pack, jar)).statusCode, 404);
  assert.equal((await ask(pack, { ...jar, "Sec-Fetch-Dest": "script", "Sec-Fetch-Site": "same-origin" })).statusCode, 404);
  const bytes = await ask(pack, { ...jar, "Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-origin" });
  assert.equal(bytes.statusCode, 200);
  assert.equal(bytes.headers["content-type"], "application/octet-stream");
  assert.match(bytes.headers["content-security-policy"], /sandbox/);
  assert.equal((await ask("/../private/root.key.age", { ...jar, "Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-origin" })).statusCode, 404);
});

test("a site whose scripts were swapped is read safely with the program's own", async () => {
  const page = await browser.context.newPage();
  await page.goto(reading.link);
  await started(page);
  assert.match(await main(page), /Sign in to 127\.0\.0\.1/);
  assert.deepEqual(await axe(page), []);
  await page.setViewportSize({ width: 320, height: 640 });
  assert.equal(await sideways(page), 0);
  await page.setViewportSize({ width: 1280, height: 900 });
  await enter(page, portal.account(head));
  assert.match(await main(page), /To do/);
  await page.click("nav a[data-area=visits]");
  await opened(page);
  await page.click("a:has-text('Read and Respond')");
  await page.waitForURL(/\/s\/[0-9a-f]{16}\/[0-9a-f]{16}\.html/);
  await opened(page);
  await page.reload();
  await opened(page);
  assert.equal(await page.evaluate(() => "stolen" in globalThis), false);
  await page.goBack();
  await opened(page);
  assert.deepEqual(host.asked.filter((name) => name.startsWith("stolen")), []);
  assert.equal(host.asked.filter((name) => name === "head").length > 1, true, "the worker asked the host itself");
  await page.close();
});

test("a file of the authority's pages that the host swaps is refused in words", async () => {
  // A browser of its own: the first one's worker has kept the frame as the authority signed it.
  const fresh = await startBrowser();
  host.state.frame = true;
  try {
    const page = await fresh.context.newPage();
    await page.goto(reading.link);
    await started(page);
    const account = portal.account(head);
    await page.fill("#code", account.code);
    await page.fill("#passphrase", account.passphrase);
    const answer = page.waitForResponse((res) => res.url().endsWith("/s/home.html"), { timeout: 60_000 });
    await page.click("form[data-sign-in] button[type=submit]");
    assert.equal((await answer).status(), 502);
    await page.waitForURL(/\/s\/home\.html/);
    assert.match(await page.innerText("body"), /This page was changed[^]*not what the authority published, so it is not shown/);
    assert.equal(await page.evaluate(() => "stolen" in globalThis), false);
    assert.deepEqual(host.asked.filter((name) => name.startsWith("stolen")), []);
  } finally {
    host.state.frame = false;
    await fresh.stop();
  }
});

test("a folder is read the same way, and its root is checked at once where it is known", async () => {
  const site = await openSite(path.join(portal.la, "public"), "-C", portal.la);
  try {
    assert.match(site.said(), /is at serial \d+ of /);
    assert.doesNotMatch(site.said(), /warning|signed under the root/);
    const page = await browser.context.newPage();
    await page.goto(site.link);
    await started(page);
    await enter(page, portal.account(head));
    assert.match(await main(page), /To do/);
    await page.close();
  } finally {
    await site.stop();
  }
});
