/** What a browser sends to the drop-box and believes of it, held to the vectors that the Go half reads. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { generateHybridIdentity, identityToRecipient } from "age-encryption";
import { addressText, readAddress } from "../shared/address.ts";
import { passkeyChangeText, readPasskeyChange } from "../shared/passkeychange.ts";
import { permissionText, readPermission } from "../shared/permission.ts";
import { base64, type Bytes, concat, equal, textOf, utf8 } from "../shared/bytes.ts";
import { logKey, readCheckpoint } from "../shared/checkpoint.ts";
import { checkDeposit, openDeposit, sealDeposit } from "../shared/deposit.ts";
import { draftOf, openedSlotOf, openLetter, sealableLetter, slotOf, withdrawalSlotOf } from "../shared/envelope.ts";
import { hashOf, readLeaf } from "../shared/leaf.ts";
import { checkContinues, leafHash, nodeHash, type Tree } from "../shared/merkle.ts";
import { causeOf } from "../shared/problem.ts";
import { checkProof, readProof } from "../shared/proof.ts";
import { verifyReceipt } from "../shared/receipt.ts";
import { commentsOf, type Point, readResponse, responseText } from "../shared/response.ts";
import { endingOf, readSending, sendingText } from "../shared/sending.ts";
import { signIn, verifySignIn } from "../shared/signin.ts";
import { publicKey, type SigningKey, signingKey } from "../shared/sshsig.ts";
import { bytesOf, each, refusalOf, vectors } from "./vectors.ts";

/** The account's key of the vectors. */
const account = (): Promise<SigningKey> => signingKey(new Uint8Array(32).fill(5));

test("a sign-in is signed as the Go half signs it, and refused as the vectors say", async () => {
  const [first] = await each<{ key: string; origin: string; now: string; signed: string; nonce: string }>("login", async (c) => {
    const { nonce } = await verifySignIn(utf8(c.signed), publicKey(c.key), c.origin, Date.parse(c.now));
    assert.equal(nonce, c.nonce);
  });
  assert.ok(first);
  const key = await account();
  assert.equal(key.public.text, first.key);
  const made = await signIn({ origin: first.origin, nonce: first.nonce, expiry: "2026-11-22T09:02:00Z" }, key);
  assert.equal(Buffer.from(made).toString(), first.signed);
});

test("nothing is signed for a box that hands over anything else than a nonce", async () => {
  const key = await account();
  const good = { origin: "https://box.northmoor.example", nonce: "n".repeat(43), expiry: "2026-11-22T09:02:00Z" };
  for (const bad of [{ nonce: "short" }, { nonce: "n".repeat(43) + "\n" }, { expiry: "2026-11-22" }, { origin: "https://box.northmoor.example/x" }, { nonce: "x\ny".padEnd(50, "z") }]) {
    assert.equal(await refusalOf(() => signIn({ ...good, ...bad }, key)), "malformed", JSON.stringify(bad));
  }
});

test("envelopes are opened and refused as the vectors say, and written byte for byte", async () => {
  let written = 0;
  await each<{ plain: string; length: number; id: string; kind: string; payload: string }>("envelope", async (c) => {
    const packed = bytesOf(c.plain);
    const plain = concat(packed, new Uint8Array(Math.max(0, c.length - packed.length)));
    const { envelope, payload } = await openLetter(plain);
    assert.deepEqual([envelope.id, envelope.kind, textOf(payload)], [c.id, c.kind, c.payload], "what is in it");
    assert.ok(equal(await sealableLetter(envelope, payload, await account()), plain));
    written++;
  });
  assert.ok(written >= 5);
});

test("ids of drafts are as the vectors say", async () => {
  const { cases } = vectors("draft-id") as { cases: { secret: string; account: string; subject: string; draft: string }[] };
  for (const c of cases) assert.equal(await draftOf(c.secret, c.account, c.subject), c.draft);
  assert.equal(new Set(cases.map((c) => c.draft)).size, cases.length);
});

test("slots are as the vectors say", async () => {
  const { cases } = vectors("slot") as { cases: { secret: string; subject: string; subject_sha256: string; n: number; slot: string }[] };
  for (const c of cases) assert.equal(await slotOf(c.secret, c.subject, c.subject_sha256, c.n), c.slot);
  assert.equal(new Set(cases.map((c) => c.slot)).size, cases.length);
});

