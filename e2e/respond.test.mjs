// A school answers a visit: real browser, real drop-box, and the stock tools that
// open and check what was sent.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { after, before, test } from "node:test";
import fs from "node:fs";
import path from "node:path";
import { Decrypter } from "age-encryption";
import { Boxed } from "./box.mjs";
import { axe, enter, main, opened, program, sideways, signIn, signInAs, started, startBrowser } from "./lib.mjs";

const roll = "The number on roll is 212, not 221.";
const other = "Page two names another school, Pendlewick.";

let boxed, browser, page, tmp;

before(async () => {
  boxed = await new Boxed().start();
  browser = await startBrowser();
  page = await browser.context.newPage();
  tmp = boxed.dir;
});

after(async () => {
  await browser?.stop();
  await boxed?.stop();
});

const named = (name) => boxed.account((a) => a.name === name);

const as = (name) => signInAs(page, boxed.address, named(name));

/** What the authority was told of openings: deposits that are no answers. */
const openings = new Set();
const answers = () => boxed.deposits().filter((d) => !openings.has(d));

/** Opens the one visit that awaits a response, from home. */
async function openVisit(tab = page) {
  const before = new Set(boxed.deposits());
  await tab.goto(boxed.address + "/s/home.html");
  await opened(tab);
  await tab.click('section[aria-labelledby=todo] tr:has-text("Read and Respond") a');
  await opened(tab);
  await tab.waitForSelector("[data-opened]");
  for (const deposit of boxed.deposits()) if (!before.has(deposit)) openings.add(deposit);
}

/** On to the page with a heading. */
async function heading(text, tab = page) {
  await tab.waitForFunction((t) => document.querySelector("main h1")?.textContent?.endsWith(t), text);
}

async function comments(text, tab = page) {
  await tab.click(".app-respond button:has-text('Inaccurate')");
  await heading("Say what is inaccurate", tab);
  await tab.fill("#comments", text);
  await keptNow(tab);
}

async function keptNow(tab = page) {
  await tab.waitForFunction(() => document.querySelector("[data-kept]")?.textContent !== "");
}

async function toCheck(tab = page) {
  await tab.click("button:has-text('Continue')");
  await heading("Check your answer", tab);
}

/** Presses Finish and Submit and gives what the page then says. */
async function submit(tab = page) {
  await tab.click("[data-send]");
  await tab.waitForFunction(() => document.querySelector(".app-sent, [data-error-summary]:not([hidden]), .govuk-warning-text") !== null);
  return main(tab);
}

/** The page as it is: nothing wrong for axe, nothing wider than 320 pixels. */
async function wellMade() {
  assert.deepEqual(await axe(page), [], page.url());
  await page.setViewportSize({ width: 320, height: 640 });
  assert.equal(await sideways(page), 0, `wider than 320 pixels: ${page.url()}`);
  assert.deepEqual(await axe(page), [], `320 pixels: ${page.url()}`);
  await page.emulateMedia({ forcedColors: "active" });
  assert.deepEqual(await axe(page), [], `forced colours: ${page.url()}`);
  await page.emulateMedia({ forcedColors: "none" });
  await page.setViewportSize({ width: 1280, height: 900 });
}

/** The text of the receipt that the page shows. */
const receiptText = () => page.$eval(".app-receipt", (e) => e.textContent);

