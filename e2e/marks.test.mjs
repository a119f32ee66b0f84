// A school marks passages of a record, the office decides each, and the table of
// changes says what became of them (row M4).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fs from "node:fs";
import path from "node:path";
import { Boxed } from "./box.mjs";
import { enter, look, main, opened, signInAs, started, startBrowser } from "./lib.mjs";

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

const head = () => boxed.account((a) => a.name === "Morgan Ellery");

async function heading(text) {
  await page.waitForFunction((t) => document.querySelector("main h1")?.textContent?.endsWith(t), text);
}

const kept = () => page.waitForFunction(() => document.querySelector("[data-kept]")?.textContent !== "");

/** Goes to something by the keyboard alone and presses it. */
async function press(selector) {
  for (let i = 0; i < 300; i++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((s) => document.activeElement?.matches(s) ?? false, selector)) {
      await page.keyboard.press("Enter");
      return;
    }
  }
  assert.fail(`the keyboard does not come to ${selector}`);
}

/** Marks the nth passage that has no mark yet, and gives its words. */
async function mark(n, wrong, words) {
  await page.click("button:has-text('Mark a')");
  await heading("Mark what is inaccurate");
  const place = page.locator("[data-passage='']").nth(n);
  const passage = await place.locator("p").innerText();
  await place.locator("button").click();
  await heading("What is wrong with this passage?");
  await page.fill("#wrong", wrong);
  if (words !== "") await page.fill("#words", words);
  await page.click("button:has-text('Continue')");
  await heading("Say what is inaccurate");
  return passage;
}

const passages = [];

test("a passage is marked by keyboard alone, and what is wrong with it must be said", async () => {
  await signInAs(page, boxed.address, head());
  await page.click('section[aria-labelledby=todo] tr:has-text("Read and Respond") a');
  await opened(page);
  await page.click(".app-respond button:has-text('Inaccurate')");
  await heading("Say what is inaccurate");
  await press("main button.govuk-button--secondary");
  await heading("Mark what is inaccurate");
  await page.waitForSelector("[data-passage]");
  assert.ok((await page.$$("[data-passage]")).length >= 5, "every paragraph of the report can be marked");
  passages.push(await page.locator("[data-passage] p").first().innerText());
  await look(page, "marks-passages");
  await press("[data-passage] button");
  await heading("What is wrong with this passage?");
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H1", "the focus is where the new step begins");
  assert.equal(await page.innerText("main blockquote"), passages[0]);
  assert.doesNotMatch(`${page.url()} ${await page.title()}`, /rong|naccurate/, "what is judged is in no address and no title");
  await press("main form button[type=submit]");
  await page.waitForSelector("#wrong-error");
  assert.match(await page.innerText("[data-error-summary]"), /Enter what is wrong with this passage/);
  await look(page, "marks-wrong");
  await page.fill("#words", "x".repeat(2_001));
  await page.fill("#wrong", "It was in November.");
  await page.click("button:has-text('Continue')");
  await page.waitForFunction(() => document.querySelector("[data-error-summary]")?.textContent?.includes("2,000 characters"));
  await page.fill("#words", "The visit was in November.");
});

test("an unfinished mark outlives a reload and a lock, and keeps the answer from being sent until it is finished or removed", async () => {
  await page.fill("#wrong", "");
  await kept();
  await page.reload();
  await opened(page);
  await page.waitForSelector("#words");
  assert.equal(await page.inputValue("#words"), "The visit was in November.");
  await page.click(".govuk-back-link");
  await heading("Mark what is inaccurate");
  await page.click(".govuk-back-link");
  await heading("Say what is inaccurate");
  assert.match(await main(page), /Not finished/);
  await page.click("button:has-text('Continue')");
  await page.click("[data-error-summary] a");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "mark-0", "the error leads to the mark");
  await look(page, "marks-said");
  const address = page.url();
  await page.click("[data-sign-out]");
  await page.waitForSelector("form[data-sign-in]");
  await page.goto(address);
  await started(page);
  await enter(page, head());
  await page.waitForSelector("#mark-0");
  await page.click("#mark-0");
  await page.waitForSelector("#wrong");
  assert.equal(await page.inputValue("#words"), "The visit was in November.");
  await page.fill("#wrong", "It was in November.");
  await page.click("button:has-text('Continue')");
  await heading("Say what is inaccurate");
});

test("three marks and a comment are sent as one answer, which says all of them back", async () => {
  passages.push(await mark(1, "Said by nobody.\n\nAsk the teacher.", ""));
  passages.push(await mark(0, "A mark to remove.", ""));
  passages[2] = await mark(2, "It is twice a day.", "Twice a day.");
  await page.locator("[data-marks] > li").nth(2).locator("button:has-text('Remove')").click();
  await page.waitForFunction(() => document.querySelectorAll("[data-marks] > li").length === 3);
  await page.click("button:has-text('Save and exit')");
  await heading("Your answer is saved");
  await page.click("button:has-text('Go on with this answer')");
  await heading("Say what is inaccurate");
  assert.doesNotMatch(await main(page), /A mark to remove/);
  await page.fill("#comments", "All else is right.");
  await kept();
  await page.click("button:has-text('Continue')");
  await heading("Check your answer");
  assert.equal((await page.$$("[data-marks] > li")).length, 3);
  await look(page, "marks-sent");
  await page.click("[data-send]");
  await page.waitForFunction(() => document.querySelector(".app-sent, [data-error-summary]:not([hidden])") !== null);
  const said = await main(page);
  assert.match(said, /Answer sent/);
  for (const words of [...passages, "Ask the teacher.", "Should be: Twice a day.", "All else is right."]) assert.ok(said.includes(words.replace(/\s+/g, " ")), words);
  assert.doesNotMatch(said, /you wrote something else/);
});

test("the office decides each mark, and the school sees three rows in the table of changes", async () => {
  await boxed.officeOnline("collect", "--passphrase-file", path.join(boxed.la, "private", "demo-officer-passphrase"));
  const [record] = /\S+-early-reading\b/.exec(boxed.office("list", "due"));
  const file = path.join(boxed.la, "content/visits", record.slice(0, 4), record, "visit.yaml");
  fs.appendFileSync(file, "\nchanges:\n  - {point: 1, declined: It was in October.}\n  - {point: 3, declined: It was seen once.}\n");
  assert.throws(() => boxed.office("finalise", "early-reading"), /passage 2/);
  fs.appendFileSync(file, "  - {point: 2, declined: The teacher said it.}\n");
  boxed.office("finalise", "early-reading");
  boxed.office("build");
  await signInAs(page, boxed.address, head());
  await page.goto(boxed.address + "/s/visits.html");
  await opened(page);
  await page.click(`tr:has-text("Early reading") a[href$=".html"]`);
  await opened(page);
  const rows = await page.locator("table:has(caption:has-text('Table of changes')) tbody tr").allInnerTexts();
  assert.equal(rows.length, 3);
  for (const [at, words] of [passages[0], "Ask the teacher.", "It was seen once."].entries()) assert.ok(rows[at].includes(words), `${words}: ${rows[at]}`);
  await look(page, "marks-decided");
});

test("no page complained", () => {
  assert.deepEqual(browser.complaints.filter((c) => !/net::ERR|409|401|404/.test(c)), []);
});
