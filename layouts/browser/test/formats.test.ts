import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256, utf8 } from "../shared/bytes.ts";
import { opaqueAccount } from "../shared/account.ts";
import { indexStem, readContents, readIndex } from "../shared/contents.ts";
import { checkRollback, readHead, readShard, verifyHead } from "../shared/head.ts";
import { readKeys } from "../shared/keys.ts";
import { bucket } from "../shared/padding.ts";
import { readFile, readPack } from "../shared/pack.ts";
import { headerKind } from "../shared/sealed.ts";
import { publicKey, verify } from "../shared/sshsig.ts";
import { bytesOf, each, vectorFiles, vectors } from "./vectors.ts";

/**
 * Vector files by the test that reads them; account.test.ts has the first four, passkey.test.ts the fifth.
 * boxformats.test.ts has those of the drop-box that a browser reads or writes. The box
 * alone reads registers and head objects, the office alone recipients.
 */
const readers: Record<string, (() => Promise<unknown>) | undefined> = {
  "account-code": undefined, passphrase: undefined, identity: undefined, ring: undefined, passkey: undefined, recipients: undefined,
  register: undefined, login: undefined, "deposit-header": undefined, envelope: undefined, slot: undefined,
  leaf: undefined, checkpoint: undefined, "log-head": undefined, proof: undefined, receipt: undefined, tile: undefined, response: undefined,
  projection: undefined, archive: undefined, datareturn: undefined, statement: undefined, "draft-header": undefined, "draft-id": undefined, "upload-metadata": undefined, pieces: undefined, letter: undefined, "note-slot": undefined, "email-change": undefined, "permission-grant": undefined, "passkey-change": undefined,
  sshsig: () => each<{ key: string; namespace: string; message: string; signature: string }>("sshsig", (c) => verify(publicKey(c.key), c.namespace, utf8(c.message), utf8(c.signature))),
  "sealed-header": () => each<{ kind: string; file: string }>("sealed-header", (c) => { assert.equal(headerKind(bytesOf(c.file)), c.kind); }),
  keys: () => each<{ root: string; signed: string; serial: number }>("keys", async (c) => {
    const { serial } = await readKeys(utf8(c.signed), publicKey(c.root));
    if (c.error === "") assert.equal(serial, c.serial);
  }),
  head: () => each<{ keys: string; root: string; highest: number; signed: string; serial: number }>("head", async (c) => {
    const keys = await readKeys(utf8(c.keys), publicKey(c.root));
    const head = await readHead(utf8(c.signed));
    await verifyHead(head, keys.heads);
    checkRollback(head, c.highest === 0 ? undefined : { serial: c.highest, sum: head.sum });
    if (c.error === "") assert.equal(head.serial, c.serial);
  }),
  manifest: () => each<{ number: number; shards: number; text: string }>("manifest", async (c) => { await readShard(utf8(c.text), c.number, c.shards); }),
  pack: () => each<{ form: string; plain: string; files: Record<string, string> | null }>("pack", async (c) => {
    const files = c.form === "pack" ? await readPack(bytesOf(c.plain)) : readFile(bytesOf(c.plain));
    assert.deepEqual(Object.fromEntries([...files].map(([name, data]) => [name, Buffer.from(data).toString("base64")])), c.files);
  }),
  index: () => each<{ text?: string; plain?: string }>("index", async (c) => {
    if (c.plain === undefined) readContents(utf8(c.text ?? ""));
    else await readIndex(bytesOf(c.plain));
  }),
  padding: () => {
    const { cases } = vectors("padding") as { cases: { n: number; least: number; bucket: number }[] };
    for (const c of cases) assert.equal(bucket(c.n, c.least), c.bucket, `${String(c.n)}, ${String(c.least)}`);
    return Promise.resolve();
  },
  names: async () => {
    const { cases } = vectors("names") as { cases: { name: string; of: string; is: string }[] };
    const made: Record<string, (of: string) => Promise<string>> = {
      account: opaqueAccount, index: indexStem, hash: async (of) => (await sha256(utf8(of))).slice(0, 16),
    };
    // The other names need the naming key, which no browser has.
    for (const c of cases) if (made[c.name] !== undefined) assert.equal(await made[c.name]?.(c.of), c.is, c.name);
  },
};

test("every format has vectors, and all vectors have a reader here", () => {
  assert.deepEqual(vectorFiles(), Object.keys(readers).sort());
});

for (const [name, read] of Object.entries(readers)) {
  if (read !== undefined) test(`${name}: accepted and refused as the vectors say`, async () => { await read(); });
}
