/** The inside of a deposit: what its sender signed, the payload, the padding (docs/formats.md section 18); and slots (section 19). */
import { type Bytes, concat, fromBase64, hmac256, sha256, textOf, utf8 } from "./bytes.ts";
import { formatLine, LineReader, linesOf, numberOf, timeOf } from "./text.ts";
import { bucket } from "./padding.ts";
import { Refusal, want } from "./problem.ts";
import { type PublicKey, publicKey, type SigningKey, signText, splitSigned, verify } from "./sshsig.ts";

/** What the sender says of a deposit; empty texts stand for nothing. */
export interface Letter {
  /** 32 hex digits, made when the form was opened. */
  readonly id: string;
  readonly kind: string;
  /** SHA-256 of the service's recipient as the keys file writes it. */
  readonly inbox: string;
  /** Opaque ids of the account and the school. */
  readonly account: string;
  readonly school: string;
  /** Item id of the record, and the SHA-256 of the record as published: both or neither. */
  readonly subject: string;
  readonly subjectHash: string;
  readonly formHash: string;
  /** The deposit that this one amends. */
  readonly supersedes: string;
  /** Serial of the head that was shown. */
  readonly head: number;
  /** By the sender's clock, as written. */
  readonly time: string;
}

/** A letter as it was signed, with what the signature covers besides. */
export interface Envelope extends Letter {
  readonly key: PublicKey;
  readonly payloadHash: string;
  readonly payloadSize: number;
}

const namespace = "despatch-envelope";
/** The plaintext length that every response-like deposit has. */
export const least = 65536;
const longestText = 8192;
const mostPayload = 64 * 2 ** 30;
const end = "\n-----END SSH SIGNATURE-----\n";

/** Signs a letter, appends the payload and pads the whole. */
export async function sealableLetter(letter: Letter, payload: Bytes, key: SigningKey): Promise<Bytes> {
  const plain = concat(await signedLetter(letter, await sha256(payload), payload.length, key), payload);
  return concat(plain, new Uint8Array(bucket(plain.length, least) - plain.length));
}

/**
 * Reads a deposit's plaintext and checks the signature of the key that it names,
 * the payload and the padding. Whose key that is, the caller must know. Throws
 * `malformed`, `newer`, `signature` or `mismatch`.
 */
export async function openLetter(plain: Bytes): Promise<{ envelope: Envelope; payload: Bytes; signed: Bytes }> {
  const signed = plain.slice(0, signedLength(plain));
  const envelope = await readEnvelope(signed);
  const rest = plain.subarray(signed.length);
  const size = envelope.payloadSize;
  want(rest.length >= size && plain.length === bucket(signed.length + size, least), "the deposit is not padded to its bucket");
  const payload = rest.slice(0, size);
  want(rest.subarray(size).every((b) => b === 0), "something follows the payload");
  if ((await sha256(payload)) !== envelope.payloadHash) throw new Refusal("mismatch", "the payload is not the one that was signed");
  return { envelope, payload, signed };
}

/** The length of the signed text at the beginning of a deposit's plaintext. Throws `malformed`. */
export function signedLength(plain: Bytes): number {
  const at = String.fromCharCode(...plain.subarray(0, longestText)).indexOf(end);
  want(at >= 0, "the deposit does not begin with a signed text");
  return at + end.length;
}

/** Reads a signed envelope and checks the signature of the key that it names. Throws `malformed`, `newer` or `signature`. */
export async function readEnvelope(signed: Bytes): Promise<Envelope> {
  const { text, signature } = splitSigned(signed);
  const envelope = readText(text);
  await verify(envelope.key, namespace, text, signature);
  return envelope;
}

/** Signs a letter around a payload of which only hash and size are known. */
export async function signedLetter(letter: Letter, payloadHash: string, payloadSize: number, key: SigningKey): Promise<Bytes> {
  const text = utf8(textOfEnvelope({ ...letter, key: key.public, payloadHash, payloadSize }));
  readText(text);
  return signText(key, namespace, text);
}

