/** The first page after signing in: what to do, what is new, what is done. */
import { addDays, londonDay } from "../../shared/dates.ts";
import { type Html, html, none } from "./html.ts";
import { type Composed, heading, onlySchool, type Reader } from "./composed.ts";
import { dateCell, dueCell, schoolsCell, stateCell, titleCell, unreadNote } from "./list.ts";
import type { Paper } from "./paper.ts";
import { todo } from "./todo.ts";
import { kindName } from "./areas.ts";
import { visitsLists } from "./places.ts";

const newDays = 28;
const mostShown = 20;

/** Home. */
export function home(reader: Reader): Composed {
  const toDo = todo(reader);
  const fresh = recent(reader, toDo);
  const done = finished(reader);
  return {
    title: "Home",
    main: html`${heading("Home", onlySchool(reader))}
${ways(reader)}
${unreadNote([...fresh, ...done])}
${section("todo", "To do", toDo.length === 0 ? html`<p class="govuk-body">You have nothing to do at the moment.</p>` : table("To do", "To be completed by", toDo, dueCell, reader))}
${section("new", sinceText(reader), fresh.length === 0 ? html`<p class="govuk-body">Nothing new has been published.</p>` : table("New", "Published", fresh, (p) => dateCell(p.item.date), reader))}
${done.length === 0 ? none : section("done", "Done", table("Done", "Status", done, stateCell, reader))}`,
  };
}

/** The way to the visits, and to the schools where there are several (row V03). */
function ways(reader: Reader): Html {
  const visits = visitsLists(reader).length === 0 ? none : html`<li><a class="govuk-link" href="visits.html">All Records of Visits</a></li>`;
  const schools = reader.schools.length < 2 ? none : html`<li><a class="govuk-link" href="schools.html">Your schools</a></li>`;
  return visits === none && schools === none ? none : html`<ul class="govuk-list app-ways">${visits}${schools}</ul>`;
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
  const brief = caption === "To do" ? "" : " app-cards--brief";
  const many = reader.schools.length > 1;
  const headers = ["Title", "Kind", ...(many ? ["School"] : []), last];
  return html`<table class="govuk-table app-cards app-even${brief}"><caption class="govuk-table__caption govuk-visually-hidden">${caption}</caption>
<thead class="govuk-table__head"><tr class="govuk-table__row">${headers.map((h) => html`<th scope="col" class="govuk-table__header">${h}</th>`)}</tr></thead>
<tbody class="govuk-table__body">${papers.map((p) => html`<tr class="govuk-table__row"><th scope="row" class="govuk-table__header app-cards__first" data-label="Title">${titleCell(p)}</th><td class="govuk-table__cell" data-label="Kind">${kindName(p)}${p.item.kind === "visit" && p.item.state === "open" && p.href !== "" ? html`<span class="app-small">Read and Respond</span>` : none}</td>${
    many ? html`<td class="govuk-table__cell" data-label="School">${schoolsCell(p, reader)}</td>` : none
  }<td class="govuk-table__cell" data-label="${last}">${cell(p)}</td></tr>`)}</tbody></table>`;
}
