/** Answers that were begun and not sent: kept on this device, sealed, one for a record. */
import { type Bytes, hex, sha256, utf8 } from "../../shared/bytes.ts";
import type { Draft, Typed } from "../../shared/answering.ts";
import { drop, keep, recall } from "../../shared/kept.ts";
import type { Desk } from "../holder.ts";
import { opened, sealed } from "./sealing.ts";

/** A draft as it is sealed. */
export interface Begun extends Typed {
  /** The submission's id, made when the form was opened: sent twice, it is one. */
  readonly id: string;
  readonly version: number;
  /** The record as it was when the answer was begun. */
  readonly subjectHash: string;
}

/** The draft of an answer to an item, or nothing. */
export async function begun(desk: Desk, item: string): Promise<Begun | undefined> {
  return opened<Begun>(desk, (await recall(name(desk, item)))?.sealed);
}

/** What a page is told of a draft. */
export function draftOf(found: Begun | undefined, subjectHash: string): Draft | undefined {
  if (found === undefined) return undefined;
  return { answer: found.answer, comments: found.comments, version: found.version, changed: found.subjectHash !== subjectHash };
}

/** Keeps what was typed. It does not, when another tab kept something since `base`. */
export async function keepDraft(desk: Desk, item: string, subjectHash: string, typed: Typed, base: number): Promise<{ kept: boolean; found: Begun | undefined }> {
  const found = await begun(desk, item);
  if ((found?.version ?? 0) !== base) return { kept: false, found };
  return { kept: true, found: await put(desk, item, subjectHash, typed, found) };
}

/** The draft that is about to be sent: what was typed counts, whatever was kept. */
export async function finalDraft(desk: Desk, item: string, subjectHash: string, typed: Typed): Promise<Begun> {
  const found = await begun(desk, item);
  if (found?.answer === typed.answer && found.comments === typed.comments && found.subjectHash === subjectHash) return found;
  return put(desk, item, subjectHash, typed, found);
}

/** Throws a draft away. */
export async function dropDraft(desk: Desk, item: string): Promise<void> {
  await drop(name(desk, item));
}

/** The deposit that was made of a draft before, if it is of the very same answer. */
export async function madeBefore(desk: Desk, item: string, of: string): Promise<Bytes | undefined> {
  const made = (await recall(name(desk, item)))?.deposit;
  return made?.of === of ? made.file : undefined;
}

/** Keeps a deposit before it is sent, so that it can be sent again as it is. */
export async function keepDeposit(desk: Desk, item: string, of: string, file: Bytes): Promise<void> {
  const kept = await recall(name(desk, item));
  if (kept !== undefined) await keep(name(desk, item), { ...kept, deposit: { file, of } });
}

/** What makes a deposit another one: said in a hash, since it is kept in the open. */
export async function markOf({ id, answer, comments, subjectHash }: Begun, inbox: string): Promise<string> {
  return sha256(utf8(JSON.stringify([id, answer, comments, subjectHash, inbox])));
}

async function put(desk: Desk, item: string, subjectHash: string, typed: Typed, found: Begun | undefined): Promise<Begun> {
  const id = found?.id ?? hex(crypto.getRandomValues(new Uint8Array(16)));
  const next: Begun = { id, version: (found?.version ?? 0) + 1, subjectHash, answer: typed.answer, comments: typed.comments };
  const kept = await recall(name(desk, item));
  await keep(name(desk, item), { ...kept, sealed: await sealed(desk, next) });
  return next;
}

function name({ session }: Desk, item: string): `answer:${string}` {
  return `answer:${session.opaque}:${item}`;
}
