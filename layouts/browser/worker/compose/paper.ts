/**
 * The records of a session, gathered from all its indexes: each once, whatever
 * the number of compartments that know it.
 */
import { isAnswerTo, type Sent } from "../../shared/answering.ts";
import type { Item, School } from "../../shared/contents.ts";
import { compare, type Paper } from "../../shared/paper.ts";
import type { Shelf } from "../library.ts";

/** Gathers the records of all shelves, newest first; what changed from a day on is new, what was sent is answered, what was begun a draft. */
export function papers(shelves: readonly Shelf[], since: string, sent: readonly Sent[] = [], begun: ReadonlySet<string> = new Set()): Paper[] {
  const found = new Map<string, Paper>();
  for (const shelf of shelves) {
    for (const item of shelf.contents.items) {
      if (item.kind === "done") continue;
      const paper = paperOf(shelf, item, since, sent);
      const other = found.get(item.id);
      found.set(item.id, other === undefined ? paper : joined(other, paper));
    }
  }
  const done = doneBy(shelves);
  const all = schoolsOf(shelves);
  const mine = all.map((s) => s.urn);
  return [...found.values()]
    .map((read) => {
      const paper = read.item.kind === "return" ? { ...read, answered: returned(read.item, all, sent), begun: begun.has(read.item.id) } : read;
      const schools = paper.schools.length > 0 ? paper.schools.map((s) => s.urn) : mine;
      const by = done.get(paper.item.id);
      return by === undefined ? paper : { ...paper, doneBy: [...by], done: schools.every((urn) => by.has(urn)) };
    })
    .sort((a, b) => compare(b.item.date, a.item.date) || compare(a.item.title, b.item.title));
}

/** When the last of the reader's schools sent a return, as far as this person did; else empty. */
function returned({ id, subject_sha256: form }: Item, schools: readonly School[], sent: readonly Sent[]): string {
  const times = schools.map(({ opaque }) => sent.find((s) => s.kind === "return" && s.subject === id && s.subjectHash === form && s.receipt.includes(` ${opaque} `))?.time ?? "");
  return form === "" || times.length === 0 || times.includes("") ? "" : times.sort().at(-1) ?? "";
}

/** The schools of a session by name. */
export function schoolsOf(shelves: readonly Shelf[]): School[] {
  const schools = new Map<string, School>();
  for (const { contents } of shelves) {
    if (contents.school !== null) schools.set(contents.school.urn, contents.school);
  }
  return [...schools.values()].sort((a, b) => compare(a.name, b.name));
}

function paperOf({ compartment, contents }: Shelf, item: Item, since: string, sent: readonly Sent[]): Paper {
  const files = contents.files.filter((f) => item.files.includes(f.name));
  return {
    item,
    href: item.page === "" ? "" : `${compartment.root}/${item.page}`,
    schools: contents.school === null ? [] : [contents.school],
    files: files.map((f) => ({ ...f, href: `${compartment.root}/${f.name}` })),
    doneBy: [],
    done: item.state === "done",
    fresh: item.state !== "draft" && item.changed >= since,
    begun: false,
    answered: item.respond ? sent.find((s) => isAnswerTo(s, item))?.time ?? "" : "",
  };
}

/** Two views of one record: the fuller one counts, the schools add up. */
function joined(a: Paper, b: Paper): Paper {
  const fuller = fullness(b) > fullness(a) ? b : a;
  const schools = new Map([...a.schools, ...b.schools].map((s) => [s.urn, s]));
  return { ...fuller, schools: [...schools.values()].sort((x, y) => compare(x.name, y.name)) };
}

function fullness({ href, item, files }: Paper): number {
  return (href === "" ? 0 : 4) + (item.respond ? 2 : 0) + (files.length > 0 ? 1 : 0);
}

function doneBy(shelves: readonly Shelf[]): Map<string, Set<string>> {
  const done = new Map<string, Set<string>>();
  for (const { contents } of shelves) {
    for (const item of contents.items) {
      if (item.kind !== "done") continue;
      const by = done.get(item.of) ?? new Set();
      by.add(contents.school?.urn ?? "");
      done.set(item.of, by);
    }
  }
  return done;
}
