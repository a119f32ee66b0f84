// An archive opens from a folder with the network off: every page, without a
// script, within the rules of accessibility, wide and narrow; and the checker in
// it names what was changed.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { axe, demoAuthority, despatch, out, sideways, startBrowser } from "./lib.mjs";
import { textSpacing, tree } from "./checks.mjs";

let dir, zip, folder, browser, asked;

before(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "despatch-archive-"));
  const la = path.join(dir, "la");
  demoAuthority(la);
  despatch("-C", la, "build");
  zip = path.join(dir, "fernside.zip");
  despatch("-C", la, "archive", "--school", "900001", "-o", zip);
  execFileSync("unzip", ["-q", zip, "-d", path.join(dir, "stick")]);
  folder = path.join(dir, "stick", fs.readdirSync(path.join(dir, "stick"))[0]);
  browser = await startBrowser();
  await browser.context.setOffline(true);
  asked = [];
  browser.context.on("request", (r) => asked.push(r.url()));
});

after(async () => {
  await browser?.stop();
  fs.rmSync(dir, { recursive: true, force: true });
});

const open = async (name) => {
  const page = await browser.context.newPage();
  await page.goto(pathToFileURL(path.join(folder, name)).href);
  return page;
};

/** One page of each kind, and all lists. */
const pages = () => {
  const all = fs.readdirSync(path.join(folder, "data/pages")).sort();
  const first = (kind) => all.filter((f) => f.startsWith(kind)).slice(-1);
  const kinds = ["visit-", "sheet-", "return-", "document-", "news-", "result-"].flatMap(first);
  const lists = all.filter((f) => !/^(visit|sheet|return|document|news|result)-/.test(f));
  assert.ok(kinds.length === 6 && lists.length >= 7, `${kinds} ${lists}`);
  return ["index.html", ...lists.map((f) => `pages/${f}`), ...kinds.map((f) => `pages/${f}`)];
};