/** The id of an account's draft about a subject, by the secret of the compartment that it was read in (section 25). */
export async function draftOf(secret: string, account: string, subject: string): Promise<string> {
  return (await hmac256(fromBase64(secret), utf8(`despatch-draft-1\n${account}\n${subject}`))).slice(0, 32);
}

/** The slot of the n-th version of an answer to a subject, by the secret of the compartment that it was read in. */
export async function slotOf(secret: string, subject: string, subjectHash: string, n: number): Promise<string> {
  return hmac256(fromBase64(secret), utf8(`despatch-slot-1\n${subject}\n${subjectHash}\n${String(n)}`));
}

/** The slot of an account's word that it has opened a subject. */
export async function openedSlotOf(secret: string, account: string, subject: string, subjectHash: string): Promise<string> {
  return hmac256(fromBase64(secret), utf8(`despatch-opened-1\n${account}\n${subject}\n${subjectHash}`));
}

/** The slot of the withdrawal of a deposit. */
export async function withdrawalSlotOf(secret: string, deposit: string): Promise<string> {
  return hmac256(fromBase64(secret), utf8(`despatch-withdrawal-1\n${deposit}`));
}

function textOfEnvelope(e: Envelope): string {
  return [
    "despatch-envelope 1", `id ${e.id}`, `kind ${e.kind}`, `inbox ${e.inbox}`, `account ${e.account} ${e.key.text}`, `school ${orNone(e.school)}`,
    `subject ${orNone(e.subject)}`, `subject-sha256 ${orNone(e.subjectHash)}`, `form-sha256 ${orNone(e.formHash)}`, `supersedes ${orNone(e.supersedes)}`,
    `head ${String(e.head)}`, `time ${e.time}`, `payload ${e.payloadHash} ${String(e.payloadSize)}`, "",
  ].join("\n");
}

function readText(text: Bytes): Envelope {
  const lines = linesOf(text);
  formatLine(lines[0], "despatch-envelope", 1);
  const reader = new LineReader(lines.slice(1));
  const must = (word: string, form: RegExp): string => {
    const value = reader.must(word);
    want(form.test(value), `the line "${word}" is not written as it should be`);
    return value === "-" ? "" : value;
  };
  const id = must("id", /^[0-9a-f]{32}$/);
  const kind = must("kind", /^[a-z0-9][a-z0-9-]{0,63}$/);
  const inbox = must("inbox", /^[0-9a-f]{64}$/);
  const account = must("account", /^[0-9a-f]{32} ssh-ed25519 \S+$/);
  const envelope = {
    id, kind, inbox,
    account: account.slice(0, 32),
    key: publicKey(account.slice(33)),
    school: must("school", /^([0-9a-f]{32}|-)$/),
    subject: must("subject", /^([0-9a-f]{16}|-)$/),
    subjectHash: must("subject-sha256", /^([0-9a-f]{64}|-)$/),
    formHash: must("form-sha256", /^([0-9a-f]{64}|-)$/),
    supersedes: must("supersedes", /^([0-9a-f]{64}|-)$/),
    head: numberOf(reader.must("head")),
    time: reader.must("time"),
    ...payloadOf(must("payload", /^[0-9a-f]{64} [0-9]+$/)),
  };
  timeOf(envelope.time);
  want(envelope.head >= 1 && envelope.payloadSize <= mostPayload, "the envelope's head or size cannot be");
  want((envelope.subject === "") === (envelope.subjectHash === ""), "subject and subject-sha256 stand together or not at all");
  want(reader.rest().length === 0 && textOfEnvelope(envelope) === textOf(text), "the envelope has an unknown line");
  return envelope;
}

function payloadOf(line: string): { payloadHash: string; payloadSize: number } {
  return { payloadHash: line.slice(0, 64), payloadSize: numberOf(line.slice(65)) };
}

function orNone(value: string): string {
  return value === "" ? "-" : value;
}
