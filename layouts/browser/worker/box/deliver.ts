/** Sends one deposit, and says what became of it in the words that pages have for it. */
import { type Bytes, hex, sha256, utf8 } from "../../shared/bytes.ts";
import type { Hitch, Outcome } from "../../shared/answering.ts";
import { type Letter, sealableLetter } from "../../shared/envelope.ts";
import { causeOf, Refusal } from "../../shared/problem.ts";
import { sealDeposit } from "../../shared/deposit.ts";
import type { Receipt } from "../../shared/receipt.ts";
import type { State } from "../publication.ts";
import type { Desk } from "../holder.ts";
import { asAccount, boxOf, BoxRefusal, signerOf } from "./line.ts";
import { type Begun, keepDeposit, madeBefore, markOf, type Name } from "./draft.ts";
import { believe } from "./trust.ts";

/** What is sent, of which draft, for which slot. */
export interface Parcel {
  readonly name: Name;
  readonly draft: Begun<unknown>;
  /** The recipient of the inbox. */
  readonly inbox: string;
  readonly slot: string;
  /** Slots that the same deposit may have got when it was sent before, this one among them. */
  readonly slots: readonly string[];
  readonly letter: Pick<Letter, "kind" | "school" | "subject" | "subjectHash" | "formHash" | "supersedes">;
  readonly payload: Bytes;
}

/** A receipt that is believed, the receipt of whoever had the slot before, or why there is none. */
export type Delivery =
  | { readonly got: "receipt"; readonly read: Receipt; readonly text: Bytes }
  | { readonly got: "taken"; readonly text: string }
  | { readonly got: "hitch"; readonly outcome: Extract<Outcome, { ok: false }> };

/** Sends a parcel. The deposit is kept, sealed as it is, before it goes: sent again it is the same bytes. */
export async function deliver(desk: Desk, state: State, parcel: Parcel): Promise<Delivery> {
  try {
    return await post(desk, await depositOf(desk, state, parcel), parcel);
  } catch (error) {
    return { got: "hitch", outcome: hitchOf(error, false) };
  }
}

/** Sends what is not kept before it goes: were it sent again, it would do no harm. */
export async function deliverNote(desk: Desk, state: State, { inbox, slot, letter, payload = new Uint8Array() }: Pick<Parcel, "inbox" | "slot" | "letter"> & Partial<Parcel>): Promise<Delivery> {
  try {
    const file = await sealedLetter(desk, state, hex(crypto.getRandomValues(new Uint8Array(16))), inbox, letter, payload);
    return await post(desk, file, { slot, slots: [slot], letter });
  } catch (error) {
    return { got: "hitch", outcome: hitchOf(error, false) };
  }
}

async function post(desk: Desk, file: Bytes, { slot, slots, letter: { school } }: Pick<Parcel, "slot" | "slots" | "letter">): Promise<Delivery> {
  let posted = false;
  try {
    const deposit = await sha256(file);
    // A session is begun before the answer goes: until then nothing was sent.
    await asAccount(desk, "/box/session");
    posted = true;
    const text = await asAccount(desk, `/box/deposits/${deposit}?${new URLSearchParams({ school, slot }).toString()}`, { method: "POST", body: file });
    const read = await believe(desk, text, { deposit, size: file.length, account: desk.session.opaque, school });
    if (!slots.includes(read.leaf.slot)) throw new Refusal("mismatch", "the receipt is of another slot");
    return { got: "receipt", text, read };
  } catch (error) {
    if (error instanceof BoxRefusal && error.code === "taken") return { got: "taken", text: error.receipt };
    return { got: "hitch", outcome: hitchOf(error, posted) };
  }
}

/** The deposit of a parcel: the one that was tried before, where it is the same answer. */
async function depositOf(desk: Desk, state: State, { name, draft, inbox, letter, payload }: Parcel): Promise<Bytes> {
  const mark = await markOf(draft, inbox, letter.supersedes);
  const before = await madeBefore(name, mark);
  if (before !== undefined) return before;
  const file = await sealedLetter(desk, state, draft.id, inbox, letter, payload);
  await keepDeposit(desk, name, mark, file);
  return file;
}

async function sealedLetter(desk: Desk, { head }: State, id: string, inbox: string, letter: Parcel["letter"], payload: Bytes): Promise<Bytes> {
  const plain = await sealableLetter({
    ...letter, id, inbox: await sha256(utf8(inbox)), account: desk.session.opaque, head: head.serial, time: new Date().toISOString().slice(0, 19) + "Z",
  }, payload, await signerOf(desk));
  return sealDeposit(plain, inbox, desk.session.identity);
}

/** The recipient of a service's inbox, or empty when nothing is sent to it. */
export function inboxOf({ keys }: State, service: string): string {
  if (boxOf(keys) === "" || keys.logs.length === 0 || keys.receipts.length === 0) return "";
  return keys.inboxes.find((i) => i.service === service)?.recipient ?? "";
}

const codes: Readonly<Record<string, Hitch>> = {
  refused: "refused", school: "refused", "not-there": "refused", "no-register": "refused", quota: "quota", drafts: "quota",
  "slow-down": "busy", busy: "busy", full: "busy", "too-slow": "unsure", gone: "unsure", mismatch: "unsure", "too-large": "large",
};

/** What went wrong, as a page tells it. */
export function hitchOf(error: unknown, posted: boolean): Extract<Outcome, { ok: false }> {
  if (error instanceof BoxRefusal) return { ...hitch(codes[error.code] ?? "problem"), reference: error.reference };
  if (!(error instanceof Refusal)) {
    console.error(error);
    return hitch(posted ? "unsure" : "problem");
  }
  if (causeOf(error) === "offline") return hitch(posted ? "unsure" : "offline");
  return hitch(posted ? "cheat" : "problem");
}

export function hitch(why: Hitch): { readonly ok: false; readonly why: Hitch; readonly reference: string } {
  return { ok: false, why, reference: "" };
}
