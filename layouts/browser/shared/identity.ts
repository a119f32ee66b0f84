/** An account's identity file and keyrings, once opened (docs/formats.md sections 6 and 7). */
import { type Bytes, fromBase64 } from "./bytes.ts";
import { formatLine, LineReader, linesOf, numberOf } from "./text.ts";
import { bucket } from "./padding.ts";
import { foldCode, foldPassphrase } from "./account.ts";
import { isIdentity, open, openWithPassphrase } from "./sealed.ts";
import { type PublicKey, publicKey } from "./sshsig.ts";
import { want } from "./problem.ts";


/** What the identity file holds. `root` is the browser's one trust anchor. */
export interface Identity {
  readonly code: string;
  readonly root: PublicKey;
  /** Seed of the account's signing key, in base64. */
  readonly signing: string;
  readonly identity: string;
}

/**
 * Opens an identity file with a passphrase as typed; {@link readIdentity} reads it.
 *
 * @throws Refusal `locked` for a wrong passphrase, or `malformed`.
 */
export async function openIdentity(file: Bytes, passphrase: string): Promise<Bytes> {
  return openWithPassphrase(file, foldPassphrase(passphrase));
}

/** Reads an opened identity file. Throws `malformed` or `newer`. */
export function readIdentity(bytes: Bytes): Identity {
  const lines = linesOf(bytes);
  formatLine(lines[0], "# despatch-identity", 1);
  const reader = new LineReader(lines.slice(1));
  const code = reader.must("# account");
  const root = publicKey(reader.must("# root"));
  const signing = reader.must("# signing");
  const [identity, ...rest] = reader.rest();
  want(foldCode(code) === code, "the identity file's account is not a code");
  want(fromBase64(signing).length === 32, "the signing seed does not have 32 bytes");
  want(identity !== undefined && isIdentity(identity) && rest.length === 0, "the identity file does not end with one identity");
  return { code, root, signing, identity };
}

/** A compartment that an account may read. */
export interface Compartment {
  readonly kind: string;
  /** Key of the school; empty for the authority's own. */
  readonly school: string;
  readonly epoch: number;
  /** The compartment's part of page paths. */
  readonly root: string;
  /** Secret of this epoch, in base64: it names the index. */
  readonly secret: string;
  readonly identity: string;
}

/** One keyring: a publishing team's compartments for one account. */
export interface Ring {
  readonly account: string;
  readonly holder: string;
  readonly compartments: readonly Compartment[];
}

const leastRing = 8192;

/**
 * Opens a keyring of an opaque account id with the account's identity.
 *
 * @throws Refusal `locked` for another's keyring, `malformed`, or `newer`.
 */
export async function openRing(file: Bytes, account: string, identity: string): Promise<Ring> {
  const ring = readRing(await open(file, identity));
  want(ring.account === account, "the keyring is another account's");
  return ring;
}

/** Reads an opened keyring. Throws `malformed` or `newer`. */
export function readRing(bytes: Bytes): Ring {
  const lines = linesOf(bytes);
  formatLine(lines[0], "# despatch-ring", 1);
  const reader = new LineReader(lines.slice(1, 3));
  const account = reader.must("# account");
  want(/^[0-9a-f]{32}$/.test(account), "the ring's account is not an opaque id");
  const holder = jsonString(reader.must("# holder"));
  const pad = lines.at(-1) ?? "";
  want(/^# pad 0+$/.test(pad), "the ring does not end with its padding");
  const zeros = pad.length - "# pad ".length;
  want(bucket(bytes.length - zeros + 1, leastRing) === bytes.length, "the ring is not padded to its size");
  const pairs = lines.slice(3, -1);
  want(pairs.length % 2 === 0, "a compartment of the ring has no identity");
  const compartments: Compartment[] = [];
  for (let i = 0; i < pairs.length; i += 2) compartments.push(compartment(pairs[i] ?? "", pairs[i + 1] ?? ""));
  want(compartments.every((c, i) => i === 0 || inOrder(compartments[i - 1], c)), "the ring's compartments are not sorted");
  return { account, holder, compartments };
}

function compartment(line: string, identity: string): Compartment {
  const match = /^# compartment ([a-z0-9][a-z0-9-]{0,63}) (-|[a-z0-9][a-z0-9-]{0,63}) ([0-9]+) ([0-9a-f]{16}) (\S+)$/.exec(line);
  const [, kind, school, epoch, root, secret] = match ?? [];
  want(
    kind !== undefined && school !== undefined && epoch !== undefined && root !== undefined && secret !== undefined,
    "a compartment of the ring is not written as it should be",
  );
  want(numberOf(epoch) > 0 && fromBase64(secret).length === 32, "a compartment's epoch or secret is wrong");
  want(isIdentity(identity), "a compartment's identity is wrong");
  return { kind, school: school === "-" ? "" : school, epoch: numberOf(epoch), root, secret, identity };
}

function inOrder(a: Compartment | undefined, b: Compartment): boolean {
  const key = (c: Compartment): string => `${c.school === "" ? "-" : c.school} ${c.kind}`;
  return a !== undefined && key(a) < key(b);
}

function jsonString(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  want(typeof value === "string" && value.isWellFormed() && !/[\p{Cc}\u2028\u2029]/u.test(value) && JSON.stringify(value) === text, "the holder's name is not written as it should be");
  return value;
}
