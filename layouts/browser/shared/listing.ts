/**
 * What a head or a shard lists: lines as `sha256sum` writes them, sorted by
 * path, each path once (docs/formats.md sections 9 and 10).
 */
import { type Bytes, utf8 } from "./bytes.ts";
import { sortedOnce } from "./text.ts";
import { want } from "./problem.ts";

/** Paths of the tree with the hex SHA-256 of each file. */
export type Listing = ReadonlyMap<string, string>;

/** Reads listing lines. Throws `malformed`. */
export function listing(lines: readonly string[]): Listing {
  const found = new Map<string, string>();
  for (const line of lines) {
    const [, sum, path] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
    want(sum !== undefined && path !== undefined && isTreePath(path), "a line does not list a file");
    found.set(path, sum);
  }
  want(found.size === lines.length && sortedOnce([...found.keys()]), "the list is not sorted, or a path is repeated");
  return found;
}

/** Says whether a text may be a path of the tree (docs/formats.md section 0). */
export function isTreePath(path: string): boolean {
  if (path === ".well-known/security.txt") return true;
  return /^[a-z0-9][a-z0-9./-]*$/.test(path) && path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

/**
 * What decides a path's shard: the path cut at the first dot of its last part,
 * under k/ at the first dot or hyphen, so that all of an account's files meet.
 */
export function stem(path: string): string {
  const last = path.lastIndexOf("/") + 1;
  return path.slice(0, last) + path.slice(last).replace(path.startsWith("k/") ? /[.-].*$/ : /\..*$/, "");
}

/** The number of the shard that lists a stem: the top bits of its SHA-256. */
export async function shardOf(stem: string, shards: number): Promise<number> {
  const sum: Bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(stem)));
  const top = ((sum[0] ?? 0) << 16) | ((sum[1] ?? 0) << 8) | (sum[2] ?? 0);
  return Math.floor(top / (2 ** 24 / shards));
}

/** How a shard's number is written in its path. */
export function shardName(number: number): string {
  return number.toString(16).padStart(3, "0");
}
