import assert from "node:assert/strict";
import { test } from "node:test";
import { foldCode, foldPassphrase, formatCode, opaqueAccount } from "../shared/account.ts";
import { indexStem } from "../shared/contents.ts";
import { openIdentity, openRing, readIdentity, readRing } from "../shared/identity.ts";
import { utf8 } from "../shared/bytes.ts";
import { bytesOf, mostlyRefusals, refusalOf, vectors } from "./vectors.ts";

interface TextCase { name: string; text: string; error: string }

test("account codes fold, print and hide as the vectors say", async () => {
  const { cases } = vectors("account-code") as { cases: { typed: string; code: string; printed: string; opaque: string; error: string }[] };
  mostlyRefusals(cases);
  for (const c of cases) {
    const code = foldCode(c.typed);
    assert.equal(code, c.code, JSON.stringify(c.typed));
    if (c.error !== "") continue;
    assert.equal(formatCode(code), c.printed);
    assert.equal(await opaqueAccount(code), c.opaque);
  }
});

test("typed passphrases fold as the vectors say", () => {
  const { cases } = vectors("passphrase") as { cases: { typed: string; folded: string }[] };
  for (const c of cases) assert.equal(foldPassphrase(c.typed), c.folded, JSON.stringify(c.typed));
});

test("identity files are read as the vectors say", async () => {
  const { cases, parsed } = vectors("identity") as { cases: TextCase[]; parsed: Record<string, string> };
  mostlyRefusals(cases);
  for (const c of cases) assert.equal(await refusalOf(() => readIdentity(utf8(c.text))), c.error, c.name);
  const first = readIdentity(utf8(cases[0]?.text ?? ""));
  assert.deepEqual(
    { code: first.code, root: first.root.text, signing: first.signing, identity: first.identity },
    { code: parsed["account"], root: parsed["root"], signing: parsed["signing"], identity: parsed["identity"] },
  );
});

test("sealed identity files open with their passphrase only", async () => {
  const { sealed, parsed } = vectors("identity") as { sealed: { name: string; age: string; passphrase: string; error: string }[]; parsed: { account: string } };
  for (const c of sealed) {
    assert.equal(await refusalOf(async () => {
      assert.equal(readIdentity(await openIdentity(bytesOf(c.age), c.passphrase)).code, parsed.account);
    }), c.error, c.name);
  }
});

test("keyrings are read as the vectors say", async () => {
  const { cases, parsed } = vectors("ring") as { cases: TextCase[]; parsed: { account: string; holder: string; compartments: Record<string, string | number>[] } };
  mostlyRefusals(cases);
  for (const c of cases) assert.equal(await refusalOf(() => readRing(utf8(c.text))), c.error, c.name);
  const ring = readRing(utf8(cases[0]?.text ?? ""));
  assert.equal(ring.account, parsed.account);
  assert.equal(ring.holder, parsed.holder);
  assert.equal(ring.compartments.length, parsed.compartments.length);
  for (const [i, c] of ring.compartments.entries()) {
    const expected = parsed.compartments[i] ?? {};
    for (const name of ["kind", "epoch", "root", "secret", "identity"] as const) assert.equal(c[name], expected[name], name);
    assert.equal(await indexStem(c.secret), expected["index"]);
  }
});

test("sealed keyrings open for their account only", async () => {
  const { sealed, parsed } = vectors("ring") as { sealed: { name: string; age: string; identity: string; error: string }[]; parsed: { account: string } };
  for (const c of sealed) {
    assert.equal(await refusalOf(() => openRing(bytesOf(c.age), parsed.account, c.identity)), c.error, c.name);
  }
});
