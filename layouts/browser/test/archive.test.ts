/** The checker that goes with archives, over the same archives as the Go half. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { check } from "../page/archive/bag.ts";
import { members } from "../page/archive/zip.ts";
import { readStamp } from "../page/archive/stamp.ts";
import { verifyStatement } from "../page/archive/statement.ts";
import { sha256, utf8 } from "../shared/bytes.ts";
import { Refusal } from "../shared/problem.ts";
import { publicKey } from "../shared/sshsig.ts";
import { bytesOf, each, refusalOf, root, vectors } from "./vectors.ts";

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
  const kept = readdirSync(join(root, "office/archive/testdata")).filter((f) => f.endsWith(".zip"));
  assert.ok(kept.length >= 3);
  for (const name of kept) assert.deepEqual(await named(Uint8Array.from(readFileSync(join(root, "office/archive/testdata", name)))), [], name);
});

test("evidence and time stamp of an archive are told", async () => {
  const of = async (name: string): Promise<Awaited<ReturnType<typeof check>>> => check(await members(new Blob([readFileSync(join(root, "office/archive/testdata", name))])), () => undefined);
  const plain = await of("format-2.zip");
  assert.deepEqual([plain.evidence, plain.stamp], [3, undefined]);
  const stamped = await of("format-2-stamped.zip");
  assert.deepEqual([stamped.evidence, stamped.stamp?.by], [3, "Test time"]);
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

test("statements are refused as the vectors refuse them", async () => {
  interface Said { readonly key: string; readonly log: string; readonly statement: string; readonly visit: string; readonly index: number }
  await each<Said>("statement", async (c) => {
    const { visit, index } = await verifyStatement(utf8(c.statement), { heads: [publicKey(c.key)], logs: [c.log] });
    assert.deepEqual([visit, index], [c.visit, c.index]);
  });
});

test("the deadline of a day in summer is an hour earlier by UTC", async () => {
  const { cases } = vectors("statement") as { cases: { key: string; log: string; statement: string }[] };
  const [{ key, log, statement } = { key: "", log: "", statement: "" }] = cases;
  const summer = (time: string): Promise<unknown> => {
    const text = statement.replace(/respond-by .*/, "respond-by 2026-07-01").replace(/deadline .*/, `deadline 2026-07-${time}`);
    return verifyStatement(utf8(text), { heads: [publicKey(key)], logs: [log] });
  };
  assert.equal(await refusalOf(() => summer("01T23:00:00Z")), "signature", "the end of the day in London");
  assert.equal(await refusalOf(() => summer("02T00:00:00Z")), "malformed", "the end of the day by UTC");
});

for (const [kind, key] of [["RSA", "rsa:2048"], ["an elliptic curve", "ec -pkeyopt ec_paramgen_curve:secp384r1"]] as const) {
  test(`a time stamp by openssl with ${kind} is read, and no flipped byte makes it say another time`, async () => {
    const dir = mkdtempSync(join(tmpdir(), "despatch-stamp-"));
    const run = (line: string): unknown => execFileSync("bash", ["-c", line], { cwd: dir, stdio: "pipe" });
    try {
      writeFileSync(join(dir, "tsa.cnf"), [
        "[tsa]", "default_tsa = one", "[one]", "serial = serial", "signer_cert = tsa.pem", "signer_key = tsa.key", "signer_digest = sha384", "default_policy = 1.2.3.4.1",
        "digests = sha256", "ess_cert_id_alg = sha256", "[stamp]", "keyUsage = critical,digitalSignature", "extendedKeyUsage = critical,timeStamping", "",
      ].join("\n"));
      writeFileSync(join(dir, "data"), "what was there\n");
      run("echo 01 > serial");
      run(`openssl req -x509 -newkey ${key} -nodes -keyout tsa.key -out tsa.pem -days 3 -subj '/CN=Test time' -config tsa.cnf -extensions stamp`);
      run("openssl ts -query -data data -sha256 -cert -out query && openssl ts -reply -config tsa.cnf -queryfile query -out answer");
      const answer = new Uint8Array(readFileSync(join(dir, "answer")));
      const sum = await sha256(utf8("what was there\n"));
      const stamp = await readStamp(answer, sum);
      assert.equal(stamp.by, "Test time");
      assert.ok(Math.abs(stamp.time.getTime() - Date.now()) < 600_000);
      assert.equal(await refusalOf(async () => readStamp(answer, await sha256(utf8("something else\n")))), "mismatch");
      let refused = 0;
      for (let at = 0; at < answer.length; at++) {
        const bad = answer.slice();
        bad[at] = (bad[at] ?? 0) ^ 1;
        const said = await readStamp(bad, sum).catch((error: unknown) => { assert.ok(error instanceof Refusal, `byte ${String(at)}: ${String(error)}`); return undefined; });
        if (said === undefined) refused++;
        else assert.equal(said.time.getTime(), stamp.time.getTime(), `byte ${String(at)}: it says another time`);
      }
      // What nobody signed may change, as most of the certificate, which vouches for itself here.
      assert.ok(refused > answer.length / 3, `${String(refused)} of ${String(answer.length)} changes are refused`);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
}
