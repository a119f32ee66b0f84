/**
 * The compartments of a session and what was opened of them: indexes, packs,
 * large files. Everything is checked whole before a byte of it is served.
 */
import { type Contents, type FileEntry, indexStem, readIndex } from "../shared/contents.ts";
import type { Bytes } from "../shared/bytes.ts";
import type { Compartment } from "../shared/identity.ts";
import { readFile, readPack } from "../shared/pack.ts";
import { Refusal } from "../shared/problem.ts";
import { open } from "../shared/sealed.ts";
import { verified } from "./host.ts";
import type { Publication } from "./publication.ts";

/** A compartment with its index. */
export interface Shelf {
  readonly compartment: Compartment;
  readonly contents: Contents;
}

/** A sealed file of the tree. */
export interface Place {
  readonly path: string;
  readonly sha256: string;
}

/** One file of a compartment, opened. `entry` is there for attachments. */
export interface Leaf {
  readonly bytes: Bytes;
  readonly entry: FileEntry | undefined;
}

/** An index in the tree, and what it says. */
interface Index extends Place {
  readonly contents: Contents;
}

/** How what was sealed is read. */
type Reader = (plain: Bytes) => Promise<Map<string, Bytes>> | Map<string, Bytes>;

const readPages: Reader = async (plain) => (await readIndex(plain)).pages;

const mostOpened = 64 * 1024 * 1024;
const atOnce = 6;

/** What one session may read. */
export class Library {
  readonly #compartments: readonly Compartment[];
  readonly #publication: Publication;
  /** Indexes by tree path, so that a newer one is another. */
  readonly #indexes = new Map<string, Promise<Index>>();
  /** Opened packs, files and list pages by SHA-256, least recently used first. */
  readonly #opened = new Map<string, Map<string, Bytes>>();

  constructor(compartments: readonly Compartment[], publication: Publication) {
    this.#compartments = compartments;
    this.#publication = publication;
  }

  /** The compartment with a root in page paths, if the person has its key. */
  has(root: string): boolean {
    return this.#compartments.some((c) => c.root === root);
  }

  /** URN of the school of a compartment, or empty. */
  schoolOf(root: string): string {
    return this.#compartments.find((c) => c.root === root)?.school ?? "";
  }

  /** URNs of the schools that the person has compartments of. */
  get urns(): ReadonlySet<string> {
    return new Set(this.#compartments.map((c) => c.school).filter((urn) => urn !== ""));
  }

  /** All compartments that have an index in the newest head. */
  async shelves(): Promise<Shelf[]> {
    const shelves: Shelf[] = [];
    const waiting = [...this.#compartments];
    const worker = async (): Promise<void> => {
      for (let c = waiting.shift(); c !== undefined; c = waiting.shift()) {
        const index = await this.#index(c);
        if (index !== undefined) shelves.push({ compartment: c, contents: index.contents });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    const order = new Map(this.#compartments.map((c, i) => [c, i]));
    return shelves.sort((a, b) => (order.get(a.compartment) ?? 0) - (order.get(b.compartment) ?? 0));
  }

  /** Every sealed file that this session opens: indexes, packs, large files. */
  async sealedFiles(): Promise<Place[]> {
    const places: Place[] = [];
    for (const { compartment, contents } of await this.shelves()) {
      const [index] = await this.#publication.withStem(await indexStem(compartment.secret));
      if (index !== undefined) places.push({ path: index[0], sha256: index[1] });
      places.push(...contents.packs, ...contents.files.filter((f) => f.path !== ""));
    }
    return places;
  }

  /**
   * A page or attachment by its path under /s/.
   *
   * @throws Refusal `locked` when the person has no key of that compartment,
   * `missing` when the compartment no longer has the file.
   */
  async leaf(root: string, name: string): Promise<Leaf> {
    const compartment = this.#compartments.find((c) => c.root === root);
    if (compartment === undefined) throw new Refusal("locked", "no key of this compartment");
    const index = await this.#index(compartment);
    if (index === undefined) throw new Refusal("missing", "the compartment is no longer published");
    return this.#leafOf(compartment, index, name);
  }

  /** The pages of all packs that have any, one pack after another; nothing for a pack that cannot be had. */
  async *pages(): AsyncGenerator<ReadonlyMap<string, Bytes> | undefined> {
    for (const { compartment, contents } of await this.shelves()) {
      const withPages = contents.packs.filter((p) => p.names.some((name) => name.endsWith(".html")));
      for (const pack of withPages) yield await this.#open(compartment, pack, readPack).catch(() => undefined);
    }
  }

  async #leafOf(compartment: Compartment, index: Index, name: string): Promise<Leaf> {
    const { packs, files, lists } = index.contents;
    const entry = files.find((f) => f.name === name);
    const alone = entry !== undefined && entry.path !== "" ? entry : undefined;
    const list = lists.some((l) => l.page === name) ? index : undefined;
    const source = alone ?? list ?? packs.find((p) => p.names.includes(name));
    if (source === undefined) throw new Refusal("missing", "the compartment has no such page");
    const read = source === alone ? readFile : source === list ? readPages : readPack;
    const bytes = (await this.#open(compartment, source, read)).get(`${compartment.root}/${name}`);
    if (bytes === undefined) throw new Refusal("mismatch", "the pack does not hold what the index says");
    return { bytes, entry };
  }

  async #open(compartment: Compartment, { path, sha256 }: Place, read: Reader): Promise<Map<string, Bytes>> {
    const held = this.#opened.get(sha256);
    const plain = held ?? (await this.#unseal(compartment, path, sha256, read));
    this.#opened.delete(sha256);
    this.#opened.set(sha256, plain);
    this.#makeRoom();
    return plain;
  }

  async #unseal(compartment: Compartment, path: string, sum: string, read: Reader): Promise<Map<string, Bytes>> {
    const files = await read(await open(await verified(path, sum), compartment.identity));
    for (const name of files.keys()) {
      if (!name.startsWith(compartment.root + "/")) throw new Refusal("malformed", "the pack holds a page of another compartment");
    }
    return files;
  }

  #makeRoom(): void {
    let total = 0;
    for (const [sum, files] of [...this.#opened].reverse()) {
      for (const data of files.values()) total += data.length;
      if (total > mostOpened && this.#opened.size > 1) this.#opened.delete(sum);
    }
  }

  async #index(compartment: Compartment): Promise<Index | undefined> {
    const [listed] = await this.#publication.withStem(await indexStem(compartment.secret));
    if (listed === undefined) return undefined;
    const [path, sum] = listed;
    let found = this.#indexes.get(path);
    if (found === undefined) {
      found = this.#readIndex(compartment, path, sum);
      found.catch(() => this.#indexes.delete(path));
      this.#indexes.set(path, found);
    }
    return found;
  }

  async #readIndex(compartment: Compartment, path: string, sha256: string): Promise<Index> {
    // Its list pages are opened again when one is asked for: a person may hold
    // thousands of indexes, and most lists are never looked at.
    const { contents } = await readIndex(await open(await verified(path, sha256), compartment.identity));
    const same =
      contents.root === compartment.root && contents.compartment === compartment.kind && contents.epoch === compartment.epoch &&
      (contents.school?.urn ?? "") === compartment.school;
    if (!same) throw new Refusal("mismatch", "the index is another compartment's");
    return { path, sha256, contents };
  }
}
