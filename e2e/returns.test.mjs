// A school completes data returns: real browser, real drop-box.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fs from "node:fs";
import path from "node:path";
import { Boxed } from "./box.mjs";
import { axe, main, opened, sideways, signInAs, startBrowser } from "./lib.mjs";

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
const head = "Oliver Tanswick";
/** Whether a test run has a folder for pictures, as a person looks at them. */
const pictures = process.env.DESPATCH_PICTURES ?? "";

/** Signs in, whoever was signed in before. */
const as = (name, tab = page) => signInAs(tab, boxed.address, named(name));

/** Opens a return from the list of returns. */
async function openReturn(title, tab = page) {
  await tab.goto(boxed.address + "/s/returns.html");
  await opened(tab);
  await tab.click(`tr[data-row] a:has-text(${JSON.stringify(title)})`);
  await opened(tab);
}

/** On from a return's page to its form. */
async function begin(title, tab = page) {
  await openReturn(title, tab);
  await tab.click("[data-return] button", { timeout: 4000 });
  await opened(tab);
  await tab.waitForSelector("main form, main .app-sent");
}

async function heading(text, tab = page) {
  await tab.waitForFunction((t) => document.querySelector("main h1")?.textContent?.endsWith(t), text);
}

async function keptNow(tab = page) {
  await tab.waitForFunction(() => document.querySelector("[data-kept]")?.textContent !== "");
}

const press = (text, tab = page) => tab.click(`main button:has-text(${JSON.stringify(text)})`);

/** The errors of the summary, each with where its link leads. */
async function errors(tab = page) {
  await tab.waitForSelector("[data-error-summary]:not([hidden])");
  return tab.$$eval("[data-error-summary] li", (all) => all.map((li) => li.textContent));
}

/** The state of a return in the list of returns. */
async function stateOf(title, tab = page) {
  await tab.goto(boxed.address + "/s/returns.html");
  await opened(tab);
  return tab.innerText(`tr[data-row]:has-text(${JSON.stringify(title)}) .app-cards__status .govuk-tag`);
}

/** Presses Finish and Submit and gives what the page then says. */
async function submit(tab = page) {
  await tab.click("[data-send]");
  await tab.waitForFunction(() => document.querySelector(".app-sent, [data-error-summary]:not([hidden]), .govuk-warning-text") !== null);
  return main(tab);
}

/** The page as it is: nothing wrong for axe, nothing wider than 320 pixels. */
async function wellMade(name) {
  const picture = (width) => (pictures === "" ? undefined : page.screenshot({ path: `${pictures}/${name}-${width}.png`, fullPage: true }));
  await page.setViewportSize({ width: 1280, height: 900 });
  assert.deepEqual(await axe(page), [], name);
  await picture(1280);
  await page.setViewportSize({ width: 320, height: 640 });
  assert.equal(await sideways(page), 0, `wider than 320 pixels: ${name}`);
  assert.deepEqual(await axe(page), [], `320 pixels: ${name}`);
  await picture(320);
  await page.setViewportSize({ width: 1280, height: 900 });
}

const account = "Additional user-account";

test("the headteacher names a second user: exact errors, a look at it all, a receipt, a reminder", async () => {
  await as(head);
  assert.equal(await stateOf(account), "Live");
  await openReturn(account);
  await wellMade("return");
  await begin(account);
  await wellMade("form");
  await press("Continue");
  assert.deepEqual(await errors(), ["Forename: enter an answer", "Surname: enter an answer", "Role: choose an answer", "E-mail address: enter an e-mail address"]);
  await wellMade("form-errors");
  await page.click("[data-error-summary] a:has-text('Role')");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "role", "the link leads to the first choice");
  await page.fill("#forename", "  Kit ");
  await page.fill("#surname", "Arden");
  await page.fill("#email", "kit.arden@fernside");
  await page.check("text=Other responsible person");
  await page.waitForSelector("#other-role", { state: "visible" });
  await press("Continue");
  assert.deepEqual(await errors(), ["Which role: enter an answer", "E-mail address: enter an e-mail address in the right form, like name@example.com"]);
  await page.check("text=Data manager");
  await page.waitForSelector("#other-role", { state: "hidden" });
  await page.fill("#email", "kit.arden@fernside.example");
  await press("Continue");
  await heading("Check your answers");
  assert.match(await main(page), /Forename\s+Kit\s/);
  await wellMade("check");
  await page.click("[data-send]");
  assert.deepEqual(await errors(), ["Confirm the declaration"]);
  await page.check("#declare");
  const before = boxed.deposits().length;
  assert.match(await submit(), /Return sent/);
  assert.match(await main(page), /Please tell the person whom you named/);
  assert.match(await main(page), /kit\.arden@fernside\.example/, "what was answered is read back");
  assert.equal(boxed.deposits().length, before + 1);
  await wellMade("sent");
  assert.doesNotMatch(page.url() + (await page.title()), /Arden|kit/i);
  assert.equal(await stateOf(account), "Sent");
});

