/** What an account signs to sign in at the drop-box (docs/formats.md section 17). */
import { type Bytes, utf8 } from "./bytes.ts";
import { linesOf, timeOf } from "./text.ts";
import { originForm } from "./keys.ts";
import { Refusal, want } from "./problem.ts";
import { type PublicKey, type SigningKey, signText, splitSigned, verify } from "./sshsig.ts";

/** A sign-in: the box's origin as this browser knows it, and what the box gave. */
export interface SignIn {
  readonly origin: string;
  readonly nonce: string;
  /** As written. */
  readonly expiry: string;
}

const namespace = "despatch-login";
const longest = 10 * 60_000;

/**
 * Signs a sign-in. The nonce is held to its form, so that a box cannot have
 * anything else signed. Throws `malformed`.
 */
export async function signIn({ origin, nonce, expiry }: SignIn, key: SigningKey): Promise<Bytes> {
  const text = utf8(`${origin}\n${nonce}\n${expiry}\n`);
  readLines(text);
  return signText(key, namespace, text);
}

/** Verifies a sign-in of a key at an origin. Throws `malformed`, `signature`, `mismatch` or `expired`. */
export async function verifySignIn(signed: Bytes, key: PublicKey, origin: string, now: number): Promise<SignIn> {
  const { text, signature } = splitSigned(signed);
  const read = readLines(text);
  await verify(key, namespace, text, signature);
  const left = Date.parse(read.expiry) - now;
  if (read.origin !== origin) throw new Refusal("mismatch", "the sign-in is for another box");
  if (left <= 0) throw new Refusal("expired", "the sign-in is too old");
  want(left <= longest, "the sign-in expires too far ahead");
  return read;
}

function readLines(text: Bytes): SignIn {
  const [origin = "", nonce = "", expiry = "", ...more] = linesOf(text);
  want(more.length === 0 && originForm.test(origin) && /^[A-Za-z0-9_-]{43,128}$/.test(nonce), "a sign-in does not have an origin, a nonce and an expiry");
  timeOf(expiry);
  return { origin, nonce, expiry };
}
