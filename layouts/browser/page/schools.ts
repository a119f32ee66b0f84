/** The reader's schools side by side, as a head of two or a trust of many looks at them: counts, dates, and what one may read. */
import { londonDay, longDay } from "../shared/dates.ts";
import type { Handover, SchoolView } from "../shared/message.ts";
import { compare, isOf, type Paper, todo } from "../shared/paper.ts";
import { el, hidden, tag } from "./element.ts";
import { markDeadlines } from "./clock.ts";
import { startLists } from "./lists.ts";
import type { Place } from "./place.ts";
import { linkSchools } from "./portal.ts";
import { keepTables } from "./tables.ts";

/** A school with what it has to show. */
export interface Standing {
  readonly school: SchoolView;
  readonly toDo: readonly Paper[];
  readonly overdue: number;
  readonly visits: readonly Paper[];
  readonly awaiting: number;
  /** The next thing with a date, or nothing. */
  readonly next: Paper | undefined;
}

/** So many schools need no search box. */
const fewSchools = 6;

/** Asks for the records and shows the schools; done when they are shown. */
export function start({ place, worker }: Place): Promise<void> {
  return new Promise((shown) => { askFor(place, worker, shown); });
}

function askFor(place: HTMLElement, worker: ServiceWorker, shown: () => void): void {
  const line = new MessageChannel();
  line.port1.onmessage = ({ data }: MessageEvent<Handover>) => {
    if ("papers" in data) {
      show(place, standings(data.schools, data.papers, londonDay(Date.now())));
      linkSchools(worker);
      shown();
    } else if ("done" in data) line.port1.close();
  };
  worker.postMessage({ ask: "papers", pages: false }, [line.port2]);
}

/** The schools, the nearest deadline first. */
export function standings(schools: readonly SchoolView[], papers: readonly Paper[], today: string): Standing[] {
  const waiting = todo(papers, today);
  return schools
    .map((school) => {
      const toDo = waiting.filter((p) => isOf(p, school) && !p.doneBy.includes(school.urn));
      const visits = papers.filter((p) => p.item.kind === "visit" && isOf(p, school));
      return {
        school, toDo, visits, next: toDo.find((p) => p.item.due !== ""),
        overdue: toDo.filter((p) => p.item.due !== "" && p.item.due < today).length,
        awaiting: visits.filter((p) => p.item.respond).length,
      };
    })
    .sort((a, b) => compare(a.next?.item.due ?? "9999", b.next?.item.due ?? "9999") || compare(a.school.name, b.school.name));
}

function show(place: HTMLElement, all: readonly Standing[]): void {
  if (all.length === 0) {
    place.replaceChildren(el("p", { class: "govuk-body" }, "Your account is not linked to a school."));
    return;
  }
  const overdue = all.filter((s) => s.overdue > 0).length;
  const sentence = overdue === 0 ? "Nothing is overdue." : overdue === 1 ? "1 school has something overdue." : `${String(overdue)} schools have something overdue.`;
  place.replaceChildren(el("p", { class: "govuk-body" }, `${sentence} The school with the nearest deadline stands first.`),
    el("div", { "data-list": "" }, ...(all.length > fewSchools ? [form()] : []), el("p", { class: "govuk-body", "data-list-count": "", "aria-live": "polite" }), table(all), el("p", { class: "govuk-body", "data-list-empty": "", hidden: "" }, "No school is called so.")));
  startLists();
  keepTables();
  markDeadlines(Date.now());
}

function form(): HTMLElement {
  return el("form", { class: "app-filters", "data-list-filters": "", role: "search", "aria-label": "Your schools", hidden: "" },
    el("div", { class: "govuk-form-group app-filters__text" }, el("label", { class: "govuk-label", for: "q" }, "Search schools"),
      el("input", { class: "govuk-input", id: "q", name: "q", type: "search", autocomplete: "off", spellcheck: "false", "data-filter-text": "" })));
}

function table(all: readonly Standing[]): HTMLElement {
  const heads = [["School", "text"], ["To do", "number"], ["Next deadline", "date"], ["Visits", "number"], ["Reports", "text"]] as const;
  return el("table", { class: "govuk-table app-cards" }, el("caption", { class: "govuk-table__caption govuk-visually-hidden" }, "Your schools"),
    el("thead", { class: "govuk-table__head" }, el("tr", { class: "govuk-table__row" }, ...heads.map(([label, sort]) => el("th", { scope: "col", class: "govuk-table__header", "data-sort": sort }, label)))),
    el("tbody", { class: "govuk-table__body" }, ...all.map(row)));
}

function row({ school, toDo, overdue, visits, awaiting, next }: Standing): HTMLElement {
  const count = toDo.length === 0 ? "Nothing" : String(toDo.length);
  return el("tr", { class: "govuk-table__row", "data-row": "", "data-text": `${school.name} ${school.urn}`.toLowerCase() },
    el("th", { scope: "row", class: "govuk-table__header app-cards__first", "data-label": "School" },
      el("a", { class: "govuk-link", href: "/s/home.html", "data-school": school.urn }, school.name), small(`URN ${school.urn}`)),
    cell("To do", String(toDo.length), count, overdue === 0 ? undefined : " ", overdue === 0 ? undefined : tag(`${String(overdue)} overdue`, "red")),
    cell("Next deadline", next?.item.due ?? "9999", ...deadline(next)),
    cell("Visits", String(visits.length), ...visitsOf(school, visits, awaiting)),
    cell("Reports", "", school.reports ? "You can read them" : school.visits === "" ? "You need permission: ask the Headteacher" : "You see that they exist: ask the Headteacher to read them"));
}

function deadline(next: Paper | undefined): (Node | string)[] {
  if (next === undefined) return ["None"];
  const { item, href } = next;
  return [el("time", { datetime: item.due, "data-deadline": "" }, longDay(item.due)), small(href === "" ? item.title : el("a", { class: "govuk-link", href: `/s/${href}` }, item.title))];
}

function visitsOf(school: SchoolView, visits: readonly Paper[], awaiting: number): (Node | string)[] {
  if (school.visits === "") return ["Not shown to you"];
  const [last] = visits;
  const parts: (Node | string)[] = [el("a", { class: "govuk-link", href: `/s/${school.visits}` }, visits.length === 1 ? "1 visit" : `${String(visits.length)} visits`, hidden(` of ${school.name}`))];
  if (awaiting > 0) parts.push(small(awaiting === 1 ? "1 awaits a response" : `${String(awaiting)} await a response`));
  if (last !== undefined) parts.push(small(`Last: ${longDay(last.item.date)}`));
  return parts;
}

function cell(label: string, value: string, ...children: readonly (Node | string | undefined)[]): HTMLElement {
  return el("td", { class: "govuk-table__cell", "data-label": label, ...(value === "" ? {} : { "data-value": value }) }, ...children);
}

function small(child: Node | string): HTMLElement {
  return el("span", { class: "app-small" }, child);
}
