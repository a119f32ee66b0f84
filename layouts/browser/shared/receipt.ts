/** Receipts: what the drop-box gives for a deposit that is stored and in its log (docs/formats.md section 21). */
import { type Bytes, textOf } from "./bytes.ts";
import { logKey } from "./checkpoint.ts";
import { formatLine } from "./text.ts";
import type { Keys } from "./keys.ts";
import { type Leaf, readLeaf } from "./leaf.ts";
import type { Tree } from "./merkle.ts";
import { checkProof, readProof } from "./proof.ts";
import { Refusal, want } from "./problem.ts";
import { splitSigned, verifyByAny } from "./sshsig.ts";

/** A receipt that was verified. */
export interface Receipt {
  readonly box: string;
  readonly leaf: Leaf;
  /** Place of the leaf in the log. */
  readonly index: number;
  /** The log that the receipt speaks of. */
  readonly tree: Tree;
}

/** Whom a reader of receipts believes: what the keys file says of the box. */
export type BoxKeys = Pick<Keys, "box" | "logs" | "receipts">;

const boxLine = /^box (https?:\/\/[a-z0-9][a-z0-9.:-]*)$/;

/**
 * Verifies a receipt whole: signature, form, proof and checkpoint. Whether it is
 * the receipt of what was sent is the caller's to check. Throws `malformed`,
 * `newer`, `signature` or `mismatch`.
 */
export async function verifyReceipt(signed: Bytes, trust: BoxKeys): Promise<Receipt> {
  const { text, signature } = splitSigned(signed);
  const all = textOf(text);
  const [format, box = "", salt = "", record = "", empty, ...proofLines] = all.split("\n");
  formatLine(format, "despatch-receipt", 1);
  const [, origin] = boxLine.exec(box) ?? [];
  want(origin !== undefined && empty === "", "the receipt names no box, or breaks off");
  const leaf = readLeaf(`${salt}\n${record}\n`);
  want(leaf.deposit !== "", "the receipt is of no deposit");
  const proof = readProof(proofLines.join("\n"));
  await verifyByAny(trust.receipts, "despatch-receipt", text, signature);
  if (origin !== trust.box) throw new Refusal("mismatch", "the receipt is of another box");
  const tree = await checkProof(proof, leaf, await Promise.all(trust.logs.map(logKey)));
  return { box: origin, leaf, index: proof.index, tree };
}
