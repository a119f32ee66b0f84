/** A record as composed pages and searches show it, whatever the number of compartments that know it. */
import { addDays, overdueDays } from "./dates.ts";
import type { FileEntry, Item, School } from "./contents.ts";

/** One record. */
export interface Paper {
  readonly item: Item;
  /** Address of its page from a page in /s/, or empty. */
  readonly href: string;
  /** The person's schools whose index has it; empty for the authority's own. */
  readonly schools: readonly School[];
  /** Its attachments, with their addresses from a page in /s/. */
  readonly files: readonly (FileEntry & { readonly href: string })[];
  /** URNs of the schools that have done it. */
  readonly doneBy: readonly string[];
  /** True when every school it was for has done it. */
  readonly done: boolean;
  /** True when it came, or changed, since the person signed in on an earlier day. */
  readonly fresh: boolean;
  /** When this person answered it, while the authority has not collected the answer; else empty. */
  readonly answered: string;
  /** True for a return that was begun on this device. */
  readonly begun: boolean;
}

/** Compares texts for sorting. */
export function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** What a record is called in lists of several kinds. */
export function kindName({ item }: Paper): string {
  switch (item.kind) {
    case "visit": return "Record of visit";
    case "sheet": return "MI sheet";
    case "return": return "Data return";
    case "document": return "Document";
    case "news": return "News";
    case "result": return "Results";
    case "done": return "Done";
  }
}

/** What awaits something from the reader's schools, the nearest deadline first; what is long past is left out. */
export function todo(papers: readonly Paper[], today: string): Paper[] {
  const oldest = addDays(today, -overdueDays);
  return papers
    .filter((p) => asks(p) && !p.done && p.answered === "" && (p.item.due === "" || p.item.due >= oldest))
    .sort((a, b) => compare(a.item.due || "9999", b.item.due || "9999") || compare(a.item.title, b.item.title));
}

/** Whether a paper is a school's: one of the authority's own is every school's. */
export function isOf({ schools }: Paper, { urn }: School): boolean {
  return schools.length === 0 || schools.some((s) => s.urn === urn);
}

/** Whoever may not read a record cannot answer it either. */
function asks({ item, href }: Paper): boolean {
  switch (item.kind) {
    case "visit": return item.respond && href !== "";
    case "sheet": return item.type === "Action" && item.state === "published" && (item.due !== "" || item.respond);
    case "return": return item.state === "open" || (item.state === "published" && item.due !== "");
    default: return false;
  }
}

const states: Record<string, readonly [word: string, colour: string]> = {
  draft: ["Draft", "grey"],
  awaiting: ["Response needed", "yellow"],
  answered: ["Answered", "blue"],
  responded: ["Responded", "blue"],
  finalised: ["Finalised", "green"],
  published: ["Published", "teal"],
  withdrawn: ["Withdrawn", "red"],
  open: ["Open", "yellow"],
  late: ["Late", "orange"],
  closed: ["Closed", "grey"],
  done: ["Done", "green"],
  begun: ["Draft", "purple"],
  live: ["Live", "yellow"],
  sent: ["Sent", "blue"],
  completed: ["Completed", "green"],
};

/** A record's state in the word that its own page has for it, and the colour of its tag. */
export function stateOf(paper: Paper): readonly [word: string, colour: string] {
  const state = stateName(paper);
  return states[state] ?? [state, "grey"];
}

/** An open visit awaits a response; a return that is late is still open, and says so in its text only. */
function stateName(paper: Paper): string {
  const { item, done, answered } = paper;
  if (item.kind === "return") return returnState(paper);
  if (done) return "done";
  if (answered !== "") return "answered";
  return item.kind === "visit" && item.state === "open" ? "awaiting" : item.state;
}

/** A return has the words that schools know (row X11). */
function returnState({ item, done, answered, begun }: Paper): string {
  if (done) return "completed";
  if (answered !== "") return "sent";
  if (item.state !== "open") return item.state;
  if (begun) return "begun";
  return item.state_text === "Late" ? "late" : "live";
}
