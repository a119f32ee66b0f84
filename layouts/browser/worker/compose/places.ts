/** The way to the visits of the reader's schools, and their account. */
import { formatCode } from "../../shared/account.ts";
import { type School } from "../../shared/contents.ts";
import { compare } from "../../shared/paper.ts";
import { type Html, html } from "./html.ts";
import { type Composed, heading, type Reader } from "./composed.ts";

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

/** What stands instead of the visits where the reader may not even know of them. */
export function visits(): Composed {
  const name = "All Records of Visits";
  return { title: name, main: html`${heading(name)}${ask("You need permission to see records of visits.")}` };
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
