import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8, type Bytes } from "../shared/bytes.ts";
import { readContents, readIndex } from "../shared/contents.ts";
import { checkRollback, readHead, readShard, verifyHead } from "../shared/head.ts";
import { readKeys } from "../shared/keys.ts";
import { readFile, readPack } from "../shared/pack.ts";
import { open } from "../shared/sealed.ts";
import { publicKey, splitSigned, verify } from "../shared/sshsig.ts";
import { generateHybridIdentity, generateX25519Identity, Encrypter, identityToRecipient } from "age-encryption";
import { index, pack, padme, seal, sha, signed, signingKey, tar, Tree } from "./tree.ts";
import { refusalOf } from "./vectors.ts";

const own = (data: Uint8Array): Bytes => new Uint8Array(data);
const name = "0123456789abcdef/fedcba9876543210.html";

test("every changed byte and every truncation of a signed text is refused", async () => {
  const key = signingKey();
  const text = own(signed("hello\nworld\n", "despatch-head", key));
  const check = async (bytes: Bytes): Promise<void> => {
    const { text: body, signature } = splitSigned(bytes);
    await verify(publicKey(key.text), "despatch-head", body, signature);
  };
  assert.equal(await refusalOf(() => check(text)), "");
  for (let i = 0; i < text.length; i++) {
    const changed = text.slice();
    changed[i] = (changed[i] ?? 0) ^ 1;
    assert.match(await refusalOf(() => check(changed)), /malformed|signature/, `byte ${String(i)}`);
    assert.match(await refusalOf(() => check(text.slice(0, i))), /malformed|signature/, `cut at ${String(i)}`);
  }
  const { text: body, signature } = splitSigned(text);
  assert.equal(await refusalOf(() => verify(publicKey(key.text), "despatch-keys", body, signature)), "signature");
  assert.equal(await refusalOf(() => verify(publicKey(signingKey().text), "despatch-head", body, signature)), "signature");
});

test("a written tree is read back: head, keys, shard, index, pack", async () => {
  const tree = new Tree();
  const room = { kind: "visits-full", school: { urn: "900001", name: "Fernside" }, pages: { "aa.html": "<p>page</p>" }, items: [] };
  await tree.publish([room], new Map([["index.html", Buffer.from("x")]]));
  const head = await readHead(own(tree.files.get("head") ?? Buffer.of()));
  const keys = await readKeys(own(tree.files.get(head.keysPath) ?? Buffer.of()), publicKey(tree.root.text));
  await verifyHead(head, keys.heads);
  assert.equal(await refusalOf(() => verifyHead(head, [publicKey(signingKey().text)])), "signature");
  const [shard = ""] = [...head.files.keys()].filter((p) => p.startsWith("manifest/"));
  const listed = await readShard(own(tree.files.get(shard) ?? Buffer.of()), 0, 1);
  assert.equal(listed.size, 4);
  assert.equal(await refusalOf(() => readKeys(own(tree.files.get(head.keysPath) ?? Buffer.of()), publicKey(signingKey().text))), "signature");
});

test("an older head, or another of the same serial, is a rollback", async () => {
  const tree = new Tree();
  await tree.publish([], new Map());
  const head = await readHead(own(tree.files.get("head") ?? Buffer.of()));
  assert.equal(await refusalOf(() => { checkRollback(head, undefined); }), "");
  assert.equal(await refusalOf(() => { checkRollback(head, { serial: 1, sum: head.sum }); }), "");
  assert.equal(await refusalOf(() => { checkRollback(head, { serial: 1, sum: sha("x") }); }), "rollback");
  assert.equal(await refusalOf(() => { checkRollback(head, { serial: 2, sum: head.sum }); }), "rollback");
});

test("only one hybrid stanza is opened: not classic, not two, not a mix", async () => {
  const identity = await generateHybridIdentity();
  const recipient = await identityToRecipient(identity);
  assert.equal(Buffer.from(await open(own(await seal("hello", recipient)), identity)).toString(), "hello");
  const classic = await identityToRecipient(await generateX25519Identity());
  for (const recipients of [[classic], [recipient, recipient], [recipient, classic]]) {
    const encrypter = new Encrypter();
    for (const r of recipients) encrypter.addRecipient(r);
    const file = own(await encrypter.encrypt("hello"));
    assert.equal(await refusalOf(() => open(file, identity)), "malformed");
  }
  assert.equal(await refusalOf(async () => open(own(await seal("hello", recipient)), await generateHybridIdentity())), "locked");
});

