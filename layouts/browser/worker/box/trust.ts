/**
 * Whether a receipt may be believed: its signature, its leaf, the proof that it
 * is in the log, and that this log goes on from the longest one that this device
 * has seen. Only then is anything called sent.
 */
import { type Bytes, base64, fromBase64 } from "../../shared/bytes.ts";
import { keep, recall, type SeenLog } from "../../shared/kept.ts";
import { checkContinues, nodeHash, type Tree } from "../../shared/merkle.ts";
import { type Receipt, verifyReceipt } from "../../shared/receipt.ts";
import { Refusal, want } from "../../shared/problem.ts";
import type { Leaf } from "../../shared/leaf.ts";
import type { Desk } from "../holder.ts";
import { asAnyone, BoxRefusal } from "./line.ts";

const tileWidth = 256;
const hashSize = 32;
/** The box writes tiles after it answered: the newest may come a moment later. */
const tries = 6;
const pause = 250;

/**
 * Verifies a receipt and that it is of what is expected. Throws `malformed`,
 * `newer`, `signature`, `mismatch`, `rollback` or `offline`.
 */
export async function believe(desk: Desk, receipt: Bytes, expected: Partial<Leaf>): Promise<Receipt> {
  const { keys } = await desk.publication.state();
  const read = await verifyReceipt(receipt, keys);
  for (const [name, value] of Object.entries(expected)) {
    if (read.leaf[name as keyof Leaf] !== value) throw new Refusal("mismatch", `the receipt is of another ${name}`);
  }
  await follow(desk, keys.box, keys.logs.join(), read.tree);
  return read;
}

/** Holds a log to the longest one that was seen, and remembers the longer of both. */
async function follow(desk: Desk, box: string, keys: string, tree: Tree): Promise<void> {
  const name = `log:${box}` as const;
  const seen = await recall(name);
  // The root may name another log; it begins anew.
  const before: Tree | undefined = seen?.keys === keys ? { size: seen.size, root: fromBase64(seen.root) } : undefined;
  if (before !== undefined) {
    const [older, newer] = before.size <= tree.size ? [before, tree] : [tree, before];
    const tiles = new Map<string, Promise<Bytes>>();
    await checkContinues(older, newer, (level, index) => subtree(desk, tiles, newer.size, level, index));
    if (tree.size <= before.size) return;
  }
  await keep(name, { keys, size: tree.size, root: base64(tree.root) } satisfies SeenLog);
}

/** The root of a complete subtree, out of the tiles of a log of some size. */
async function subtree(desk: Desk, tiles: Map<string, Promise<Bytes>>, size: number, level: number, index: number): Promise<Bytes> {
  const tileLevel = Math.floor(level / 8);
  const count = 2 ** (level % 8);
  const first = index * count;
  const number = Math.floor(first / tileWidth);
  const width = Math.min(tileWidth, Math.floor(size / tileWidth ** tileLevel) - number * tileWidth);
  const path = tilePath(tileLevel, number, width);
  let tile = tiles.get(path);
  if (tile === undefined) {
    tile = patiently(desk, path);
    tiles.set(path, tile);
  }
  const bytes = await tile;
  want(bytes.length === width * hashSize, "a tile of the log has not the size that it should have");
  const at = (first % tileWidth) * hashSize;
  let hashes = Array.from({ length: count }, (_, i) => bytes.slice(at + i * hashSize, at + (i + 1) * hashSize));
  while (hashes.length > 1) {
    hashes = await Promise.all(Array.from({ length: hashes.length / 2 }, (_, i) => nodeHash(hashes[2 * i] ?? bytes, hashes[2 * i + 1] ?? bytes)));
  }
  return hashes[0] ?? bytes;
}

/** C2SP tlog-tiles: `tile/<level>/<number>`, and the width of one that is not full. */
function tilePath(level: number, number: number, width: number): string {
  const digits = String(number).padStart(Math.ceil(String(number).length / 3) * 3, "0").match(/.{3}/g) ?? [];
  const name = digits.map((d, i) => (i < digits.length - 1 ? `x${d}` : d)).join("/");
  return `/log/tile/${String(level)}/${name}${width < tileWidth ? `.p/${String(width)}` : ""}`;
}

async function patiently(desk: Desk, path: string): Promise<Bytes> {
  for (let left = tries; ; left--) {
    try {
      return await asAnyone(desk, path);
    } catch (error) {
      if (!(error instanceof BoxRefusal)) throw error;
      // Without the tile nobody can tell whether it is the same log: that is no proof of a cheat, and none of the opposite.
      if (left === 0) throw new Refusal("offline", "the log does not give what shows that it goes on");
      await new Promise((resolve) => { setTimeout(resolve, pause); });
    }
  }
}
