/** What is kept on this device of answers: sealed to the account, so that only a sign-in opens it, and padded. */
import { Encrypter, identityToRecipient } from "age-encryption";
import { type Bytes, textOf, utf8 } from "../../shared/bytes.ts";
import { drop, keep } from "../../shared/kept.ts";
import { bucket } from "../../shared/padding.ts";
import { open } from "../../shared/sealed.ts";
import { type Desk, inHand } from "../holder.ts";

const least = 8192;

/** Seals a value to the account that is signed in. */
export async function sealed({ session }: Desk, value: unknown): Promise<Bytes> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(session.identity));
  const text = utf8(JSON.stringify(value));
  const plain = new Uint8Array(bucket(text.length, least)).fill(0x20);
  plain.set(text);
  return new Uint8Array(await encrypter.encrypt(plain));
}

/** Opens what was sealed; what cannot be opened or read is nothing. */
export async function opened<T>({ session }: Desk, bytes: Bytes | undefined): Promise<T | undefined> {
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(textOf(await open(bytes, session.identity))) as T;
  } catch {
    // Another identity of this account sealed it before its keys were replaced.
    return undefined;
  }
}

/** Keeps what is a person's own, unless their session on a shared computer ended meanwhile (row M27). */
export async function keepOwn(desk: Desk, ...kept: Parameters<typeof keep>): Promise<void> {
  await keep(...kept);
  if (desk.session.shared && inHand()?.session.opaque !== desk.session.opaque) await drop(kept[0]);
}
