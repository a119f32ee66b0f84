// A school sends documents to a service: real browser, real drop-box, real office.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fs from "node:fs";
import path from "node:path";
import { Boxed } from "./box.mjs";
import { axe, enter, main, opened, sideways, started, startBrowser } from "./lib.mjs";

let boxed, browser, page;

before(async () => {
  boxed = await new Boxed().start();
  browser = await startBrowser();
  page = await browser.context.newPage();
});

after(async () => {
  await browser?.stop();
  await boxed?.stop();
});

const head = "Oliver Tanswick";
const pdf = (text) => ({ name: `${text}.pdf`, mimeType: "application/pdf", buffer: Buffer.from(`%PDF-1.7\n${text}\n`) });

/** Signs in and opens the page for sending. */
async function openSending(tab = page) {
  await tab.goto(boxed.address + "/");
  await started(tab);
  if ((await tab.$("form[data-sign-in]")) !== null) await enter(tab, boxed.account((a) => a.name === head));
  await tab.goto(boxed.address + "/s/documents.html");
  await opened(tab);
  await tab.click("main a:has-text('Send documents')");
  await opened(tab);
  await tab.waitForSelector("[data-send]:not([hidden]) *");
}

async function choose(service, files, message = "", tab = page) {
  await tab.check(`input[type=radio] + label:has-text(${JSON.stringify(service)}) >> xpath=../input`);
  await tab.setInputFiles("#files", files);
  if (message !== "") await tab.fill("#message", message);
}

const collect = () => boxed.officeOnline("collect", "--passphrase-file", path.join(boxed.la, "private", "demo-officer-passphrase"));

async function errors(tab = page) {
  await tab.waitForSelector("[data-error-summary]:not([hidden])");
  return tab.$$eval("[data-error-summary] li", (all) => all.map((li) => li.textContent));
}

/** The names of all files that the browser keeps for the site. */
const lying = (tab = page) => tab.evaluate(async () => {
  const names = [];
  const walk = async (folder) => {
    for await (const [name, handle] of folder.entries()) {
      if (handle.kind === "directory") await walk(handle);
      else names.push(name);
    }
  };
  await walk(await navigator.storage.getDirectory());
  return names;
});

test("a school sends files to a service, reads them back, and the office exports them and shows both sides what came (P09, P10)", async () => {
  await openSending();
  assert.match(await main(page), /Who receives what/);
  assert.deepEqual(await axe(page), []);
  await page.click("[data-send-now]");
  assert.deepEqual(await errors(), ["Choose the service that it is for", "Choose at least one file"]);
  await choose("Governor Services", [pdf("minutes"), { name: "run.exe", mimeType: "application/octet-stream", buffer: Buffer.from("MZ") }, { name: "empty.pdf", mimeType: "application/pdf", buffer: Buffer.alloc(0) }, pdf("not this one")]);
  await page.click("[data-send-now]");
  const said = await errors();
  assert.match(said.join("\n"), /run\.exe: this service takes files ending in pdf, docx or odt\. Remove it/);
  assert.match(said.join("\n"), /empty\.pdf: there is nothing in it/);
  for (const name of ["run.exe", "empty.pdf", "not this one.pdf"]) await page.click(`.app-file:has-text(${JSON.stringify(name)}) button`);
  await page.setInputFiles("#files", [pdf("minutes"), pdf("changes")]);
  assert.deepEqual(await page.$$eval(".app-file > span", (all) => all.map((s) => s.textContent)), ["minutes.pdf (PDF, 17 bytes)", "minutes (2).pdf (PDF, 17 bytes)", "changes.pdf (PDF, 17 bytes)"]);
  await page.fill("#message", "From our last meeting.\n\nThe clerk has changed.");
  assert.deepEqual(await axe(page), []);
  await page.click("[data-send-now]");
  await page.waitForSelector(".app-sent", patient);
  assert.deepEqual(await axe(page), []);
  assert.deepEqual(await lying(), [], "the sealed deposit stayed on the device after its receipt");

  await page.click("button:has-text('Send another file with this')");
  await choose("Governor Services", [pdf("appendix")]);
  await page.click("[data-send-now]");
  await page.waitForSelector(".app-sent", patient);
  assert.match(await main(page), /Adds to/);

  await page.goto(boxed.address + "/s/sent.html");
  await opened(page);
  await page.waitForSelector("tr[data-row]");
  assert.equal(await page.locator("tr[data-row]").count(), 2);
  await page.click("tr[data-row]:last-child a:has-text('Receipt')");
  await page.click("a:has-text('Read what you sent')");
  await page.waitForSelector("button:has-text('Save changes.pdf')");
  assert.match(await main(page), /The clerk has changed\./);
  const [saved] = await Promise.all([page.waitForEvent("download"), page.click("button:has-text('Save changes.pdf')")]);
  assert.equal(fs.readFileSync(await saved.path(), "utf8"), "%PDF-1.7\nchanges\n");

  await collect();
  assert.match(boxed.office("list", "documents"), /Governor Services/);
  const out = path.join(boxed.dir, "out");
  assert.match(boxed.office("export", "documents", out), /^2 sendings, 4 files$/m);
  const files = fs.readdirSync(out, { recursive: true, withFileTypes: true }).filter((f) => f.isFile()).map((f) => f.name).sort();
  assert.deepEqual(files, ["01-appendix.pdf", "01-minutes.pdf", "02-minutes (2).pdf", "03-changes.pdf", "documents.csv", "message.txt"]);
  boxed.office("build");
  await page.click("[data-sign-out]");
  await page.waitForSelector("form[data-sign-in]");
  await openSending();
  assert.match(await main(page), /Documents for Governor Services/);
  assert.match(await main(page), /minutes\.pdf, minutes \(2\)\.pdf, changes\.pdf/);
  await page.setViewportSize({ width: 320, height: 800 });
  assert.equal(await sideways(page), 0);
  await page.setViewportSize({ width: 1280, height: 800 });
});