test("without comments Inaccurate cannot be sent, and what is typed outlives a reload, the Back button and signing out", async () => {
  await as("Morgan Ellery");
  await openVisit();
  assert.match(await page.innerText(".app-respond"), /Accurate\s+Inaccurate/);
  await wellMade();
  await page.click(".app-respond button:has-text('Inaccurate')");
  await heading("Say what is inaccurate");
  for (const nothing of ["", "  \n\t "]) {
    await page.fill("#comments", nothing);
    await page.click("button:has-text('Continue')");
    await page.waitForSelector("#comments-error");
    assert.match(await page.innerText("[data-error-summary]"), /Enter what is inaccurate, and why/);
  }
  await wellMade();
  await page.fill("#comments", "x".repeat(20_001));
  assert.match(await page.innerText("#comments-count"), /1 character too many/);
  await page.click("button:has-text('Continue')");
  await page.waitForFunction(() => document.querySelector("[data-error-summary]")?.textContent?.includes("20,000"));
  await page.fill("#comments", roll);
  assert.match(await page.innerText("#comments-count"), /19,965 characters remaining/);
  await keptNow();
  await page.reload();
  await opened(page);
  await page.waitForSelector("#comments");
  assert.equal(await page.inputValue("#comments"), roll);
  await toCheck();
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H1", "the focus is where the new step begins");
  await wellMade();
  await page.goBack();
  await heading("Say what is inaccurate");
  assert.equal(await page.inputValue("#comments"), roll);
  await page.fill("#comments", `${roll}\n\n${other}`);
  await keptNow();
  const address = page.url();
  assert.doesNotMatch(address + (await page.title()), /roll|Pendlewick|naccurate/, "what is typed or judged is in no address and no title");
  await page.click("[data-sign-out]");
  await page.waitForSelector("form[data-sign-in]");
  assert.deepEqual(onDisk(["Pendlewick", "number on roll"]), [], "what was typed lies on the disk");
  await page.goto(address);
  await started(page);
  await enter(page, named("Morgan Ellery"));
  await page.waitForSelector("#comments");
  assert.equal(await page.inputValue("#comments"), `${roll}\n\n${other}`);
});

/** Which of some words lie anywhere in the browser's profile. */
function onDisk(words) {
  const found = spawnSync("grep", ["-rlaF", ...words.flatMap((w) => ["-e", w]), browser.profile], { encoding: "utf8" });
  return found.stdout.split("\n").filter((f) => f !== "");
}

test("two tabs that write one answer are told of each other, and nothing is lost", async () => {
  const second = await browser.context.newPage();
  await second.goto(page.url());
  await opened(second);
  await second.waitForSelector("#comments");
  await second.fill("#comments", "Written in the second tab.");
  await keptNow(second);
  // Nobody is typing in the first tab: it follows.
  await page.waitForFunction(() => document.querySelector("#comments")?.value === "Written in the second tab.");
  await page.fill("#comments", roll);
  await keptNow();
  // Somebody is typing in the second: they say which counts.
  await second.waitForSelector("[data-other]");
  assert.match(await second.innerText("[data-other]"), /another tab[^]*number on roll/);
  await second.click("button:has-text('Use the other one')");
  await second.waitForFunction((t) => document.querySelector("#comments")?.value === t, roll);
  await second.close();
  await page.fill("#comments", `${roll}\n\n${other}`);
  await toCheck();
  await page.goBack();
  await heading("Say what is inaccurate");
});

/** Saves for other devices. */
async function save(tab = page) {
  await tab.click("button:has-text('Save and exit')");
  await heading("Your answer is saved", tab);
}