test("every page of an archive opens from a folder with the network off, wide and narrow, and axe finds nothing", async () => {
  fs.mkdirSync(path.join(out, "archive"), { recursive: true });
  for (const width of [1280, 320]) {
    for (const name of pages()) {
      const page = await open(`data/${name}`);
      await page.setViewportSize({ width, height: 900 });
      assert.deepEqual(await axe(page), [], `${name} at ${width}`);
      assert.equal(await sideways(page), 0, `${name} at ${width} scrolls sideways`);
      assert.deepEqual(await tree(page), [], `${name} at ${width}`);
      assert.deepEqual(await textSpacing(page), [], `${name} at ${width}`);
      assert.equal(await page.evaluate(() => document.fonts.ready.then((f) => [...f].some((face) => face.status === "loaded"))), true, `${name}: its font is not there`);
      await page.screenshot({ path: path.join(out, "archive", `${name.replaceAll("/", "-").replace(".html", "")}-${width}.png`), fullPage: true });
      await page.close();
    }
  }
  assert.deepEqual(asked.filter((url) => !url.startsWith("file:")), [], "something but files was asked for");
  // axe fetches style sheets for itself, which the policy forbids.
  assert.deepEqual(browser.complaints.splice(0).filter((c) => !/Connecting to 'file:[^']*\.css' violates/.test(c)), []);
});

test("without a script one goes from the first page to a report, its attachment and back", async () => {
  const plain = await startBrowser({ javaScriptEnabled: false, offline: true });
  try {
    const page = await plain.context.newPage();
    await page.goto(pathToFileURL(path.join(folder, "data/index.html")).href);
    await page.getByRole("main").getByRole("link", { name: "All Records of Visits" }).click();
    assert.equal(await page.getByText("Read and Respond").count(), 0);
    await page.locator('a[href*="early-reading"][href^="visit-"]').click();
    assert.match(await page.title(), /^Focus visit, .* – Fernside Primary School, archive$/);
    assert.equal(await page.getByRole("button").count(), 0);
    for (const name of ["Action plan for early reading", /^Download report/]) {
      const file = await page.getByRole("link", { name }).evaluate((a) => a.href);
      assert.equal(fs.readFileSync(fileURLToPath(file)).subarray(0, 4).toString(), "%PDF");
    }
    await page.getByRole("link", { name: "Back to All Records of Visits" }).click();
    await page.getByRole("navigation", { name: "In this archive" }).getByRole("link", { name: "Timeline" }).click();
    assert.match(await page.getByRole("heading", { level: 1 }).innerText(), /Timeline$/);
  } finally {
    await plain.stop();
  }
});

test("the checker says of an archive that it is as it was signed, by its fingerprint, and names what was changed", async () => {
  const page = await open("check.html");
  const said = page.getByRole("status");
  await page.getByLabel("The archive, a file that ends in .zip").setInputFiles(zip);
  await said.getByRole("heading", { name: "Every file is as it was signed" }).waitFor();
  const readme = fs.readFileSync(path.join(folder, "README.txt"), "utf8");
  const [fingerprint] = readme.match(/SHA256:[A-Za-z0-9+/]{43}/);
  assert.match(await said.innerText(), new RegExp(fingerprint.replaceAll("+", "\\+")));
  assert.deepEqual(await axe(page), []);
  await page.setViewportSize({ width: 320, height: 640 });
  assert.equal(await sideways(page), 0);
  await page.screenshot({ path: path.join(out, "archive", "check-320.png"), fullPage: true });

  await page.getByLabel(/^Fingerprint/).fill(fingerprint);
  await page.getByLabel(/^Fingerprint/).press("Enter");
  await said.getByText("The root is the one whose fingerprint you typed.").waitFor();
  await page.getByLabel(/^Fingerprint/).fill(fingerprint.replace(/.$/, "!"));
  await page.getByLabel(/^Fingerprint/).press("Enter");
  await said.getByText("another one than the fingerprint that you typed").waitFor();
  await page.getByLabel(/^Fingerprint/).fill("");

  const bytes = fs.readFileSync(zip);
  const at = bytes.indexOf("phonics programme");
  assert.ok(at > 0);
  bytes[at] ^= 0x20;
  const bad = path.join(dir, "changed.zip");
  fs.writeFileSync(bad, bytes);
  await page.getByLabel("The archive, a file that ends in .zip").setInputFiles(bad);
  await said.getByRole("heading", { name: "This is not an archive as it was signed" }).waitFor();
  assert.match(await said.innerText(), /data\/.*: it is not as it was archived/);
  assert.deepEqual(await axe(page), []);

  fs.writeFileSync(bad, bytes.subarray(0, bytes.length - 100));
  await page.getByLabel("The archive, a file that ends in .zip").setInputFiles([]);
  await page.getByLabel("The archive, a file that ends in .zip").setInputFiles(bad);
  await said.getByText(/^This is (no|not all of a) zip/).waitFor();
  assert.deepEqual(browser.complaints, []);
});

test("the checker tells of receipts, a statement and a time stamp, and names every file in which a byte was changed", async () => {
  const good = fs.readFileSync(new URL("../office/archive/testdata/format-2-stamped.zip", import.meta.url));
  const page = await open("check.html");
  const said = page.getByRole("status");
  const give = async (bytes) => {
    const file = path.join(dir, "given.zip");
    fs.writeFileSync(file, bytes);
    await page.getByLabel("The archive, a file that ends in .zip").setInputFiles([]);
    await page.getByLabel("The archive, a file that ends in .zip").setInputFiles(file);
  };
  await give(good);
  await said.getByRole("heading", { name: "Every file is as it was signed" }).waitFor();
  assert.match(await said.innerText(), /3 receipts, envelopes and statements hold[\s\S]*Stamped on [-0-9]+ at [0-9:]+ UTC by Test time/);
  assert.deepEqual(await axe(page), []);
  await page.screenshot({ path: path.join(out, "archive", "check-evidence-320.png"), fullPage: true });
  const names = execFileSync("unzip", ["-Z1", path.join(dir, "given.zip")], { encoding: "utf8" }).trim().split("\n");
  assert.ok(names.length > 20 && names.some((n) => n.endsWith(".receipt")) && names.some((n) => n.endsWith(".tsr")));
  for (const name of names) {
    const bad = Buffer.from(good);
    // A stored file's bytes follow its name; of a time stamp only what is signed counts, as its end.
    const at = bad.indexOf(name) + name.length;
    const size = bad.readUInt32LE(at - name.length - 8);
    bad[at + (name.endsWith(".tsr") ? size - 20 : size >> 1)] ^= 1;
    await give(bad);
    await said.getByRole("heading", { name: "This is not an archive as it was signed" }).waitFor();
    const told = await said.getByRole("listitem").locator("strong").allInnerTexts();
    // What is wrong with the list itself is told of the signature over it.
    const file = name.slice(name.indexOf("/") + 1).replace(/^tagmanifest-sha256\.txt$/, "tagmanifest-sha256.txt.sig");
    assert.ok(told.includes(file), `${name}: ${told.join(", ")}`);
  }
  assert.deepEqual(browser.complaints, []);
});
