/** Leaves of the drop-box's log: what it says of one deposit (docs/formats.md section 20). */
import { type Bytes, utf8 } from "./bytes.ts";
import { leafHash } from "./merkle.ts";
import { linesOf, numberOf, timeOf } from "./text.ts";
import { want } from "./problem.ts";

/** A leaf. Of one that only tells the time, account, school, deposit and slot are empty. */
export interface Leaf {
  readonly salt: string;
  readonly time: Date;
  readonly account: string;
  readonly school: string;
  readonly deposit: string;
  readonly size: number;
  readonly slot: string;
  /** Its two lines. */
  readonly text: string;
}

/** Reads the two lines of a leaf. Throws `malformed`. */
export function readLeaf(text: string): Leaf {
  const [first = "", second = "", ...more] = linesOf(utf8(text));
  const [, salt] = /^salt ([0-9a-f]{32})$/.exec(first) ?? [];
  const [, time, account, school, deposit, size, slot] =
    /^record (\S+) ([0-9a-f]{32}|-) ([0-9a-f]{32}|-) ([0-9a-f]{64}|-) (\S+) ([0-9a-f]{64}|-)$/.exec(second) ?? [];
  want(
    more.length === 0 && salt !== undefined && time !== undefined && account !== undefined && school !== undefined && deposit !== undefined &&
      size !== undefined && slot !== undefined,
    "a leaf of the log is not written as a salt and a record",
  );
  const leaf = { salt, time: timeOf(time), account: some(account), school: some(school), deposit: some(deposit), size: numberOf(size), slot: some(slot), text };
  const whole = leaf.account !== "" && leaf.deposit !== "" && leaf.slot !== "" && leaf.size > 0;
  const empty = leaf.account === "" && leaf.school === "" && leaf.deposit === "" && leaf.slot === "" && leaf.size === 0;
  want(whole || empty, "a leaf of the log is neither of a deposit nor of a time");
  return leaf;
}

/** Its hash in the tree: the entry is the SHA-256 of its lines. */
export async function hashOf(leaf: Leaf): Promise<Bytes> {
  return leafHash(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(leaf.text))));
}

function some(value: string): string {
  return value === "-" ? "" : value;
}