test("a sealed file with any byte changed or missing never opens", async () => {
  const identity = await generateHybridIdentity();
  const file = own(await seal("hello", await identityToRecipient(identity)));
  for (let i = 0; i < file.length; i += 7) {
    const changed = file.slice();
    changed[i] = (changed[i] ?? 0) ^ 4;
    assert.match(await refusalOf(() => open(changed, identity)), /malformed|locked/, `byte ${String(i)}`);
    assert.equal(await refusalOf(() => open(file.slice(0, i), identity)), "malformed", `cut at ${String(i)}`);
  }
});

test("packs are padded, whole and in order, or they are refused", async () => {
  for (const n of [1, 100, 3000, 5000, 70_000]) {
    const data = own(Buffer.from(Array.from({ length: n }, (_, i) => (i * i * 31) % 251)));
    const bytes = own(pack({ [name]: data }));
    assert.equal(padme(bytes.length, 4096), bytes.length);
    assert.deepEqual((await readPack(bytes)).get(name), data);
  }
  const good = own(pack({ [name]: Buffer.from("hello") }));
  const refusals: [string, Uint8Array][] = [
    ["cut", good.slice(0, -1)],
    ["a byte more", Buffer.concat([good, Buffer.of(0)])],
    ["junk after the stream", Buffer.concat([good, Buffer.alloc(padme(good.length + 1, 4096) - good.length)])],
    ["another name", own(pack({ "../evil.html": Buffer.from("x") }))],
    ["checksum", good.map((b, i) => (i === good.length - 8 ? b ^ 1 : b))],
    ["length", good.map((b, i) => (i === good.length - 4 ? b ^ 1 : b))],
    ["gzip flags", good.map((b, i) => (i === 3 ? b ^ 8 : b))],
  ];
  for (const [what, bytes] of refusals) assert.equal(await refusalOf(() => readPack(own(bytes))), "malformed", what);
});

test("a large file is one entry, padded to its size", async () => {
  const bare = tar({ [name]: Buffer.from("hello") });
  const whole = Buffer.concat([bare, Buffer.alloc(padme(bare.length, 8192) - bare.length)]);
  assert.equal(Buffer.from(readFile(own(whole)).get(name) ?? []).toString(), "hello");
  for (const bytes of [bare, whole.subarray(0, -512), Buffer.concat([whole, Buffer.alloc(512)]), whole.map((b, i) => (i === 8000 ? 1 : b)), whole.map((b, i) => (i === 100 ? 1 : b))]) {
    assert.equal(await refusalOf(() => readFile(own(bytes))), "malformed");
  }
});

const bare = { format: 3, compartment: "visits-full", school: null, root: "0123456789abcdef", epoch: 1, packs: [], files: [], lists: [], items: [] };

test("an index is taken only as it was written", async () => {
  const read = (more: object): Promise<string> => refusalOf(() => readIndex(own(index({ ...bare, ...more }, {}))));
  assert.equal(await read({}), "");
  assert.equal(await read({ format: 4 }), "newer");
  for (const more of [{ extra: 1 }, { epoch: "1" }, { epoch: 1.5 }, { root: "X" }, { packs: [{ path: "../x", sha256: sha("x"), names: [] }] }, { items: [{}] }, { lists: [{ area: "secrets", tab: "", title: "", page: "a.html" }] }]) {
    assert.equal(await read(more), "malformed", JSON.stringify(more));
  }
  const text = JSON.stringify(bare) + "\n";
  assert.equal(await refusalOf(() => readContents(utf8(text))), "");
  assert.equal(await refusalOf(() => readContents(utf8(text.replace(":1,", ": 1,")))), "malformed");
});

test("an index holds the pages of its lists and no other, and unfolds to little", async () => {
  const list = { area: "visits", tab: "", title: "All", page: "fedcba9876543210.html" };
  const read = (lists: readonly object[], pages: Readonly<Record<string, Uint8Array>>): Promise<string> => refusalOf(() => readIndex(own(index({ ...bare, lists } as typeof bare, pages))));
  const page = Buffer.from("<h1>All</h1>");
  const { pages } = await readIndex(own(index({ ...bare, lists: [list] } as typeof bare, { [name]: page })));
  assert.deepEqual([...pages.keys()], [name]);
  assert.equal(await read([list], {}), "malformed");
  assert.equal(await read([], { [name]: page }), "malformed");
  assert.equal(await read([list], { [name.replace("f", "e")]: page }), "malformed");
  assert.equal(await read([list], { [name]: Buffer.alloc(15 << 20) }), "");
  assert.equal(await read([list], { [name]: Buffer.alloc(16 << 20) }), "malformed");
});
