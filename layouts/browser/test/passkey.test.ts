import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf, utf8 } from "../shared/bytes.ts";
import { readIdentity } from "../shared/identity.ts";
import { inputsOf, nonceOf, openPasskeyFile, sealPasskeyFile } from "../shared/passkeyfile.ts";
import { bytesOf, mostlyRefusals, refusalOf, vectors } from "./vectors.ts";

interface Case { name: string; age: string; first: string; second: string; error: string }
const { cases, inputs, text } = vectors("passkey") as { cases: Case[]; inputs: { first: string; second: string }; text: string };

test("passkey files open with what their passkey computes only, as the vectors say", async () => {
  mostlyRefusals(cases);
  for (const c of cases) {
    const open = async (): Promise<void> => {
      const plain = await openPasskeyFile(bytesOf(c.age), { first: bytesOf(c.first), second: bytesOf(c.second) });
      readIdentity(plain);
      assert.equal(textOf(plain), text, c.name);
    };
    assert.equal(await refusalOf(open), c.error, c.name);
  }
});

test("a passkey is asked for two values of the nonce that stands in its file", () => {
  const asked = inputsOf(nonceOf(bytesOf(cases[0]?.age ?? "")));
  assert.deepEqual(asked, { first: bytesOf(inputs.first), second: bytesOf(inputs.second) });
});

test("what is sealed to a passkey opens with the values that were computed for its nonce", async () => {
  const evaluated = { first: new Uint8Array(32).fill(5), second: new Uint8Array(32).fill(6) };
  let nonce = new Uint8Array();
  const file = await sealPasskeyFile(utf8(text), (asked) => {
    nonce = Uint8Array.from(asked);
    return Promise.resolve(evaluated);
  });
  assert.deepEqual(nonceOf(file), nonce);
  assert.equal(textOf(await openPasskeyFile(file, evaluated)), text);
  assert.equal(await refusalOf(() => openPasskeyFile(file, { ...evaluated, second: evaluated.first })), "locked");
});
