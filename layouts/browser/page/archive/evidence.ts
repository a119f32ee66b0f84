/**
 * Checks receipts, envelopes and statements of an archive by its keys file: each
 * alone, and against the others of its deposit and what was sent (docs/formats.md
 * section 24).
 */
import { type Bytes, sha256 } from "../../shared/bytes.ts";
import { readEnvelope } from "../../shared/envelope.ts";
import type { AccountKey, Keys } from "../../shared/keys.ts";
import { Refusal } from "../../shared/problem.ts";
import { type Receipt, verifyReceipt } from "../../shared/receipt.ts";
import type { Files } from "./files.ts";
import { verifyStatement } from "./statement.ts";

const folder = "data/receipts/";

/** Checks all of it; gives how many files hold. */
export async function evidence(files: Files, keys: Keys): Promise<number> {
  let good = 0;
  for (const path of files.paths()) {
    const [, name, end] = new RegExp(`^${folder}(.*?)(\\.[^.]*)?$`).exec(path) ?? [];
    const data = name === undefined ? undefined : await files.bytes(path);
    if (name === undefined || data === undefined) continue;
    try {
      if (end === ".receipt") await receipt(data, keys);
      else if (end === ".envelope") await envelope(files, keys, name, data);
      else if (end === ".statement") await verifyStatement(data, keys);
      else throw new Refusal("malformed", "this is neither a receipt nor an envelope nor a statement");
      good++;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      files.add(path, error.message);
    }
  }
  return good;
}

/** Verifies a receipt, of whichever box: its log is one that the keys file names. */
async function receipt(data: Bytes, keys: Keys): Promise<Receipt> {
  const box = /^box (.*)$/m.exec(new TextDecoder().decode(data))?.[1] ?? "";
  return verifyReceipt(data, { ...keys, box });
}

/** Throws unless an account of the keys file signed an envelope over what is beside it, and the receipt beside it is of that account. */
async function envelope(files: Files, keys: Keys, name: string, data: Bytes): Promise<void> {
  const said = await readEnvelope(data);
  const sent = await files.bytes(`data/responses/${name}.txt`);
  if (sent === undefined) throw new Refusal("missing", "what it was around is not in the archive");
  if ((await sha256(sent)) !== said.payloadHash) throw new Refusal("mismatch", "it was around something else than what is in the archive");
  let held: (a: AccountKey) => boolean = () => true;
  const beside = await files.bytes(`${folder}${name}.receipt`);
  if (beside !== undefined) {
    const given = await receipt(beside, keys).catch(() => undefined);
    if (given === undefined) return; // told of the receipt
    const { account, school, time } = given.leaf;
    if (account !== said.account || school !== said.school) throw new Refusal("mismatch", "the receipt beside it is of another account or school");
    held = (a) => holdsAt(a, time);
  }
  const known = keys.accounts.some((a) => a.account === said.account && a.key.text === said.key.text && held(a));
  if (!known) throw new Refusal("signature", "no key signed it that was an account's then, as the keys file says");
}

/** Whether an account's key holds at a time. */
export function holdsAt(a: AccountKey, time: Date): boolean {
  return time >= new Date(a.from) && (a.until === "" || time < new Date(a.until));
}
