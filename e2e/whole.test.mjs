// The whole way of a Focus visit, as the texts that the portal comes from describe it:
// from the officer's file to a mail, an answer, a correction and the final report; and
// of one that nobody answers, over Christmas. Real browser, drop-box and mail server.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { SMTPServer } from "smtp-server";
import { Boxed } from "./box.mjs";
import { enter, main, opened, program, signInAs, started, startBrowser } from "./lib.mjs";

let boxed, browser, post;
const mails = [];

before(async () => {
  post = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    onData(stream, session, done) {
      const parts = [];
      stream.on("data", (part) => parts.push(part));
      stream.on("end", () => {
        const text = Buffer.concat(parts).toString("utf8");
        const plain = text.replaceAll("=\r\n", "").replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
        mails.push({ to: session.envelope.rcptTo.map((r) => r.address), text: plain });
        done();
      });
    },
  });
  await new Promise((resolve) => { post.listen(0, "127.0.0.1", resolve); });
  boxed = await new Boxed().start();
  // An office that has no papers but those of this story.
  for (const folder of ["content/visits", "content/sheets", "content/returns", "content/documents", "content/news", "content/results", "events"]) {
    fs.rmSync(path.join(boxed.la, folder), { recursive: true, force: true });
  }
  const settings = path.join(boxed.la, "despatch.yaml");
  const own = fs.readFileSync(settings, "utf8").replace(/^( *address:).*$/m, `$1 ${boxed.address}`);
  fs.writeFileSync(settings, `${own}mail: {from: portal@northmoor.example, server: "127.0.0.1:${post.server.address().port}", security: none}\n`);
  browser = await startBrowser();
});

after(async () => {
  await browser?.stop();
  await boxed?.stop();
  await new Promise((resolve) => { post.close(resolve); });
});

const passphrase = () => ["--passphrase-file", path.join(boxed.la, "private", "demo-officer-passphrase")];

/** A visit of the officer's: the file that `new` makes, with a report beside it. */
function written(title, date, report) {
  const file = boxed.office("--clock", `${date}T09:00:00Z`, "new", "visit", "--school", "900001", "--title", title, "--date", date).trim();
  const full = path.join(boxed.la, file);
  fs.writeFileSync(full, fs.readFileSync(full, "utf8").replace(/^report: \|$/m, "").replace(/^responsible: .*$/m, 'responsible: "Priya Usher"'));
  fs.writeFileSync(path.join(path.dirname(full), "report.md"), report);
  return { id: path.basename(path.dirname(file)), report: path.join(path.dirname(full), "report.md") };
}

/** The portal shows what was built, and the office has looked. */
async function published(...clock) {
  boxed.office("build");
  await boxed.officeOnline(...clock, "verify", boxed.address, "--seen");
  boxed.office("build");
}

/** The Headteacher signs in once more, as on another day, and opens the list of visits. */
async function anew(page) {
  await signInAs(page, boxed.address, boxed.account((a) => a.name === "Morgan Ellery"));
  await page.goto(boxed.address + "/s/visits.html");
  await opened(page);
}

const today = new Date().toISOString().slice(0, 10);

