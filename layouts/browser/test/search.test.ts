import assert from "node:assert/strict";
import { test } from "node:test";
import ICAL from "ical.js";
import type { Item } from "../shared/contents.ts";
import { find, fold, termsOf } from "../shared/fold.ts";
import { pageText } from "../shared/page-text.ts";
import type { Paper } from "../shared/paper.ts";
import { marked, Search } from "../shared/search.ts";
import { calendarFile, folded, text, uidOf } from "../page/calendar.ts";
import { standings } from "../page/schools.ts";
import { beforeToday } from "../shared/kept.ts";

const fernside = { urn: "900001", name: "Fernside Primary School", opaque: "5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c" };
const hollow = { urn: "900002", name: "Hollow Lane School", opaque: "5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c" };

function paper(id: string, more: Partial<Item> = {}, rest: Partial<Paper> = {}): Paper {
  const item: Item = {
    id: id.padStart(16, "0"), kind: "visit", page: `${id}.html`, title: `Paper ${id}`, date: "2026-11-10", changed: "2026-11-10", due: "", due_text: "", state: "published",
    state_text: "", type: "", category: "", focus: "", person: "", contact: "", publisher: "", publisher_kind: "authority", number: "", audience: [], files: [], of: "", respond: false, subject_sha256: "", ...more,
  };
  return { item, href: `aa/${id}.html`, schools: [fernside], files: [], doneBy: [], done: false, fresh: false, answered: "", begun: false, ...rest };
}

const all = { words: "", kind: "", year: "", school: "" };
const titles = (search: Search, words: string, more: object = {}): string[] => search.find({ ...all, words, ...more }, 20).hits.map((h) => h.title.map((p) => p.text).join(""));

test("a search folds capitals, accents, ligatures, quotes and hyphens", () => {
  assert.equal(fold("Déjà-Vu “ﬁne” Straße Łódź ’tis"), "deja-vu \"fine\" strasse lodz 'tis");
  assert.deepEqual(termsOf(` early  "reading at  home" “Crème brûlée” - early "open`), ["early", "reading at home", "creme brulee", "open"]);
  assert.deepEqual(termsOf(`"" ... !`), []);
});

test("a term stands at the beginning of a word", () => {
  assert.equal(find("already read", "read"), 8);
  assert.equal(find("well-directed", "directed"), 5);
  assert.equal(find("236/15", "236/15"), 0);
  assert.equal(find("reading", "eading"), -1);
});

test("every term must be found, titles count most, then subjects, then the newest", () => {
  const search = new Search([
    paper("1", { title: "Focus visit: Reading", date: "2025-01-10" }),
    paper("2", { title: "Other visit", focus: "Reading at home", date: "2026-01-10" }),
    paper("3", { title: "News", kind: "news", date: "2026-11-01" }),
    paper("4", { title: "Second news", kind: "news", date: "2026-11-02" }, { schools: [hollow] }),
  ]);
  search.addText("aa/3.html", "We speak of reading and of writing.");
  search.addText("aa/4.html", "We speak of reading, too.");
  search.addText("bb/9.html", "reading: a page of nothing that is listed");
  assert.deepEqual(titles(search, "reading"), ["Focus visit: Reading", "Other visit", "Second news", "News"]);
  assert.deepEqual(titles(search, "reading writing"), ["News"]);
  assert.deepEqual(titles(search, `"of reading"`), ["Second news", "News"]);
  assert.deepEqual(titles(search, "reading", { kind: "News", school: "Hollow Lane School" }), ["Second news"]);
  assert.deepEqual(titles(search, "reading", { year: "2024 to 2025" }), ["Focus visit: Reading"]);
  assert.deepEqual(titles(search, "swimming"), []);
  assert.equal(search.find({ ...all, words: "" }, 2).total, 4);
  assert.equal(search.find({ ...all, words: "" }, 2).hits.length, 2);
});

test("what was found is marked where it stands in the text as written", () => {
  assert.deepEqual(marked("Crème Brûlée for all", ["brulee", "creme"]), [
    { text: "Crème", hit: true }, { text: " ", hit: false }, { text: "Brûlée", hit: true }, { text: " for all", hit: false },
  ]);
  assert.deepEqual(marked("Straße", ["strasse"]), [{ text: "Straße", hit: true }]);
  const search = new Search([paper("1")]);
  search.addText("aa/1.html", `${"before ".repeat(40)}the quiet corner ${"after ".repeat(60)}`);
  const snippet = search.find({ ...all, words: "quiet" }, 1).hits[0]?.snippet ?? [];
  assert.deepEqual(snippet.filter((p) => p.hit).map((p) => p.text), ["quiet"]);
  assert.ok(snippet[0]?.text.startsWith("… ") && snippet.at(-1)?.text.endsWith(" …"));
  assert.ok(snippet.map((p) => p.text).join("").length < 320);
});

