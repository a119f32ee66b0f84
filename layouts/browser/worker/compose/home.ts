/** The first page after signing in: what to do, what is new, what is done. */
import { addDays, londonDay } from "../../shared/dates.ts";
import { type Html, html, none } from "./html.ts";
import { type Composed, heading, type Reader } from "./composed.ts";
import { dateCell, dueCell, stateCell, titleCell } from "./list.ts";
import { compare, type Paper } from "./paper.ts";
import { kindName } from "./areas.ts";
import { visitsLists } from "./places.ts";

const newDays = 28;
const passedDays = 90;
const mostShown = 20;

/** Home. */
export function home(reader: Reader): Composed {
  const toDo = todo(reader);
  const fresh = recent(reader, toDo);
  const done = finished(reader);
  return {
    title: "Home",
    main: html`${heading("Home")}
${ways(reader)}
${section("todo", "To do", toDo.length === 0 ? html`<p class="govuk-body">You have nothing to do at the moment.</p>` : table("To do", "To be completed by", toDo, dueCell, reader))}
${section("new", sinceText(reader), fresh.length === 0 ? html`<p class="govuk-body">Nothing new.</p>` : table("New", "Date", fresh, (p) => dateCell(p.item.date), reader))}
${done.length === 0 ? none : section("done", "Done", table("Done", "Status", done, stateCell, reader))}`,
  };
}

/** The way to the visits, and to the schools where there are several (row V03). */
function ways(reader: Reader): Html {
  const visits = visitsLists(reader).length === 0 ? none : html`<li><a class="govuk-link" href="visits.html">All Records of Visits</a></li>`;
  const schools = reader.schools.length < 2 ? none : html`<li><a class="govuk-link" href="schools.html">Your schools</a></li>`;
  return visits === none && schools === none ? none : html`<ul class="govuk-list">${visits}${schools}</ul>`;
}

/** What awaits something from the reader's schools, the nearest deadline first. */
export function todo({ papers, today }: Reader): Paper[] {
  const oldest = addDays(today, -passedDays);
  return papers
    .filter((p) => asks(p) && !p.done && (p.item.due === "" || p.item.due >= oldest))
    .sort((a, b) => compare(a.item.due || "9999", b.item.due || "9999") || compare(a.item.title, b.item.title));
}

function asks({ item }: Paper): boolean {
  switch (item.kind) {
    case "visit": return item.respond;
    case "sheet": return item.type === "Action" && item.state === "published" && (item.due !== "" || item.respond);
    case "return": return item.state === "open" || (item.state === "published" && item.due !== "");
    default: return false;
  }
}

/** What came since the last sign-in, or in the last four weeks at the first. */
function recent(reader: Reader, toDo: readonly Paper[]): Paper[] {
  const since = sinceDay(reader);
  return reader.papers.filter((p) => p.item.date >= since && p.item.date <= reader.today && p.item.state !== "draft" && !toDo.includes(p)).slice(0, mostShown);
}

function sinceDay({ session, today }: Reader): string {
  return session.before === 0 ? addDays(today, -newDays) : londonDay(session.before);
}

function sinceText({ session }: Reader): string {
  return session.before === 0 ? "New in the last four weeks" : "New since your last sign-in";
}

function finished({ papers }: Reader): Paper[] {
  return papers.filter((p) => p.done || (p.item.kind === "visit" && (p.item.state === "responded" || p.item.state === "finalised"))).slice(0, mostShown);
}

function section(id: string, name: string, content: Html): Html {
  return html`<section aria-labelledby="${id}"><h2 class="govuk-heading-m" id="${id}">${name}</h2>${content}</section>`;
}

function table(caption: string, last: string, papers: readonly Paper[], cell: (paper: Paper) => Html, reader: Reader): Html {
  const many = reader.schools.length > 1;
  const headers = ["Title", "Kind", ...(many ? ["School"] : []), last];
  return html`<table class="govuk-table app-cards"><caption class="govuk-table__caption govuk-visually-hidden">${caption}</caption>
<thead class="govuk-table__head"><tr class="govuk-table__row">${headers.map((h) => html`<th scope="col" class="govuk-table__header">${h}</th>`)}</tr></thead>
<tbody class="govuk-table__body">${papers.map((p) => html`<tr class="govuk-table__row"><th scope="row" class="govuk-table__header app-cards__first" data-label="Title">${titleCell(p)}</th><td class="govuk-table__cell" data-label="Kind">${kindName(p)}</td>${
    many ? html`<td class="govuk-table__cell" data-label="School">${p.schools.length === 0 ? "All" : p.schools.map((s) => s.name).join(", ")}</td>` : none
  }<td class="govuk-table__cell" data-label="${last}">${cell(p)}</td></tr>`)}</tbody></table>`;
}
