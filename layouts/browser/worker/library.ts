/**
 * The compartments of a session and what was opened of them: indexes, packs,
 * large files. Everything is checked whole before a byte of it is served.
 */
import { type Contents, type FileEntry, indexStem, readContents } from "../shared/contents.ts";
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

/** One file of a compartment, opened. `entry` is there for attachments. */
export interface Leaf {
  readonly bytes: Bytes;
  readonly entry: FileEntry | undefined;
}

const mostOpened = 64 * 1024 * 1024;
const atOnce = 6;

/** What one session may read. */
export class Library {
  readonly #compartments: readonly Compartment[];
  readonly #publication: Publication;
  /** Indexes by tree path, so that a newer one is another. */
  readonly #indexes = new Map<string, Promise<Contents>>();
  /** Opened packs and files by SHA-256, least recently used first. */
  readonly #opened = new Map<string, Map<string, Bytes>>();

  constructor(compartments: readonly Compartment[], publication: Publication) {
    this.#compartments = compartments;
    this.#publication = publication;
  }

  /** The compartment with a root in page paths, if the person has its key. */
  has(root: string): boolean {
    return this.#compartments.some((c) => c.root === root);
  }

  /** All compartments that have an index in the newest head. */
  async shelves(): Promise<Shelf[]> {
    const shelves: Shelf[] = [];
    const waiting = [...this.#compartments];
    const worker = async (): Promise<void> => {
      for (let c = waiting.shift(); c !== undefined; c = waiting.shift()) {
        const contents = await this.#contents(c);
        if (contents !== undefined) shelves.push({ compartment: c, contents });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    const order = new Map(this.#compartments.map((c, i) => [c, i]));
    return shelves.sort((a, b) => (order.get(a.compartment) ?? 0) - (order.get(b.compartment) ?? 0));
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
    const contents = await this.#contents(compartment);
    if (contents === undefined) throw new Refusal("missing", "the compartment is no longer published");
    return this.#leafOf(compartment, contents, name);
  }

  async #leafOf(compartment: Compartment, contents: Contents, name: string): Promise<Leaf> {
    const entry = contents.files.find((f) => f.name === name);
    const inside = `${compartment.root}/${name}`;
    const source = entry !== undefined && entry.path !== "" ? entry : contents.packs.find((p) => p.names.includes(name));
    if (source === undefined) throw new Refusal("missing", "the compartment has no such page");
    const files = await this.#open(compartment, source.path, source.sha256, source !== entry);
    const bytes = files.get(inside);
    if (bytes === undefined) throw new Refusal("mismatch", "the pack does not hold what the index says");
    return { bytes, entry };
  }

  async #open(compartment: Compartment, path: string, sum: string, pack: boolean): Promise<Map<string, Bytes>> {
    const held = this.#opened.get(sum);
    const plain = held ?? (await this.#unseal(compartment, path, sum, pack));
    this.#opened.delete(sum);
    this.#opened.set(sum, plain);
    this.#makeRoom();
    return plain;
  }

  async #unseal(compartment: Compartment, path: string, sum: string, pack: boolean): Promise<Map<string, Bytes>> {
    const bytes = await open(await verified(path, sum), compartment.identity);
    const files = pack ? await readPack(bytes) : readFile(bytes);
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

  async #contents(compartment: Compartment): Promise<Contents | undefined> {
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

  async #readIndex(compartment: Compartment, path: string, sum: string): Promise<Contents> {
    const contents = readContents(await open(await verified(path, sum), compartment.identity));
    const same =
      contents.root === compartment.root && contents.compartment === compartment.kind && contents.epoch === compartment.epoch &&
      (contents.school?.urn ?? "") === compartment.school;
    if (!same) throw new Refusal("mismatch", "the index is another compartment's");
    return contents;
  }
}
