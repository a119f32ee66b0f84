/**
 * The index of a compartment: its packs, files, items, and the list pages that
 * ride in it (docs/formats.md section 13).
 */
import { type Bytes, fromBase64, hmac256, textOf, utf8 } from "./bytes.ts";
import { formatNumber } from "./text.ts";
import { unfold } from "./pack.ts";
import { Members, textMember } from "./shape.ts";
import { Refusal, want } from "./problem.ts";

export interface School {
  readonly urn: string;
  readonly name: string;
  /** What the drop-box calls it. */
  readonly opaque: string;
}

export interface PackEntry {
  readonly path: string;
  readonly sha256: string;
  readonly names: readonly string[];
}

/** An attachment; `path` is empty when it rides in a pack. `size` is in bytes. */
export interface FileEntry {
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  readonly type: string;
  readonly title: string;
  readonly size: number;
}

/** A generated list page. */
export interface ListEntry {
  readonly area: string;
  readonly tab: string;
  readonly page: string;
  readonly title: string;
}

export const itemKinds = ["visit", "sheet", "return", "document", "news", "result", "done"] as const;
export type ItemKind = (typeof itemKinds)[number];

export const itemStates = ["draft", "open", "responded", "finalised", "published", "withdrawn", "closed", "done"] as const;
export type ItemState = (typeof itemStates)[number];

/** One record as lists show it; dates are `2026-11-03` or empty. */
export interface Item {
  readonly id: string;
  readonly kind: ItemKind;
  readonly page: string;
  readonly title: string;
  readonly date: string;
  /** The day on which it came, or came into its present state. */
  readonly changed: string;
  readonly due: string;
  readonly due_text: string;
  readonly state: ItemState;
  readonly state_text: string;
  readonly type: string;
  readonly category: string;
  readonly focus: string;
  readonly person: string;
  readonly contact: string;
  readonly publisher: string;
  readonly publisher_kind: string;
  readonly number: string;
  readonly audience: readonly string[];
  readonly files: readonly string[];
  readonly of: string;
  readonly respond: boolean;
  /** SHA-256 of the record as published, which a response names; or empty. */
  readonly subject_sha256: string;
}

/** An index as the Go half wrote it. */
export interface Contents {
  readonly compartment: string;
  readonly school: School | null;
  readonly root: string;
  readonly epoch: number;
  readonly packs: readonly PackEntry[];
  readonly files: readonly FileEntry[];
  readonly lists: readonly ListEntry[];
  readonly items: readonly Item[];
}

const indexName = "index.json";
/** A person's indexes are all opened at sign-in, so each is held to much less than a pack. */
const mostUnfolded = 16 * 1024 * 1024;
const mostFile = 64 * 1024 * 1024;
const opaque = /^[0-9a-f]{16}$/;
const sum = /^[0-9a-f]{64}$/;
const name = /^[a-z0-9][a-z0-9.-]*$/;
const maybeName = /^([a-z0-9][a-z0-9.-]*)?$/;
const maybeDate = /^(\d{4}-\d\d-\d\d)?$/;

/** The tree path of a compartment's index without its hash and ending. */
export async function indexStem(secret: string): Promise<string> {
  return "i/" + (await hmac256(fromBase64(secret), utf8("despatch-index-1"))).slice(0, 32);
}

/**
 * Reads an opened index: its contents, and the list pages by `<root>/<name>`.
 * Throws `malformed` or `newer`.
 */
export async function readIndex(bytes: Bytes): Promise<{ contents: Contents; pages: Map<string, Bytes> }> {
  const pages = await unfold(bytes, mostUnfolded);
  const [at, text] = [...pages].find(([name]) => name.slice(17) === indexName) ?? [];
  want(at !== undefined && text !== undefined, "the index is not in its file");
  const contents = readContents(text);
  want(at === `${contents.root}/${indexName}`, "the index lies under another root");
  pages.delete(at);
  want(pages.size === contents.lists.length && contents.lists.every((l) => pages.has(`${contents.root}/${l.page}`)), "the index holds other pages than its lists");
  return { contents, pages };
}

/** Reads an index's text. Throws `malformed` or `newer`. */
export function readContents(bytes: Bytes): Contents {
  const text = textOf(bytes);
  const value = parse(text);
  formatNumber(formatOf(value), 3);
  const m = new Members(value, 9);
  const contents = {
    format: 3,
    compartment: m.match("compartment", /^[a-z0-9][a-z0-9-]{0,63}$/),
    school: m.any("school") === null ? null : school(m.any("school")),
    root: m.match("root", opaque),
    epoch: positive(m.count("epoch")),
    packs: m.list("packs", pack),
    files: m.list("files", file),
    lists: m.list("lists", list),
    items: m.list("items", item),
  };
  want(JSON.stringify(contents) + "\n" === text, "the index is not written as Despatch writes it");
  checkPlaces(contents);
  return contents;
}