test("a Focus visit goes from the officer to the Headteacher's mail, is answered in five clicks and comes back corrected and final", async () => {
  const visit = written("Phonics in Year 1", today, "## What we saw\n\nThere are 221 pupils on roll.\n");
  boxed.office("check");
  boxed.office("submit", visit.id);
  await published();
  const told = await boxed.officeOnline("notify");
  assert.match(told, /to-do/);
  const [mail] = mails.filter((m) => m.to.includes("morgan.ellery@fernside.example"));
  assert.ok(mail, `mails went to ${JSON.stringify(mails.map((m) => m.to))}`);
  assert.match(mail.text, /Subject: Read and respond by [A-Z][a-z]+day \d/);
  for (const not of ["Phonics", "Fernside Primary", "900001", "221 pupils", "Priya"]) assert.ok(!mail.text.includes(not), `the mail says ${not}`);

  const page = await browser.context.newPage();
  let clicks = 0;
  const click = async (what) => { clicks++; await page.click(what); };
  const heading = (text) => page.waitForFunction((t) => document.querySelector("main h1")?.textContent?.includes(t), text);
  const [link] = mail.text.match(/http:\S+/);
  await page.goto(link); // the click in the mail
  clicks++;
  await started(page);
  const head = boxed.account((a) => a.name === "Morgan Ellery");
  assert.equal((await page.inputValue("#code")).replaceAll("-", ""), head.code.replaceAll("-", ""), "the mail's link fills in the account code");
  await enter(page, head);
  await heading("Phonics in Year 1");
  assert.match(await main(page), /221 pupils on roll/, "from the mail straight to the report");
  await click(".app-respond button:has-text('Inaccurate')");
  await heading("Say what is inaccurate");
  await page.fill("#comments", "The number on roll is 212, not 221.");
  await click("button:has-text('Continue')");
  await heading("Check your answer");
  await click("[data-send]");
  await page.waitForSelector(".app-sent");
  assert.ok(clicks <= 5, `${clicks} clicks from the mail to the receipt, besides signing in`);

  await boxed.officeOnline("collect", ...passphrase());
  assert.match(boxed.office("list", "due"), /answered: inaccurate.*Morgan Ellery/);
  await published();
  assert.doesNotMatch(await boxed.officeOnline("notify"), /Morgan/, "who has answered is told nothing more");
  fs.writeFileSync(visit.report, "## What we saw\n\nThere are 212 pupils on roll.\n");
  fs.appendFileSync(path.join(path.dirname(visit.report), "visit.yaml"), "\nchanges:\n  - said: The number on roll is 212, not 221.\n    was: 221 pupils\n    now: 212 pupils\n");
  boxed.office("finalise", visit.id, "--reply", "Thank you: the number is corrected.");
  await published();
  await anew(page);
  await page.click('tr:has-text("Phonics in Year 1") a[href$=".html"]');
  await heading("Phonics in Year 1");
  const said = await main(page);
  assert.match(said, /There are 212 pupils on roll/);
  assert.match(said, /The number on roll is 212, not 221/);
  assert.match(said, /Thank you: the number is corrected/);
  assert.match(said, /Table of changes.*The number on roll is 212, not 221\.\s+221 pupils\s+Changed to: 212 pupils/);
  assert.match(said, /Finalised/);
  assert.match(said, /Answered: inaccurate.*Finalised/, "the timeline");
  await page.close();
});

test("a visit that nobody answers ends by itself after ten working days, Christmas not counted, with a signed statement", async () => {
  const visit = written("Attendance", "2025-12-12", "## What we saw\n\nAttendance is above the national average.\n");
  const submitted = boxed.office("--clock", "2025-12-15T10:00:00Z", "submit", visit.id);
  assert.match(submitted, /respond by the end of Wednesday 31 December 2025, 10 working days after Monday 15 December 2025/);
  assert.match(submitted, /Thursday 25 December 2025 does not count: Christmas Day/);
  assert.match(submitted, /Friday 26 December 2025 does not count: Boxing Day/);
  await published("--clock", "2025-12-15T12:00:00Z");
  assert.equal(boxed.office("--clock", "2025-12-31T23:59:59Z", "finalise", "--silent"), "", "in the last second of the school's time");
  await boxed.officeOnline("collect", ...passphrase());
  assert.match(boxed.office("finalise", "--silent"), /-finalised-/);
  await published();

  const page = await browser.context.newPage();
  await anew(page);
  await page.click('tr:has-text("Attendance") a[href$=".html"]');
  await page.waitForFunction(() => document.querySelector("main h1")?.textContent?.includes("Attendance"));
  const said = await main(page);
  assert.match(said, /Finalised automatically/);
  assert.match(said, /31 December 2025/);
  assert.match(await page.textContent("main"), /Christmas Day/, "the sum of the deadline");

  await page.goto(new URL("/s/download.html", page.url()).href);
  const coming = page.waitForEvent("download", { timeout: 120_000 });
  await page.getByRole("button", { name: "Download everything" }).click();
  const zip = path.join(boxed.la, "..", "own.zip");
  await (await coming).saveAs(zip);
  assert.match(execFileSync(program, ["verify-archive", zip, "--root", path.join(boxed.la, "public-keys/root.pub")], { encoding: "utf8" }), /^the archive is good\n/);
  const names = execFileSync("unzip", ["-Z1", zip], { encoding: "utf8" });
  const [statement] = new RegExp(`[^\\n]*/data/receipts/\\d{10}-${visit.id}\\.statement`).exec(names) ?? [];
  assert.ok(statement !== undefined, "the statement is in the person's own archive");
  assert.match(execFileSync("unzip", ["-p", zip, statement], { encoding: "utf8" }), /^despatch-statement 1\nsays nothing-received\n/);
  fs.rmSync(zip);
  await page.close();
});

test("no page complained", () => {
  assert.deepEqual(browser.complaints, []);
});