/** A file of so many bytes that no two tests share, on the disk: what is too large for a page's memory is chosen from there. */
function large(name, size) {
  const file = path.join(boxed.dir, name);
  const out = fs.openSync(file, "w");
  const block = Buffer.alloc(1 << 20);
  for (let left = size; left > 0; left -= block.length) {
    block.fill(`${name} ${left} `);
    if (left === size) block.write("%PDF-1.7\n");
    fs.writeSync(out, block, 0, Math.min(left, block.length));
  }
  fs.closeSync(out);
  return file;
}

const mib = 1 << 20;
/** Sealing in a browser takes its time where other programs run as well. */
const patient = { timeout: 150_000 };
const broken = (tab = page) => tab.waitForFunction(() => document.querySelector("[data-progress]")?.textContent?.startsWith("The line is broken"), undefined, patient);

test("an upload is cut, the page reloaded and the drop-box ended, and goes on where it was, and then nothing of it lies on the device", async () => {
  await openSending();
  const file = large("scan.pdf", 28 * mib);
  await choose("Governor Services", [file]);
  let sent = 0;
  let ends = 1; // after so many pieces the line is cut
  boxed.wire.before = (request) => {
    // Cut alike, whether it says that it is a PATCH or is one.
    if (request.method !== "PATCH" && request.headers["x-http-method-override"] !== "PATCH") return "pass";
    sent++;
    return sent > ends ? "cut" : "pass";
  };
  await page.click("[data-send-now]");
  await broken();
  assert.equal((await lying()).length, 2, "what is on its way should lie here, sealed");
  await page.reload();
  await opened(page);
  await page.waitForSelector("button:has-text('Go on sending')");
  assert.match(await main(page), /For Governor Services: scan\.pdf \(29\.4 MB\)/);
  assert.deepEqual(await axe(page), []);
  await boxed.endBox();
  await page.click("button:has-text('Go on sending')");
  await boxed.serveBox(); // another process on the same store, as another replica is
  ends = 1;
  sent = 0;
  await broken();
  boxed.wire.before = undefined;
  await page.waitForSelector(".app-sent", patient);
  assert.deepEqual(await lying(), []);
  await collect();
  const out = path.join(boxed.dir, "out-large");
  boxed.office("export", "documents", out, "--service", "governor-services");
  const [copy] = fs.readdirSync(out, { recursive: true }).filter((f) => f.endsWith("01-scan.pdf"));
  assert.ok(fs.readFileSync(path.join(out, copy)).equals(fs.readFileSync(file)));
});

test("a filter that takes no PATCH is got past, and a cancelled upload leaves nothing, here or in the drop-box", async () => {
  await openSending();
  let posts = 0;
  boxed.wire.before = (request) => {
    if (request.method === "PATCH" || request.method === "DELETE") return "refuse";
    if (request.headers["x-http-method-override"] === "PATCH") posts++;
    return "pass";
  };
  await choose("Governor Services", [pdf("filtered")]);
  await page.click("[data-send-now]");
  await page.waitForSelector(".app-sent", patient);
  assert.ok(posts > 0, "nothing went by POST");
  await page.click("button:has-text('Send something else')");
  await choose("Governor Services", [large("cancelled.pdf", 20 * mib)]);
  boxed.wire.before = (request) => (request.headers["x-http-method-override"] === "PATCH" && ++posts > 3 ? "cut" : request.method === "PATCH" || request.method === "DELETE" ? "refuse" : "pass");
  await page.click("[data-send-now]");
  await broken();
  await page.click("button:has-text('Cancel')");
  await page.waitForSelector("text=Nothing of it is kept");
  assert.deepEqual(await lying(), []);
  boxed.wire.before = undefined;
  const pieces = path.join(boxed.box, "store", "piece");
  const left = fs.readdirSync(pieces, { recursive: true, withFileTypes: true }).filter((f) => f.isFile() && fs.statSync(path.join(f.parentPath, f.name)).size > mib);
  assert.ok(left.length <= 8, `${left.length} pieces of what was cancelled are in the store`);
});

test("where the browser has no private files, small files are sent from memory and large ones are refused in one sentence", async () => {
  const tab = await browser.context.newPage();
  await tab.addInitScript(() => { delete FileSystemFileHandle.prototype.createWritable; });
  await openSending(tab);
  await choose("Governor Services", [large("too-large.pdf", 40 * mib)], "", tab);
  await tab.click("[data-send-now]");
  assert.deepEqual(await errors(tab), ["This browser cannot keep large files while they are sent: choose at most 32 MB together, or use another browser, and no private window"]);
  await tab.click(".app-file button");
  await tab.setInputFiles("#files", [pdf("small")]);
  await tab.click("[data-send-now]");
  await tab.waitForSelector(".app-sent", patient);
  await tab.close();
});
