/**
 * Searching everything that somebody may read: titles, focus, category and, as
 * far as their pages were opened, the words of reports and sheets. It lives in
 * memory and nowhere else.
 */
import { longDay, schoolYear } from "./dates.ts";
import { find, fold, foldWithPlaces, termsOf } from "./fold.ts";
import { compare, kindName, type Paper, stateOf } from "./paper.ts";

/** What is searched for. An empty choice chooses nothing. */
export interface Query {
  readonly words: string;
  readonly kind: string;
  readonly year: string;
  readonly school: string;
}

/** A text in pieces; those that were searched for are marked. */
export type Marked = readonly { readonly text: string; readonly hit: boolean }[];

/** One record that was found. */
export interface Hit {
  readonly href: string;
  readonly title: Marked;
  readonly kind: string;
  readonly subject: Marked;
  readonly date: string;
  readonly state: readonly [word: string, colour: string];
  readonly schools: readonly string[];
  /** Some words around the first that were found in its text, or nothing. */
  readonly snippet: Marked;
}

/** The answer to a query: how many there are, and some of them, the best first. */
export interface Answer {
  readonly total: number;
  readonly hits: readonly Hit[];
}

/** What can be chosen from, each value with what it is called. */
export interface Choices {
  readonly kinds: readonly string[];
  readonly years: readonly string[];
  readonly schools: readonly string[];
}

interface Entry {
  readonly paper: Paper;
  readonly kind: string;
  readonly year: string;
  readonly subject: string;
  /** Folded: by what a term is found, the parts that count most first. */
  readonly titleFolded: string;
  readonly subjectFolded: string;
  readonly moreFolded: string;
  text: string;
  textFolded: string;
}

const around = 90;
const mostMarks = 8;

/** The searchable records of one session. */
export class Search {
  readonly #entries: readonly Entry[];
  readonly #byPage = new Map<string, Entry>();

  constructor(papers: readonly Paper[]) {
    this.#entries = papers.map(entryOf);
    for (const entry of this.#entries) if (entry.paper.href !== "") this.#byPage.set(entry.paper.href, entry);
  }

  /** Adds the words of an opened page. */
  addText(href: string, text: string): void {
    const entry = this.#byPage.get(href);
    if (entry === undefined) return;
    entry.text = text;
    entry.textFolded = fold(text);
  }

  get size(): number {
    return this.#entries.length;
  }

  choices(): Choices {
    const values = (of: (entry: Entry) => readonly string[]): string[] => [...new Set(this.#entries.flatMap(of))].filter((v) => v !== "").sort(compare);
    return { kinds: values((e) => [e.kind]), years: values((e) => [e.year]).reverse(), schools: values((e) => e.paper.schools.map((s) => s.name)) };
  }

  /** Finds what has every term, the best first and of equals the newest; gives so many of them. */
  find(query: Query, most: number): Answer {
    const terms = termsOf(query.words);
    const found: { entry: Entry; weight: number }[] = [];
    for (const entry of this.#entries) {
      if (query.kind !== "" && entry.kind !== query.kind) continue;
      if (query.year !== "" && entry.year !== query.year) continue;
      // What is of no school is the authority's own, and every school's.
      if (query.school !== "" && entry.paper.schools.length > 0 && !entry.paper.schools.some((s) => s.name === query.school)) continue;
      const weight = weightOf(entry, terms);
      if (weight > 0) found.push({ entry, weight });
    }
    found.sort((a, b) => b.weight - a.weight || compare(b.entry.paper.item.date, a.entry.paper.item.date));
    return { total: found.length, hits: found.slice(0, most).map(({ entry }) => hitOf(entry, terms)) };
  }
}

function entryOf(paper: Paper): Entry {
  const { item, schools, files } = paper;
  const subject = [item.number, item.focus, item.category].filter((t) => t !== "" && !item.title.includes(t)).join(" · ");
  const more = [
    item.type, item.person, item.contact, item.publisher, item.state_text, item.date === "" ? "" : longDay(item.date), item.due === "" ? item.due_text : longDay(item.due),
    ...item.audience, ...schools.map((s) => s.name), ...files.map((f) => f.title), kindName(paper), stateOf(paper)[0],
  ];
  return {
    paper, kind: kindName(paper), year: item.date === "" ? "" : schoolYear(item.date), subject,
    titleFolded: fold(item.title), subjectFolded: fold([item.number, item.focus, item.category].join(" ")), moreFolded: fold(more.join(" ")), text: "", textFolded: "",
  };
}

/** How well an entry has all terms; 0 when it lacks one. */
function weightOf(entry: Entry, terms: readonly string[]): number {
  let weight = 1;
  for (const term of terms) {
    if (find(entry.titleFolded, term) >= 0) weight += 8;
    else if (find(entry.subjectFolded, term) >= 0) weight += 6;
    else if (find(entry.moreFolded, term) >= 0) weight += 2;
    else if (find(entry.textFolded, term) >= 0) weight += 1;
    else return 0;
  }
  return weight;
}

function hitOf({ paper, kind, subject, text }: Entry, terms: readonly string[]): Hit {
  return {
    href: paper.href, title: marked(paper.item.title, terms), kind, subject: marked(subject, terms), date: paper.item.date, state: stateOf(paper),
    schools: paper.schools.map((s) => s.name), snippet: snippet(text, terms),
  };
}

/** A text with the terms marked. */
export function marked(text: string, terms: readonly string[]): Marked {
  const { folded, places } = foldWithPlaces(text);
  const spans: [from: number, to: number][] = [];
  for (const term of terms) {
    for (let at = find(folded, term); at >= 0 && spans.length < mostMarks * terms.length; at = find(folded, term, at + term.length)) {
      spans.push([places[at] ?? 0, places[at + term.length] ?? text.length]);
    }
  }
  spans.sort((a, b) => a[0] - b[0]);
  const pieces: { text: string; hit: boolean }[] = [];
  let end = 0;
  for (const [from, to] of spans) {
    if (from < end) continue;
    if (from > end) pieces.push({ text: text.slice(end, from), hit: false });
    pieces.push({ text: text.slice(from, to), hit: true });
    end = to;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), hit: false });
  return pieces;
}

/** The words around the first term that a text has, or nothing. */
function snippet(text: string, terms: readonly string[]): Marked {
  const { folded, places } = foldWithPlaces(text);
  const first = terms.map((term) => find(folded, term)).filter((at) => at >= 0).sort((a, b) => a - b)[0];
  if (first === undefined) return [];
  const at = places[first] ?? 0;
  const from = at <= around ? 0 : text.indexOf(" ", at - around) + 1;
  const until = text.lastIndexOf(" ", at + 2 * around);
  const to = at + 2 * around >= text.length || until <= at ? text.length : until;
  const pieces = marked(text.slice(from, to), terms);
  return [...(from > 0 ? [{ text: "… ", hit: false }] : []), ...pieces, ...(to < text.length ? [{ text: " …", hit: false }] : [])];
}
