/** What a school answers: the payload of a deposit of kind return (docs/formats.md section 18.2). */
import { type Bytes, concat, sha256, textOf, utf8 } from "../bytes.ts";
import { Refusal, want } from "../problem.ts";
import { formatLine } from "../text.ts";
import { Members, textMember } from "../shape.ts";
import { fileNameOf, type Form, isAsked, mostText, plainOf, plainText, spotsOf } from "./definition.ts";

export interface FormFile {
  readonly field: string;
  readonly name: string;
  readonly bytes: Bytes;
}

/** Answers, in the form's order, none empty. */
export interface Answers {
  readonly nil: boolean;
  readonly declared: boolean;
  readonly answers: readonly (readonly [at: string, value: string])[];
  /** Places for which there is no answer to be had. */
  readonly unavailable: readonly string[];
  readonly explanations: readonly (readonly [query: string, text: string])[];
  readonly files: readonly FormFile[];
}

/** The answer at a place, or empty. */
export function valueOf({ answers }: Pick<Answers, "answers">, at: string): string {
  return answers.find(([a]) => a === at)?.[1] ?? "";
}

/** Writes answers as they are deposited. Throws `malformed` for what could not be read again. */
export async function payloadOf(form: Form, answers: Answers): Promise<Bytes> {
  const bytes = await written(answers);
  await readPayload(form, bytes);
  return bytes;
}

async function written({ nil, declared, answers, unavailable, explanations, files }: Answers): Promise<Bytes> {
  const listed = await Promise.all(files.map(async ({ field, name, bytes }) => ({ field, name, size: bytes.length, sha256: await sha256(bytes) })));
  const line = JSON.stringify({ nil, declared, answers, unavailable, explanations, files: listed });
  return concat(utf8(`despatch-return 1\n${line}\n`), ...files.map((f) => f.bytes));
}

/** Reads a payload as an answer to a form. Throws `malformed`, `newer` or `mismatch`. */
export async function readPayload(form: Form, bytes: Bytes): Promise<Answers> {
  const answers = await readLoose(bytes);
  const again = await written(answers);
  want(again.length === bytes.length && again.every((b, i) => b === bytes[i]), "the return is not written as Despatch writes it");
  fits(form, answers);
  return answers;
}

/** Reads a payload without the form that it answers. Throws `malformed`, `newer` or `mismatch`. */
export async function readLoose(bytes: Bytes): Promise<Answers> {
  const first = bytes.indexOf(10);
  const second = bytes.indexOf(10, first + 1);
  want(first >= 0 && first <= 100, "the return has no first line");
  formatLine(textOf(bytes.slice(0, first)), "despatch-return", 1);
  want(second > 0 && second - first - 1 <= mostText, "the return's line of answers is missing, or too long");
  const members = new Members(parsed(textOf(bytes.slice(first + 1, second))), 6);
  let at = second + 1;
  const files = await Promise.all(members.list("files", (v) => {
    const m = new Members(v, 4);
    const size = m.count("size");
    const file = { field: m.text("field"), name: m.text("name"), sha256: m.text("sha256"), bytes: bytes.slice(at, at + size) };
    want(file.bytes.length === size, "a file is not as long as it says");
    at += size;
    return file;
  }).map(async ({ field, name, sha256: sum, bytes: content }) => {
    if ((await sha256(content)) !== sum) throw new Refusal("mismatch", "a file is not the one that was listed");
    return { field, name, bytes: content };
  }));
  want(at === bytes.length, "something follows the files");
  return {
    nil: members.flag("nil"), declared: members.flag("declared"), answers: members.list("answers", pair),
    unavailable: members.list("unavailable", textMember), explanations: members.list("explanations", pair), files,
  };
}

function pair(value: unknown): readonly [string, string] {
  want(Array.isArray(value) && value.length === 2, "an answer is not a pair");
  return [textMember(value[0]), textMember(value[1])];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Refusal("malformed", "the answers are not JSON");
  }
}

function fits(form: Form, a: Answers): void {
  want(!a.nil || a.answers.length + a.unavailable.length + a.explanations.length + a.files.length === 0, "a nil return answers nothing");
  want((!a.nil || form.nil_return !== "") && (!a.declared || form.declaration !== ""), "it confirms what is not asked");
  const spots = new Map(form.fields.flatMap((field) => spotsOf(field).map(({ at }) => [at, field] as const)));
  const order = [...spots.keys()];
  const value = (at: string): string => valueOf(a, at);
  want(rises(a.answers.map(([at]) => order.indexOf(at))), "an answer is of no question, twice or out of order");
  for (const [at, answer] of a.answers) {
    const field = spots.get(at);
    want(field !== undefined && field.type !== "file" && answer !== "" && plainOf(field, answer) === answer && isAsked(field, value), "an answer is not one that is kept");
  }
  want(rises(a.unavailable.map((at) => order.indexOf(at))), "what is unavailable is out of order");
  for (const at of a.unavailable) {
    const field = spots.get(at);
    want(field?.unavailable === true && value(at) === "" && isAsked(field, value), "something cannot be unavailable");
  }
  const queries = queriesOf(form);
  want(rises(a.explanations.map(([query]) => queries.indexOf(query))), "an explanation is of no query, or out of order");
  want(a.explanations.every(([, text]) => text !== "" && plainText(text) === text), "an explanation is not one that is kept");
  const places = a.files.map((f) => order.indexOf(f.field));
  want(places.every((p, i) => p >= (places[i - 1] ?? 0)), "files are out of order");
  for (const { field: id, name } of a.files) {
    const field = spots.get(id);
    want(field?.type === "file" && isAsked(field, value) && fileNameOf(name) === name, "a file is of no question, or has a name that cannot be");
  }
}

function rises(places: readonly number[]): boolean {
  return places.every((p, i) => p > (i === 0 ? -1 : places[i - 1] ?? -1));
}

/** All queries that a form may raise, in their order. */
export function queriesOf(form: Form): string[] {
  const expected = form.fields.filter((f) => f.expect_least !== "" || f.expect_most !== "").flatMap((f) => spotsOf(f).map(({ at }) => `${at}:expected`));
  const ruled = form.rules.filter((r) => r.query).flatMap((r) => {
    const table = form.fields.find((f) => f.id === r.each);
    return table === undefined ? [r.id] : table.rows.map(([row]) => `${r.id}.${row}`);
  });
  return [...expected, ...ruled];
}
