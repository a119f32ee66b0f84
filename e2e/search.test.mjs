// Finding anything in all that one may read, on the device, and nothing else.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fs from "node:fs";
import path from "node:path";
import { axe, main, opened, sideways, signIn, startBrowser, startPortal } from "./lib.mjs";

let portal, browser, page;
const place = "[data-place][data-took]";

before(async () => {
  portal = await startPortal();
  browser = await startBrowser();
  page = await browser.context.newPage();
  await signIn(page, portal.address, portal.account((a) => a.name === "Morgan Ellery"));
});

after(async () => {
  await browser?.stop();
  await portal?.stop();
});

/** open brings up the search page and waits until the text of all papers is read. */
async function open(tab) {
  await tab.goto(`${portal.address}/s/search.html`);
  await opened(tab);
  await tab.waitForSelector(place);
}

/** find types words and gives what is listed for them. */
async function find(tab, words) {
  const turn = await tab.getAttribute(place, "data-query");
  await tab.fill("#words", words);
  await tab.waitForFunction((before) => document.querySelector("[data-place]").dataset.query !== before, turn);
  return tab.$$eval(".app-result", (all) => all.map((r) => ({ title: r.querySelector("h2").innerText, text: r.innerText, marks: [...r.querySelectorAll("mark")].map((m) => m.textContent), href: r.querySelector("a")?.pathname ?? "" })));
}

/** aPhrase takes five words out of the middle of a report that this person may read. */
async function aPhrase(tab) {
  await tab.goto(`${portal.address}/s/visits.html`);
  await opened(tab);
  await tab.click("tr[data-row] a:has-text('Read and Respond')");
  await opened(tab);
  const text = await tab.$$eval("main .app-report p, main .app-text p", (all) => all.map((p) => p.textContent).find((t) => /^[A-Za-z ]{40}/.test(t)) ?? "");
  const words = text.split(" ").slice(1, 6).join(" ");
  assert.ok(words.length > 15, "the report has a sentence to look for");
  return { words, at: new URL(tab.url()).pathname };
}

test("a visit is found by its focus, another paper by its number, whatever their capitals", async () => {
  await open(page);
  const reading = await find(page, "READING");
  assert.ok(reading.length > 0);
  assert.ok(reading.every((r) => /reading/i.test(r.text)), "each shows where the word stands");
  assert.ok(reading.every((r) => r.marks.some((m) => /^reading/i.test(m))), "the word is marked");
  assert.match(await page.innerText("[role=status].app-search__status"), /^\d+ papers? found/);
  const [sheet] = await find(page, "228/");
  assert.match(sheet.text, /MI sheet/);
});

test("words of a report are found as a phrase, and lead to it", async () => {
  const { words, at } = await aPhrase(page);
  await open(page);
  const found = await find(page, `"${words}"`);
  assert.deepEqual(found.map((r) => r.href), [at]);
  assert.ok(found[0].marks.join(" ").includes(words));
  const scattered = await find(page, `"${words.split(" ").reverse().join(" ")}"`);
  assert.equal(scattered.length, 0, "other orders are not the phrase");
  const each = await find(page, words.split(" ").reverse().join(" "));
  assert.ok(each.some((r) => r.href === at), "each word for itself is there");
});

test("choices narrow what was found, are kept in the address, and nothing found is said", async () => {
  await open(page);
  const all = await find(page, "visit");
  await page.selectOption("#choice-kind", "Record of visit");
  await page.waitForFunction((n) => document.querySelectorAll(".app-result").length < n || document.querySelector("[data-place]").dataset.found < n, all.length);
  assert.match(page.url(), /#kind=Record\+of\+visit$/);
  assert.ok((await page.$$eval(".app-result", (r) => r.map((x) => x.innerText))).every((t) => t.includes("Record of visit")));
  await find(page, "nothing is called like this");
  assert.match(await page.innerText(".app-search__status"), /^Nothing was found/);
});

test("by keyboard: type, go to the first, come back and find the words still there", async () => {
  await open(page);
  await find(page, "");
  await page.focus("#words");
  await page.keyboard.type("reading");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".app-result mark");
  const links = new Set();
  for (let i = 0; i < 8 && !(await page.evaluate(() => document.activeElement?.closest(".app-result") !== null)); i++) {
    await page.keyboard.press("Tab");
    links.add(await page.evaluate(() => document.activeElement?.id ?? ""));
  }
  assert.ok(links.has("choice-kind") && links.has("choice-year"));
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  await opened(page);
  await page.goBack();
  await opened(page);
  await page.waitForSelector(place);
  assert.equal(await page.inputValue("#words"), "reading");
  assert.ok(!page.url().includes("reading"), "what was typed is not in the address");
});

test("results that are written anew take the focus from nobody", async () => {
  await open(page);
  await find(page, "reading");
  const focused = () => page.evaluate(() => document.activeElement.getAttribute("href") ?? document.activeElement.id);
  await page.focus(".app-result:nth-child(2) a");
  const before = await focused();
  const again = async () => {
    const turn = await page.getAttribute(place, "data-query");
    await page.dispatchEvent("#words", "input");
    await page.waitForFunction((t) => document.querySelector("[data-place]").dataset.query !== t, turn);
  };
  await again();
  assert.equal(await focused(), before);
  await page.$eval("#words", (field) => { field.value = "nothing is called like this"; });
  await again();
  assert.equal(await focused(), "words", "where its result is gone, the field has it");
});

test("every state of the page reads well, wide and narrow", async () => {
  await open(page);
  for (const words of ["", "reading", "nothing is called like this"]) {
    await find(page, words);
    for (const width of [320, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      assert.deepEqual(await axe(page), [], `"${words}" at ${width} px`);
      assert.equal(await sideways(page), 0);
    }
  }
});

test("who may not read a report finds that the visit took place, and none of the report's words", async () => {
  const { words } = await aPhrase(page);
  const fresh = await startBrowser();
  try {
    const tab = await fresh.context.newPage();
    await signIn(tab, portal.address, portal.account((a) => a.name === "Jo Pendlebrook"));
    await open(tab);
    assert.equal((await find(tab, `"${words}"`)).length, 0);
    const [visit] = await find(tab, "focus visit");
    assert.equal(visit.href, "");
    assert.match(visit.text, /ask your Headteacher/);
    assert.deepEqual(await axe(tab), []);
  } finally {
    await fresh.stop();
  }
});

test("neither what was typed nor the words of a report are anywhere on the disk", async () => {
  const { words } = await aPhrase(page);
  await open(page);
  await find(page, "quicksilverhedgehog");
  await find(page, `"${words}"`);
  const files = fs.readdirSync(browser.profile, { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
  assert.ok(files.length > 20);
  for (const file of files) {
    const bytes = fs.readFileSync(path.join(file.parentPath, file.name), "latin1");
    for (const word of ["quicksilverhedgehog", words]) {
      assert.ok(!bytes.includes(word) && !bytes.includes([...word].join("\0")), `${file.name} holds what was searched for`);
    }
  }
});

test("the searching worker has no way out: no network, no storage", async () => {
  const [finder] = page.workers();
  assert.match(finder.url(), /\/assets\/finder\.[0-9a-f]{8}\.js$/);
  const tried = await finder.evaluate(async () => ({ net: await fetch("/head").then(() => "went out", () => "refused") }));
  assert.equal(tried.net, "refused");
  assert.ok((await main(page)).includes("found"));
});

test("no page complained in the browser's console, but for what the last test tried", () => {
  assert.deepEqual(browser.complaints.filter((c) => !/Content Security Policy|violates the document/.test(c)), []);
});
