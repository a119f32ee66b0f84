/**
 * The Merkle tree of the drop-box's log (RFC 6962): whether a leaf is in a tree,
 * and whether one tree goes on from another. Sizes are beyond 32 bits, so there
 * is no arithmetic of bits here.
 */
import { type Bytes, concat, equal } from "./bytes.ts";
import { Refusal } from "./problem.ts";

/** A tree: how many leaves it has, and its root. */
export interface Tree {
  readonly size: number;
  readonly root: Bytes;
}

/** Gives the root of a complete subtree: the `index`-th one of 2^`level` leaves. */
export type Subtrees = (level: number, index: number) => Promise<Bytes>;

/** The hash of an entry as a leaf. */
export async function leafHash(entry: Bytes): Promise<Bytes> {
  return hash(concat(new Uint8Array([0]), entry));
}

/** The hash of a node over its two halves. */
export async function nodeHash(left: Bytes, right: Bytes): Promise<Bytes> {
  return hash(concat(new Uint8Array([1]), left, right));
}

/** Throws `mismatch` unless a leaf stands at an index of a tree, as the path of hashes shows. */
export async function checkIncluded(tree: Tree, index: number, leaf: Bytes, path: readonly Bytes[]): Promise<void> {
  const left = [...path];
  const climb = async (lo: number, hi: number): Promise<Bytes> => {
    if (hi - lo === 1) return leaf;
    const sibling = left.pop();
    if (sibling === undefined) throw new Refusal("mismatch", "the proof has too few hashes");
    const middle = lo + half(hi - lo);
    return index < middle ? nodeHash(await climb(lo, middle), sibling) : nodeHash(sibling, await climb(middle, hi));
  };
  const root = await climb(0, tree.size);
  if (left.length > 0 || !equal(root, tree.root)) throw new Refusal("mismatch", "the log holds another leaf there");
}

/**
 * Throws `rollback` unless the longer tree goes on from the shorter one. Every hash
 * that is asked for enters the longer root, so it does not matter who gives them.
 */
export async function checkContinues(older: Tree, newer: Tree, subtrees: Subtrees): Promise<void> {
  if (older.size === 0) return;
  const { before, after } = await walk(older.size, 0, newer.size, subtrees);
  if (before === undefined || !equal(before, older.root) || !equal(after, newer.root)) {
    throw new Refusal("rollback", `the log of ${String(newer.size)} leaves does not go on from the one of ${String(older.size)} that was seen before`);
  }
}

/** The roots of leaves lo to hi as they were before, where they were there, and are now. */
async function walk(old: number, lo: number, hi: number, subtrees: Subtrees): Promise<{ before: Bytes | undefined; after: Bytes }> {
  const level = levelOf(hi - lo);
  if (level !== undefined && (hi <= old || lo >= old)) {
    const root = await subtrees(level, lo / (hi - lo));
    return { before: hi <= old ? root : undefined, after: root };
  }
  const middle = lo + half(hi - lo);
  const left = await walk(old, lo, middle, subtrees);
  const right = await walk(old, middle, hi, subtrees);
  const before = left.before === undefined || right.before === undefined ? left.before : await nodeHash(left.before, right.before);
  return { before, after: await nodeHash(left.after, right.after) };
}

/** The largest power of two below a number above one. */
function half(n: number): number {
  let power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}

/** How often two is a factor of a power of two; nothing of another number. */
function levelOf(n: number): number | undefined {
  let level = 0;
  while (2 ** level < n) level++;
  return 2 ** level === n ? level : undefined;
}

async function hash(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
