/** The reader's schools, the way to their visits, and their account. */
import { formatCode } from "../../shared/account.ts";
import { type School } from "../../shared/contents.ts";
import { type Html, html, none } from "./html.ts";
import { type Composed, heading, type Reader } from "./composed.ts";
import { dueCell, titleCell } from "./list.ts";
import { compare, type Paper } from "./paper.ts";
import { todo } from "./todo.ts";

/** A school's generated list of visits. */
export interface VisitsList {
  readonly school: School;
  readonly href: string;
  readonly title: string;
}

/** One list of visits a school: the full one where the reader has its key. */
export function visitsLists(reader: Reader): VisitsList[] {
  const found = new Map<string, VisitsList>();
  // Kinds sort "visits-audit" before "visits-full", so the later one is the fuller.
  for (const { compartment, contents } of reader.shelves) {
    const { school } = contents;
    const page = contents.lists.find((l) => l.area === "visits" && l.tab !== "trust") ?? contents.lists.find((l) => l.area === "visits");
    if (school !== null && page !== undefined) found.set(school.urn, { school, href: `${compartment.root}/${page.page}`, title: page.title });
  }
  return [...found.values()].sort((a, b) => compare(a.school.name, b.school.name));
}

/** The choice between the visits of several schools. */
export function visits(reader: Reader): Composed {
  const lists = visitsLists(reader);
  const name = "All Records of Visits";
  if (lists.length === 0) return { title: name, main: html`${heading(name)}${ask("You need permission to see records of visits.")}` };
  return {
    title: name,
    main: html`${heading(name)}<p class="govuk-body">Choose a school.</p>
<ul class="govuk-list govuk-list--spaced">${lists.map((l) => html`<li><a class="govuk-link" href="${l.href}">${l.school.name}</a></li>`)}</ul>`,
  };
}

/** The reader's schools with what each has to show. */
export function schools(reader: Reader): Composed {
  const visitsOf = new Map(visitsLists(reader).map((l) => [l.school.urn, l.href]));
  const name = reader.schools.length === 1 ? "Your school" : "Your schools";
  if (reader.schools.length === 0) return { title: name, main: html`${heading(name)}<p class="govuk-body">Your account is not linked to a school.</p>` };
  const cards = reader.schools.map((s) => ({ s, next: nextOf(s, reader) })).sort((a, b) => compare(a.next?.item.due ?? "9999", b.next?.item.due ?? "9999"));
  return { title: name, main: html`${heading(name)}${cards.map(({ s, next }) => school(s, next, visitsOf.get(s.urn), reader))}` };
}

/** What a school must do next. */
function nextOf(s: School, reader: Reader): Paper | undefined {
  return todo(reader).find((p) => p.item.due !== "" && isOf(p, s));
}

/** A paper of the authority's own is every school's. */
function isOf({ schools }: Paper, s: School): boolean {
  return schools.length === 0 || schools.some((x) => x.urn === s.urn);
}

function school(s: School, next: Paper | undefined, visitsHref: string | undefined, reader: Reader): Html {
  const waiting = todo(reader).filter((p) => isOf(p, s)).length;
  return html`<div class="govuk-summary-card"><div class="govuk-summary-card__title-wrapper"><h2 class="govuk-summary-card__title">${s.name}</h2></div>
<div class="govuk-summary-card__content"><dl class="govuk-summary-list app-rows">
${rowOf("URN", html`${s.urn}`)}
${rowOf("To do", html`${waiting === 0 ? "Nothing at the moment" : waiting}`)}
${next === undefined ? none : rowOf("Next", html`${titleCell(next)}, by ${dueCell(next)}`)}
${rowOf("Records of visits", visitsHref === undefined ? html`Ask your Headteacher for permission` : html`<a class="govuk-link" href="${visitsHref}">All Records of Visits<span class="govuk-visually-hidden"> of ${s.name}</span></a>`)}
</dl></div></div>`;
}

/** Who is signed in and what they may read. */
export function account(reader: Reader): Composed {
  const { session } = reader;
  const kinds = new Map<string, Set<string>>();
  for (const { compartment, contents } of reader.shelves) {
    const place = contents.school?.name ?? "From the authority";
    kinds.set(place, (kinds.get(place) ?? new Set()).add(kindText(compartment.kind)));
  }
  return {
    title: "Your account",
    main: html`${heading("Your account")}
<dl class="govuk-summary-list app-rows">
${rowOf("Name", html`${session.holder}`)}
${rowOf("Account code", html`${formatCode(session.code)}`)}
${rowOf(reader.schools.length === 1 ? "School" : "Schools", html`${reader.schools.map((s) => s.name).join(", ") || "None"}`)}
</dl>
<h2 class="govuk-heading-m">What you can read</h2>
<dl class="govuk-summary-list app-rows">${[...kinds].sort(([a], [b]) => compare(a, b)).map(([place, names]) => rowOf(place, html`${[...names].sort(compare).join(", ")}`))}</dl>
<p class="govuk-body">If something is missing, ask your Headteacher to give you permission.</p>
<section data-passkeys aria-labelledby="passkeys"><h2 class="govuk-heading-m" id="passkeys">Passkeys on this device</h2></section>
<button type="button" class="govuk-button govuk-button--secondary" data-sign-out>Sign out</button>`,
  };
}

const areaNames: Record<string, string> = { visits: "records of visits", documents: "documents", returns: "data returns", results: "results" };

/** A compartment's kind in plain words. */
export function kindText(kind: string): string {
  const [, area, right] = /^(visits|documents|returns|results)-(audit|full)$/.exec(kind) ?? [];
  if (area !== undefined) return `${areaNames[area] ?? area} (${right === "full" ? "full" : "list only"})`;
  if (kind.startsWith("role-")) return `papers for the role ${kind.slice("role-".length).replaceAll("-", " ")}`;
  if (kind.startsWith("group-")) return `papers for the group ${kind.slice("group-".length).replaceAll("-", " ")}`;
  return "papers of a case";
}

/** Row V11's words for someone who lacks a key. */
export function ask(sentence: string): Html {
  return html`<div class="govuk-inset-text">${sentence} Ask your Headteacher to give you permission. If you are the Headteacher, ask us: see “Whom to ask” below.</div>`;
}

function rowOf(key: string, value: Html): Html {
  return html`<div class="govuk-summary-list__row"><dt class="govuk-summary-list__key">${key}</dt><dd class="govuk-summary-list__value">${value}</dd></div>`;
}
