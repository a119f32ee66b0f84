/** Data returns: the rules of the browser are those of the office, held by one file of vectors. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { equal, sha256, utf8 } from "../shared/bytes.ts";
import { payloadOf, readPayload } from "../shared/form/answers.ts";
import { fileNameOf, type Form, plainOf, readForm } from "../shared/form/definition.ts";
import { type Finding, findingsOf, isAcceptable } from "../shared/form/findings.ts";
import { bytesOf, each, refusalOf, vectors } from "./vectors.ts";

interface Vectors {
  readonly forms: { name: string; definition: string; hash: string }[];
  readonly findings: {
    name: string; form: string; day: string; acceptable: boolean; payload: string; findings: Finding[];
    answers: { nil: boolean; declared: boolean; answers: [string, string][]; unavailable: string[]; explanations: [string, string][]; files: { field: string; name: string; bytes: string }[] };
  }[];
  readonly typed: { form: string; field: string; typed: string; plain: string }[];
  readonly names: { typed: string; name: string }[];
}

const all = vectors("datareturn") as Vectors;
const forms = new Map(all.forms.map((f) => [f.name, readForm(f.definition)]));

function formOf(name: string): Form {
  const form = forms.get(name);
  assert.ok(form);
  return form;
}

test("what is wrong with answers to a data return is found as the office finds it, and payloads are the same bytes", async () => {
  for (const { definition, hash } of all.forms) assert.equal(await sha256(utf8(definition)), hash);
  for (const c of all.findings) {
    const answers = { ...c.answers, files: c.answers.files.map((f) => ({ ...f, bytes: bytesOf(f.bytes) })) };
    const found = findingsOf(formOf(c.form), answers, c.day);
    assert.deepEqual(found, c.findings, c.name);
    assert.equal(isAcceptable(found), c.acceptable, c.name);
    const payload = await payloadOf(formOf(c.form), answers);
    assert.ok(equal(payload, bytesOf(c.payload)), `${c.name}: the payload`);
    const read = await readPayload(formOf(c.form), payload);
    assert.deepEqual(read.answers.map((a) => [...a]), c.answers.answers, c.name);
  }
  assert.ok(all.findings.filter((c) => !c.acceptable).length > all.findings.length / 2);
});

test("payloads of data returns are read and refused as the vectors say", async () => {
  const cases = await each<{ form: string; payload: string }>("datareturn", (c) => readPayload(formOf(c.form), bytesOf(c.payload)));
  assert.ok(cases.length > 40);
});

test("what was typed into a data return is kept as the vectors say", () => {
  for (const { form, field: id, typed, plain } of all.typed) {
    const field = formOf(form).fields.find((f) => f.id === id);
    assert.ok(field);
    assert.equal(plainOf(field, typed), plain, typed);
  }
  for (const { typed, name } of all.names) assert.equal(fileNameOf(typed), name, typed);
});

test("a form of a newer Despatch is refused", async () => {
  assert.equal(await refusalOf(() => readForm('{"format":2}')), "newer");
});
