// What the journeys share: a demo authority built by the real program, its
// sealed tree served by the real program, and Debian's Chromium.
import assert from "node:assert/strict";
import { spawn, execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
export const program = path.join(root, "bin", process.platform === "win32" ? "despatch.exe" : "despatch");
const axeSource = fs.readFileSync(path.join(root, "node_modules/axe-core/axe.min.js"), "utf8");

/** Where screenshots go: e2e/out, which git ignores. */
export const out = path.join(root, "e2e", "out");

/** despatch runs the program and gives its standard output. */
export function despatch(...args) {
  return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/**
 * serve starts the program with arguments that make it serve a site, and waits
 * until it says where. stop() ends it.
 */
export async function serve(...args) {
  const server = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => server.on("exit", resolve));
  let said = "";
  let heard = () => {};
  server.on("exit", () => heard());
  const address = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the demo did not start in 5 minutes:\n${said}`)), 300_000);
    const hear = (chunk) => {
      said += chunk;
      heard();
      const m = said.match(/http:\/\/localhost:(\d+)/);
      if (m) {
        clearTimeout(timer);
        resolve(m[0]);
      }
    };
    server.stdout.on("data", hear);
    server.stderr.on("data", hear);
    server.on("exit", (code) => reject(new Error(`the demo ended with ${code}:\n${said}`)));
  });
  return {
    address,
    /** Waits until it has said something that matches, and gives the match. */
    async says(pattern) {
      for (;;) {
        const found = pattern.exec(said);
        if (found !== null) return found;
        if (server.exitCode !== null) throw new Error(`it ended without ${pattern}:\n${said}`);
        await new Promise((resolve) => { heard = resolve; });
      }
    },
    async stop() {
      server.kill("SIGINT");
      await ended;
    },
  };
}

/** The demo authority that run.mjs made for all journeys of one run. */
const made = process.env.DESPATCH_E2E_DEMO;

/** demoAuthority makes a demo authority's folder, or copies the one that is there. */
export function demoAuthority(la) {
  if (made === undefined) {
    despatch("init", "--demo", la);
  } else {
    execFileSync("cp", ["-a", made, la]);
  }
}

/**
 * startPortal writes a new demo authority, serves it on a free port and reads
 * the sign-ins that the demo wrote. write, where it is given, adds to the authority's
 * folder before its site is built. stop() ends the server and clears the folder.
 */
export async function startPortal(write) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "despatch-e2e-"));
  const la = path.join(dir, "la");
  if (write !== undefined || made !== undefined) {
    demoAuthority(la);
    await write?.(la);
  }
  const server = await serve("demo", la, "--port", "0");
  const accounts = readAccounts(path.join(la, "private", "demo-accounts.tsv"));
  return {
    la,
    address: server.address,
    accounts,
    /** the one account whose code this is */
    account: (test) => accounts.find(test) ?? fail("no demo account is as asked for"),
    async stop() {
      await server.stop();
      fs.rmSync(dir, { recursive: true, force: true });
    },
  };
}

function fail(message) {
  throw new Error(message);
}

/** readAccounts reads the sign-ins that the demo wrote. */
export function readAccounts(file) {
  const [head, ...lines] = fs.readFileSync(file, "utf8").trimEnd().split("\n");
  const names = head.split("\t");
  return lines.map((line) => {
    const cells = line.split("\t");
    const row = Object.fromEntries(names.map((name, i) => [name, cells[i]]));
    return { ...row, roles: row.roles.split(","), schools: row.schools.split(",") };
  });
}

/** What Chromium is started with: nothing of its own on the network. */
export const browserArgs = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** startBrowser launches Chromium with a new profile; its folder can be searched afterwards. */
export async function startBrowser(options = {}) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), "despatch-profile-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: "/usr/bin/chromium",
    headless: true,
    acceptDownloads: true,
    viewport: { width: 1280, height: 900 },
    locale: "en-GB",
    timezoneId: "Europe/London",
    args: browserArgs,
    ...options,
  });
  const complaints = [];
  const listen = (page) => {
    page.on("pageerror", (err) => complaints.push(`${page.url()}: ${err.message}`));
    page.on("console", (m) => {
      if (m.type() === "error" && !m.text().includes("status of 404")) complaints.push(`${page.url()}: ${m.text()}`);
    });
  };
  context.on("page", listen);
  context.pages().forEach(listen);
  return {
    context,
    profile,
    complaints,
    async stop() {
      await context.close();
      fs.rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** signIn opens the portal at a path, types what a key letter says and waits for the page that follows. */
export async function signIn(page, address, account, to = "/") {
  await page.goto(address + to);
  await started(page);
  await enter(page, account);
}

/** signInAs has an account sign in at the portal, whoever was signed in in this browser before. */
export async function signInAs(page, address, account) {
  await page.goto(address + "/");
  await started(page);
  if ((await page.$("form[data-sign-in]")) === null) {
    await page.click("[data-sign-out]");
    await page.waitForSelector("form[data-sign-in]");
    await started(page);
  }
  await enter(page, account);
}

/** enter fills in the sign-in page that is open and waits for the page that follows. */
export async function enter(page, account) {
  await page.fill("#code", account.code);
  await page.fill("#passphrase", account.passphrase);
  await page.click("form[data-sign-in] button[type=submit]");
  await opened(page);
}

/** started waits until the scripts of the page that is open have run, whatever the page is. */
export async function started(page) {
  await page.waitForSelector("body[data-page-ready]", { timeout: 30_000 });
}

/** opened waits until a page of the portal, not the sign-in page, is there and has started. */
export async function opened(page) {
  await page.waitForSelector("body[data-page-ready]:not(:has(form[data-sign-in]))", { timeout: 30_000 });
}

/** main gives the text of the page's main part, its white space folded. */
export async function main(page) {
  return (await page.innerText("main")).replace(/\s+/g, " ");
}

/** WCAG 2.2 at levels A and AA, and what axe knows beyond them. */
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** axe gives the violations of A, AA and best practice on the page as it is, a line each. */
export async function axe(page) {
  return (await violations(page)).map((v) => `${v.rule}: ${v.what} at ${v.places.slice(0, 3).join(", ")}`);
}

/**
 * violations gives what axe finds wrong on the page as it is: its rule, the
 * criterion of WCAG that it belongs to, or none for a best practice, what it wants
 * and where. The library comes in through the debugger, so the page's own policy
 * stays in force.
 */
export async function violations(page) {
  const cdp = await page.context().newCDPSession(page);
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await cdp.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  try {
    if (await evaluate("typeof axe === \"undefined\"")) await evaluate(`${axeSource}; undefined`);
    const found = await evaluate(`axe.run(document, { resultTypes: ["violations"], runOnly: ${JSON.stringify(rules)}, rules: { "target-size": { enabled: true } } }).then((r) =>
      r.violations.map((v) => ({ rule: v.id, what: v.help, tags: v.tags, places: v.nodes.map((n) => n.target.join(" ")) })))`);
    return found.map(({ tags, ...v }) => ({ ...v, criterion: criterionOf(tags) }));
  } finally {
    await cdp.detach();
  }
}

/** criterionOf reads axe's tag of a success criterion: wcag143 is 1.4.3. */
function criterionOf(tags) {
  const [, a, b, c] = tags.map((t) => /^wcag(\d)(\d)(\d+)$/.exec(t)).find((m) => m !== null) ?? [];
  return a === undefined ? "" : `${a}.${b}.${c}`;
}

/** sideways gives by how many pixels the page is wider than its window. */
export function sideways(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** look finds nothing wrong on the page as it is, wide and narrow, and keeps its pictures. */
export async function look(page, name) {
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 900 });
    assert.deepEqual(await axe(page), [], `${name} at ${width} px`);
    assert.equal(await sideways(page), 0, `${name} at ${width} px`);
    await page.screenshot({ path: path.join(out, `${name}-${width}.png`), fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}
