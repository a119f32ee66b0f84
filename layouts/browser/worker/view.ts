/**
 * What a page of the portal learns of its reader's view: their schools, what is
 * new, and, for searching, everything that they may read. Nothing of it is kept.
 */
import type { About, Handover } from "../shared/message.ts";
import { londonDay } from "../shared/dates.ts";
import { readerOf } from "./compose/composed.ts";
import { schoolsOf } from "./compose/paper.ts";
import { visitsLists } from "./compose/places.ts";
import { withoutRefused } from "./box/people.ts";
import { knownSent } from "./box/sent.ts";
import { type Desk, upToDate } from "./holder.ts";

type View = Pick<About, "schools" | "school" | "here" | "since" | "answered">;

/** What is told when nobody is signed in. */
export const nobody: View = { schools: [], school: "", here: "", since: "", answered: [] };

/** The view of whoever is signed in, from a page at an address. */
export async function view(desk: Desk, address: string): Promise<View> {
  const { session, library } = desk;
  const [, root = ""] = /^\/s\/([0-9a-f]{16})\//.exec(new URL(address).pathname) ?? [];
  const several = library.urns.size > 1;
  return {
    // Names are in the indexes, which nobody with one school need wait for.
    schools: several ? schoolsOf(await library.shelves().catch(() => [])) : [],
    school: session.school,
    here: library.schoolOf(root),
    since: readerOf(session, [], londonDay(Date.now())).since,
    answered: await answered(desk),
  };
}

/** The records that this person answered; nobody who answered none waits for the indexes. */
async function answered(desk: Desk): Promise<string[]> {
  const sent = await withoutRefused(desk, await knownSent(desk));
  if (sent.length === 0) return [];
  const shelves = await desk.library.shelves().catch(() => []);
  return readerOf(desk.session, shelves, londonDay(Date.now()), { sent }).papers.filter((p) => p.answered !== "").map((p) => p.href);
}

/** Hands the records, and with `pages` everything that may be read, to a page's script on a port. */
export async function handOver(port: MessagePort, pages: boolean): Promise<Handover> {
  const desk = await upToDate();
  if (desk === undefined) return { done: true, missing: 0 };
  const reader = readerOf(desk.session, await desk.library.shelves(), londonDay(Date.now()), { sent: await withoutRefused(desk, await knownSent(desk)) });
  const lists = new Map(visitsLists(reader).map((l) => [l.school.urn, l.href]));
  const full = new Set(reader.shelves.filter((s) => s.compartment.kind === "visits-full").map((s) => s.compartment.school));
  const schools = reader.schools.map((s) => ({ ...s, visits: lists.get(s.urn) ?? "", reports: full.has(s.urn) }));
  port.postMessage({ papers: reader.papers, schools } satisfies Handover);
  const wanted = new Set(reader.papers.map((p) => p.href));
  let missing = 0;
  if (pages) {
    for await (const pack of desk.library.pages()) {
      if (pack === undefined) missing++;
      else port.postMessage({ pages: [...pack].filter(([href]) => wanted.has(href)) } satisfies Handover);
    }
  }
  return { done: true, missing };
}
