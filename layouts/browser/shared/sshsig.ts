/**
 * SSHSIG, OpenSSH's signature format (PROTOCOL.sshsig): version 1, Ed25519,
 * SHA-512, nothing reserved (docs/formats.md section 1). Only verifying; only
 * the form that the Go half writes.
 */
import { type Bytes, base64, concat, equal, fromBase64, utf8, textOf } from "./bytes.ts";
import { Refusal, want } from "./problem.ts";

const begin = "-----BEGIN SSH SIGNATURE-----\n";
const end = "-----END SSH SIGNATURE-----\n";
const magic = utf8("SSHSIG");
const keyType = "ssh-ed25519";

/** The 32 bytes of an Ed25519 public key, with the text it was written as. */
export interface PublicKey {
  readonly text: string;
  readonly bytes: Bytes;
}

/** Reads `ssh-ed25519 AAAA…` without a comment. Throws `malformed`. */
export function publicKey(text: string): PublicKey {
  want(text.startsWith(keyType + " "), "a public key is not of the type ssh-ed25519");
  const reader = new StringReader(fromBase64(text.slice(keyType.length + 1)));
  want(equal(reader.next(), utf8(keyType)), "a public key is not of the type ssh-ed25519");
  const bytes = reader.next();
  want(bytes.length === 32 && reader.atEnd(), "a public key does not have 32 bytes");
  return { text, bytes };
}

/**
 * Verifies an armored signature over a message, made by `key` for `namespace`.
 *
 * @throws Refusal `malformed` when it is no signature in our form, `signature`
 * when it is one of another key, for another namespace or of another message.
 */
export async function verify(key: PublicKey, namespace: string, message: Bytes, armored: Bytes): Promise<void> {
  const blob = new StringReader(dearmor(armored));
  want(equal(blob.take(6), magic) && equal(blob.take(4), u32(1)), "the signature is not SSHSIG version 1");
  const signer = new StringReader(blob.next());
  want(equal(signer.next(), utf8(keyType)), "the signature is not by an Ed25519 key");
  const signerKey = signer.next();
  want(signerKey.length === 32 && signer.atEnd(), "the signature's key does not have 32 bytes");
  const space = blob.next();
  want(blob.next().length === 0, "the signature's reserved field is not empty");
  want(equal(blob.next(), utf8("sha512")), "the signature's hash is not SHA-512");
  const raw = new StringReader(blob.next());
  want(equal(raw.next(), utf8(keyType)), "the signature is not by an Ed25519 key");
  const signature = raw.next();
  want(signature.length === 64 && raw.atEnd() && blob.atEnd(), "the signature does not have 64 bytes");

  if (!equal(signerKey, key.bytes)) throw new Refusal("signature", "signed by another key than expected");
  if (!equal(space, utf8(namespace))) throw new Refusal("signature", "signed for another purpose than expected");
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-512", message));
  const signed = concat(magic, str(utf8(namespace)), str(utf8("")), str(utf8("sha512")), str(hash));
  const imported = await crypto.subtle.importKey("raw", key.bytes, { name: "Ed25519" }, false, ["verify"]);
  if (!(await crypto.subtle.verify({ name: "Ed25519" }, imported, signature, signed))) {
    throw new Refusal("signature", "the signature does not fit the text");
  }
}

/** A text and the armored signature that followed it. */
export interface SignedText {
  readonly text: Bytes;
  readonly signature: Bytes;
}

/**
 * Splits a signed text before its first line `-----BEGIN SSH SIGNATURE-----`.
 * It verifies nothing. Throws `malformed`.
 */
export function splitSigned(bytes: Bytes): SignedText {
  const all = textOf(bytes);
  const at = all.startsWith(begin) ? 0 : all.indexOf("\n" + begin) + 1;
  want(at > 0, "the text is not signed");
  const text = utf8(all.slice(0, at));
  const signature = bytes.slice(text.length);
  dearmor(signature);
  return { text, signature };
}

function dearmor(armored: Bytes): Bytes {
  const text = textOf(armored);
  want(text.startsWith(begin) && text.endsWith("\n" + end), "the signature has no armor");
  const body = text.slice(begin.length, -end.length);
  const blob = fromBase64(body.replaceAll("\n", ""));
  const lines = base64(blob).match(/.{1,70}/g) ?? [];
  want(lines.join("\n") + "\n" === body, "the signature's armor does not have lines of 70 characters");
  return blob;
}

function u32(n: number): Bytes {
  return new Uint8Array([n >>> 24, n >>> 16, n >>> 8, n]);
}

function str(bytes: Bytes): Bytes {
  return concat(u32(bytes.length), bytes);
}

/** Reads SSH's length-prefixed strings. */
class StringReader {
  readonly #bytes: Bytes;
  #at = 0;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }

  take(n: number): Bytes {
    want(this.#at + n <= this.#bytes.length, "the signature or key ends too early");
    this.#at += n;
    return this.#bytes.slice(this.#at - n, this.#at);
  }

  next(): Bytes {
    return this.take(this.take(4).reduce((n, b) => n * 256 + b, 0));
  }

  atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }
}
