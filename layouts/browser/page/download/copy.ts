/**
 * A copy of all that a person may read: a BagIt bag in a zip, with what proves the
 * sealed files that it came from, signed by the person's account (docs/formats.md,
 * A person's own archive). One file is fetched, hashed and written after another.
 */
import { type Bytes, fromBase64, sha256, textOf, utf8 } from "../../shared/bytes.ts";
import type { Whole } from "../../shared/message.ts";
import type { Paper } from "../../shared/paper.ts";
import type { SentList } from "../../shared/answering.ts";
import type { Session } from "../../shared/session.ts";
import { signingKey, signText, splitSigned } from "../../shared/sshsig.ts";
import { Zip } from "./zip.ts";
import { signedLength } from "../../shared/envelope.ts";
import { readable, relinked } from "./names.ts";
import { statementOn } from "./statement.ts";
import { cover, readme } from "./words.ts";

/** What a copy is made of. */
export interface Making {
  readonly whole: Whole;
  readonly session: Session;
  readonly papers: readonly Paper[];
  /** What the account sent, and what kept the drop-box from saying so, if anything. */
  readonly sent: SentList;
  readonly now: Date;
  readonly fetched: (path: string) => Promise<Bytes>;
  /** What the account sent, envelope and payload, while the drop-box has it; null: no longer. */
  readonly letter: (deposit: string) => Promise<Bytes | null>;
  readonly progress: (done: number, total: number, bytes: number) => void;
}

/** Why a copy cannot be made. */
export class NotListed extends Error {}

const namespace = "despatch-own-archive";
const time = (now: Date): string => `${now.toISOString().slice(0, 19)}Z`;

/** The name of the one folder in the zip. */
export function folderOf(now: Date): string {
  return `despatch-own-archive-${now.toISOString().slice(0, 10)}`;
}

/** Makes it. */
export async function copy(making: Making): Promise<Blob> {
  const { whole, session, papers, sent, now, fetched, letter, progress } = making;
  const zip = new Zip(now);
  const manifest: string[] = [];
  const tags: string[] = [];
  const put = async (path: string, bytes: Bytes): Promise<void> => {
    zip.add(`${folderOf(now)}/${path}`, bytes);
    (path.startsWith("data/") ? manifest : tags).push(`${await sha256(bytes)}  ${path}\n`);
  };
  const keys = splitSigned(await fetched(`/${whole.keys}`));
  const head = splitSigned(whole.head);
  const line = textOf(keys.text).split("\n").find((l) => l.startsWith(`account ${session.opaque} `));
  const key = await signingKey(fromBase64(session.signing));
  if (line?.endsWith(` ${key.public.text}`) !== true) throw new NotListed();

  const files = new Map<string, () => Promise<Bytes>>();
  const made = (path: string, bytes: Bytes): unknown => files.set(path, () => Promise.resolve(bytes));
  const proof = (name: string, bytes: Bytes): unknown => made(`data/proof/${name}`, bytes);
  made("README.txt", utf8(readme(session, whole, sent.why, now)));
  made("bagit.txt", utf8("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"));
  made("bag-info.txt", utf8([
    "Despatch-Archive-Format: 2", "Despatch-Archive-Profile: account", `Despatch-Account: ${session.opaque}`,
    `External-Description: What ${session.holder.replaceAll(/[\r\n]/g, " ")} could read, downloaded by themselves`,
    `Bagging-Date: ${now.toISOString().slice(0, 10)}`, `Despatch-Made: ${time(now)}`, `Despatch-Serial: ${String(whole.serial)}`, "",
  ].join("\n")));
  made("data/index.html", utf8(cover(session, papers, now)));
  proof("root.pub", utf8(session.root + "\n"));
  proof("keys.txt", keys.text);
  proof("keys.txt.sig", keys.signature);
  proof("head.txt", head.text);
  proof("head.txt.sig", head.signature);
  const heads = textOf(keys.text).split("\n").filter((l) => l.startsWith("head ")).map((l) => l.slice(5));
  proof("allowed-signers", utf8([
    `authority namespaces="despatch-keys" ${session.root}`, ...heads.map((h) => `authority namespaces="despatch-archive,despatch-head" ${h}`),
    `account namespaces="${namespace}" ${key.public.text}`, "",
  ].join("\n")));
  proof("published.txt", utf8(whole.sealed.map((s) => `${s.sha256}  ${s.path}\n`).join("")));
  proof("tree/head", whole.head);
  for (const path of [whole.keys, ...whole.shards]) files.set(`data/proof/tree/${path}`, () => fetched(`/${path}`));
  for (const path of whole.assets) files.set(`data/${path}`, () => fetched(`/${path}`));
  if (whole.checker !== "") files.set("check.html", () => fetched(`/${whole.checker}`));
  for (const { index, kind, receipt, deposit } of sent.papers) {
    const name = `${String(index).padStart(10, "0")}-${kind}`;
    made(`data/receipts/${name}.receipt`, utf8(receipt));
    const plain = kind === "upload" ? null : await letter(deposit);
    if (plain === null) continue;
    const end = signedLength(plain);
    made(`data/receipts/${name}.envelope`, plain.slice(0, end));
    made(`data/responses/${name}.txt`, plain.slice(end));
  }
  const opens = new Set(whole.shelves.flatMap(({ root, names }) => names.map((name) => `${root}/${name}`)));
  for (const { item, href } of papers) {
    if (item.kind !== "visit" || item.state !== "finalised" || !opens.has(href)) continue;
    const statement = statementOn(textOf(await fetched(`/s/${href}`)));
    if (statement !== undefined) made(`data/receipts/${statement.name}.statement`, utf8(statement.text));
  }
  const paths = readable(whole, papers);
  for (const { root, names } of whole.shelves) {
    for (const name of names) {
      const [from, path] = [`/s/${root}/${name}`, paths.get(`${root}/${name}`)];
      if (path !== undefined) files.set(`data/${path}`, () => fetched(from));
      else files.set(`data${from}`, async () => name.endsWith(".html") ? utf8(relinked(textOf(await fetched(from)), root, paths)) : fetched(from));
    }
  }
  let done = 0;
  for (const path of [...files.keys()].sort(byBytes)) {
    progress(done++, files.size, zip.size);
    await put(path, await files.get(path)?.() ?? new Uint8Array());
  }
  const listed = utf8(manifest.join(""));
  await put("manifest-sha256.txt", listed);
  const tagManifest = utf8(tags.join(""));
  zip.add(`${folderOf(now)}/tagmanifest-sha256.txt`, tagManifest);
  zip.add(`${folderOf(now)}/tagmanifest-sha256.txt.sig`, splitSigned(await signText(key, namespace, tagManifest)).signature);
  return zip.close();
}

function byBytes(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
