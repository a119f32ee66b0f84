/** The way to the visits of the reader's schools. */
import { type School } from "../../shared/contents.ts";
import { compare } from "../../shared/paper.ts";
import type { Own } from "../person.ts";
import { asks } from "./account.ts";
import { html } from "./html.ts";
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
export function visits(_reader: Reader, own: readonly Own[]): Composed {
  const name = "All Records of Visits";
  return { title: name, main: html`${heading(name)}<p class="govuk-body">You need permission to see records of visits.</p>${asks(own)}` };
}
