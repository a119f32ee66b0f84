/** Checkpoints: the log's signed word on its size and root (C2SP tlog-checkpoint and signed-note). */
import { type Bytes, base64, concat, fromBase64, hex, textOf, utf8 } from "./bytes.ts";
import type { Tree } from "./merkle.ts";
import { numberOf } from "./text.ts";
import { Refusal, want } from "./problem.ts";
import { verifyRaw } from "./sshsig.ts";

/** A key of a log, with the name that it signs under. */
export interface LogKey {
  readonly name: string;
  readonly hash: string;
  readonly key: Bytes;
}

const ed25519 = 1;
const mostSignatures = 100;

/** Reads a C2SP verifier key as the keys file has it. Throws `malformed`. */
export async function logKey(text: string): Promise<LogKey> {
  const [, name, hash, body] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text) ?? [];
  want(name !== undefined && hash !== undefined && body !== undefined, "a log key is not written as a verifier key");
  const bytes = fromBase64(body);
  want(bytes.length === 33 && bytes[0] === ed25519, "a log key is not an Ed25519 key");
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", concat(utf8(name + "\n"), bytes)));
  want(hex(sum.slice(0, 4)) === hash, "a log key does not fit its own hash");
  return { name, hash, key: bytes.slice(1) };
}

/**
 * Reads a checkpoint that one of the keys signed; signatures of others may stand
 * beside it. Throws `malformed` or `signature`.
 */
export async function readCheckpoint(bytes: Bytes, keys: readonly LogKey[]): Promise<Tree> {
  const all = textOf(bytes);
  want(!/[\u0000-\u0009\u000b-\u001f]/.test(all), "the checkpoint holds control characters");
  const end = all.lastIndexOf("\n\n");
  want(end >= 0, "the checkpoint is not signed");
  const [text, signatures] = [all.slice(0, end + 1), all.slice(end + 2)];
  const signer = await signerOf(text, signatures, keys);
  const [origin, size = "", root = "", rest, ...more] = text.split("\n");
  want(rest === "" && more.length === 0, "the checkpoint does not have three lines");
  if (origin !== signer.name) throw new Refusal("signature", "the checkpoint is of another log than the one that signed it");
  const hash = fromBase64(root);
  want(hash.length === 32 && base64(hash) === root, "the checkpoint's root is no hash");
  return { size: numberOf(size), root: hash };
}

/** The first of the keys that signed a note. */
async function signerOf(text: string, signatures: string, keys: readonly LogKey[]): Promise<LogKey> {
  const lines = signatures.split("\n");
  want(lines.pop() === "" && lines.length > 0 && lines.length <= mostSignatures, "the checkpoint has no signature");
  let found: LogKey | undefined;
  for (const line of lines) {
    const [, name, body] = /^\u2014 ([^\s+]+) (\S+)$/u.exec(line) ?? [];
    want(name !== undefined && body !== undefined, "a signature of the checkpoint is not written as a note has it");
    const blob = fromBase64(body);
    want(blob.length >= 5, "a signature of the checkpoint is too short");
    const key = keys.find((k) => k.name === name && k.hash === hex(blob.slice(0, 4)));
    if (key === undefined) continue;
    if (!(await verifyRaw(key.key, blob.slice(4), utf8(text)))) throw new Refusal("signature", "the log's signature does not fit the checkpoint");
    found ??= key;
  }
  if (found === undefined) throw new Refusal("signature", "no key of the log signed the checkpoint");
  return found;
}