test("slots of what was opened and taken back are as the vectors say", async () => {
  const { cases } = vectors("note-slot") as { cases: { secret: string; account: string; subject: string; subject_sha256: string; opened: string; deposit: string; withdrawal: string }[] };
  for (const c of cases) {
    assert.equal(await openedSlotOf(c.secret, c.account, c.subject, c.subject_sha256), c.opened);
    assert.equal(await withdrawalSlotOf(c.secret, c.deposit), c.withdrawal);
  }
  assert.equal(new Set(cases.flatMap((c) => [c.opened, c.withdrawal])).size, 2 * cases.length);
});

test("headers and sizes of deposits are accepted and refused as the vectors say", async () => {
  await each<{ head: string; size: number }>("deposit-header", (c) => { checkDeposit(bytesOf(c.head), c.size); });
});

test("leaves, checkpoints and proofs are accepted and refused as the vectors say", async () => {
  await each<{ text: string; hash: string }>("leaf", async (c) => { assert.equal(base64(await hashOf(readLeaf(c.text))), c.hash); });
  await each<{ log: string; checkpoint: string; size: number }>("checkpoint", async (c) => {
    assert.equal((await readCheckpoint(utf8(c.checkpoint), [await logKey(c.log)])).size, c.size);
  });
  await each<{ log: string; leaf: string; proof: string; index: number }>("proof", async (c) => {
    const proof = readProof(c.proof);
    await checkProof(proof, readLeaf(c.leaf), [await logKey(c.log)]);
    assert.equal(proof.index, c.index);
  });
});

interface ReceiptCase { readonly box: string; readonly key: string; readonly log: string; readonly receipt: string; readonly deposit: string; readonly index: number }

const trustOf = (c: ReceiptCase): Parameters<typeof verifyReceipt>[1] => ({ box: c.box, logs: [c.log], receipts: [publicKey(c.key)] });

test("receipts are accepted and refused as the vectors say, and with every single byte changed", async () => {
  const [first] = await each<ReceiptCase>("receipt", async (c) => {
    const { leaf, index } = await verifyReceipt(utf8(c.receipt), trustOf(c));
    assert.deepEqual([leaf.deposit, index], [c.deposit, c.index]);
  });
  assert.ok(first);
  const good = utf8(first.receipt);
  for (let at = 0; at < good.length; at++) {
    const bad = good.slice();
    bad[at] = (bad[at] ?? 0) ^ 0x20;
    assert.notEqual(await refusalOf(() => verifyReceipt(bad, trustOf(first))), "", `byte ${String(at)} changed is accepted`);
  }
});

test("a deposit opens with the inbox's and the sender's key, and with no other", async () => {
  const [inbox, own, stranger] = await Promise.all([generateHybridIdentity(), generateHybridIdentity(), generateHybridIdentity()]);
  const plain = await sealableLetter(letter, utf8("payload\n"), await account());
  const file = await sealDeposit(plain, await identityToRecipient(inbox), own);
  for (const identity of [inbox, own]) assert.ok(equal(await openDeposit(file, identity), plain));
  assert.equal(await refusalOf(() => openDeposit(file, stranger)), "locked");
  const damaged = file.slice();
  damaged[file.length - 1] = (damaged[file.length - 1] ?? 0) ^ 1;
  assert.equal(await refusalOf(() => openDeposit(damaged, own)), "malformed");
  const longer = await sealDeposit(await sealableLetter(letter, new Uint8Array(50_000), await account()), await identityToRecipient(inbox), own);
  assert.equal(longer.length, file.length, "the length tells what was said");
});

const letter = {
  id: "1d".repeat(16), kind: "response", inbox: "8c".repeat(32), account: "ab".repeat(16), school: "5c".repeat(16), subject: "5b".repeat(8),
  subjectHash: "77".repeat(32), formHash: "", supersedes: "", head: 12, time: "2026-11-22T09:00:00Z",
};

test("a letter that could not be read again is not signed", async () => {
  const key = await account();
  for (const bad of [{ id: "1d" }, { kind: "A reply" }, { school: "900001" }, { subjectHash: "" }, { head: 0 }, { time: "now" }, { inbox: "x\nkind y" }]) {
    assert.equal(await refusalOf(() => sealableLetter({ ...letter, ...bad }, utf8(""), key)), "malformed", JSON.stringify(bad));
  }
});

