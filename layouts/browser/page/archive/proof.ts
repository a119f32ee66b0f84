/**
 * Checks who signed an archive: the root the keys file, a key that it names the
 * archive and the head, the head the lists that name the sealed files; then time
 * stamp and evidence. Whether that root is the authority's is for the person who
 * compares its fingerprint.
 */
import { type Bytes, base64, concat, sha256, textOf } from "../../shared/bytes.ts";
import { readHead, verifyHead } from "../../shared/head.ts";
import { type Keys, readKeys } from "../../shared/keys.ts";
import { Refusal } from "../../shared/problem.ts";
import { type PublicKey, publicKey, verifyByAny } from "../../shared/sshsig.ts";
import { timeOf } from "../../shared/text.ts";
import { evidence, holdsAt } from "./evidence.ts";
import type { Files } from "./files.ts";
import { readStamp, type Stamp } from "./stamp.ts";

const proof = "data/proof/";
const tags = "tagmanifest-sha256.txt";

/** What was proved. */
export interface Proved {
  /** Of the root that signed the keys file, as ssh-keygen -l prints it; empty where none did. */
  readonly fingerprint: string;
  /** False where this browser cannot check signatures. */
  readonly signatures: boolean;
  /** How many receipts, envelopes and statements hold. */
  readonly evidence: number;
  readonly stamp?: Stamp;
}

const nothing: Proved = { fingerprint: "", signatures: true, evidence: 0 };

/** Checks it all. */
export async function prove(files: Files): Promise<Proved> {
  const held = await keysOf(files);
  if (held === "unable") return { ...nothing, signatures: false };
  if (held === undefined) return nothing;
  await signers(files, held);
  await signature(files, held);
  await published(files, held);
  const stamp = await stamped(files);
  return { signatures: true, fingerprint: await fingerprint(held.root), evidence: await evidence(files, held), ...(stamp && { stamp }) };
}

/** Does it, and says of a file what a reader refuses. */
async function told<T>(files: Files, path: string, act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    files.add(path, error.message);
    return undefined;
  }
}

/** The keys file, if the root of the archive signed it; "unable" where this browser knows no Ed25519. */
async function keysOf(files: Files): Promise<Keys | "unable" | undefined> {
  const root = await files.bytes(proof + "root.pub");
  const text = await files.bytes(proof + "keys.txt");
  const made = await files.bytes(proof + "keys.txt.sig");
  if (!root || !text || !made) {
    files.add(proof + "keys.txt", "who may sign cannot be told");
    return undefined;
  }
  const key = await told(files, proof + "root.pub", () => Promise.resolve(publicKey(textOf(root).replace(/\n$/, ""))));
  try {
    return key && await told(files, proof + "keys.txt", () => readKeys(concat(text, made), key));
  } catch {
    return "unable";
  }
}

const isOwn = (files: Files): boolean => files.info.get("Despatch-Archive-Profile") === "account";

/** Checks the list that ssh-keygen is given. */
async function signers(files: Files, keys: Keys): Promise<void> {
  const account = files.info.get("Despatch-Account") ?? "";
  const own = isOwn(files) ? keys.accounts.filter((a) => a.account === account && a.until === "").slice(-1) : [];
  const want = [
    `authority namespaces="despatch-keys" ${keys.root.text}`, ...keys.heads.map((h) => `authority namespaces="despatch-archive,despatch-head" ${h.text}`),
    ...own.map((a) => `account namespaces="despatch-own-archive" ${a.key.text}`), "",
  ].join("\n");
  const there = await files.bytes(proof + "allowed-signers");
  if (!there || new TextDecoder().decode(there) !== want) files.add(proof + "allowed-signers", "it does not name the keys of the keys file that the root signed");
}

/** Checks who signed the tag manifest. */
async function signature(files: Files, keys: Keys): Promise<void> {
  const signed = await files.bytes(tags);
  const made = await files.bytes(`${tags}.sig`);
  if (!signed) return; // told of already
  if (!made) {
    files.add(`${tags}.sig`, "the archive is not signed");
    return;
  }
  let may: readonly PublicKey[] = keys.heads;
  if (isOwn(files)) {
    const at = await told(files, "bag-info.txt", () => Promise.resolve(timeOf(files.info.get("Despatch-Made") ?? "")));
    may = keys.accounts.filter((a) => a.account === files.info.get("Despatch-Account") && at !== undefined && holdsAt(a, at)).map((a) => a.key);
  }
  await told(files, `${tags}.sig`, () => verifyByAny(may, isOwn(files) ? "despatch-own-archive" : "despatch-archive", signed, made));
}

/** Checks that the signed head and its lists name the sealed files that the archive says were published. */
async function published(files: Files, keys: Keys): Promise<void> {
  const signed = await files.bytes(proof + "tree/head");
  const list = await files.bytes(proof + "published.txt");
  if (!signed || !list) {
    files.add(proof + (signed ? "published.txt" : "tree/head"), "without it nobody can tell what was published");
    return;
  }
  const head = await told(files, proof + "tree/head", async () => {
    const read = await readHead(signed);
    await verifyHead(read, keys.heads);
    return read;
  });
  if (!head) return;
  const listed = new Set<string>();
  for (const [path, sum] of head.files) {
    const data = await files.bytes(`${proof}tree/${path}`);
    if (!data) continue; // not needed, or told of already
    if ((await sha256(data)) === sum) for (const line of new TextDecoder().decode(data).split("\n")) listed.add(line);
    else files.add(`${proof}tree/${path}`, "it is not the one that the head lists");
  }
  const stray = new TextDecoder().decode(list).split("\n").find((line) => line !== "" && !listed.has(line));
  if (stray !== undefined) files.add(proof + "published.txt", `no list of the head has the line ${JSON.stringify(stray.slice(0, 80))}`);
}

/** Checks the time stamp over the tag manifest, where there is one. */
async function stamped(files: Files): Promise<Stamp | undefined> {
  const answer = await files.bytes(`${tags}.tsr`);
  const signed = await files.bytes(tags);
  return answer && signed && told(files, `${tags}.tsr`, async () => readStamp(answer, await sha256(signed)));
}

/** A key's fingerprint as ssh-keygen -l prints it. */
async function fingerprint(key: PublicKey): Promise<string> {
  const blob: Bytes = Uint8Array.from(atob(key.text.split(" ")[1] ?? ""), (c) => c.charCodeAt(0));
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", blob));
  return "SHA256:" + base64(sum).replace(/=+$/, "");
}
