/**
 * Passkey files: an identity file sealed to what a passkey computes (WebAuthn's
 * PRF extension), as typage's fido2prf does (docs/formats.md section 6.1). typage
 * does the cryptography; whoever calls asks the person for the touch.
 */
import { Decrypter, Encrypter, webauthn } from "age-encryption";
import { type Bytes, concat, utf8 } from "./bytes.ts";
import { Refusal, want } from "./problem.ts";

/** What a passkey computed for a nonce: 32 bytes each. */
export interface Evaluated {
  readonly first: BufferSource;
  readonly second?: BufferSource;
}

const label = "age-encryption.org/fido2prf";
const header = /^age-encryption\.org\/v1\n-> age-encryption\.org\/fido2prf ([A-Za-z0-9+/]{22})\n([A-Za-z0-9+/]{43})\n--- ([A-Za-z0-9+/]{43})\n/;
const longestHeader = 256;

/** The nonce of a passkey file, from which the passkey computes its key. Throws `malformed` for any other header. */
export function nonceOf(file: Bytes): Bytes {
  const [, ...parts] = header.exec(String.fromCharCode(...file.subarray(0, longestHeader))) ?? [];
  const [nonce] = parts;
  want(nonce !== undefined, "the file is not sealed to a passkey");
  for (const text of parts) want(btoa(atob(text)).replace(/=*$/, "") === text, "the header's base64 is not in its standard form");
  return Uint8Array.from(atob(nonce), (c) => c.charCodeAt(0));
}

/** What a passkey is asked to compute for a nonce: two values, so that one touch opens one file. */
export function inputsOf(nonce: Uint8Array): { first: Bytes; second: Bytes } {
  const input = (number: number): Bytes => concat(utf8(label), Uint8Array.of(number), Uint8Array.from(nonce));
  return { first: input(1), second: input(2) };
}

/**
 * Opens a passkey file with what its passkey computed.
 *
 * @throws Refusal `malformed` for a damaged file, `locked` for another passkey's values.
 */
export async function openPasskeyFile(file: Bytes, evaluated: Evaluated): Promise<Bytes> {
  nonceOf(file);
  const decrypter = new Decrypter();
  decrypter.addIdentity(new Answered(evaluated));
  try {
    return new Uint8Array(await decrypter.decrypt(file));
  } catch (error) {
    // As in sealed.ts, the text is all that tells these apart.
    if (error instanceof Error && error.message.startsWith("no identity matched")) throw new Refusal("locked", "this passkey does not open the file");
    throw new Refusal("malformed", "the passkey file is damaged");
  }
}

/** Seals to a passkey, which is asked to compute by `evaluate`. */
export async function sealPasskeyFile(plain: Bytes, evaluate: (nonce: Uint8Array) => Promise<Evaluated>): Promise<Bytes> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(new Asking(evaluate));
  return new Uint8Array(await encrypter.encrypt(plain));
}

/** typage's identity, with an answer that is there already. */
class Answered extends webauthn.WebAuthnIdentity {
  readonly #evaluated: Evaluated;

  constructor(evaluated: Evaluated) {
    super();
    this.#evaluated = evaluated;
  }

  protected override getCredential(): Promise<Evaluated> {
    return Promise.resolve(this.#evaluated);
  }
}

/** typage's recipient, with a question of our own. */
class Asking extends webauthn.WebAuthnRecipient {
  readonly #evaluate: (nonce: Uint8Array) => Promise<Evaluated>;

  constructor(evaluate: (nonce: Uint8Array) => Promise<Evaluated>) {
    super();
    this.#evaluate = evaluate;
  }

  protected override getCredential(nonce: Uint8Array): Promise<Evaluated> {
    return this.#evaluate(nonce);
  }
}
