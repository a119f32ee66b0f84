/**
 * Sealed files: age v1 with exactly one stanza, hybrid post-quantum, or scrypt
 * with work factor 16 for identity files (docs/formats.md section 2). typage
 * does age's cryptography; this file only decides what may reach it.
 */
import { Decrypter } from "age-encryption";
import { type Bytes } from "./bytes.ts";
import { Refusal, want } from "./problem.ts";

const version = "age-encryption.org/v1\n";
const headers = {
  hybrid: /^-> mlkem768x25519 ([A-Za-z0-9+/]{1494})\n([A-Za-z0-9+/]{43})\n--- ([A-Za-z0-9+/]{43})\n/,
  scrypt: /^-> scrypt ([A-Za-z0-9+/]{22}) 16\n([A-Za-z0-9+/]{43})\n--- ([A-Za-z0-9+/]{43})\n/,
};
const longestHeader = 2048;

/**
 * Opens a file sealed to one identity.
 *
 * @throws Refusal `malformed` when the header is not ours or the file is
 * damaged, `locked` when the identity does not open it.
 */
export async function open(file: Bytes, identity: string): Promise<Bytes> {
  want(headerKind(file) === "hybrid", "the file is sealed by a passphrase");
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return decrypt(decrypter, file);
}

/**
 * Opens a file sealed by a passphrase, which must be folded already. It takes
 * seconds and 64 MiB of memory.
 *
 * @throws Refusal `malformed` or, for a wrong passphrase, `locked`.
 */
export async function openWithPassphrase(file: Bytes, passphrase: string): Promise<Bytes> {
  want(headerKind(file) === "scrypt", "the file is not sealed by a passphrase");
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  return decrypt(decrypter, file);
}

/** Says whether a text is a hybrid identity, its checksum included. */
export function isIdentity(text: string): boolean {
  if (!/^AGE-SECRET-KEY-PQ-1[02-9AC-HJ-NP-Z]{58}$/.test(text)) return false;
  try {
    new Decrypter().addIdentity(text);
    return true;
  } catch {
    return false;
  }
}

/** Tells the one stanza of a sealed file's header. Throws `malformed` for any other header. */
export function headerKind(file: Bytes): "hybrid" | "scrypt" {
  const start = String.fromCharCode(...file.subarray(0, longestHeader));
  want(start.startsWith(version), "the file is not sealed with age");
  const rest = start.slice(version.length);
  const [stanza, body, mac] = [headers.hybrid.exec(rest), headers.scrypt.exec(rest)].find((m) => m !== null)?.slice(1) ?? [];
  want(stanza !== undefined && body !== undefined && mac !== undefined, "the file is sealed in a way that Despatch does not use");
  for (const text of [stanza, body, mac]) want(isCanonical(text), "the header's base64 is not in its standard form");
  return rest.startsWith("-> scrypt") ? "scrypt" : "hybrid";
}

/** Says whether unpadded base64 leaves no stray bits at its end. */
export function isCanonical(text: string): boolean {
  return btoa(atob(text)).replace(/=*$/, "") === text;
}

async function decrypt(decrypter: Decrypter, file: Bytes): Promise<Bytes> {
  try {
    return new Uint8Array(await decrypter.decrypt(file));
  } catch (error) {
    // typage tells its errors apart by their text alone; a new wording would
    // turn "wrong passphrase" into "damaged", which the vectors would show.
    if (error instanceof Error && error.message.startsWith("no identity matched")) {
      throw new Refusal("locked", "this key does not open the file");
    }
    throw new Refusal("malformed", "the sealed file is damaged");
  }
}
