// A head teacher downloads everything that they may read: on a slow line, stopped
// and begun again, at 320 px; and somebody else checks the file with stock tools.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { axe, enter, look, opened, out, program, sideways, startBrowser, started, startPortal } from "./lib.mjs";
import { startHost } from "./host.mjs";

let portal, host, browser, page, head, zip, folder;

before(async () => {
  portal = await startPortal();
  host = await startHost(path.join(portal.la, "public"));
  browser = await startBrowser();
  page = await browser.context.newPage();
  head = portal.account((a) => a.name === "Morgan Ellery");
  fs.mkdirSync(out, { recursive: true });
  zip = path.join(path.dirname(portal.la), "own.zip");
});

after(async () => {
  await browser?.stop();
  await host?.stop().catch(() => undefined);
  await portal?.stop();
});

const said = () => page.locator("[data-place] [role=status]");

test("the account page leads to Download everything, which says what it is", async () => {
  await page.goto(host.address);
  await started(page);
  await enter(page, head);
  await page.goto(`${host.address}/s/account.html`);
  await opened(page);
  await page.getByRole("link", { name: "Download everything" }).click();
  await page.getByRole("button", { name: "Download everything" }).waitFor();
  assert.equal(await page.getByRole("heading", { level: 1 }).innerText(), "Download everything");
  await look(page, "download");
});

test("on a slow line it says how far it is, and Stop saves nothing", async () => {
  host.rate = 30_000;
  await page.getByRole("button", { name: "Download everything" }).click();
  await said().getByText(/^\d+ of \d+ files, /).waitFor();
  await page.screenshot({ path: path.join(out, "download-under-way-1280.png"), fullPage: true });
  await page.getByRole("button", { name: "Stop" }).click();
  await said().getByText("Stopped. Nothing was saved.").waitFor();
  host.rate = 0;
});

test("the file holds pages, PDFs and attachments, and the account signed it", async () => {
  const coming = page.waitForEvent("download", { timeout: 120_000 });
  await page.getByRole("button", { name: "Download everything" }).press("Enter");
  await (await coming).saveAs(zip);
  await said().getByText(/^Downloaded: despatch-own-archive-\d{4}-\d\d-\d\d\.zip, [\d.]+ MB/).waitFor();
  execFileSync("unzip", ["-tqq", zip]);
  const stick = path.join(path.dirname(zip), "stick");
  execFileSync("unzip", ["-q", zip, "-d", stick]);
  folder = path.join(stick, fs.readdirSync(stick)[0]);
  const files = fs.readdirSync(path.join(folder, "data"), { recursive: true });
  assert.ok(files.some((f) => /^s\/[0-9a-f]{16}\/[0-9a-f]{16}\.html$/.test(f)), "no page is there");
  assert.ok(files.some((f) => /^files\/\d{4}-\d\d-\d\d .*[Ee]arly reading.*\/.*\.pdf$/.test(f)), `no report has its name: ${files.filter((f) => f.endsWith(".pdf")).slice(0, 9).join("; ")}`);
  assert.ok(files.some((f) => f.endsWith(".docx")), "no attachment is there");
});

test("despatch and stock tools find it good by the authority's root, and name a changed byte", () => {
  const verify = (...args) => execFileSync(program, ["verify-archive", ...args, "--root", path.join(portal.la, "public-keys/root.pub")], { encoding: "utf8" });
  assert.match(verify(zip), /^the archive is good\n[\s\S]*\nby {7}the account [0-9a-f]{32}, of what it could read/);
  verify(folder);
  const sh = (line) => execFileSync("bash", ["-euo", "pipefail", "-c", line], { cwd: folder, encoding: "utf8", stdio: "pipe" });
  sh("sha256sum -c --quiet tagmanifest-sha256.txt && sha256sum -c --quiet manifest-sha256.txt");
  // The lines of README.txt, as they stand there.
  const lines = fs.readFileSync(path.join(folder, "README.txt"), "utf8").split("\n").map((l) => l.trim()).filter((l) => l.startsWith("ssh-keygen -Y verify"));
  assert.equal(lines.length, 2);
  for (const line of lines) assert.match(sh(line), /^Good "despatch-(keys|own-archive)" signature/);
  const bytes = fs.readFileSync(zip);
  const at = bytes.indexOf("phonics programme");
  assert.ok(at > 0);
  bytes[at] ^= 0x20;
  const bad = path.join(path.dirname(zip), "changed.zip");
  fs.writeFileSync(bad, bytes);
  assert.throws(() => verify(bad), (error) => /^changed data\/s\/\S+: /m.test(error.stdout));
});

test("its pages open from the folder with the network off, and axe finds nothing in them", async () => {
  const away = await startBrowser({ offline: true });
  try {
    const plain = await away.context.newPage();
    await plain.goto(pathToFileURL(path.join(folder, "data/index.html")).href);
    assert.deepEqual(await axe(plain), []);
    await plain.setViewportSize({ width: 320, height: 640 });
    assert.equal(await sideways(plain), 0);
    await plain.screenshot({ path: path.join(out, "download-index-320.png") });
    await plain.getByRole("link", { name: /early reading/i }).first().click();
    const report = await plain.getByRole("link", { name: /^(Download report|View Visit Report)/ }).first().evaluate((a) => a.href);
    assert.equal(fs.readFileSync(fileURLToPath(report)).subarray(0, 4).toString(), "%PDF");
    assert.match(await plain.getByRole("heading", { level: 1 }).innerText(), /early reading/i);
    assert.equal(await plain.evaluate(() => [...document.styleSheets].length > 0 && getComputedStyle(document.body).fontFamily.includes("Atkinson")), true, "its styles are not there");
  } finally {
    await away.stop();
  }
});

test("the check.html in it finds it good with the network off, and names a changed byte", async () => {
  const away = await startBrowser({ offline: true });
  try {
    const plain = await away.context.newPage();
    await plain.goto(pathToFileURL(path.join(folder, "check.html")).href);
    await plain.getByLabel("The archive, a file that ends in .zip").setInputFiles(zip);
    await plain.getByRole("heading", { name: "Every file is as it was signed" }).waitFor();
    await plain.getByText("A person made and signed it of what they could read, not the authority.").waitFor();
    await plain.getByLabel("The archive, a file that ends in .zip").setInputFiles(path.join(path.dirname(zip), "changed.zip"));
    await plain.getByRole("heading", { name: "This is not an archive as it was signed" }).waitFor();
    assert.match(await plain.getByRole("listitem").first().innerText(), /^data\/s\/\S+: it is not as it was archived/);
  } finally {
    await away.stop();
  }
});

test("no page complained in the browser's console", () => {
  assert.deepEqual(browser.complaints.filter((c) => !/net::ERR|AbortError/.test(c)), []);
});
