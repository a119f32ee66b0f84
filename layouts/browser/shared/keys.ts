/** The keys file: what the authority's root says about all other keys (docs/formats.md section 8). */
import { type Bytes } from "./bytes.ts";
import { formatLine, LineReader, linesOf, numberOf, timeOf } from "./text.ts";
import { type PublicKey, publicKey, splitSigned, verify } from "./sshsig.ts";
import { want } from "./problem.ts";

/** A keys file that the root signed. */
export interface Keys {
  readonly serial: number;
  readonly date: Date;
  readonly root: PublicKey;
  readonly heads: readonly PublicKey[];
  readonly inboxes: readonly { readonly service: string; readonly recipient: string }[];
  /** Origin of the drop-box, or empty. */
  readonly box: string;
  readonly logs: readonly string[];
  readonly receipts: readonly PublicKey[];
  readonly witnesses: readonly string[];
  readonly accounts: readonly AccountKey[];
}

/** The signing key of an account and its period; `until` is empty while it holds. */
export interface AccountKey {
  readonly account: string;
  readonly from: string;
  readonly until: string;
  readonly key: PublicKey;
}

const verifierKey = /^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]+={0,2}$/;

/** The origins that a drop-box may have. */
export const originForm = /^(https:\/\/[a-z0-9][a-z0-9.-]*|http:\/\/(localhost|127\.0\.0\.1))(:[1-9][0-9]{0,4})?$/;

/** Reads a keys file by the root that signed it. Throws `malformed`, `newer` or `signature`. */
export async function readKeys(signed: Bytes, root: PublicKey): Promise<Keys> {
  const { text, signature } = splitSigned(signed);
  await verify(root, "despatch-keys", text, signature);
  const lines = linesOf(text);
  formatLine(lines[0], "despatch-keys", 1);
  const reader = new LineReader(lines.slice(1));
  const serial = numberOf(reader.must("serial"));
  const date = timeOf(reader.must("date"));
  want(reader.must("root") === root.text, "the keys file names another root than the one that signed it");
  const keys: Keys = {
    serial, date, root,
    heads: reader.all("head").map(publicKey),
    inboxes: reader.all("inbox").map(inbox),
    box: origin(reader.maybe("box")),
    logs: reader.all("log").map(verifier),
    receipts: reader.all("receipt").map(publicKey),
    witnesses: reader.all("witness").map(verifier),
    accounts: reader.all("account").map(account),
  };
  want(serial > 0 && keys.heads.length > 0 && reader.rest().length === 0, "the keys file has no serial, no head key, or an unknown line");
  return keys;
}

function inbox(line: string): { service: string; recipient: string } {
  const [, service, recipient] = /^([a-z0-9][a-z0-9-]{0,63}) (age1pq1[02-9ac-hj-np-z]+)$/.exec(line) ?? [];
  want(service !== undefined && recipient !== undefined, "an inbox is not written as a service and its recipient");
  return { service, recipient };
}

function origin(line: string | undefined): string {
  if (line === undefined) return "";
  want(originForm.test(line), "the box is not the origin of a web address with TLS");
  return line;
}

function verifier(line: string): string {
  want(verifierKey.test(line), "a log or witness key is not a C2SP verifier key");
  return line;
}

function account(line: string): AccountKey {
  const [, id, from, until, key] = /^([0-9a-f]{32}) (\S+) (\S+) (ssh-ed25519 \S+)$/.exec(line) ?? [];
  want(id !== undefined && from !== undefined && until !== undefined && key !== undefined, "an account's key is not written as it should be");
  timeOf(from);
  if (until !== "-") timeOf(until);
  return { account: id, from, until: until === "-" ? "" : until, key: publicKey(key) };
}
