/** Answers that were begun and not sent: kept on this device, sealed, one for a record. */
import { type Bytes, hex, sha256, utf8 } from "../../shared/bytes.ts";
import { drop, keptNames, recall } from "../../shared/kept.ts";
import type { Desk } from "../holder.ts";
import { keepOwn, opened, sealed } from "./sealing.ts";

/** What is kept of a draft besides what was typed. */
export interface Begun<T> {
  /** The submission's id, made when the form was opened: sent twice, it is one. */
  readonly id: string;
  readonly version: number;
  /** The record as it was when the answer was begun. */
  readonly subjectHash: string;
  readonly typed: T;
  /** The version in the drop-box that this one goes on from: its SHA-256, and the version here that was saved there. */
  readonly saved?: { readonly sha256: string; readonly version: number };
}

/** Where an answer is kept: `answer:<opaque>:<item id>`, of a return with the school behind it. */
export type Name = `answer:${string}`;

/** Names the answer to an item. */
export function nameOfAnswer({ session }: Desk, item: string): Name {
  return `answer:${session.opaque}:${item}`;
}

/** The items that an answer was begun to on this device. */
export async function begunItems({ session }: Desk): Promise<ReadonlySet<string>> {
  const prefix = `answer:${session.opaque}:`;
  return new Set((await keptNames(prefix)).map((n) => n.slice(prefix.length).split(":")[0] ?? ""));
}

/** The draft under a name, or nothing. */
export async function begun<T>(desk: Desk, name: Name): Promise<Begun<T> | undefined> {
  return opened<Begun<T>>(desk, (await recall(name))?.sealed);
}

/** Keeps what was typed. It does not, when another tab kept something since `base`. */
export async function keepDraft<T>(desk: Desk, name: Name, subjectHash: string, typed: T, base: number): Promise<{ kept: boolean; found: Begun<T> | undefined }> {
  const found = await begun<T>(desk, name);
  if ((found?.version ?? 0) !== base) return { kept: false, found };
  return { kept: true, found: await put(desk, name, { ...fresh(found), subjectHash, typed }) };
}

/** The draft that is about to be sent: what was typed counts, whatever was kept. */
export async function finalDraft<T>(desk: Desk, name: Name, subjectHash: string, typed: T): Promise<Begun<T>> {
  const found = await begun<T>(desk, name);
  if (found !== undefined && found.subjectHash === subjectHash && JSON.stringify(found.typed) === JSON.stringify(typed)) return found;
  return put(desk, name, { ...fresh(found), subjectHash, typed });
}

/** Puts a draft in the place of what is kept. */
export async function put<T>(desk: Desk, name: Name, next: Begun<T>): Promise<Begun<T>> {
  const kept = await recall(name);
  await keepOwn(desk, name, { ...kept, sealed: await sealed(desk, next) });
  return next;
}

/** Throws a draft away. */
export async function dropDraft(name: Name): Promise<void> {
  await drop(name);
}

/** The deposit that was made of a draft before, if it is of the very same answer. */
export async function madeBefore(name: Name, of: string): Promise<Bytes | undefined> {
  const made = (await recall(name))?.deposit;
  return made?.of === of ? made.file : undefined;
}

/** Keeps a deposit before it is sent, so that it can be sent again as it is. */
export async function keepDeposit(desk: Desk, name: Name, of: string, file: Bytes): Promise<void> {
  const kept = await recall(name);
  if (kept !== undefined) await keepOwn(desk, name, { ...kept, deposit: { file, of } });
}

/** What makes a deposit another one: said in a hash, since it is kept in the open. */
export async function markOf<T>({ id, typed, subjectHash }: Begun<T>, ...more: readonly string[]): Promise<string> {
  return sha256(utf8(JSON.stringify([id, typed, subjectHash, ...more])));
}

/** The id and version of the draft after one, or of a new one. */
function fresh<T>(found: Begun<T> | undefined): Omit<Begun<T>, "subjectHash" | "typed"> {
  const next = { id: found?.id ?? hex(crypto.getRandomValues(new Uint8Array(16))), version: (found?.version ?? 0) + 1 };
  return found?.saved === undefined ? next : { ...next, saved: found.saved };
}
