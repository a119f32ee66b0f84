/** Search, and the lists of MI sheets, data returns, documents, news and results. */
import { addDays, schoolYear } from "../../shared/dates.ts";
import { compare, kindName, type Paper, stateOf } from "../../shared/paper.ts";
import { escape, Html, html, none } from "./html.ts";
import { clipCell, type Column, dateCell, dueCell, type Filter, list, type List, schoolsCell, stateCell, titleCell } from "./list.ts";
import { type Composed, heading, onlySchool, type Reader } from "./composed.ts";

const title: Column = { label: "Title", sort: "text", cell: titleCell };
const published: Column = { label: "Published", sort: "date", cell: (p) => dateCell(p.item.date) };
const due: Column = { label: "To be completed by", sort: "date", cell: dueCell };
const state: Column = { label: "Status", sort: "text", cell: stateCell, as: "status" };
const files: Column = { label: "Attachments", cell: clipCell };

const year: Filter = { name: "year", label: "School year", of: (p) => [schoolYear(p.item.date)], newestFirst: true };
const type: Filter = { name: "type", label: "Type", of: (p) => [p.item.type] };
const audience: Filter = { name: "audience", label: "Audience", of: (p) => p.item.audience };
const status: Filter = { name: "status", label: "Status", of: (p) => [stateOf(p)[0]] };
const bySchool: Filter = { name: "school", label: "School", of: (p) => p.schools.map((s) => s.name) };
const from: Filter = { name: "publisher", label: "From", of: (p) => [p.item.publisher] };
const service: Filter = { name: "category", label: "Service", of: (p) => [p.item.category] };

/** Whether a due date is still to come, on a day. */
function dueFilter(today: string): Filter {
  return {
    name: "due",
    label: "Due date",
    of: ({ item }) => [item.due === "" ? "No due date" : item.due < today ? "In the past" : "Still to come"],
  };
}

/** MI sheets, by year and serial number (row P03). */
export function sheets(reader: Reader): Composed {
  const found = ofKind(reader, "sheet").sort((a, b) => numberOrder(b.item.number) - numberOrder(a.item.number) || compare(b.item.date, a.item.date));
  return area("Management Information sheets", {
    caption: "Management Information sheets",
    search: "Search titles, numbers, people and audiences",
    columns: [
      { label: "Number", sort: "number", cell: (p) => html`<span data-value="${numberOrder(p.item.number)}">${p.item.number}</span>` },
      { ...title, as: "title" }, { label: "Type", sort: "text", cell: (p) => html`${p.item.type}` }, published, due,
    ],
    filters: [type, audience, year, dueFilter(reader.today)],
    empty: "No Management Information sheets have been published for you yet.",
  }, found);
}

/** Data returns. */
export function returns(reader: Reader): Composed {
  return area("Surveys / Data Returns", {
    caption: "Surveys / Data Returns",
    search: "Search titles and contacts",
    columns: [title, published, due, state, ...schoolColumn(reader)],
    filters: [status, dueFilter(reader.today), year, bySchool],
    empty: "No data returns are open to you.",
  }, ofKind(reader, "return"), onlySchool(reader));
}

/** Documents. */
export function documents(reader: Reader): Composed {
  const pages = reader.sends ? sendingPages(reader) : [];
  const ways = pages.map(({ href, name }) => html`<p class="govuk-body"><a class="govuk-link" href="${href}">Send documents${pages.length > 1 ? ` for ${name}` : ""}</a></p>`);
  const made = area("Documents", {
    caption: "Documents",
    search: "Search titles, services and file names",
    columns: [title, { label: "From", sort: "text", cell: (p) => html`${p.item.publisher}` }, { ...published, label: "Date" }, files, ...schoolColumn(reader)],
    filters: [service, from, year, bySchool],
    empty: "No documents have been sent to your school yet.",
  }, ofKind(reader, "document"), onlySchool(reader));
  return { ...made, main: html`${made.main}${ways}` };
}

/** The pages from which documents are sent, one a school. */
function sendingPages({ shelves }: Reader): { readonly href: string; readonly name: string }[] {
  return shelves.flatMap(({ compartment, contents }) => contents.lists.filter((l) => l.area === "documents" && l.tab === "authority")
    .map((l) => ({ href: `${compartment.root}/${l.page}`, name: contents.school?.name ?? "" })));
}

/** For so many days what came or changed stands among the news. */
const alertDays = 90;

/** News, and an alert for each paper that came or changed (row X13). */
export function news(reader: Reader): Composed {
  const oldest = addDays(reader.today, -alertDays);
  const found = reader.papers
    .filter(({ item }) => item.kind === "news" || (item.changed >= oldest && item.changed <= reader.today))
    .sort((a, b) => compare(b.item.changed, a.item.changed));
  return area("News", {
    caption: "News and alerts",
    search: "Search news and alerts",
    columns: [
      title, { label: "What", sort: "text", cell: (p) => html`${kindName(p)}${p.item.kind === "news" ? none : html`<span class="app-small">${p.item.state_text}</span>`}` },
      { label: "Date", sort: "date", cell: (p) => dateCell(p.item.changed) }, ...schoolColumn(reader),
    ],
    filters: [{ name: "kind", label: "What", of: (p) => [kindName(p)] }, audience, year, bySchool],
    empty: "There is no news at the moment.",
  }, found, onlySchool(reader));
}

/** Results that schools see early. */
export function results(reader: Reader): Composed {
  return area("Results", {
    caption: "Results",
    search: "Search results",
    columns: [title, { ...published, label: "Released" }, ...schoolColumn(reader)],
    filters: [year, bySchool],
    empty: "No results have been released to you yet.",
  }, ofKind(reader, "result"), onlySchool(reader));
}

/** What a page's own script shows, so that only whoever opens that page loads it. */
export function scripted(name: string, data: Readonly<Record<string, string>>): Composed {
  const attributes = new Html(Object.entries(data).map(([key, path]) => ` data-${key}="/${escape(path)}"`).join(""));
  return { title: name, main: html`${heading(name)}<div data-place${attributes}><p class="govuk-body" role="status">Opening your papers…</p></div>` };
}

function area(name: string, l: List, papers: readonly Paper[], caption = ""): Composed {
  const main: Html = html`${heading(name, caption)}${list(l, papers)}`;
  return { title: name, main };
}

function ofKind(reader: Reader, kind: Paper["item"]["kind"]): Paper[] {
  return reader.papers.filter((p) => p.item.kind === kind);
}

function schoolColumn(reader: Reader): Column[] {
  return reader.schools.length > 1 ? [{ label: "School", sort: "text", cell: (p) => schoolsCell(p, reader) }] : [];
}

/** Numbers sort by year, then serial: 236/15 is 2015 and 236 (two digits: 1950 to 2049). */
function numberOrder(number: string): number {
  const [, serial, short] = /(\d+)\D+(\d\d)$/.exec(number) ?? [];
  if (serial === undefined || short === undefined) return 0;
  const year = Number(short) + (Number(short) < 50 ? 2000 : 1900);
  return year * 100_000 + Number(serial);
}