/** Refuses an index in which it is not certain where something lies. */
function checkPlaces({ packs, files, lists, items }: Contents): void {
  const apart = [...files.filter((f) => f.path !== ""), ...packs].map((f) => f.path);
  const packed = [indexName, ...lists.map((l) => l.page), ...packs.flatMap((p) => p.names)];
  want(once(apart) && once(packed) && once(files.map((f) => f.name)), "the index names a path, page or attachment twice");
  const inside = new Set(packs.flatMap((p) => p.names));
  const names = new Set(packed);
  want(files.every((f) => (f.path === "" ? inside.has(f.name) : !names.has(f.name))), "the index names an attachment that no pack holds, or that two hold");
  want(once(lists.map((l) => `${l.area} ${l.tab}`)) && once(items.map((i) => i.kind + i.id)), "the index names a list or item twice");
}

function once(all: readonly string[]): boolean {
  return new Set(all).size === all.length;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Refusal("malformed", "the index is not JSON");
  }
}

function formatOf(value: unknown): number {
  const format: unknown = typeof value === "object" && value !== null && "format" in value ? value.format : undefined;
  want(typeof format === "number" && Number.isSafeInteger(format), "the index has no format number");
  return format;
}

function school(value: unknown): School {
  const m = new Members(value, 3);
  return { urn: m.text("urn"), name: m.text("name"), opaque: m.match("opaque", /^[0-9a-f]{32}$/) };
}

function pack(value: unknown): PackEntry {
  const m = new Members(value, 3);
  return { ...sealedPlace(m), names: m.list("names", textMember).map(pageName) };
}

function file(value: unknown): FileEntry {
  const m = new Members(value, 6);
  return {
    name: m.match("name", name),
    ...(m.text("path") === "" ? { path: "", sha256: m.match("sha256", /^$/) } : sealedPlace(m)),
    type: m.match("type", /^[a-z]+\/[a-z0-9.+-]+$/),
    title: m.text("title"),
    size: fitting(m.count("size")),
  };
}

function list(value: unknown): ListEntry {
  const m = new Members(value, 4);
  return {
    area: m.oneOf("area", ["visits", "sheets", "returns", "documents", "news", "results", "account", "people"]),
    tab: m.oneOf("tab", ["authority", "trust", ""]),
    title: m.text("title"),
    page: m.match("page", name),
  };
}

function item(value: unknown): Item {
  const m = new Members(value, 23);
  const read = {
    id: m.match("id", opaque),
    kind: m.oneOf("kind", itemKinds),
    page: m.match("page", maybeName),
    title: m.text("title"),
    date: m.match("date", maybeDate),
    changed: m.match("changed", maybeDate),
    due: m.match("due", maybeDate),
    due_text: m.text("due_text"),
    state: m.oneOf("state", itemStates),
    state_text: m.text("state_text"),
    type: m.text("type"),
    category: m.text("category"),
    focus: m.text("focus"),
    person: m.text("person"),
    contact: m.text("contact"),
    publisher: m.text("publisher"),
    publisher_kind: m.oneOf("publisher_kind", ["authority", "trust", ""]),
    number: m.text("number"),
    audience: m.list("audience", textMember),
    files: m.list("files", textMember).map(pageName),
    of: m.match("of", /^([0-9a-f]{16})?$/),
    respond: m.flag("respond"),
    subject_sha256: m.match("subject_sha256", /^([0-9a-f]{64})?$/),
  };
  want(read.subject_sha256 === "" || read.page !== "", "the index names what was published of an item without a page");
  return read;
}

/** The tree path of a sealed pack or file, which carries the beginning of its hash. */
function sealedPlace(m: Members): { path: string; sha256: string } {
  const path = m.match("path", /^b\/[0-9a-f]{2}\/[0-9a-f]{32}\.[0-9a-f]{16}\.age$/);
  const sha256 = m.match("sha256", sum);
  want(path.slice(2, 4) === path.slice(5, 7) && path.slice(38, 54) === sha256.slice(0, 16), "the index names a pack that cannot be");
  return { path, sha256 };
}

function positive(n: number): number {
  want(n > 0, "an epoch counts from 1");
  return n;
}

function fitting(size: number): number {
  want(size <= mostFile, "the index names a file larger than any may be");
  return size;
}

function pageName(text: string): string {
  want(name.test(text), "the index names a page that cannot be");
  return text;
}
