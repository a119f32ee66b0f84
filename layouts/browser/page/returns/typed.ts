/** What stands in a form as it was typed, and the answers that are made of it. */
import { base64, fromBase64 } from "../../shared/bytes.ts";
import type { FormTyped } from "../../shared/filling.ts";
import type { Answers } from "../../shared/form/answers.ts";
import { queriesOf } from "../../shared/form/answers.ts";
import { type Field, type Form, isAsked, plainOf, plainText, spotsOf } from "../../shared/form/definition.ts";

export const nothingTyped: FormTyped = { nil: false, declared: false, values: {}, unavailable: [], explanations: {}, files: [] };

const notAvailable = /^\s*(n\/?a|not available)\s*$/i;

/** Whether a field is asked, after what was typed before it. */
export function asksFor(form: Form, typed: FormTyped, field: Field): boolean {
  return isAsked(field, (at) => valueAt(form, typed, at));
}

function valueAt(form: Form, typed: FormTyped, at: string): string {
  const field = form.fields.find((f) => f.id === at);
  return field === undefined || typed.unavailable.includes(at) ? "" : valueIn(field, typed.values[at] ?? "");
}

function valueIn(field: Field, typed: string): string {
  return plainOf(field, field.type === "date" ? dayOf(typed) : typed);
}

/** A day as it is kept, of year, month and day as they were typed; what is none stays as it is. */
function dayOf(typed: string): string {
  const parts = partsOf(typed);
  if (parts.every((p) => p === "")) return "";
  const [year = "", month = "", day = ""] = parts;
  return `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
}

/** Year, month and day as they were typed. */
export function partsOf(typed: string): readonly string[] {
  const parts = typed.split("-").map((p) => p.trim());
  return [parts[0] ?? "", parts[1] ?? "", parts[2] ?? ""];
}

/** The answers that are made of what was typed. */
export function answersOf(form: Form, typed: FormTyped): Answers {
  if (typed.nil) return { nil: true, declared: typed.declared, answers: [], unavailable: [], explanations: [], files: [] };
  const asked = form.fields.filter((f) => asksFor(form, typed, f));
  const answers: [string, string][] = [];
  const unavailable: string[] = [];
  for (const field of asked) {
    if (field.type === "file") continue;
    for (const { at } of spotsOf(field)) {
      const written = typed.values[at] ?? "";
      const value = valueIn(field, written);
      if (field.unavailable && (typed.unavailable.includes(at) || (field.type === "table" && notAvailable.test(written)))) unavailable.push(at);
      else if (value !== "") answers.push([at, value]);
    }
  }
  const explanations = queriesOf(form).map((q) => [q, plainText(typed.explanations[q] ?? "")] as const).filter(([, text]) => text !== "");
  const files = asked.flatMap((f) => typed.files.filter((x) => x.field === f.id)).map(({ field, name, content }) => ({ field, name, bytes: fromBase64(content) }));
  return { nil: false, declared: typed.declared, answers, unavailable, explanations, files };
}

/** Explanations of what is queried no more are not sent. */
export function withoutIdle(answers: Answers, raised: readonly string[]): Answers {
  return { ...answers, explanations: answers.explanations.filter(([q]) => raised.includes(q)) };
}

/** What stands in the form when something that was sent is amended. */
export function typedOf(form: Form, answers: Answers): FormTyped {
  const table = (at: string): boolean => form.fields.some((f) => f.type === "table" && at.startsWith(`${f.id}.`));
  return {
    nil: answers.nil, declared: false,
    values: Object.fromEntries([...answers.answers, ...answers.unavailable.filter(table).map((at) => [at, "n/a"] as const)]),
    unavailable: answers.unavailable.filter((at) => !table(at)), explanations: Object.fromEntries(answers.explanations),
    files: answers.files.map(({ field, name, bytes }) => ({ field, name, content: base64(bytes) })),
  };
}
