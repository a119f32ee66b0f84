/** The first page after signing in: what to do, what is new, what is done. */
import { longDay } from "../../shared/dates.ts";
import { compare, kindName, type Paper, todo } from "../../shared/paper.ts";
import { type Html, html, none } from "./html.ts";
import { type Composed, heading, onlySchool, type Reader } from "./composed.ts";
import { dateCell, schoolsCell, stateCell, titleCell, titleLink, unreadNote } from "./list.ts";
import { deadlineCell } from "./todo.ts";
import { visitsLists } from "./places.ts";

/** One of home's three parts. */
interface Part {
  readonly id: string;
  readonly name: string;
  readonly papers: readonly Paper[];
  /** What stands there instead of nothing. */
  readonly empty: string;
  /** The label of the last column. */
  readonly last: string;
  readonly cell: (paper: Paper) => Html;
  /** How many lines show before the reader asks for all of them. */
  readonly shown: number;
}

/** Home. */
export function home(reader: Reader): Composed {
  const parts = partsOf(reader);
  return {
    title: "Home",
    main: html`${heading("Home", onlySchool(reader))}
${ways(reader)}
${unreadNote(parts.flatMap((p) => p.papers))}
${parts.map((p) => section(p, reader))}`,
  };
}

function partsOf(reader: Reader): Part[] {
  const first = reader.session.before === 0;
  const since = first ? "in the last four weeks" : `since you signed in on ${longDay(reader.since)}`;
  const toDo = todo(reader.papers, reader.today);
  return [
    { id: "todo", name: "To do", papers: toDo, empty: "You have nothing to do at the moment.", last: "To be completed by", cell: (p) => deadlineCell(p, reader.today), shown: 20 },
    { id: "new", name: `New ${since}`, papers: recent(reader, toDo), empty: `Nothing new has come ${since}.`, last: "Date", cell: (p) => dateCell(p.item.changed), shown: 10 },
    { id: "done", name: "Done", papers: finished(reader), empty: "What your school has done will be listed here.", last: "Status", cell: stateCell, shown: 5 },
  ];
}

/** The way to the visits, and to the schools where there are several (row V03). */
function ways(reader: Reader): Html {
  const visits = visitsLists(reader).length === 0 ? none : html`<li><a class="govuk-link" href="visits.html">All Records of Visits</a></li>`;
  const schools = reader.schools.length < 2 ? none : html`<li><a class="govuk-link" href="schools.html">Your schools</a></li>`;
  const sent = reader.sends ? html`<li><a class="govuk-link" href="sent.html">What you sent</a></li>` : none;
  return visits === none && schools === none && sent === none ? none : html`<ul class="govuk-list app-ways">${visits}${schools}${sent}</ul>`;
}

/** What came or changed, newest first, besides what is to do: that is marked as new where it stands. */
function recent({ papers, today }: Reader, toDo: readonly Paper[]): Paper[] {
  return papers.filter((p) => p.fresh && p.item.changed <= today && !toDo.includes(p)).sort((a, b) => compare(b.item.changed, a.item.changed));
}

function finished({ papers }: Reader): Paper[] {
  return papers.filter((p) => p.done || p.answered !== "" || (p.item.kind === "visit" && (p.item.state === "responded" || p.item.state === "finalised")));
}

function section(part: Part, reader: Reader): Html {
  const { id, name, papers, empty } = part;
  const content = papers.length === 0 ? html`<p class="govuk-body">${empty}</p>` : table(part, reader);
  return html`<section aria-labelledby="${id}"><h2 class="govuk-heading-m" id="${id}">${name}</h2>${content}</section>`;
}

function table({ id, name, papers, last, cell, shown }: Part, reader: Reader): Html {
  const brief = id === "todo" ? "" : " app-cards--brief";
  const many = reader.schools.length > 1;
  const title = id === "new" ? titleLink : titleCell;
  const headers = ["Title", "Kind", ...(many ? ["School"] : []), last];
  return html`<table class="govuk-table app-cards app-even${brief}" data-long="${shown}"><caption class="govuk-table__caption govuk-visually-hidden">${name}</caption>
<thead class="govuk-table__head"><tr class="govuk-table__row">${headers.map((h) => html`<th scope="col" class="govuk-table__header">${h}</th>`)}</tr></thead>
<tbody class="govuk-table__body">${papers.map((p) => html`<tr class="govuk-table__row"><th scope="row" class="govuk-table__header app-cards__first" data-label="Title">${title(p)}</th><td class="govuk-table__cell" data-label="Kind">${kindName(p)}${p.item.kind === "visit" && p.item.state === "open" && p.href !== "" && p.answered === "" ? html`<span class="app-small">Read and Respond</span>` : none}</td>${
    many ? html`<td class="govuk-table__cell" data-label="School">${schoolsCell(p, reader)}</td>` : none
  }<td class="govuk-table__cell" data-label="${last}">${cell(p)}</td></tr>`)}</tbody></table>`;
}
