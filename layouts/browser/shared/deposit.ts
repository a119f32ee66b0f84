/**
 * A deposit as it travels: one age file to exactly two recipients, the service's
 * inbox and the sender's own account (docs/formats.md section 18). typage does
 * age's cryptography.
 */
import { Decrypter, Encrypter, identityToRecipient } from "age-encryption";
import type { Bytes } from "./bytes.ts";
import { bucket } from "./padding.ts";
import { least } from "./envelope.ts";
import { Refusal, want } from "./problem.ts";
import { isCanonical } from "./sealed.ts";

const header = /^age-encryption\.org\/v1\n-> mlkem768x25519 ([A-Za-z0-9+/]{1494})\n([A-Za-z0-9+/]{43})\n-> mlkem768x25519 ([A-Za-z0-9+/]{1494})\n([A-Za-z0-9+/]{43})\n--- ([A-Za-z0-9+/]{43})\n/;
const headerSize = 22 + 2 * ("-> mlkem768x25519 ".length + 1494 + 1 + 43 + 1) + "--- ".length + 43 + 1;
const chunk = 65536;

/** Seals a padded plaintext to an inbox and to the account that an identity opens. */
export async function sealDeposit(plain: Bytes, inbox: string, identity: string): Promise<Bytes> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(inbox);
  encrypter.addRecipient(await identityToRecipient(identity));
  const file = new Uint8Array(await encrypter.encrypt(plain));
  checkDeposit(file, file.length);
  return file;
}

/** Opens a deposit with the account's identity. Throws `malformed` or `locked`. */
export async function openDeposit(file: Bytes, identity: string): Promise<Bytes> {
  checkDeposit(file, file.length);
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  try {
    return new Uint8Array(await decrypter.decrypt(file));
  } catch (error) {
    const locked = error instanceof Error && error.message.startsWith("no identity matched");
    throw locked ? new Refusal("locked", "this key does not open the deposit") : new Refusal("malformed", "the deposit is damaged");
  }
}

/** Holds a file's beginning and size to the form of a deposit. Throws `malformed`. */
export function checkDeposit(head: Bytes, size: number): void {
  const fields = header.exec(String.fromCharCode(...head.subarray(0, headerSize)))?.slice(1);
  want(fields?.every(isCanonical) === true, "the deposit is not sealed to two recipients");
  const payload = size - headerSize;
  const plain = payload - 16 - 16 * Math.ceil((payload - 16) / (chunk + 16));
  want(plain >= least && payload === 16 + plain + 16 * Math.ceil(plain / chunk) && bucket(plain, least) === plain, "the deposit is not padded to its bucket");
}
