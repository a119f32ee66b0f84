/** The checker that goes with archives, over the same archives as the Go half. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { check } from "../page/archive/bag.ts";
import { members } from "../page/archive/zip.ts";
import { bytesOf, refusalOf, root, vectors } from "./vectors.ts";

interface Case {
  readonly name: string;
  readonly names: readonly string[];
  readonly zip: string;
}

const { cases } = vectors("archive") as { cases: readonly Case[] };
const good = bytesOf(cases[0]?.zip ?? "");

const named = async (zip: Uint8Array<ArrayBuffer>): Promise<string[]> => {
  const { findings } = await check(await members(new Blob([zip])), () => undefined);
  return [...new Set(findings.map((f) => f.path))].sort();
};

test("the checker names what the vectors name, and nothing else", async () => {
  assert.ok(cases.length > 8);
  for (const c of cases) {
    if (c.names[0] === "") assert.equal(await refusalOf(() => named(bytesOf(c.zip))), "malformed", c.name);
    else assert.deepEqual(await named(bytesOf(c.zip)), c.names, c.name);
  }
});

test("a flipped byte of any file's content is named", async () => {
  const list = await members(new Blob([good]));
  const text = Buffer.from(good);
  for (const m of list) {
    const content = Buffer.from(await m.bytes());
    const at = text.indexOf(content, text.indexOf(Buffer.from(m.name)));
    for (const n of [0, content.length >> 1, content.length - 1]) {
      const bad = good.slice();
      bad[at + n] = (bad[at + n] ?? 0) ^ 1;
      assert.notDeepEqual(await named(bad), [], `${m.name}, byte ${String(n)}`);
    }
  }
});

test("the fingerprint is as ssh-keygen prints it, and the archive says what it is", async () => {
  const r = await check(await members(new Blob([good])), () => undefined);
  assert.match(r.fingerprint, /^SHA256:[A-Za-z0-9+/]{43}$/);
  assert.equal(r.info.get("External-Description"), "A sample");
  assert.equal(r.signatures, true);
});

test("an archive of each released format is good", async () => {
  assert.deepEqual(await named(Uint8Array.from(readFileSync(join(root, "office/archive/testdata/format-1.zip")))), []);
});

test("an archive that another program packed with compression is checked file by file", async () => {
  const { deflateRawSync } = await import("node:zlib");
  const list = await members(new Blob([good]));
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const m of list) {
    const content = Buffer.from(await m.bytes());
    const packed = deflateRawSync(content);
    const name = Buffer.from(m.name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    parts.push(Buffer.from([0x50, 0x4b, 3, 4]), common, name, packed);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    directory.push(Buffer.from([0x50, 0x4b, 1, 2, 20, 0]), common, rest, name);
    at += 30 + name.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(list.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(at, 16);
  assert.deepEqual(await named(Uint8Array.from(Buffer.concat([...parts, ...directory, end]))), []);
});
