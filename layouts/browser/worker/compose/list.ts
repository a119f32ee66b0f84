/** Lists of records, marked up as the generated lists are: page.ts filters and sorts both. */
import { longDay } from "../../shared/dates.ts";
import { compare, type Paper, stateOf } from "../../shared/paper.ts";
import type { Reader } from "./composed.ts";
import { escape, Html, html, none } from "./html.ts";


/** A column; `sort` says how its cells compare. The first column is the row's header. */
export interface Column {
  readonly label: string;
  readonly sort?: "date" | "text" | "number";
  readonly cell: (paper: Paper) => Html;
  /** Marks the column whose cells are states, or the one that leads a phone's card though another is first. */
  readonly as?: "status" | "title";
}

/** A select above a list; a record may have several values of it. */
export interface Filter {
  readonly name: string;
  readonly label: string;
  readonly of: (paper: Paper) => readonly string[];
  /** Values that stand in this order instead of the alphabet's. */
  readonly newestFirst?: boolean;
}

export interface List {
  readonly caption: string;
  /** The words of the search box's label. */
  readonly search: string;
  readonly columns: readonly Column[];
  readonly filters: readonly Filter[];
  /** What stands there instead of an empty list. */
  readonly empty: string;
}

/** A list with its search box and filters. */
export function list(l: List, papers: readonly Paper[]): Html {
  if (papers.length === 0) return html`<p class="govuk-body">${l.empty}</p>`;
  const filters = l.filters.filter((f) => valuesOf(f, papers).length > 1);
  return html`${unreadNote(papers)}<div data-list>
<details class="govuk-details app-filters__toggle" data-filters-toggle open>
<summary class="govuk-details__summary"><span class="govuk-details__summary-text">Search and filter</span></summary>
<form class="app-filters" data-list-filters role="search" aria-label="${l.caption}" hidden>
<div class="govuk-form-group app-filters__text"><label class="govuk-label" for="q">${l.search}</label>
<input class="govuk-input" id="q" name="q" type="search" autocomplete="off" spellcheck="false" data-filter-text></div>
${filters.map((f) => select(f, papers))}
</form>
</details>
<p class="govuk-body" data-list-count aria-live="polite"></p>
<table class="govuk-table app-cards">
<caption class="govuk-table__caption govuk-visually-hidden">${l.caption}</caption>
<thead class="govuk-table__head"><tr class="govuk-table__row">${l.columns.map(heading)}</tr></thead>
<tbody class="govuk-table__body">${papers.map((p) => row(l, filters, p))}</tbody>
</table>
<p class="govuk-body" data-list-empty hidden>Nothing matches. Search for other words, or set the filters back to All.</p>
</div>`;
}

function heading(column: Column): Html {
  const sort = column.sort === undefined ? none : new Html(` data-sort="${column.sort}"`);
  return html`<th scope="col" class="govuk-table__header"${sort}>${column.label}</th>`;
}

function select(filter: Filter, papers: readonly Paper[]): Html {
  const id = `filter-${filter.name}`;
  const options = valuesOf(filter, papers).map((v) => html`<option value="${v}">${v}</option>`);
  return html`<div class="govuk-form-group"><label class="govuk-label" for="${id}">${filter.label}</label>
<select class="govuk-select" id="${id}" name="${filter.name}" data-filter="${filter.name}" autocomplete="off"><option value="">All</option>${options}</select></div>`;
}

function valuesOf(filter: Filter, papers: readonly Paper[]): string[] {
  const values = [...new Set(papers.flatMap((p) => filter.of(p)))].filter((v) => v !== "").sort(compare);
  return filter.newestFirst === true ? values.reverse() : values;
}

function row(l: List, filters: readonly Filter[], paper: Paper): Html {
  const data = filters.map((f) => ` data-${f.name}="${escape(f.of(paper).join("|"))}"`).join("");
  const attributes = new Html(`${data} data-text="${escape(searchText(paper))}"`);
  const cells = l.columns.map((column, i) => {
    const cell = column.cell(paper);
    return i === 0
      ? html`<th scope="row" class="govuk-table__header app-cards__first" data-label="${column.label}">${cell}</th>`
      : html`<td class="govuk-table__cell${column.as === undefined ? "" : ` app-cards__${column.as}`}" data-label="${column.label}">${cell}</td>`;
  });
  return html`<tr class="govuk-table__row" data-row${attributes}>${cells}</tr>`;
}

