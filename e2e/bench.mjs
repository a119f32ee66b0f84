// Measures P9 and P10 of docs/performance.md in Chromium: what the first load
// brings, what a next page brings, from a click to a painted page against plain
// HTML from the same server, and from Sign in to a painted home page. Also with
// a processor four times slower, and on a line of 400 kbit/s. Only ratios and
// the order of things count: the machine and its load are printed beside them.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import zlib from "node:zlib";
import { chromium } from "playwright-core";
import { browserArgs, started, startPortal } from "./lib.mjs";
import { Wire } from "./wire.mjs";

const rounds = Number(process.env.ROUNDS ?? 7);
const portal = await startPortal();
const wire = await new Wire(portal.address).start();
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", headless: true, args: browserArgs });
const head = portal.account((a) => a.name === "Morgan Ellery");
const figures = {};

try {
  console.log(`commit ${execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim()}, ${os.cpus().length} cores (${os.cpus()[0].model.trim()}), load ${os.loadavg().map((l) => l.toFixed(1)).join(" ")}, Chromium ${browser.version()}, ${rounds} rounds`);
  const wanted = (part) => (process.env.ONLY ?? part).split(" ").includes(part);
  if (wanted("bytes")) await bytes();
  if (wanted("clicks")) await clicks("as it is", {});
  if (wanted("clicks")) await clicks("processor four times slower", { cpu: 4 });
  if (wanted("unlocking")) await unlocking("as it is", {});
  if (wanted("unlocking")) await unlocking("processor four times slower", { cpu: 4 });
  if (wanted("unlocking")) await unlocking("400 kbit/s", { line: true });
  if (wanted("passkey")) await touching();
  if (wanted("search")) await searching();
} finally {
  await browser.close();
  await wire.stop();
  await portal.stop();
}

function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function spread(list, unit) {
  return `${median(list).toFixed(0)} ${unit} (${Math.min(...list).toFixed(0)} to ${Math.max(...list).toFixed(0)})`;
}

async function slow(page, { cpu, line }) {
  const devtools = await page.context().newCDPSession(page);
  if (cpu) await devtools.send("Emulation.setCPUThrottlingRate", { rate: cpu });
  if (line) {
    // The worker fetches for the page: both are on the slow line.
    await devtools.send("Network.enable");
    await devtools.send("Network.emulateNetworkConditions", { offline: false, latency: 100, downloadThroughput: 50_000, uploadThroughput: 50_000 });
  }
}

