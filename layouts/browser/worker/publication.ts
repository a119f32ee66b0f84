/**
 * What the authority published, as far as its root vouches for it: the head,
 * the keys file that names the head keys, and the shards. Nothing here is
 * believed before its signature or hash was checked.
 */
import { type Head, checkRollback, readHead, readShard, shardPath, verifyHead } from "../shared/head.ts";
import { type Keys, readKeys } from "../shared/keys.ts";
import { type Listing, listing, shardOf, stem } from "../shared/listing.ts";
import { linesOf } from "../shared/text.ts";
import { type Bytes } from "../shared/bytes.ts";
import { causeOf, Refusal } from "../shared/problem.ts";
import { keep, recall } from "../shared/kept.ts";
import { publicKey, type PublicKey } from "../shared/sshsig.ts";
import { fetched, keepHead, keptHead, verified } from "./host.ts";

/** How long a head is used before the host is asked for a newer one. */
export const freshFor = 60_000;

/** A believed head with its keys. */
export interface State {
  readonly head: Head;
  readonly keys: Keys;
}

/** One authority's publication, followed from head to head. */
export class Publication {
  readonly root: PublicKey;
  /** When the host showed the head in hand, in milliseconds. */
  reached = 0;
  #state: State | undefined;
  #checked = 0;
  #asking: Promise<State> | undefined;
  readonly #shards = new Map<string, Promise<Listing>>();

  constructor(root: string) {
    this.root = publicKey(root);
  }

  /** The state in hand, asking the host when it is older than `age` milliseconds. */
  async state(age = freshFor): Promise<State> {
    if (this.#state === undefined) await this.#fromDevice();
    if (this.#state !== undefined && Date.now() - this.#checked < age) return this.#state;
    return this.newest();
  }

  /** The host's newest state, from a head that it showed a moment ago where there is one. */
  async newest(early?: Bytes): Promise<State> {
    if (this.#state === undefined) await this.#fromDevice();
    this.#asking ??= this.#ask(early).finally(() => { this.#asking = undefined; });
    return this.#asking;
  }

  /** The state in hand, without asking anyone. */
  get known(): State | undefined {
    return this.#state;
  }

  /** SHA-256 of a file of the tree, or nothing when no list has it. */
  async sumOf(path: string): Promise<string | undefined> {
    const { head } = await this.state();
    return head.files.get(path) ?? (await this.#shard(head, stem(path))).get(path) ?? (await this.#retired(head, path));
  }

  /** The listed files whose path begins with a stem, with their sums. */
  async withStem(wanted: string): Promise<[path: string, sum: string][]> {
    const { head } = await this.state();
    const listed = await this.#shard(head, wanted);
    return [...listed].filter(([path]) => stem(path) === wanted);
  }

  /** A listed file's verified bytes. Asks for a newer head once before it refuses. */
  async file(path: string): Promise<Bytes> {
    return this.withRetry(async () => {
      const sum = await this.sumOf(path);
      if (sum === undefined) throw new Refusal("missing", `${path} is not published`);
      return verified(path, sum);
    });
  }

  /**
   * Does something with the state in hand, and once more with the host's newest
   * when the host no longer has what that state lists.
   */
  async withRetry<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (!["missing", "withheld", "mismatch"].includes(causeOf(error))) throw error;
      const before = this.#state?.head.sum;
      const now = await this.state(0);
      if (now.head.sum === before) throw error;
      return act();
    }
  }

  async #fromDevice(): Promise<void> {
    const kept = await keptHead(this.root.text);
    if (kept === undefined) return;
    try {
      await this.#believe(kept.bytes, kept.at);
    } catch {
      // What is kept is a convenience; the host is asked instead.
      this.#state = undefined;
    }
  }

  async #ask(early?: Bytes): Promise<State> {
    let bytes: Bytes;
    try {
      bytes = early ?? (await fetched("head", { cache: "no-store" }));
    } catch (error) {
      if (causeOf(error) !== "offline" || this.#state === undefined) throw error;
      this.#checked = Date.now();
      return this.#state;
    }
    try {
      await this.#believe(bytes, Date.now());
    } catch (error) {
      if (causeOf(error) === "newer" || causeOf(error) === "offline") throw error;
      // A cache on the way may lag behind for a moment: ask once more.
      await this.#believe(await fetched("head", { cache: "reload" }), Date.now());
    }
    if (this.#state === undefined) throw new Refusal("missing", "there is no head");
    void keepHead(this.root.text, this.#state.head.signed, this.reached);
    return this.#state;
  }

  async #believe(bytes: Bytes, at: number): Promise<void> {
    const head = await readHead(bytes);
    const keys = this.#state?.head.keysPath === head.keysPath ? this.#state.keys : await this.#keys(head);
    await verifyHead(head, keys.heads);
    checkRollback(head, await recall(`head:${this.root.text}`));
    await Promise.all([keep(`head:${this.root.text}`, { serial: head.serial, sum: head.sum }), keep(`keys:${this.root.text}`, keys.serial)]);
    this.#state = { head, keys };
    this.#checked = at;
    this.reached = at;
  }

  async #keys(head: Head): Promise<Keys> {
    const keys = await readKeys(await verified(head.keysPath, head.files.get(head.keysPath) ?? ""), this.root);
    const seen = await recall(`keys:${this.root.text}`);
    if (seen !== undefined && keys.serial < seen) throw new Refusal("rollback", "the host shows older keys than were seen before");
    return keys;
  }

  async #shard(head: Head, ofStem: string): Promise<Listing> {
    const path = await shardPath(head, ofStem);
    if (path === undefined) return new Map();
    return this.#listing(head, path, async (bytes) => readShard(bytes, await shardOf(ofStem, head.shards), head.shards));
  }

  /** Files that are listed no more may still be read by pages of an older head. */
  async #retired(head: Head, path: string): Promise<string | undefined> {
    for (const list of head.files.keys()) {
      if (!list.startsWith("manifest/retired-")) continue;
      const sum = (await this.#listing(head, list, (bytes) => listing(linesOf(bytes)))).get(path);
      if (sum !== undefined) return sum;
    }
    return undefined;
  }

  #listing(head: Head, path: string, read: (bytes: Bytes) => Listing | Promise<Listing>): Promise<Listing> {
    let found = this.#shards.get(path);
    if (found === undefined) {
      found = verified(path, head.files.get(path) ?? "").then(read);
      found.catch(() => this.#shards.delete(path));
      this.#shards.set(path, found);
    }
    return found;
  }
}

