/**
 * SSHSIG, OpenSSH's signature format (PROTOCOL.sshsig): version 1, Ed25519,
 * SHA-512, nothing reserved (docs/formats.md section 1). Only the form that the
 * Go half reads and writes; a key signs in one namespace at a time.
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
  if (!(await verifyRaw(key.bytes, signature, await covered(namespace, message)))) {
    throw new Refusal("signature", "the signature does not fit the text");
  }
}

/** Verifies an armored signature by any of several keys. Throws as {@link verify} does. */
export async function verifyByAny(keys: readonly PublicKey[], namespace: string, message: Bytes, armored: Bytes): Promise<void> {
  for (const key of keys) {
    try {
      await verify(key, namespace, message, armored);
      return;
    } catch (error) {
      if (!(error instanceof Refusal) || error.why !== "signature") throw error;
    }
  }
  throw new Refusal("signature", "none of the keys that the authority named signed it");
}

/** Says whether an Ed25519 signature fits; only for formats that are no SSHSIG themselves. */
export async function verifyRaw(key: Bytes, signature: Bytes, message: Bytes): Promise<boolean> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
}

/** A key that can sign, with its public half. */
export interface SigningKey {
  readonly secret: CryptoKey;
  readonly public: PublicKey;
}

/** PKCS #8 around the 32 bytes of an Ed25519 seed (RFC 8410). */
const pkcs8 = new Uint8Array([0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20]);

/** The signing key of a seed of 32 bytes. */
export async function signingKey(seed: Bytes): Promise<SigningKey> {
  const secret = await crypto.subtle.importKey("pkcs8", concat(pkcs8, seed), { name: "Ed25519" }, true, ["sign"]);
  // WebCrypto gives the public half of a key in no other form.
  const { x = "" } = await crypto.subtle.exportKey("jwk", secret);
  const bytes = fromBase64(x.replaceAll("-", "+").replaceAll("_", "/") + "=");
  return { secret, public: { text: `${keyType} ${base64(keyBlob(bytes))}`, bytes } };
}

/** A text followed by its armored signature, made for a namespace. */
export async function signText(key: SigningKey, namespace: string, text: Bytes): Promise<Bytes> {
  const signature = new Uint8Array(await crypto.subtle.sign({ name: "Ed25519" }, key.secret, await covered(namespace, text)));
  const blob = concat(
    magic, u32(1), str(keyBlob(key.public.bytes)), str(utf8(namespace)), str(utf8("")), str(utf8("sha512")),
    str(concat(str(utf8(keyType)), str(signature))),
  );
  return concat(text, utf8(begin + armor(blob) + end));
}

function keyBlob(bytes: Bytes): Bytes {
  return concat(str(utf8(keyType)), str(bytes));
}

/** What the Ed25519 signature of a message is over. */
async function covered(namespace: string, message: Bytes): Promise<Bytes> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-512", message));
  return concat(magic, str(utf8(namespace)), str(utf8("")), str(utf8("sha512")), str(hash));
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
  want(armor(blob) === body, "the signature's armor does not have lines of 70 characters");
  return blob;
}

function armor(blob: Bytes): string {
  return (base64(blob).match(/.{1,70}/g) ?? []).join("\n") + "\n";
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