/** P9: bytes. Served plain here, so each is compressed as a host would, at gzip's level 6. */
async function bytes() {
  const context = await browser.newContext();
  const page = await context.newPage();
  let asked = [];
  context.on("request", (request) => asked.push(new URL(request.url()).pathname));
  const brotli = (data) => zlib.brotliCompressSync(data, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 6 } });
  const compressed = (p, by = (data) => zlib.gzipSync(data, { level: 6 })) => {
    const file = path.join(portal.la, "public", p === "/" ? "index.html" : p.slice(1));
    const data = fs.existsSync(file) ? fs.readFileSync(file) : Buffer.of();
    return p.endsWith(".woff2") || p.endsWith(".age") ? data.length : by(data).length;
  };
  const sum = (paths, by) => [...new Set(paths)].reduce((n, p) => n + compressed(p, by), 0);
  await page.goto(wire.address);
  await started(page);
  const shell = asked;
  asked = [];
  await enter(page);
  const unlock = asked.filter((p) => !p.startsWith("/s/"));
  const sealed = unlock.filter((p) => /^\/(b|i)\//.test(p));
  const all = new Set([...shell, ...unlock].filter((p) => !/^\/(b|i)\//.test(p) && !p.startsWith("/s/")));
  console.log(`P9 first load, beside packs and indexes: ${(sum([...all]) / 1000).toFixed(1)} kB by gzip, ${(sum([...all], brotli) / 1000).toFixed(1)} kB by brotli (sign-in page ${(sum(shell) / 1000).toFixed(1)} kB); indexes and packs ${(sum(sealed) / 1000).toFixed(1)} kB`);
  for (const p of [...all].sort((a, b) => compressed(b) - compressed(a))) console.log(`     ${(compressed(p) / 1000).toFixed(1).padStart(6)} kB ${p}`);
  await visit(page);
  asked = [];
  wire.served = 0;
  await page.goto(`${wire.address}/s/news.html`);
  await started(page);
  await page.goto(`${wire.address}/s/home.html`);
  await started(page);
  console.log(`P9 next page: ${wire.served} bytes from the host`);
  figures.next = wire.served;
  await context.close();
}

async function enter(page, account = head) {
  await page.fill("#code", account.code);
  await page.fill("#passphrase", account.passphrase);
  await page.click("form[data-sign-in] button[type=submit]");
  await page.waitForSelector("body[data-page-ready]:not(:has(form[data-sign-in]))");
}

async function visit(page) {
  await page.goto(`${wire.address}/s/visits.html`);
  await started(page);
  await page.goto(await page.locator("a:has-text('Read and Respond')").evaluate((a) => a.href));
  await started(page);
  return page.url();
}

/** From the start of a navigation to its first paint, as the browser counts it. */
function painted(page) {
  return page.evaluate(() => new Promise((resolve) => {
    const look = () => {
      const [entry] = performance.getEntriesByName("first-contentful-paint");
      if (entry !== undefined) resolve(entry.startTime);
      else new PerformanceObserver((list, self) => { self.disconnect(); look(); }).observe({ type: "paint", buffered: true });
    };
    look();
  }));
}

/** P9: the same page through the worker, and as a plain file with the same styles from the same kind of server, in turn. */
async function clicks(name, conditions) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(wire.address);
  await started(page);
  await enter(page);
  const sealed = await visit(page);
  const html = await page.evaluate(async (u) => (await fetch(u)).text(), sealed).catch(() => page.content());
  const plain = await plainServer(await page.evaluate(() => document.documentElement.outerHTML), html);
  const other = await context.newPage();
  const times = { sealed: [], plain: [] };
  try {
    for (const p of [page, other]) await slow(p, conditions);
    for (let i = 0; i <= rounds; i++) {
      for (const [kind, p, start, to] of [["sealed", page, `${wire.address}/s/visits.html`, sealed], ["plain", other, `${plain.address}/start.html`, `${plain.address}/s/0/page.html`]]) {
        await p.bringToFront();
        await p.goto(start);
        await p.waitForLoadState();
        await p.evaluate((href) => { const a = document.createElement("a"); a.href = href; a.id = "go"; a.textContent = "go"; document.body.prepend(a); }, to);
        await Promise.all([p.waitForURL(to), p.click("#go")]);
        const ms = await painted(p);
        if (i > 0) times[kind].push(ms);
      }
    }
  } finally {
    plain.server.closeAllConnections();
    plain.server.close();
    await context.close();
  }
  console.log(`P9 click to painted, ${name}: sealed ${spread(times.sealed, "ms")}, plain ${spread(times.plain, "ms")}, ratio ${(median(times.sealed) / median(times.plain)).toFixed(2)}`);
}

/** The page as plain HTML with the portal's own assets, without its script's worker. */
async function plainServer(rendered, source) {
  const body = Buffer.from(source.includes("<main") ? source : rendered);
  const upstream = new URL(portal.address);
  const server = http.createServer((request, response) => {
    if (request.url === "/start.html") return response.writeHead(200, { "content-type": "text/html" }).end("<!DOCTYPE html><title>start</title><p>start</p>");
    if (request.url.startsWith("/s/")) return response.writeHead(200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-cache" }).end(body);
    http.get({ host: upstream.hostname, port: upstream.port, path: request.url, headers: { host: upstream.host } }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
  });
  await new Promise((resolve) => { server.listen(0, "localhost", resolve); });
  return { server, address: `http://localhost:${server.address().port}` };
}

/** P10: from the press of Sign in to the painted home page, on a device that has the site's program. */
async function unlocking(name, conditions) {
  const times = [];
  for (let i = 0; i < Math.min(rounds, 5); i++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(wire.address);
    await started(page);
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await slow(page, conditions);
    if (conditions.line) wire.pace(50_000);
    await page.fill("#code", head.code);
    await page.fill("#passphrase", head.passphrase);
    // Nobody presses within the moment in which the last letter is typed.
    await page.waitForTimeout(1000);
    const pressed = await page.evaluate(() => performance.timeOrigin + performance.now());
    await page.click("form[data-sign-in] button[type=submit]");
    await page.waitForURL("**/s/home.html");
    const first = await painted(page);
    times.push((await page.evaluate(() => performance.timeOrigin)) + first - pressed);
    wire.pace(0);
    await context.close();
  }
  console.log(`P10 unlock by passphrase to home painted, ${name}: ${spread(times, "ms")}`);
}

/** P10: from the press of Sign in with a passkey to the painted home page, with an authenticator that answers at once. */
async function touching() {
  const context = await browser.newContext();
  const page = await context.newPage();
  const times = [];
  try {
    const devtools = await context.newCDPSession(page);
    await devtools.send("WebAuthn.enable");
    await devtools.send("WebAuthn.addVirtualAuthenticator", { options: { protocol: "ctap2", ctap2Version: "ctap2_1", transport: "internal", hasResidentKey: true, hasUserVerification: true, hasPrf: true, isUserVerified: true, automaticPresenceSimulation: true } });
    await page.goto(wire.address);
    await started(page);
    await enter(page);
    await page.goto(`${wire.address}/s/account.html`);
    await page.waitForSelector("[data-passkeys][data-ready] #passkey-name");
    await page.fill("#passkey-name", "Bench");
    await page.fill("#passphrase", head.passphrase);
    await page.click("[data-passkeys] form button[type=submit]");
    await page.waitForSelector(".app-passkeys__item");
    for (let i = 0; i <= rounds; i++) {
      await page.click("[data-sign-out]");
      await page.waitForSelector("[data-passkey-way]:not([hidden])");
      await started(page);
      await page.waitForTimeout(1000);
      const pressed = await page.evaluate(() => performance.timeOrigin + performance.now());
      await page.click("button[data-passkey]");
      await page.waitForURL("**/s/home.html");
      const first = await painted(page);
      if (i > 0) times.push((await page.evaluate(() => performance.timeOrigin)) + first - pressed);
    }
  } finally {
    await context.close();
  }
  console.log(`P10 unlock by passkey to home painted: ${spread(times, "ms")}`);
}

/** M25: a search over 2,000 sheets more than the demonstration has, each of 300 words. */
async function searching() {
  const words = "pupils reading progress leaders governors teaching phonics attendance behaviour outcomes support plan review evidence curriculum subject lessons staff training parents safeguarding policy audit funding targets meeting visit assessment writing numeracy".split(" ");
  const many = await startPortal((la) => {
    const folder = path.join(la, "content", "sheets", "2025");
    fs.mkdirSync(folder, { recursive: true });
    for (let i = 0; i < 2000; i++) {
      const text = Array.from({ length: 300 }, (_, k) => words[(i * 7 + k * k + (k >> 3)) % words.length]).join(" ");
      const front = ["format: 1", `title: ${words[i % words.length]} and ${words[(i * 13 + 5) % words.length]}, paper ${i}`, "type: Information", `number: "${1000 + i}/25"`, "published: 2025-10-01", "contacts: [{name: Desmond Larchfield, email: desmond.larchfield@northmoor.example}]", "audience: [Headteachers]"];
      const id = [0, 1, 2, 3].map((n) => "abcdefghijklmnopqrstuvwxyz234567"[(i >> (5 * n)) % 32]).join("");
      fs.writeFileSync(path.join(folder, `2025-10-01-${id}-paper-${i}.md`), `---\n${front.join("\n")}\n---\n\n${text}.\n`);
    }
  });
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(many.address);
    await started(page);
    await enter(page, many.account((a) => a.name === "Morgan Ellery"));
    const [ready, took] = [[], []];
    for (let i = 0; i < rounds; i++) {
      await page.goto(`${many.address}/s/search.html`);
      await page.waitForSelector("[data-place][data-took]");
      ready.push(Number(await page.getAttribute("[data-place]", "data-took")));
      for (const asked of ["safeguarding", "paper 1234", '"reading progress"', "governors outcomes funding"]) {
        const turn = await page.getAttribute("[data-place]", "data-query");
        await page.fill("#words", asked);
        await page.waitForFunction((t) => document.querySelector("[data-place]").dataset.query !== t, turn);
        took.push(Number(await page.getAttribute("[data-place]", "data-query-took")));
      }
    }
    console.log(`M25 search: text of everything read and ready in ${spread(ready, "ms")}; an answer takes ${spread(took, "ms")}; the last one found ${await page.getAttribute("[data-place]", "data-found")}`);
  } finally {
    await context.close();
    await many.stop();
  }
}
