/** The head and its shards (docs/formats.md sections 9 and 10). */
import { type Bytes, sha256 } from "./bytes.ts";
import { type Listing, listing, shardName, shardOf, stem } from "./listing.ts";
import { formatLine, LineReader, linesOf, numberOf, timeOf } from "./text.ts";
import { type PublicKey, splitSigned, verifyByAny } from "./sshsig.ts";
import { Refusal, want } from "./problem.ts";

/** A head as it was read; {@link verifyHead} says whether it may be believed. */
export interface Head {
  readonly serial: number;
  readonly date: Date;
  readonly validUntil: Date;
  readonly previous: string;
  readonly shards: number;
  readonly files: Listing;
  readonly keysPath: string;
  /** SHA-256 of the whole head file. */
  readonly sum: string;
  readonly signed: Bytes;
}

const mostInShard = 64;

/** What a shard lists; the group is the hash in an immutable name. */
const shardForm =
  /^(?:(?:b\/(?:[0-9a-f]{2})\/[0-9a-f]{32}|i\/[0-9a-f]{32}|k\/[0-9a-f]{32}-[0-9a-f]{8}\.ring)\.([0-9a-f]{16})\.age|k\/[0-9a-f]{32}\.(?:id|(?:[0-9a-f]{2}){1,96}\.pk)\.age|pub\/[a-z0-9][a-z0-9-]*\.html)$/;

/** Reads a head without believing it. Throws `malformed` or `newer`. */
export async function readHead(signed: Bytes): Promise<Head> {
  const lines = linesOf(splitSigned(signed).text);
  formatLine(lines[0], "despatch-head", 1);
  const reader = new LineReader(lines.slice(1));
  const serial = numberOf(reader.must("serial"));
  const date = timeOf(reader.must("date"));
  const validUntil = timeOf(reader.must("valid-until"));
  const previous = reader.must("previous");
  const shards = numberOf(reader.must("shards"));
  const files = listing(reader.rest());
  want(serial > 0 && date <= validUntil && /^([0-9a-f]{64}|-)$/.test(previous), "the head's first lines make no sense");
  want(shards >= 1 && shards <= 65536 && Number.isInteger(Math.log2(shards)), "the number of shards is no power of two");
  return {
    serial, date, validUntil, previous, shards, files,
    keysPath: checkPaths(files, shards),
    sum: await sha256(signed),
    signed,
  };
}

/**
 * Checks what a head may list: shell files, one keys file, shards below their
 * number, retired lists. Gives the path of the keys file.
 */
function checkPaths(files: Listing, shards: number): string {
  const keys: string[] = [];
  const numbers = new Set<string>();
  for (const [path, sum] of files) {
    const named = /^(keys|manifest\/[^/.]+)\.([0-9a-f]{16})$/.exec(path);
    if (named === null) {
      want(isShellPath(path), "the head lists a file that belongs in a shard");
      continue;
    }
    const [, name = "", hash] = named;
    want(sum.startsWith(hash ?? "-"), "a name in the head does not carry its hash");
    if (name === "keys") {
      keys.push(path);
    } else if (!/^manifest\/retired-\d{8}$/.test(name)) {
      const number = name.slice("manifest/".length);
      want(shardName(parseInt(number, 16)) === number && parseInt(number, 16) < shards, "the head names a shard that cannot be");
      want(!numbers.has(number), "the head names a shard twice");
      numbers.add(number);
    }
  }
  const [path] = keys;
  want(path !== undefined && keys.length === 1, "the head does not list exactly one keys file");
  return path;
}

function isShellPath(path: string): boolean {
  return /^(index\.html|404\.html|sw\.js|(?:s|about)\/[a-z0-9][a-z0-9-]*\.html|assets\/.+|\.well-known\/security\.txt)$/.test(path);
}

/** Verifies a head by any of the head keys. Throws `signature`. */
export async function verifyHead(head: Head, keys: readonly PublicKey[]): Promise<void> {
  const { text, signature } = splitSigned(head.signed);
  await verifyByAny(keys, "despatch-head", text, signature);
}

/** The highest head seen: what a later one is measured against. */
export interface Seen {
  readonly serial: number;
  readonly sum: string;
}

/** Throws `rollback` for a head below the highest seen, or another of the same serial. */
export function checkRollback(head: Head, seen: Seen | undefined): void {
  if (seen === undefined || head.serial > seen.serial) return;
  if (head.serial === seen.serial && head.sum === seen.sum) return;
  throw new Refusal("rollback", `the host shows state ${String(head.serial)}, but state ${String(seen.serial)} was seen before`);
}

/** The path of the shard that would list a stem, or nothing when there is none. */
export async function shardPath(head: Head, ofStem: string): Promise<string | undefined> {
  const prefix = `manifest/${shardName(await shardOf(ofStem, head.shards))}.`;
  return [...head.files.keys()].find((path) => path.startsWith(prefix));
}

/**
 * Reads the shard of a number: at most 64 files, none of another shard. Throws
 * `malformed`.
 */
export async function readShard(bytes: Bytes, number: number, shards: number): Promise<Listing> {
  const files = listing(linesOf(bytes));
  want(files.size > 0 && files.size <= mostInShard, "a shard does not list 1 to 64 files");
  for (const [path, sum] of files) {
    const named = shardForm.exec(path);
    want(named !== null, "a shard lists a file that is not one of its own");
    want(named[1] === undefined || sum.startsWith(named[1]), "a name in a shard does not carry its hash");
    want((await shardOf(stem(path), shards)) === number, "a shard lists a file of another shard");
  }
  return files;
}
