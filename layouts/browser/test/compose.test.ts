import assert from "node:assert/strict";
import { test } from "node:test";
import type { Sent } from "../shared/answering.ts";
import type { Contents, Item } from "../shared/contents.ts";
import type { Session } from "../shared/session.ts";
import type { Shelf } from "../worker/library.ts";
import * as areas from "../worker/compose/areas.ts";
import * as places from "../worker/compose/places.ts";
import { home } from "../worker/compose/home.ts";
import { todo } from "../shared/paper.ts";
import { framed, type Reader, readerOf } from "../worker/compose/composed.ts";
import { html, none } from "../worker/compose/html.ts";
import { sizeText } from "../worker/compose/list.ts";
import * as account from "../worker/compose/account.ts";
import type { Own } from "../worker/person.ts";
import { refusalPage } from "../worker/compose/refusal.ts";

const today = "2026-11-18";
const fernside = { urn: "900001", name: "Fernside Primary School", opaque: "5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c" };
const hollow = { urn: "900002", name: "Hollow Lane School", opaque: "5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c" };

function item(id: string, more: Partial<Item> = {}): Item {
  return {
    id: id.padStart(16, "0"), kind: "sheet", page: `${id.padStart(16, "0")}.html`, title: `Paper ${id}`, date: "2026-11-10", changed: more.date ?? "2026-11-10", due: "", due_text: "",
    state: "published", state_text: "Published", type: "Information", category: "", focus: "", person: "", contact: "", publisher: "Northmoor",
    publisher_kind: "authority", number: "", audience: [], files: [], of: "", respond: false, subject_sha256: "", ...more,
  };
}

function shelf(kind: string, school: Contents["school"], items: Item[], more: Partial<Contents> = {}): Shelf {
  const root = `${kind}${school?.urn ?? ""}`.replace(/[^a-f0-9]/g, "").padEnd(16, "0").slice(0, 16);
  return {
    compartment: { kind, school: school?.urn ?? "", epoch: 1, root, secret: "", identity: "" },
    contents: { compartment: kind, school, root, epoch: 1, packs: [], files: [], lists: [], items, ...more },
  };
}

function reader(shelves: Shelf[], before = 0, school = "", sent: readonly Sent[] = []): Reader {
  const session: Session = {
    code: "7KQ2M9XD", opaque: "", root: "", identity: "", signing: "", holder: "Morgan Ellery", rings: [], compartments: [], started: 0, touched: 0, before, typed: {}, shared: false, school: "",
  };
  return readerOf(session, shelves, today, { school, sent });
}

test("a record in two compartments is one paper, with the page that can be read", () => {
  const listed = item("1", { kind: "visit", page: "" });
  const full = item("1", { kind: "visit", respond: true });
  const { papers } = reader([shelf("visits-full", fernside, [full]), shelf("visits-audit", fernside, [listed])]);
  assert.equal(papers.length, 1);
  assert.match(papers[0]?.href ?? "", /0001\.html$/);
  assert.deepEqual(papers[0]?.schools, [fernside]);
});

test("To do has the nearest deadline first, and nothing that was done or is long past", () => {
  const r = reader([
    shelf("role-headteacher", null, [
      item("1", { type: "Action", due: "2026-12-18" }),
      item("2", { type: "Action", due: "2026-11-20" }),
      item("3", { type: "Action", due: "2026-11-01" }),
      item("4", { type: "Action", due: "2015-12-18" }),
      item("5", { type: "Action", due: "2026-12-01" }),
      item("6", { type: "Information", due: "2026-12-01" }),
      item("8", { type: "Action", due: "2026-12-01", state: "withdrawn" }),
    ]),
    shelf("visits-full", fernside, [item("7", { kind: "visit", respond: true, state: "open", due: "2026-11-24" })]),
    shelf("role-headteacher", fernside, [item("9", { kind: "done", page: "", state: "done", of: "5".padStart(16, "0") })]),
  ]);
  assert.deepEqual(todo(r.papers, today).map((p) => Number(p.item.id)), [3, 2, 7, 1]);
});

test("a sheet is done when every school of the reader has done it", () => {
  const sheet = item("1", { type: "Action", due: "2026-12-18" });
  const done = (id: string): Item => item(id, { kind: "done", page: "", state: "done", of: sheet.id });
  const one = reader([shelf("role-headteacher", null, [sheet]), shelf("role-headteacher", fernside, [done("2")]), shelf("role-headteacher", hollow, [])]);
  const both = reader([shelf("role-headteacher", null, [sheet]), shelf("role-headteacher", fernside, [done("2")]), shelf("role-headteacher", hollow, [done("3")])]);
  assert.equal(todo(one.papers, today).length, 1);
  assert.equal(todo(both.papers, today).length, 0);
});