/** The sealed drafts in the box's store. */
const drafts = () => fs.readdirSync(path.join(boxed.box, "store"), { recursive: true, withFileTypes: true })
  .filter((f) => f.isFile() && /\/draft\//.test(`${f.parentPath}/`)).map((f) => path.join(f.parentPath, f.name));

test("Save and exit lets another device of the account go on with an answer, and both are told where they differ", async () => {
  await save();
  await wellMade();
  const sealed = drafts();
  assert.ok(sealed.length > 0 && sealed.every((f) => !fs.readFileSync(f).includes("Pendlewick")), "the draft lies in the drop-box, and not in the open");
  assert.deepEqual(answers(), [], "nothing was sent");
  const elsewhere = await startBrowser();
  try {
    const there = await elsewhere.context.newPage();
    await signIn(there, boxed.address, named("Morgan Ellery"));
    await openVisit(there);
    await there.click("a:has-text('Go on with the answer that you began')");
    await there.waitForSelector("#comments");
    assert.equal(await there.inputValue("#comments"), `${roll}\n\n${other}`, "another device goes on");
    await there.fill("#comments", "From the other device.");
    await keptNow(there);
    await save(there);
    await page.reload();
    await opened(page);
    await page.waitForSelector("#comments");
    assert.equal(await page.inputValue("#comments"), "From the other device.", "and this one takes up what was saved there");
    await there.click("button:has-text('Go on with this answer')");
    await there.fill("#comments", "Once more from there.");
    await keptNow(there);
    await save(there);
    await page.fill("#comments", `${roll}\n\n${other}`);
    await page.click("button:has-text('Save and exit')");
    await page.waitForSelector("[data-other]");
    assert.match(await page.innerText("[data-other]"), /on another device as well[^]*Once more from there/);
    await wellMade();
    await page.click("button:has-text('Use what is here')");
    await page.waitForFunction(() => document.querySelector("[data-other]") === null);
    await save();
    await page.click("button:has-text('Go on with this answer')");
    assert.equal(await page.inputValue("#comments"), `${roll}\n\n${other}`);
    boxed.wire.cut();
    await page.fill("#comments", roll);
    await keptNow();
    await page.click("button:has-text('Save and exit')");
    await heading("Your answer is kept on this device");
    assert.match(await main(page), /The drop-box cannot be reached.*when you have a connection/);
    boxed.wire.mend();
    await page.click("button:has-text('Go on with this answer')");
    await page.fill("#comments", `${roll}\n\n${other}`);
    await keptNow();
    assert.deepEqual(elsewhere.complaints, []);
  } finally {
    await elsewhere.stop();
  }
});

test("a line that breaks before or after the answer went: told plainly, kept, and sent again it is one answer with one receipt", async () => {
  await toCheck();
  boxed.wire.cut();
  assert.match(await submit(), /Nothing was sent.*kept on this device/);
  await wellMade();
  boxed.wire.mend();
  boxed.wire.lose(/^\/box\/deposits\//);
  assert.match(await submit(), /There is no receipt yet.*does not count as sent/);
  const [first, ...more] = answers();
  assert.ok(first !== undefined && more.length === 0, "the answer arrived");
  boxed.wire.mend();
  // The session at the box ends in between: whoever sends is signed in again.
  fs.rmSync(path.join(boxed.box, "store", "session"), { recursive: true, force: true });
  const said = await submit();
  assert.match(said, /Your answer was sent.*Taken on \d+ \w+ \d{4} at \d\d:\d\d.*Inaccurate.*212, not 221/);
  assert.deepEqual(answers(), [first], "the answer was sent twice");
  assert.deepEqual(drafts(), [], "what was saved on the way is gone once it was sent");
  assert.match(said, new RegExp(first.slice(0, 16)));
  await wellMade();
});

test("the receipt is checked by despatch and by ssh-keygen, and one changed byte is refused", async () => {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("button:has-text('Download the receipt')")]);
  const file = path.join(tmp, "receipt.txt");
  await download.saveAs(file);
  const text = fs.readFileSync(file, "utf8");
  assert.equal(text, await receiptText());
  boxed.office("verify-receipt", file);
  const [deposit] = answers();
  const sealed = path.join(boxed.box, "store", "deposit", deposit.slice(0, 2), deposit);
  boxed.office("verify-receipt", file, "--deposit", sealed);
  fs.writeFileSync(path.join(tmp, "changed.txt"), text.replace("record 2", "record 3"));
  assert.throws(() => boxed.office("verify-receipt", path.join(tmp, "changed.txt")));
  const at = text.indexOf("-----BEGIN SSH SIGNATURE-----");
  fs.writeFileSync(path.join(tmp, "receipt.sig"), text.slice(at));
  const keys = fs.readFileSync(path.join(boxed.la, "public-keys", "keys"), "utf8");
  fs.writeFileSync(path.join(tmp, "allowed"), keys.split("\n").filter((l) => l.startsWith("receipt ")).map((l) => l.replace("receipt", "box") + "\n").join(""));
  const verify = (message) => execFileSync("ssh-keygen", ["-Y", "verify", "-f", path.join(tmp, "allowed"), "-I", "box", "-n", "despatch-receipt", "-s", path.join(tmp, "receipt.sig")], { input: message, stdio: ["pipe", "pipe", "pipe"] });
  verify(text.slice(0, at));
  assert.throws(() => verify(text.slice(0, at).replace("record 2", "record 3")));
});

