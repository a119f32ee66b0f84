/** Proofs that a leaf is in the log that a checkpoint is of (C2SP tlog-proof, docs/formats.md section 20). */
import { type Bytes, fromBase64, utf8 } from "./bytes.ts";
import { type LogKey, readCheckpoint } from "./checkpoint.ts";
import { hashOf, type Leaf } from "./leaf.ts";
import { checkIncluded, type Tree } from "./merkle.ts";
import { numberOf } from "./text.ts";
import { want } from "./problem.ts";

/** A proof as it was read; {@link checkProof} says whether it holds. */
export interface Proof {
  readonly index: number;
  readonly path: readonly Bytes[];
  readonly checkpoint: Bytes;
}

const longest = 63;

/** Reads a proof. Throws `malformed`. */
export function readProof(text: string): Proof {
  const end = text.indexOf("\n\n");
  want(end >= 0, "the proof has no checkpoint");
  const [first, second = "", ...hashes] = text.slice(0, end).split("\n");
  want(first === "c2sp.org/tlog-proof@v1" && second.startsWith("index "), "the proof is not written as tlog-proof says");
  want(hashes.length <= longest, "the proof is longer than any log needs");
  const path = hashes.map((h) => fromBase64(h));
  want(path.every((h) => h.length === 32), "the proof holds something that is no hash");
  return { index: numberOf(second.slice("index ".length)), path, checkpoint: utf8(text.slice(end + 2)) };
}

/**
 * Checks that a leaf is in a log that one of the keys signed; gives the log's tree.
 * Throws `malformed`, `signature` or `mismatch`.
 */
export async function checkProof(proof: Proof, leaf: Leaf, keys: readonly LogKey[]): Promise<Tree> {
  const tree = await readCheckpoint(proof.checkpoint, keys);
  want(proof.index < tree.size, "the proof is of a leaf beyond the log's end");
  await checkIncluded(tree, proof.index, await hashOf(leaf), proof.path);
  return tree;
}
