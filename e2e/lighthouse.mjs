// Runs Lighthouse over public pages and a lost address and, in a browser where
// somebody is signed in, over sealed pages and refusals. Fails where accessibility or best practices are under 100.
//   node e2e/lighthouse.mjs [folder of Lighthouse's package]
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { browserArgs, enter, opened, out, started, startPortal } from "./lib.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const folder = process.argv[2] ?? path.join(here, "../.tools/lighthouse/node_modules/lighthouse");
const { default: lighthouse } = await import(pathToFileURL(path.join(folder, "core/index.js")));
const categories = ["accessibility", "best-practices"];

const portal = await startPortal();
const profile = fs.mkdtempSync(path.join(os.tmpdir(), "despatch-lighthouse-"));
const port = 20_000 + (process.pid % 10_000);
const context = await chromium.launchPersistentContext(profile, { executablePath: "/usr/bin/chromium", headless: true, args: [...browserArgs, `--remote-debugging-port=${port}`] });
try {
  const keep = await context.newPage();
  const word = (w) => `/pub/${fs.readdirSync(path.join(portal.la, "public", "pub")).find((f) => f.includes(w))}`;
  await score("/", "Sign in");
  await score(word("term-dates"), "A public page");
  await score("/about/help.html", "Help");
  await score("/nothing-here.html", "Lost, signed out");
  await keep.goto(portal.address);
  await started(keep);
  await enter(keep, portal.account((a) => a.name === "Morgan Ellery"));
  await keep.goto(`${portal.address}/s/visits.html`);
  await opened(keep);
  const visit = new URL(await keep.getAttribute("a:has-text('Read and Respond')", "href"), keep.url()).pathname;
  for (const [at, name] of [["/s/home.html", "Home"], ["/s/visits.html", "All Records of Visits"], [visit, "A visit"], ["/s/sheets.html", "MI sheets"], ["/s/search.html", "Search"], ["/s/account.html", "Account"], ["/s/documents.html", "Documents"], ["/s/returns.html", "Data returns"], ["/s/nothing.html", "Not found"], ["/s/ffffffffffffffff/1111111111111111.html", "No permission"]]) await score(at, name);
} finally {
  await context.close();
  fs.rmSync(profile, { recursive: true, force: true });
  await portal.stop();
}

async function score(at, name) {
  const { lhr, artifacts } = await lighthouse(portal.address + at, { port, onlyCategories: categories, disableStorageReset: true, ignoreStatusCode: true, output: "json", logLevel: "silent" });
  const points = categories.map((c) => Math.round(lhr.categories[c].score * 100));
  console.log(`${name.padEnd(24)} ${categories.map((c, i) => `${c} ${points[i]}`).join(", ")}`);
  const menu = artifacts.MainDocumentContent.includes("data-area=\"account\"");
  if (at.startsWith("/s/") && !menu) throw new Error(`${name}: Lighthouse saw the sign-in page`);
  for (const category of categories) {
    for (const { id, weight } of lhr.categories[category].auditRefs) {
      const audit = lhr.audits[id];
      if (weight > 0 && audit.score !== null && audit.score < 1) console.log(`  ${id}: ${audit.title} ${JSON.stringify(audit.details?.items ?? []).slice(0, 300)}`);
    }
  }
  if (points.some((p) => p < 100)) process.exitCode = 1;
  fs.mkdirSync(out, { recursive: true });
  fs.writeFileSync(path.join(out, `lighthouse-${name.toLowerCase().replaceAll(/[^a-z]+/g, "-")}.json`), JSON.stringify(lhr));
}
