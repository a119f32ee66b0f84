/** Drafts in the drop-box: sealed to the account alone, there only because the person pressed Save and exit (docs/formats.md section 25). */
import { Encrypter, identityToRecipient } from "age-encryption";
import { type Bytes, sha256, textOf, utf8 } from "../../shared/bytes.ts";
import { draftOf } from "../../shared/envelope.ts";
import type { Compartment } from "../../shared/identity.ts";
import { bucket } from "../../shared/padding.ts";
import { open } from "../../shared/sealed.ts";
import type { Desk } from "../holder.ts";
import { asAccount, BoxRefusal } from "./line.ts";
import type { Begun } from "./draft.ts";

const least = 65536;

/** What of a draft any device needs. */
interface Plain<T> {
  readonly format: 1;
  readonly id: string;
  readonly subjectHash: string;
  readonly typed: T;
}

/** Saves a draft after the version that it goes on from; nothing where another device saved something since. */
export async function save(desk: Desk, of: Compartment, subject: string, { id, subjectHash, typed, saved }: Begun<unknown>): Promise<string | undefined> {
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
export async function readSaved<T>(desk: Desk, of: Compartment, subject: string): Promise<(Plain<T> & { readonly sha256: string }) | undefined> {
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
export async function forgetSaved(desk: Desk, of: Compartment, subject: string): Promise<void> {
  await asAccount(desk, await place(desk, of, subject), { method: "DELETE" });
}

async function place({ session }: Desk, { secret }: Compartment, subject: string): Promise<string> {
  return `/box/drafts/${await draftOf(secret, session.opaque, subject)}`;
}