/** All that a search over a record finds, in lower case. */
function searchText({ item, schools, files }: Paper): string {
  const words = [
    item.title, item.number, item.type, item.category, item.focus, item.person, item.contact, item.publisher, item.state_text,
    item.date === "" ? "" : longDay(item.date), item.due === "" ? item.due_text : longDay(item.due),
    ...item.audience, ...schools.map((s) => s.name), ...files.map((f) => f.title),
  ];
  return words.filter((w) => w !== "").join(" ").toLowerCase();
}

/** A record's title, linked when the person may read it. */
export function titleLink({ href, item }: Paper): Html {
  return href === "" ? html`${item.title}` : html`<a class="govuk-link" href="${href}">${item.title}</a>`;
}

/** A record's title, marked when it is new. */
export function titleCell(paper: Paper): Html {
  return html`${titleLink(paper)}${paper.fresh ? html` <strong class="govuk-tag govuk-tag--blue app-new">New</strong>` : none}`;
}

/** A date with its machine form. */
export function dateCell(day: string): Html {
  return day === "" ? none : html`<time datetime="${day}">${longDay(day)}</time>`;
}

/** A due date, which page.ts follows with the days left, or the words that stand instead. */
export function dueCell({ item, done }: Paper): Html {
  if (item.due === "") return html`${item.due_text}`;
  const left = done || item.state === "closed" || item.state === "withdrawn" ? none : new Html(" data-deadline");
  return html`<time datetime="${item.due}"${left}>${longDay(item.due)}</time>`;
}

/** The schools that a record is of, out of the reader's; of one that some have done, those that have not. */
export function schoolsCell({ schools, done, doneBy }: Paper, reader: Reader): Html {
  const left = (schools.length === 0 ? reader.schools : schools).filter((s) => done || !doneBy.includes(s.urn));
  return html`${left.length === reader.schools.length ? "All your schools" : left.map((s) => s.name).join(", ")}`;
}

/** Why some titles are no links (rows V10, V11); nothing where all are. */
export function unreadNote(papers: readonly Paper[]): Html {
  if (papers.every((p) => p.href !== "")) return none;
  return html`<div class="govuk-inset-text">Records without a link are there, but you cannot read them. To read them, ask your Headteacher to give you permission.</div>`;
}

/** A record's state as a tag. */
export function stateCell(paper: Paper): Html {
  const [word, colour] = stateOf(paper);
  const waits = paper.answered === "" ? none : html`<span class="app-small">Waiting for the authority</span>`;
  return html`<strong class="govuk-tag govuk-tag--${colour}">${word}</strong>${waits}`;
}

const clip = new Html(
  `<svg width="16" height="18" viewBox="0 0 16 18" aria-hidden="true" focusable="false"><path fill="none" stroke="currentcolor" stroke-width="1.8" stroke-linecap="round" d="M13.5 8.2 8 13.9a3.6 3.6 0 0 1-5.2-5l5.9-6.2a2.4 2.4 0 0 1 3.5 3.3l-5.7 5.9a1.2 1.2 0 0 1-1.7-1.6l5.2-5.4"/></svg>`,
);

/** The attachments behind a paperclip, or a dimmed one. */
export function clipCell({ files }: Paper): Html {
  if (files.length === 0) return html`<span class="app-clip__icon">${clip}</span><span class="govuk-visually-hidden">No attachments</span>`;
  const count = files.length === 1 ? "1 attachment" : `${String(files.length)} attachments`;
  const names = files.map((f) => f.title).join(", ");
  return html`<details class="app-clip"><summary><span class="app-clip__icon app-clip__icon--on">${clip}</span> ${count}<span class="govuk-visually-hidden">: ${names}</span></summary><ul class="govuk-list">${files.map(
    (f) => html`<li><a class="govuk-link" href="${f.href}" download>${f.title}</a> <span class="app-clip__size">${sizeText(f.size)}</span></li>`,
  )}</ul></details><span class="app-clip__preview" aria-hidden="true">${names}</span>`;
}

/** A size in bytes as people read it. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${String(bytes)} bytes`;
  if (bytes < 1_000_000) return `${String(Math.round(bytes / 1000))} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