test("a page's text is what people read in its main part", () => {
  const page = `<!DOCTYPE html><title>No</title><header>Menu</header><main class="a" id="main-content"><h1>Heading</h1><p>Fish &amp; <strong>ch</strong>ips&nbsp;for&#32;all &lt;b&gt;</p><table><tr><td>One</td><td>Two</td></tr></table>
<button type="button">Print</button><details class="govuk-details"><summary>How</summary>Saturdays</details></main><footer>Foot</footer>`;
  assert.equal(pageText(page), "Fish & chips for all <b> One Two");
  assert.equal(pageText("<main><p class=\"govuk-body\" data-same>Read <b>it</b> first.</p><p>Reading</p></main>"), "Reading", "what many pages say");
  assert.equal(pageText("<p>no main</p>"), "");
  assert.equal(pageText("<main><p>cut"), "");
});

test("a calendar file is read by a stock reader, says a day and nothing else, and keeps its lines short", async () => {
  const uid = await uidOf("Morgan Ellery", "/s/0123456789abcdef/fedcba9876543210.html");
  assert.equal(uid, await uidOf("Morgan Ellery", "/s/0123456789abcdef/fedcba9876543210.html"));
  assert.notEqual(uid, await uidOf("Jo Pendlebrook", "/s/0123456789abcdef/fedcba9876543210.html"), "two people's entries cannot be told to be of one paper");
  const file = calendarFile({ due: "2026-12-31", uid, at: Date.parse("2026-11-22T09:00:00Z"), portal: "https://schools.northmoor.example" });
  const event = new ICAL.Component(ICAL.parse(file) as unknown[]).getFirstSubcomponent("vevent");
  assert.equal(String(event?.getFirstPropertyValue("dtstart")), "2026-12-31");
  assert.equal(String(event?.getFirstPropertyValue("dtend")), "2027-01-01");
  assert.equal(String(event?.getFirstPropertyValue("dtstamp")), "2026-11-22T09:00:00Z");
  assert.equal(event?.getFirstSubcomponent("valarm")?.getFirstPropertyValue("action"), "DISPLAY");
  assert.match(String(event.getFirstPropertyValue("description")), /until midnight in London\. Sign in/);
  assert.ok(file.endsWith("END:VCALENDAR\r\n"));
  for (const line of file.split("\r\n")) assert.ok(Buffer.byteLength(line) <= 75 && !line.includes("\n"), line);
  assert.doesNotMatch(file, /Morgan|fedcba|900001/);
});

test("long lines are folded between signs, and signs that mean something are escaped", () => {
  const line = `SUMMARY:${"é".repeat(60)}${"𝔘".repeat(20)}`;
  const parts = folded(line).split("\r\n");
  assert.ok(parts.length > 2 && parts.every((p) => Buffer.byteLength(p) <= 75));
  assert.equal(parts.map((p, i) => (i === 0 ? p : p.slice(1))).join(""), line);
  assert.equal(text("a,b;c\\d\ne"), "a\\,b\\;c\\\\d\\ne");
});

test("schools stand by their nearest deadline, each with what it has not done itself", () => {
  const view = (s: typeof fernside, reports: boolean): typeof fernside & { visits: string; reports: boolean } => ({ ...s, visits: reports ? "aa/list.html" : "", reports });
  const sheet = paper("1", { kind: "sheet", type: "Action", due: "2026-11-20" }, { schools: [], doneBy: ["900001"] });
  const visit = paper("2", { due: "2026-12-01", respond: true, state: "open" });
  const late = paper("3", { kind: "sheet", type: "Action", due: "2026-11-01" }, { schools: [hollow] });
  const found = standings([view(fernside, true), view(hollow, false)], [sheet, visit, late], "2026-11-18");
  assert.deepEqual(found.map((s) => [s.school.name, s.toDo.length, s.overdue, s.visits.length, s.awaiting, s.next?.item.due]), [
    ["Hollow Lane School", 2, 1, 0, 0, "2026-11-01"],
    ["Fernside Primary School", 1, 0, 1, 1, "2026-12-01"],
  ]);
});

test("what is new counts from the last sign-in of an earlier day", () => {
  const at = (s: string): number => Date.parse(s);
  assert.equal(beforeToday(undefined, at("2026-11-22T09:00:00Z")), 0);
  assert.equal(beforeToday({ last: at("2026-11-20T09:00:00Z"), before: 5 }, at("2026-11-22T09:00:00Z")), at("2026-11-20T09:00:00Z"));
  assert.equal(beforeToday({ last: at("2026-11-22T09:00:00Z"), before: 5 }, at("2026-11-22T13:00:00Z")), 5);
});