const places = "Places for pupils with SEN next September";
const outcomes = "Projected target outcomes";
const census = "Autumn census: confirm or query";
const strategy = "Attendance strategy";
const pdf = { name: "Our Strategy.PDF", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7\n%%EOF\n") };

test("who may not complete a return is told whom to ask", async () => {
  await as("Nadia Cranefield");
  await openReturn(places);
  const said = await page.innerText("[data-return]");
  assert.match(said, /can be completed by: Headteachers/);
  assert.match(said, /Imelda Strandby/);
  assert.equal(await page.$("[data-return] button"), null);
  await wellMade("not-yours");
});

test("a table is filled in from a spreadsheet and by hand, rules lead to the cell, queries ask why", async () => {
  await as(head);
  await begin(places);
  await wellMade("table");
  await page.click("summary:has-text('from a spreadsheet')");
  const [download] = await Promise.all([page.waitForEvent("download"), press("Download a template (CSV)")]);
  const template = await (await download.createReadStream()).toArray().then((parts) => Buffer.concat(parts).toString("utf8"));
  assert.equal(template, "\ufeff,Support,Plan\r\nReception,,\r\nYears 1 and 2,,\r\nYears 3 to 6,,\r\nYears 7 to 11,,\r\n");
  const [workbook] = await Promise.all([page.waitForEvent("download"), press("Download a template (Excel)")]);
  assert.equal(workbook.suggestedFilename(), "places.xlsx");
  const sheet = await (await workbook.createReadStream()).toArray().then((parts) => Buffer.concat(parts));
  await page.setInputFiles("#places-csv", { name: "empty.xlsx", mimeType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", buffer: sheet });
  await page.waitForFunction(() => document.querySelector("[data-csv]")?.textContent?.includes("empty.xlsx has no cell of this table"));
  await page.setInputFiles("#places-csv", { name: "letter.csv", mimeType: "text/csv", buffer: Buffer.from("Dear,all\n1,2\n") });
  await page.waitForFunction(() => document.querySelector("[data-csv]")?.textContent?.includes("Nothing was changed"));
  await page.setInputFiles("#places-csv", { name: "places.csv", mimeType: "text/csv", buffer: Buffer.from("\ufeff;Plan;Support;Other\r\nReception;2;9;1\r\n\"Years 1 and 2\";12;10;1\r\nYears 3 to 6;0;70;1\r\nYear 12;1;1;1\r\n") });
  await page.waitForFunction(() => document.querySelector("[data-csv]")?.textContent?.includes("filled in"));
  assert.match(await page.innerText("[data-csv]"), /6 cells were filled in from places\.csv; 2 are not in it\. Not in this table, and left out: Other, Year 12\./);
  assert.equal(await page.inputValue("[id='places.years-3-to-6.support']"), "70");
  const xlsx = (name, buffer) => page.setInputFiles("#places-csv", { name, mimeType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", buffer });
  await xlsx("locked.xlsx", Buffer.concat([Buffer.from("d0cf11e0a1b11ae1", "hex"), Buffer.alloc(504), Buffer.from("EncryptedPackage", "utf16le")]));
  await page.waitForFunction(() => document.querySelector("[data-csv]")?.textContent?.includes("locked.xlsx"));
  assert.equal(await page.innerText("[data-csv]"), "locked.xlsx is protected by a password or a sensitivity label. Take the protection off, or save a copy as CSV, and choose that. Nothing was changed.");
  await page.fill("[id='places.reception.support']", "8");
  await xlsx("places.xlsx", fs.readFileSync(new URL("../internal/spreadsheet/testdata/table.xlsx", import.meta.url)));
  await page.waitForFunction(() => document.querySelector("[data-csv]")?.textContent?.includes("filled in"));
  assert.match(await page.innerText("[data-csv]"), /4 cells were filled in from places\.xlsx; 4 are not in it\. Not in this table, and left out: Year 12\./);
  assert.equal(await page.inputValue("[id='places.reception.support']"), "9");
  await wellMade("table-filled");
  await press("Continue");
  assert.deepEqual(await errors(), [
    "Explain why this is right: Places, Years 3 to 6, Support: 70 is more than expected (60 or less)",
    "Places, Years 7 to 11, Support: enter a number", "Places, Years 7 to 11, Plan: enter a number",
    "Years 1 and 2: no more pupils can have a plan than have support",
  ]);
  await wellMade("table-errors");
  await page.click("[data-error-summary] a:has-text('Years 1 and 2')");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "places.years-1-and-2.plan", "the link leads to the cell");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("1,0");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "places.years-3-to-6.support", "Tab goes on to the next cell");
  await page.fill("[id='places.years-1-and-2.plan']", "8");
  await page.fill("[id='places.years-7-to-11.support']", "n/a");
  await page.fill("[id='places.years-7-to-11.plan']", "N/A");
  await page.fill("[id='explain.places.years-3-to-6.support:expected']", "Two classes join us from Pendlewick.");
  await keptNow();
  await page.reload();
  await opened(page);
  await page.waitForSelector("main form");
  assert.equal(await page.inputValue("[id='explain.places.years-3-to-6.support:expected']"), "Two classes join us from Pendlewick.", "what is typed outlives a reload");
  await press("Continue");
  await heading("Check your answers");
  assert.match(await main(page), /Two classes join us/);
  await wellMade("check-table");
  assert.match(await submit(), /Return sent/);
});

test("a nil return needs no answers", async () => {
  await as("Dominic Sorrelby");
  await begin(outcomes);
  await page.check("text=We have no Year 6");
  await page.waitForSelector("#fields", { state: "hidden" });
  await press("Continue");
  await heading("Check your answers");
  assert.match(await main(page), /Nil return/);
  assert.match(await submit(), /Return sent/);
});

test("a colleague is told who was first, and replaces it knowingly, and what was sent is changed once more", async () => {
  await as("Ffion Gateshaw");
  await begin(outcomes);
  await page.fill("#cohort", "30");
  for (const subject of ["reading", "writing", "mathematics"]) {
    await page.fill(`[id='outcomes.${subject}.entered']`, "30");
    await page.fill(`[id='outcomes.${subject}.expected-standard']`, "22");
    await page.fill(`[id='outcomes.${subject}.higher-standard']`, "7");
  }
  await page.fill("#hours", "2.5");
  await page.fill("#agreed", "31");
  await page.fill("#agreed-month", "2");
  await page.fill("#agreed-year", "2026");
  await page.check("text=Fairly sure");
  await press("Continue");
  assert.deepEqual(await errors(), ["Date on which it was agreed with staff: enter a real date, with day, month and year"]);
  await wellMade("date-error");
  const now = new Date();
  await page.fill("#agreed", String(now.getUTCDate()));
  await page.fill("#agreed-month", String(now.getUTCMonth() + 1));
  await page.fill("#agreed-year", String(now.getUTCFullYear()));
  await press("Continue");
  await heading("Check your answers");
  assert.match(await submit(), /sent this return on/);
  await wellMade("taken");
  await press("Replace it with mine");
  assert.match(await submit(), /Return sent/);
  assert.match(await main(page), /Replaces/);
  await press("Change what I sent");
  await page.waitForSelector("#hours");
  assert.equal(await page.inputValue("#hours"), "2.5", "what was sent stands in the form");
  await page.fill("#hours", "3");
  await press("Continue");
  await heading("Check your answers");
  assert.match(await submit(), /Return sent/);
  assert.match(await main(page), /Hours of tuition a week\s+3\s/);
});

test("files go with a return, and one that comes after its day is marked late", async () => {
  await as(head);
  await openReturn(strategy);
  assert.match(await page.innerText("[data-return]"), /You can still send it; it is marked late/);
  await begin(strategy);
  await wellMade("files");
  await page.fill("#lead", "Sam Lowe");
  const set = async (id, date) => {
    await page.fill(`#${id}`, String(date.getUTCDate()));
    await page.fill(`#${id}-month`, String(date.getUTCMonth() + 1));
    await page.fill(`#${id}-year`, String(date.getUTCFullYear()));
  };
  await set("agreed", new Date(Date.now() - 20 * 86_400_000));
  await set("review", new Date(Date.now() - 40 * 86_400_000));
  await page.setInputFiles("#strategy", { name: "strategy.html", mimeType: "text/html", buffer: Buffer.from("<p>") });
  await page.waitForSelector("li:has-text('strategy.html')");
  await press("Continue");
  assert.deepEqual(await errors(), ["The strategy: strategy.html cannot be sent; choose a file that ends in pdf, docx or odt", "The next review comes after the day on which it was agreed"]);
  await page.setInputFiles("#strategy", { name: "large.pdf", mimeType: "application/pdf", buffer: Buffer.alloc(5 * 2 ** 20 + 1) });
  await page.waitForFunction(() => document.querySelector("#group-strategy [role=status]")?.textContent?.includes("at most 5 MB"));
  await page.setInputFiles("#strategy", pdf);
  await page.waitForSelector("li:has-text('Our Strategy.pdf')");
  await page.setInputFiles("#papers", [{ name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("a") }, { name: "b.csv", mimeType: "text/csv", buffer: Buffer.from("b") }]);
  await page.waitForSelector("li:has-text('b.csv')");
  await page.click("li:has-text('a.txt') button");
  await page.waitForSelector("li:has-text('a.txt')", { state: "detached" });
  await set("review", new Date(Date.now() + 300 * 86_400_000));
  await keptNow();
  await page.reload();
  await opened(page);
  await page.waitForSelector("li:has-text('Our Strategy.pdf')");
  await press("Continue");
  await heading("Check your answers");
  assert.match(await submit(), /Return sent/);
  const said = await main(page);
  assert.match(said, /Late/i);
  assert.match(said, /Our Strategy\.pdf \(15 bytes\)/);
  await wellMade("late");
});

test("Save and exit lets another device of the account go on, and both are told where they differ", async () => {
  await as("Samira Colbeck-Jones");
  await begin(places);
  await page.fill("[id='places.reception.support']", "4");
  await press("Save and exit");
  await heading("Your answers are saved");
  await wellMade("saved");
  assert.equal(await stateOf(places), "Draft");
  const other = await startBrowser();
  try {
    const there = await other.context.newPage();
    await as("Samira Colbeck-Jones", there);
    await begin(places, there);
    assert.equal(await there.inputValue("[id='places.reception.support']"), "4", "another device goes on");
    await there.fill("[id='places.reception.support']", "5");
    await press("Save and exit", there);
    await heading("Your answers are saved", there);
    await page.goto(boxed.address + "/s/returns.html");
    await opened(page);
    await begin(places);
    assert.equal(await page.inputValue("[id='places.reception.support']"), "5", "and this one takes up what was saved there");
    await there.goto(boxed.address + "/s/returns.html");
    await begin(places, there);
    await there.fill("[id='places.reception.plan']", "1");
    await press("Save and exit", there);
    await heading("Your answers are saved", there);
    await page.fill("[id='places.reception.plan']", "2");
    await press("Save and exit");
    await page.waitForSelector("[data-other]");
    assert.match(await page.innerText("[data-other]"), /on another device as well/);
    await wellMade("other-device");
    await press("Use what is here");
    await page.waitForFunction(() => document.querySelector("[data-other]") === null);
    assert.equal(await page.inputValue("[id='places.reception.plan']"), "2");
    await press("Save and exit");
    await heading("Your answers are saved");
  } finally {
    await other.stop();
  }
});

/** Names the second user of a school, up to the look at it all. */
async function nameSecondUser(forename, tab = page) {
  await tab.fill("#forename", forename);
  await tab.fill("#surname", "Arden");
  await tab.check("text=Data manager");
  await tab.fill("#email", "second.user@pendlewick.example");
  await press("Continue", tab);
  await heading("Check your answers", tab);
  await tab.check("#declare");
}

/** Opens the form for one of several schools. */
async function chooseSchool(number) {
  await openReturn(account);
  await page.click("[data-return] button");
  await opened(page);
  await heading(account);
  await page.locator("#main-content ul.govuk-list a").nth(number).click();
  await page.waitForSelector("main form");
}

test("somebody of two schools says for which, and whatever the line or the drop-box does, nothing is lost and one return is one receipt", async () => {
  await as("Alasdair Rookhope");
  await chooseSchool(0);
  const first = await page.innerText("main h1");
  await nameSecondUser("Robin");
  const before = boxed.deposits();
  boxed.wire.cut();
  assert.match(await submit(), /Nothing was sent.*kept on this device/);
  await wellMade("offline");
  boxed.wire.mend();
  boxed.wire.change(/^\/box\/deposits\//, () => Buffer.from("despatch-receipt 1\n"));
  assert.match(await submit(), /The drop-box cannot be trusted.*does not count as sent/);
  boxed.wire.mend();
  boxed.wire.lose(/^\/box\/deposits\//);
  assert.match(await submit(), /There is no receipt yet.*does not count as sent/);
  boxed.wire.mend();
  fs.rmSync(path.join(boxed.box, "store", "session"), { recursive: true, force: true });
  assert.match(await submit(), /Return sent.*Robin/, "whose session ended is signed in again");
  assert.equal(boxed.deposits().length, before.length + 1, "sent three times, it is one");
  assert.equal(await stateOf(account), "Live", "one of two schools is not done yet");
  await chooseSchool(1);
  assert.notEqual(await page.innerText("main h1"), first);
  assert.equal(await page.inputValue("#forename"), "", "each school has a form of its own");
  await nameSecondUser("Sandy");
  await page.click("[data-sign-out]");
  await page.waitForSelector("form[data-sign-in]");
  await as("Alasdair Rookhope");
  assert.equal(await stateOf(account), "Draft", "what was typed outlives a sign-out");
  await chooseSchool(1);
  assert.equal(await page.inputValue("#forename"), "Sandy");
});

test("two tabs that fill in one return are told of each other, and the person says which counts", async () => {
  const second = await browser.context.newPage();
  await second.goto(page.url());
  await opened(second);
  await second.locator("#main-content ul.govuk-list a").nth(1).click();
  await second.waitForSelector("#forename");
  await second.fill("#forename", "Written in the second tab");
  await keptNow(second);
  await page.focus("#surname");
  await page.fill("#surname", "Written in the first tab");
  await page.waitForSelector("[data-other]");
  assert.match(await page.innerText("[data-other]"), /another tab[^]*Written in the second tab/);
  await wellMade("other-tab");
  await press("Use what is here");
  await page.waitForFunction(() => document.querySelector("[data-other]") === null);
  assert.equal(await page.inputValue("#surname"), "Written in the first tab");
  await second.close();
});

test("the loop: the office collects, the school sees the return completed, and the sheet that it fulfils is done", async () => {
  const officer = ["--passphrase-file", path.join(boxed.la, "private", "demo-officer-passphrase")];
  await boxed.officeOnline("collect", ...officer);
  assert.match(boxed.office("list", "returns"), /\s6\s+4\s.*Additional user-account/);
  const out = path.join(boxed.dir, "exported");
  boxed.office("export", "additional-user-account", out);
  const [table] = fs.readdirSync(out).filter((f) => f.endsWith(".csv"));
  assert.match(fs.readFileSync(path.join(out, table), "utf8"), /Oliver Tanswick,current,no,.*Kit,Arden,Data manager,/);
  assert.match(boxed.office("enrol", "--from-return", "additional-user-account", "--yes", ...officer), /data-manager\tKit Arden/);
  boxed.office("build");
  await as(head);
  assert.equal(await stateOf(account), "Completed");
  await wellMade("list");
  await page.goto(boxed.address + "/s/home.html");
  await opened(page);
  assert.match(await page.innerText("section[aria-labelledby=done]"), /A second account for every school/i, "the sheet is done with its return");
  assert.doesNotMatch(await page.innerText("section[aria-labelledby=todo]"), /A second account for every school/i);
  await openReturn(account);
  await page.waitForSelector("[data-return]:not([hidden])");
  assert.match(await page.innerText("[data-return]"), /You sent this return on/);
});

test("no page complained", () => {
  assert.deepEqual(browser.complaints.filter((c) => !/net::ERR|404|409|401|status of 50/.test(c)), []);
});