test("New counts from the last sign-in", () => {
  const items = [item("1", { date: "2026-11-17" }), item("2", { date: "2026-11-01" }), item("3", { date: "2026-11-16", state: "draft", kind: "visit" })];
  const since = home(reader([shelf("role-headteacher", null, items)], Date.parse("2026-11-15T12:00:00Z"))).main.text;
  assert.match(since, /New since you signed in on 15 November 2026/);
  assert.match(since, /Paper 1/);
  assert.doesNotMatch(since, /Paper 2|Paper 3/);
  assert.match(home(reader([shelf("role-headteacher", null, items)])).main.text, /Paper 2/);
});

test("what records say never becomes markup", () => {
  const evil = `<script>alert("1")</script>' onload=x &amp;`;
  const r = reader([shelf("visits-full", { urn: "900001", name: evil, opaque: "5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c" }, [item("1", { kind: "document", title: evil, publisher: evil, category: evil, audience: [evil] })])]);
  for (const composed of [home(r), areas.documents(r), areas.news(r), account.account(r, [])]) {
    assert.doesNotMatch(composed.main.text, /<script>|alert\("/);
  }
  assert.doesNotMatch(framed("<title><!--title--></title><main><!--main--></main>", { title: evil, main: html`$&` }), /<script>/);
});

test("lists offer only filters that divide them, and sort MI numbers by year and serial", () => {
  const { main } = areas.sheets(reader([shelf("role-headteacher", null, [
    item("1", { number: "236/15", date: "2015-12-11", audience: ["Headteachers", "Governors"] }),
    item("2", { number: "MI 97/02", date: "2002-01-11", audience: ["Headteachers"] }),
    item("3", { number: "12/16", date: "2016-01-20", audience: ["Headteachers"] }),
  ])]));
  assert.doesNotMatch(main.text, /data-filter="type"/);
  assert.match(main.text, /data-filter="year"/);
  assert.match(main.text, /data-audience="Headteachers\|Governors"/);
  const order = ["12/16", "236/15", "MI 97/02"].map((n) => main.text.indexOf(`>${n}<`));
  assert.deepEqual(order, [...order].sort((a, b) => a - b));
  assert.match(areas.returns(reader([])).main.text, /No data returns are open to you/);
});

test("visits lead to the one list of a school, the fuller where there is the key", () => {
  const lists = [{ area: "visits", tab: "authority", page: "aa.html", title: "All Records of Visits" }];
  const one = reader([shelf("visits-audit", fernside, [], { lists }), shelf("visits-full", fernside, [], { lists })]);
  assert.deepEqual(places.visitsLists(one).map((l) => l.href), [`${shelf("visits-full", fernside, []).contents.root}/aa.html`]);
  assert.match(places.visits(reader([]), []).main.text, /Ask your Headteacher/);
});

test("what a reader may only know of is nothing to do, has no link, and says whom to ask", () => {
  const r = reader([shelf("visits-audit", fernside, [item("1", { kind: "visit", page: "", respond: true, state: "open", due: "2026-11-24" })])]);
  assert.deepEqual(todo(r.papers, today), []);
  assert.match(home(r).main.text, /ask your Headteacher to give you permission/);
  assert.doesNotMatch(home(r).main.text, /Read and Respond|href="[0-9a-f]/);
  assert.match(areas.news(r).main.text, /Record of visit/);
});

test("a reader of several schools sees which school a paper is of", () => {
  const r = reader([shelf("documents-full", fernside, [item("1", { kind: "document" })]), shelf("documents-full", hollow, [item("1", { kind: "document" }), item("2", { kind: "document" })])]);
  const { main } = areas.documents(r);
  assert.match(main.text, /data-label="School">All your schools</);
  assert.match(main.text, /data-label="School">Hollow Lane School</);
  assert.equal(r.papers.length, 2);
});

test("every refusal says what happened and what to do", () => {
  for (const why of ["malformed", "newer", "signature", "mismatch", "rollback", "missing", "locked", "expired", "offline", "unknown"] as const) {
    const page = refusalPage(why, "/s/forget.html?x", account.asks([]));
    assert.ok(page.status >= 400 && page.main.text.length > 80, why);
  }
  assert.match(refusalPage("locked", "", account.asks([])).main.text, /Ask your Headteacher to give you permission/);
});

test("sizes are in the units that people know", () => {
  assert.deepEqual([0, 999, 1000, 245_760, 1_500_000].map(sizeText), ["0 bytes", "999 bytes", "1 kB", "246 kB", "1.5 MB"]);
});

test("permission is asked of the Headteacher of each school, by name where it is known", () => {
  const part = (urn: string, name: string, head: string): Own => ({ school: { urn, name, opaque: "" }, own: html`<p>held for ${head}</p>`, address: html`<p>tell the portal team</p>`, ask: html`<p>Ask ${head}, the Headteacher of ${name}</p>`, permits: none });
  const own = [part("900001", "Fernside", "Morgan Ellery"), part("900002", "Hollow Lane", "Hester Brambling")];
  const { main } = account.permission(reader([]), own);
  assert.match(main.text, /Ask Morgan Ellery, the Headteacher of Fernside/);
  assert.match(main.text, /Ask Hester Brambling, the Headteacher of Hollow Lane/);
  assert.match(account.permission(reader([]), []).main.text, /Ask your Headteacher to give you permission/);
  assert.match(refusalPage("locked", "", account.asks(own)).main.text, /Morgan Ellery/);
  assert.doesNotMatch(refusalPage("missing", "", account.asks(own)).main.text, /Morgan Ellery/);
});

test("the account page says when somebody signed in on an earlier day", () => {
  assert.match(account.account(reader([]), []).main.text, /Last sign-in on an earlier day<\/dt><dd[^>]*>None on this device/);
  const before = Date.parse("2026-11-16T09:30:00Z");
  assert.match(account.account(reader([], before), []).main.text, /Last sign-in on an earlier day<\/dt><dd[^>]*>16 November 2026, 09:30/);
});

test("the account page of several schools says once whom to tell of another address", () => {
  const at = (name: string, address: string): Own => ({ school: { ...fernside, name }, own: html`<p>held at ${name}</p>`, address: html`<p>${address}</p>`, ask: html``, permits: none });
  const { text } = account.account(reader([]), [at("Fernside", "tell the portal team"), at("Hollow Lane", "tell the portal team"), at("Tarn Lane", "tell Data")]).main;
  for (const held of ["Fernside", "Hollow Lane", "Tarn Lane"]) assert.equal(text.split(`held at ${held}`).length, 2);
  assert.equal(text.split("tell the portal team").length, 2);
  assert.equal(text.split("tell Data").length, 2);
});

test("the account page shows what is one's own, and the table of everybody only with its key", () => {
  const lists = [{ area: "people", tab: "", title: "Who can see what", page: "bb.html" }];
  const own: Own[] = [{ school: fernside, own: html`<p>held for Morgan</p>`, address: html``, ask: html``, permits: none }];
  const without = account.account(reader([shelf("person-7kq2m9xd", fernside, [])]), own).main.text;
  assert.match(without, /held for Morgan/);
  assert.doesNotMatch(without, /Who can see what/);
  const table = shelf("people-audit", fernside, [], { lists });
  assert.ok(account.account(reader([table]), own).main.text.includes(`href="${table.contents.root}/bb.html"`));
});

test("a visit that was answered is done, and says that it waits; one that was changed since is to do again", () => {
  const visit = item("1", { kind: "visit", type: "Focus", state: "open", due: "2026-11-25", respond: true, title: "Focus visit: Early reading", subject_sha256: "7".repeat(64) });
  const sent: Sent = {
    deposit: "a".repeat(64), kind: "response", time: "2026-11-18T09:00:00.000Z", index: 4, subject: visit.id, subjectHash: visit.subject_sha256, answer: "accurate", comments: "", supersedes: "", receipt: "",
  };
  const shelves = [shelf("visits-full", fernside, [visit])];
  assert.equal(todo(reader(shelves).papers, today).length, 1);
  const answered = reader(shelves, 0, "", [sent]);
  assert.deepEqual(todo(answered.papers, today), []);
  const page = home(answered).main.text;
  assert.match(page, /id="done".*Focus visit: Early reading.*Answered.*Waiting for the authority/s);
  assert.doesNotMatch(page, /Read and Respond/);
  for (const other of [{ subjectHash: "8".repeat(64) }, { kind: "withdrawal" }, { subject: "2".repeat(16) }]) {
    assert.equal(todo(reader(shelves, 0, "", [{ ...sent, ...other }]).papers, today).length, 1, JSON.stringify(other));
  }
});
