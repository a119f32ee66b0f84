/** Drafts in the drop-box: sealed to the account alone, there only because the person pressed Save and exit (docs/formats.md section 25). */
import { Encrypter, identityToRecipient } from "age-encryption";
import { type Bytes, sha256, textOf, utf8 } from "../../shared/bytes.ts";
import { draftOf } from "../../shared/envelope.ts";
import type { Compartment } from "../../shared/identity.ts";
import { bucket } from "../../shared/padding.ts";
import { open } from "../../shared/sealed.ts";
import type { Desk } from "../holder.ts";
import type { Draft, Saved } from "../../shared/answering.ts";
import { asAccount, BoxRefusal } from "./line.ts";
import { begun, type Begun, dropDraft, type Name, put } from "./draft.ts";
import { hitchOf } from "./deliver.ts";

const least = 65536;
/** So long a page waits for what another device saved; a line that is slower is none. */
const lookPatience = 8000;

/** What of a draft any device needs. */
interface Plain<T> {
  readonly format: 1;
  readonly id: string;
  readonly subjectHash: string;
  readonly typed: T;
}

/** What is saved under a draft's name: a subject, read in a compartment. */
export interface Savable {
  readonly compartment: Compartment;
  readonly item: { readonly id: string };
  readonly name: Name;
}

/** What a page is told of a draft. */
export function toldOf<T>(found: Begun<T> | undefined, subjectHash: string): Draft<T> | undefined {
  if (found === undefined) return undefined;
  return { typed: found.typed, version: found.version, changed: found.subjectHash !== subjectHash, saved: found.saved?.version === found.version };
}

/** Looks whether another device saved something in the drop-box; without a line, what is here counts. */
export async function withSaved<T>(desk: Desk, { compartment, item, name }: Savable): Promise<{ found: Begun<T> | undefined; other: T | undefined }> {
  const found = await begun<T>(desk, name);
  const late = new Promise<undefined>((resolve) => { setTimeout(resolve, lookPatience); });
  const there = await Promise.race([readSaved<T>(desk, compartment, item.id).catch(() => undefined), late]);
  if (there === undefined || there.sha256 === found?.saved?.sha256) return { found, other: undefined };
  const saved = { sha256: there.sha256, version: (found?.version ?? 0) + 1 };
  if (found === undefined || found.version === found.saved?.version || JSON.stringify(found.typed) === JSON.stringify(there.typed)) {
    return { found: await put(desk, name, { id: there.id, version: saved.version, subjectHash: there.subjectHash, typed: there.typed, saved }), other: undefined };
  }
  // Both went on: the person says which counts, and saves that over the other.
  return { found: await put(desk, name, { ...found, saved: { sha256: there.sha256, version: 0 } }), other: there.typed };
}

/** Saves what is kept in the drop-box, sealed to the account, so that any device of the person's goes on with it. */
export async function saveBegun(desk: Desk, { compartment, item, name }: Savable): Promise<Saved | null> {
  const found = await begun<unknown>(desk, name);
  if (found === undefined) return null;
  try {
    const sum = await save(desk, compartment, item.id, found);
    if (sum === undefined) return { ok: false, why: "other" };
    await put(desk, name, { ...found, saved: { sha256: sum, version: found.version } });
    return { ok: true, why: "" };
  } catch (error) {
    const { why } = hitchOf(error, false);
    return { ok: false, why: why === "offline" || why === "refused" || why === "quota" || why === "large" || why === "busy" ? why : "problem" };
  }
}

/** Throws away what was kept, here and in the drop-box. */
export async function forgetBegun(desk: Desk, { compartment, item, name }: Savable): Promise<void> {
  const found = await begun<unknown>(desk, name);
  await dropDraft(name);
  if (found?.saved !== undefined) await forgetSaved(desk, compartment, item.id).catch(() => undefined);
}

/** Saves a draft after the version that it goes on from; nothing where another device saved something since. */
async function save(desk: Desk, of: Compartment, subject: string, { id, subjectHash, typed, saved }: Begun<unknown>): Promise<string | undefined> {
  const text = utf8(JSON.stringify({ format: 1, id, subjectHash, typed } satisfies Plain<unknown>));
  const plain = new Uint8Array(bucket(text.length, least));
  plain.set(text);
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(desk.session.identity));
  const file = new Uint8Array(await encrypter.encrypt(plain));
  try {
    await asAccount(desk, `${await place(desk, of, subject)}?after=${saved?.sha256 ?? "-"}`, { method: "POST", body: file });
    return await sha256(file);
  } catch (error) {
    if (error instanceof BoxRefusal && error.code === "draft-changed") return undefined;
    throw error;
  }
}

/** The draft in the drop-box with the SHA-256 of its sealed bytes, or nothing. */
async function readSaved<T>(desk: Desk, of: Compartment, subject: string): Promise<(Plain<T> & { readonly sha256: string }) | undefined> {
  let file: Bytes;
  try {
    file = await asAccount(desk, await place(desk, of, subject));
  } catch (error) {
    if (error instanceof BoxRefusal && error.code === "not-there") return undefined;
    throw error;
  }
  const text = textOf(await open(file, desk.session.identity)).replace(/\0+$/, "");
  return { ...(JSON.parse(text) as Plain<T>), sha256: await sha256(file) };
}

/** Takes a draft out of the drop-box. */
async function forgetSaved(desk: Desk, of: Compartment, subject: string): Promise<void> {
  await asAccount(desk, await place(desk, of, subject), { method: "DELETE" });
}

async function place({ session }: Desk, { secret }: Compartment, subject: string): Promise<string> {
  return `/box/drafts/${await draftOf(secret, session.opaque, subject)}`;
}