test("stock age opens what the drop-box holds with the inbox's key, and in it is the signed answer, and no other key opens it", async () => {
  const pass = fs.readFileSync(path.join(boxed.la, "private", "demo-officer-passphrase"), "utf8").trim();
  const [officer] = fs.readdirSync(path.join(boxed.la, "private", "officers"));
  const decrypter = new Decrypter();
  decrypter.addPassphrase(pass);
  const identity = path.join(tmp, "officer.txt");
  fs.writeFileSync(identity, await decrypter.decrypt(fs.readFileSync(path.join(boxed.la, "private", "officers", officer)), "text"));
  const stock = (key, file) => execFileSync("age", ["-d", "-i", key, file], { stdio: ["ignore", "pipe", "pipe"] });
  const [bundle] = fs.readdirSync(path.join(boxed.la, "private", "compartments")).filter((f) => f.startsWith("inboxes"));
  const inbox = path.join(tmp, "inbox.txt");
  fs.writeFileSync(inbox, stock(identity, path.join(boxed.la, "private", "compartments", bundle)));
  const [deposit] = answers();
  const sealed = path.join(boxed.box, "store", "deposit", deposit.slice(0, 2), deposit);
  const plain = stock(inbox, sealed);
  assert.equal(plain.length, 65536, "the length tells nothing");
  assert.match(plain.toString(), /^despatch-envelope 1\nid [0-9a-f]{32}\nkind response\n[^]*despatch-response 1\nanswer inaccurate\n\nThe number on roll is 212/);
  assert.throws(() => stock(identity, sealed));
});

test("the visit, home and What you sent say that the answer waits for the authority, on another device too", async () => {
  await page.goto(boxed.address + "/s/home.html");
  await opened(page);
  assert.doesNotMatch(await page.innerText("section[aria-labelledby=todo]"), /Early reading/);
  assert.match(await page.innerText("section[aria-labelledby=done]"), /Early reading[^]*Answered[^]*Waiting for the authority/);
  await page.goto(boxed.address + "/s/visits.html");
  await opened(page);
  assert.match(await page.innerText("tr:has-text('Waiting for the authority')"), /Answered/);
  await page.click("tr:has-text('Waiting for the authority') a:has-text('Open')");
  await opened(page);
  assert.match(await page.innerText(".app-respond"), /You answered on .*: Inaccurate/);
  await wellMade();
  const elsewhere = await startBrowser();
  try {
    const tab = await elsewhere.context.newPage();
    await signIn(tab, boxed.address, named("Morgan Ellery"));
    await tab.goto(boxed.address + "/s/sent.html");
    await opened(tab);
    assert.match(await main(tab), /What you sent.*Early reading.*Inaccurate/);
    await tab.click("td a:has-text('Receipt')");
    await heading("Receipt", tab);
    assert.match(await main(tab), /212, not 221/, "one's own answer can be read back");
    assert.equal(await tab.$eval(".app-receipt", (e) => e.textContent), fs.readFileSync(path.join(tmp, "receipt.txt"), "utf8"));
    assert.deepEqual(elsewhere.complaints, []);
  } finally {
    await elsewhere.stop();
  }
});