test("answers are read, written and refused as the vectors say, and made of what was typed", async () => {
  let typed = 0;
  await each<{ text: string; typed?: string; answer: string; comments: string; points?: Point[] }>("response", (c) => {
    if (c.typed !== undefined) {
      typed++;
      assert.equal(commentsOf(c.typed), c.comments, c.name);
      return;
    }
    const response = readResponse(utf8(c.text));
    assert.deepEqual(response, { answer: c.answer, comments: c.comments, points: c.points ?? [] });
    assert.equal(textOf(responseText(response)), c.text);
  });
  assert.ok(typed >= 5);
  assert.equal(await refusalOf(() => responseText({ answer: "inaccurate", comments: " \n", points: [] })), "malformed");
});

test("permissions of a Headteacher's are read, written and refused as the vectors say", async () => {
  await each<{ text: string; account: string; area: string; right: string }>("permission-grant", (c) => {
    const { account, area, right } = c;
    assert.deepEqual(readPermission(utf8(c.text)), { account, area, right });
    assert.equal(textOf(permissionText(c)), c.text);
  });
  assert.equal(await refusalOf(() => permissionText({ account: "x", area: "visits", right: "full" })), "malformed");
});

test("passkeys that are added or taken away are read, written and refused as the vectors say", async () => {
  await each<{ text: string; credential: string; file: string }>("passkey-change", (c) => {
    const change = { credential: c.credential, ...(c.file === "" ? {} : { file: bytesOf(c.file) }) };
    assert.deepEqual(readPasskeyChange(utf8(c.text)), change);
    assert.equal(textOf(passkeyChangeText(change)), c.text);
  });
  assert.equal(await refusalOf(() => passkeyChangeText({ credential: "x" })), "malformed");
});

test("changes of an e-mail address are read, written and refused as the vectors say", async () => {
  let read = 0;
  await each<{ text: string; address: string }>("email-change", (c) => {
    assert.equal(readAddress(utf8(c.text)), c.address);
    assert.equal(textOf(addressText(c.address)), c.text);
    read++;
  });
  assert.ok(read >= 5);
  assert.equal(await refusalOf(() => addressText("morgan@fernside.example\naddress x@y.example")), "malformed");
});

/** A log of so many leaves; `salt` makes it another. */
class Log {
  readonly leaves: Bytes[] = [];
  asked = 0;

  static async of(size: number, salt = ""): Promise<Log> {
    const log = new Log();
    for (let i = 0; i < size; i++) log.leaves.push(await leafHash(utf8(`${String(i)}${i >= 3 ? salt : ""}`)));
    return log;
  }

  async tree(size: number): Promise<Tree> {
    return { size, root: await this.#root(0, size) };
  }

  readonly subtrees = (level: number, index: number): Promise<Bytes> => {
    this.asked++;
    return this.#root(index * 2 ** level, (index + 1) * 2 ** level);
  };

  async #root(lo: number, hi: number): Promise<Bytes> {
    if (hi - lo === 1) return this.leaves[lo] ?? new Uint8Array(32);
    let k = 1;
    while (k * 2 < hi - lo) k *= 2;
    return nodeHash(await this.#root(lo, lo + k), await this.#root(lo + k, hi));
  }
}

test("a log that goes on is believed at every size, and another log at none", async () => {
  const most = 19;
  const [log, other] = [await Log.of(most), await Log.of(most, "forged")];
  for (let old = 1; old <= most; old++) {
    for (let now = old; now <= most; now++) {
      await checkContinues(await log.tree(old), await log.tree(now), log.subtrees);
      if (old <= 3) continue;
      for (const [before, after, from] of [[log, other, other], [log, other, log], [other, log, log]] as const) {
        const why = await checkContinues(await before.tree(old), await after.tree(now), from.subtrees).then(() => "", causeOf);
        assert.equal(why, "rollback", `${String(old)} to ${String(now)}`);
      }
    }
  }
});

test("a letter in front of files is written and refused as the office does", async () => {
  await each<{ text: string; service: string; message: string; files: { name: string; size: number; sha256: string }[] }>("letter", (c) => {
    const letter = readSending(utf8(c.text));
    assert.deepEqual(letter, { service: c.service, message: c.message, files: c.files });
    assert.equal(textOf(sendingText(letter)), c.text);
  });
  assert.equal(endingOf("a.b.pdf"), "pdf");
});
