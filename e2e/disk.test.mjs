// What lies on a device while people write and send, and after they signed out:
// the whole profile folder of a real browser is searched, and a real drop-box takes
// what is sent.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fs from "node:fs";
import path from "node:path";
import { Boxed } from "./box.mjs";
import { found, keysOf, leftIn } from "./disk.mjs";
import { opened, signInAs, startBrowser } from "./lib.mjs";

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

const named = (name) => boxed.account((a) => a.name === name);
const [first, second] = ["Morgan Ellery", "Oliver Tanswick"];
/** Sealing in a browser takes its time where other programs run as well. */
const patient = { timeout: 150_000 };
const mib = 1 << 20;

/** What nobody but the two may read, with a word for each. */
const wanted = new Map([
  ["Pendlewick Ferrywright", "what was typed into an answer"], ["Ambrose", "a name in a return"], ["thistlewood", "an address in a return"],
  ["Hesper Lockridge", "the file's words"], ["lockridge-scan", "the file's name"], ["Corvane asked for it", "the message"],
]);

const keptNow = () => page.waitForFunction(() => document.querySelector("[data-kept]")?.textContent !== "");

/** Searches all that lies in the profile now. */
function searched(when) {
  assert.ok(wanted.size > 15);
  assert.deepEqual(leftIn(browser.profile, wanted), [], when);
}

async function signOut() {
  await page.click("[data-sign-out]");
  await page.waitForSelector("form[data-sign-in]:not([hidden])");
}

/** A file of so many bytes on the disk, full of the same words. */
function large(name, size) {
  const file = path.join(boxed.dir, name);
  const block = Buffer.alloc(mib);
  block.fill("Hesper Lockridge lies in the scan. ");
  fs.writeFileSync(file, Buffer.concat(Array.from({ length: size / mib }, () => block)));
  return file;
}

test("the draft of an answer lies on the device sealed, while it is written and after signing out", async () => {
  for (const name of [first, second]) {
    for (const [text, what] of await keysOf(boxed.address, named(name))) wanted.set(text, what);
    wanted.set(name, "a person's name");
  }
  await signInAs(page, boxed.address, named(first));
  await page.click('section[aria-labelledby=todo] tr:has-text("Read and Respond") a');
  await opened(page);
  await page.waitForSelector("[data-opened]");
  await page.click(".app-respond button:has-text('Inaccurate')");
  await page.waitForSelector("#comments");
  await page.fill("#comments", "Pendlewick Ferrywright is not our governor.");
  await keptNow();
  searched("while an answer is written");
  await signOut();
  searched("after signing out with a draft");
});

test("so do the draft of a return, and a large file while it is on its way, when the line broke, after a reload and once it was sent", async () => {
  await signInAs(page, boxed.address, named(second));
  await page.goto(`${boxed.address}/s/returns.html`);
  await opened(page);
  await page.click("tr[data-row] a:has-text('Additional user-account')");
  await opened(page);
  await page.click("[data-return] button");
  await opened(page);
  await page.fill("#forename", "Ambrose");
  await page.fill("#email", "ambrose.thistlewood@fernside.example");
  await keptNow();
  searched("while a return is filled in");

  await page.goto(`${boxed.address}/s/documents.html`);
  await opened(page);
  await page.click("main a:has-text('Send documents')");
  await opened(page);
  await page.check("input[type=radio] + label:has-text('Governor Services') >> xpath=../input");
  await page.setInputFiles("#files", [large("lockridge-scan.pdf", 20 * mib)]);
  await page.fill("#message", "Corvane asked for it.");
  let pieces = 0;
  boxed.wire.before = (request) => {
    if (request.method !== "PATCH" && request.headers["x-http-method-override"] !== "PATCH") return "pass";
    pieces++;
    return pieces > 1 ? "cut" : "pass";
  };
  await page.click("[data-send-now]");
  await page.waitForFunction(() => document.querySelector("[data-progress]")?.textContent?.startsWith("The line is broken"), undefined, patient);
  const sealed = found(browser.profile, "age-encryption.org/v1\n-> mlkem768x25519").filter((file) => fs.statSync(file).size > 8 * mib);
  assert.ok(sealed.length > 0, "the sealed file is among what is searched");
  searched("while a large file is on its way");
  await page.reload();
  await opened(page);
  await page.waitForSelector("button:has-text('Go on sending')");
  searched("after a reload");
  boxed.wire.before = undefined;
  await page.click("button:has-text('Go on sending')");
  await page.waitForSelector(".app-sent", patient);
  searched("once it was sent");
  await signOut();
  searched("after signing out");
});

test("nor is anything of it there when the browser was closed, and what is planted there is found", async () => {
  const places = ["the database", "a private file"];
  await page.evaluate(async ([indexed, file]) => {
    const database = await new Promise((resolve) => {
      const request = indexedDB.open("despatch");
      request.onsuccess = () => resolve(request.result);
    });
    await new Promise((resolve) => {
      const transaction = database.transaction("kept", "readwrite");
      transaction.objectStore("kept").put({ typed: indexed }, "answer:planted");
      transaction.oncomplete = resolve;
    });
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("despatch-uploads", { create: true });
    const writer = await (await folder.getFileHandle("planted", { create: true })).createWritable();
    await writer.write(file);
    await writer.close();
  }, places.map((place) => `Quillon Marchbanks left this in ${place}`));
  await browser.context.close();
  searched("after the browser was closed");
  for (const place of places) assert.ok(found(browser.profile, `Quillon Marchbanks left this in ${place}`).length > 0, `what lies in ${place} is found`);
  assert.deepEqual(browser.complaints.filter((text) => !text.includes("ERR_CONNECTION_RESET")), [], "but for the line that was cut");
});