test("who answers second is told when the first answer came and whose it is, and keeps what they wrote", async () => {
  const colleague = await startBrowser();
  try {
    await as("Alasdair Rookhope");
    await openVisit();
    await comments("A head's own words.");
    const tab = await colleague.context.newPage();
    await signIn(tab, boxed.address, named("Tess Holroydd"));
    await openVisit(tab);
    await tab.click(".app-respond button:has-text('Accurate')");
    await heading("Check your answer", tab);
    assert.match(await submit(tab), /Your answer was sent.*Accurate/);
    await toCheck();
    assert.match(await submit(), /Somebody answered first.*Tess Holroydd answered this record on \d+ \w+ \d{4} at \d\d:\d\d.*A head's own words/);
    await wellMade();
    await page.reload();
    await opened(page);
    assert.match(await main(page), /A head's own words/, "what was written is gone");
  } finally {
    await colleague.stop();
  }
});

test("an answer is taken back by who sent it, and then a colleague's counts", async () => {
  const tess = await startBrowser();
  try {
    const tab = await tess.context.newPage();
    await signIn(tab, boxed.address, named("Tess Holroydd"));
    await tab.goto(boxed.address + "/s/sent.html");
    await opened(tab);
    await tab.click("td a:has-text('Receipt')");
    await heading("Receipt", tab);
    await tab.click("button:has-text('Take this back')");
    await tab.waitForSelector("button:has-text('Yes, take it back')");
    await tab.click("button:has-text('No, leave it as it is')");
    assert.equal(await tab.evaluate(() => document.activeElement?.textContent), "Take this back");
    await tab.click("button:has-text('Take this back')");
    boxed.wire.cut();
    await tab.click("button:has-text('Yes, take it back')");
    await tab.waitForSelector("[data-error-summary]:not([hidden])");
    assert.match(await main(tab), /It was not taken back.*What you sent stands/);
    boxed.wire.mend();
    boxed.wire.lose(/^\/box\/deposits\//);
    await tab.click("button:has-text('Yes, take it back')");
    await tab.waitForFunction(() => document.activeElement?.closest("[data-error-summary]") !== null);
    boxed.wire.mend();
    const before = answers().length;
    await tab.click("button:has-text('Yes, take it back')");
    await tab.waitForSelector("[role=status]:has-text('You took this back on')");
    assert.equal(answers().length, before, "it was taken back before, and once is enough");
    assert.equal(await tab.$("button:has-text('Take this back')"), null);
    assert.deepEqual(await axe(tab), []);
    assert.equal(await sideways(tab), 0);
    await tab.goto(boxed.address + "/s/sent.html");
    await opened(tab);
    assert.match(await main(tab), /Accurate, taken back/);
    await tab.goto(boxed.address + "/s/home.html");
    await opened(tab);
    assert.match(await tab.innerText("section[aria-labelledby=todo]"), /Read and Respond/, "it is to do again");
    assert.deepEqual(tess.complaints.filter((c) => !/net::ERR|409|404/.test(c)), []);
  } finally {
    await tess.stop();
  }
  await as("Alasdair Rookhope");
  await openVisit();
  await page.click("a:has-text('Go on with the answer that you began')");
  await page.waitForSelector("#comments");
  await toCheck();
  assert.match(await submit(), /Your answer was sent.*Inaccurate.*A head's own words/);
});

/** Signs a text in a namespace with the box's own receipt key, as a cheating box can. */
function signedByTheBox(text) {
  const file = path.join(tmp, "forged");
  fs.writeFileSync(file, text);
  fs.rmSync(`${file}.sig`, { force: true });
  execFileSync("ssh-keygen", ["-Y", "sign", "-f", path.join(boxed.box, "keys", "receipt.key"), "-n", "despatch-receipt", file], { stdio: "pipe" });
  return text + fs.readFileSync(`${file}.sig`, "utf8");
}

test("a drop-box that gives another receipt, a forged proof or an older log is not believed", async () => {
  const cheat = /The drop-box cannot be trusted.*does not count as sent.*Ring the authority/;
  const snapshot = path.join(tmp, "store-before");
  await boxed.endBox();
  fs.cpSync(path.join(boxed.box, "store"), snapshot, { recursive: true });
  await boxed.serveBox();
  await as("Anneke Dorsett-Lund");
  await openVisit();
  await comments(roll);
  await toCheck();

  const earlier = fs.readFileSync(path.join(tmp, "receipt.txt"));
  boxed.wire.change(/^\/box\/deposits\//, () => earlier);
  assert.match(await submit(), cheat, "the receipt of another deposit");
  boxed.wire.mend();

  boxed.wire.change(/^\/box\/deposits\//, (body) => {
    const text = body.toString().split("-----BEGIN SSH SIGNATURE-----")[0];
    // A leaf that is not in the log: the same record under another salt.
    return Buffer.from(signedByTheBox(text.replace(/^salt ../m, "salt 00")));
  });
  assert.match(await submit(), cheat, "a forged proof");
  await wellMade();
  boxed.wire.mend();

  // The device follows the log as far as this answer; then the box goes back behind it.
  assert.match(await submit(), /Your answer was sent/);
  await boxed.endBox();
  fs.rmSync(path.join(boxed.box, "store"), { recursive: true });
  fs.cpSync(snapshot, path.join(boxed.box, "store"), { recursive: true });
  await boxed.serveBox();
  await as("Dr Philippa Featherstonehaugh-Montgomery");
  await openVisit();
  await page.click(".app-respond button:has-text('Accurate')");
  await heading("Check your answer");
  assert.match(await submit(), cheat, "a log that was rolled back");
  await page.goto(boxed.address + "/s/home.html");
  await opened(page);
  assert.match(await page.innerText("section[aria-labelledby=todo]"), /Curriculum at the transition/, "what was not believed does not count as sent");
});

test("the loop: the office collects the answer and finalises, and the school sees the reply and the timeline", async () => {
  await boxed.officeOnline("collect", "--passphrase-file", path.join(boxed.la, "private", "demo-officer-passphrase"));
  const due = boxed.office("list", "due");
  assert.match(due, /answered: inaccurate.*Alasdair Rookhope/, "the answer that took the place of the one that was taken back");
  boxed.office("finalise", "early-reading", "--reply", "Thank you: the number on roll is corrected.");
  boxed.office("build");
  await as("Morgan Ellery");
  await page.goto(boxed.address + "/s/visits.html");
  await opened(page);
  await page.click(`tr:has-text("Early reading") a[href$=".html"]`);
  await opened(page);
  const said = await main(page);
  assert.match(said, /Finalised/);
  assert.match(said, /number on roll is 212, not 221/);
  assert.match(said, /the number on roll is corrected/);
  assert.match(said, /Opened.*Morgan Ellery.*Answered: inaccurate.*Finalised/, "the timeline");
  assert.equal(await page.$("[data-answer] button"), null, "nothing more can be answered");
  await wellMade();
});

test("the archive that a person makes holds the receipts of what they sent, which despatch checks", async () => {
  await page.goto(boxed.address + "/s/download.html");
  await opened(page);
  const coming = page.waitForEvent("download", { timeout: 120_000 });
  await page.getByRole("button", { name: "Download everything" }).click();
  const zip = path.join(boxed.box, "..", "own.zip");
  await (await coming).saveAs(zip);
  const said = execFileSync(program, ["verify-archive", zip, "--root", path.join(boxed.la, "public-keys/root.pub")], { encoding: "utf8" });
  assert.match(said, /^the archive is good\n[\s\S]*\nproves {3}[1-9]\d* files? of receipts, envelopes and statements/);
  const names = execFileSync("unzip", ["-Z1", zip], { encoding: "utf8" });
  const [, at] = /\/data\/receipts\/(\d{10})-response\.receipt\n/.exec(names) ?? [];
  assert.ok(at !== undefined && names.includes(`/data/receipts/${at}-response.envelope\n`) && names.includes(`/data/responses/${at}-response.txt\n`), "the envelope and what it was around");
  const sent = execFileSync("unzip", ["-p", zip, `*/data/responses/${at}-response.txt`], { encoding: "utf8" });
  assert.match(sent, /^despatch-response 1\nanswer /);
  fs.rmSync(zip);
});

test("no page complained", () => {
  assert.ok(fs.existsSync(program));
  assert.deepEqual(browser.complaints.filter((c) => !/net::ERR|409|401|404|status of 50/.test(c)), []);
});
