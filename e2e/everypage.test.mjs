// Every page that people of the demo may open: its links lead somewhere,
// its scripts start, axe finds nothing, and nothing is wider than a phone.
// Each visitor opens each page; what looks the same to several of them, but for
// their name in the header, axe looks at once.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { scrollers } from "./checks.mjs";
import { opened, out, sideways, signIn, started, startBrowser, startPortal, violations } from "./lib.mjs";
import { kindOf, Statement } from "./statement.mjs";

const all = process.env.DESPATCH_E2E === "all";
const widths = [1280, 320];
const statement = new Statement(widths.map((w) => `${w} pixels wide`));
const areas = ["home", "visits", "sheets", "returns", "documents", "news", "results", "search", "schools", "account"];
let portal, version;

before(async () => {
  portal = await startPortal();
  fs.mkdirSync(out, { recursive: true });
});

after(async () => {
  await portal?.stop();
  statement.write(version);
});

/** crawl opens every page under /s/ and /pub/ that links lead to from the areas. */
async function crawl(page, each) {
  const seen = new Set();
  const queue = areas.map((area) => `${portal.address}/s/${area}.html`);
  while (queue.length > 0) {
    const address = queue.shift();
    if (seen.has(address)) continue;
    seen.add(address);
    const response = await page.goto(address);
    await opened(page);
    assert.equal(response.status(), 200, `${address} from a link`);
    await each(address);
    const links = await page.$$eval("a[href]", (found) => found.map((a) => ({ href: a.href, file: !a.pathname.endsWith(".html") && a.pathname !== "/" })));
    for (const { href, file } of links) {
      const url = new URL(href);
      if (url.origin !== portal.address) continue;
      url.hash = "";
      if (!file) queue.push(url.href);
      else if (!seen.has(url.href)) {
        seen.add(url.href);
        const got = await page.evaluate(async (u) => { const r = await fetch(u); return { status: r.status, size: (await r.arrayBuffer()).byteLength }; }, url.href);
        assert.equal(got.status, 200, `${url.href} linked from ${address}`);
        assert.ok(got.size > 0);
      }
    }
  }
  return seen.size;
}

/** What axe has looked at: the digest of a page as it is rendered in a window of some width. */
const looked = new Set();

/** digest names what is on the page that is open, whoever opened it. */
async function digest(page, width) {
  const html = await page.evaluate(() => {
    const copy = document.documentElement.cloneNode(true);
    for (const holder of copy.querySelectorAll("[data-holder]")) holder.textContent = "Somebody";
    return copy.outerHTML;
  });
  return createHash("sha256").update(`${width} ${html}`).digest("hex");
}

/** look gives what axe finds on the page that is open, and keeps it for the statement; nothing, where it has looked at the same before. */
async function look(page, width) {
  const now = await digest(page, width);
  if (looked.has(now)) return [];
  looked.add(now);
  const found = await violations(page);
  statement.note(kindOf(await page.title()), found);
  return found.map((v) => `${v.rule}: ${v.what} at ${v.places.slice(0, 3).join(", ")}`);
}

/** A head, one of a trust's school, one of several schools and one who may see the audit; in the long matrix the first of every set of roles as well. */
function visitors() {
  const some = ["Morgan Ellery", "Jo Pendlebrook", "Hester Brambling", "Dominic Sorrelby"];
  const seen = new Set();
  return portal.accounts.filter((a) => {
    const first = !seen.has(a.roles.join());
    seen.add(a.roles.join());
    return some.includes(a.name) || (all && first);
  });
}

test("the sign-in page has no violations at either width", async () => {
  const browser = await startBrowser();
  try {
    const page = await browser.context.newPage();
    const cdp = await browser.context.newCDPSession(page);
    version = (await cdp.send("Browser.getVersion")).product.replace(/^.*\//, "");
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      await page.goto(portal.address);
      await started(page);
      assert.deepEqual(await look(page, width), []);
      assert.equal(await sideways(page), 0);
      await page.screenshot({ path: path.join(out, `sign-in-${width}.png`), fullPage: true });
    }
  } finally {
    await browser.stop();
  }
});

test("every page that a person may open", async (t) => {
  for (const account of visitors()) {
    await t.test(`${account.name} (${account.roles.join(", ")})`, async () => {
      const browser = await startBrowser();
      const wrong = [];
      try {
        const page = await browser.context.newPage();
        await signIn(page, portal.address, account);
        const count = await crawl(page, async (address) => {
          for (const width of widths) {
            await page.setViewportSize({ width, height: 900 });
            for (const violation of await look(page, width)) wrong.push(`${address} at ${width} px: ${violation}`);
            const wide = await sideways(page);
            if (wide > 0) wrong.push(`${address} at ${width} px: ${wide} px too wide`);
            if (width === 320) wrong.push(...(await scrollers(page)).map((s) => `${address}: ${s}`));
          }
        });
        t.diagnostic(`${account.name}: ${count} pages; ${looked.size} looks so far`);
        assert.ok(count > areas.length);
        assert.deepEqual(wrong, []);
        assert.deepEqual(browser.complaints, []);
      } finally {
        await browser.stop();
      }
    });
  }
});
