/**
 * What is wrong with the answers to a data return, as the office finds it too:
 * errors, which have to be put right, and queries, which have to be put right or
 * explained (docs/formats.md section 18.2).
 */
import type { Bytes } from "../bytes.ts";
import { longDay } from "../dates.ts";
import { type Answers, type FormFile, valueOf } from "./answers.ts";
import { characters, declarationAt, type Field, type Form, isAsked, mostExplanation, mostFile, mostFiles, type Rule, type Spot, spotsOf } from "./definition.ts";
import { compares, type Formula, formulaOf, placesOf, ruleAt, type Term } from "./formula.ts";
import { decimalsOf, thousandths } from "./number.ts";

export interface Finding {
  /** A field or cell; `explain.<query>` where an explanation is missing. */
  readonly at: string;
  /** Empty: an error. */
  readonly query: string;
  readonly text: string;
}

/** Whether nothing has to be put right any more. */
export function isAcceptable(findings: readonly Finding[]): boolean {
  return findings.every((f) => f.query !== "");
}

/** What is wrong, in the form's order; the day is that of sending. */
export function findingsOf(form: Form, answers: Answers, day: string): Finding[] {
  return new Examination(form, answers, day).findings();
}

const missing = {
  text: "enter an answer", number: "enter a number", date: "enter a date", choice: "choose an answer", email: "enter an e-mail address", table: "enter a number", file: "choose a file",
} as const;

const email = /^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$/;
const longestEmail = 254;

/** The first bytes of files whose name says what they are. */
const beginnings: Readonly<Record<string, readonly number[]>> = {
  pdf: [0x25, 0x50, 0x44, 0x46, 0x2d], png: [0x89, 0x50, 0x4e, 0x47], jpg: [0xff, 0xd8, 0xff],
  docx: [0x50, 0x4b, 3, 4], xlsx: [0x50, 0x4b, 3, 4], odt: [0x50, 0x4b, 3, 4], ods: [0x50, 0x4b, 3, 4],
};

class Examination {
  readonly #form: Form;
  readonly #answers: Answers;
  readonly #day: string;
  readonly #values: ReadonlyMap<string, string>;
  /** Places whose answer is wrong in itself: no rule counts with them. */
  readonly #wrong = new Set<string>();
  readonly #found: Finding[] = [];

  constructor(form: Form, answers: Answers, day: string) {
    this.#form = form;
    this.#answers = answers;
    this.#day = day;
    this.#values = new Map(answers.answers);
  }

  findings(): Finding[] {
    const { nil, declared } = this.#answers;
    if (!nil) {
      for (const field of this.#form.fields) if (isAsked(field, (at) => valueOf(this.#answers, at))) this.#field(field);
      this.#size();
      for (const rule of this.#form.rules) this.#rule(rule);
    }
    if (this.#form.declaration !== "" && !declared) this.#error(declarationAt, "Confirm the declaration");
    return this.#found;
  }

  #error(at: string, text: string): void {
    this.#found.push({ at, query: "", text });
  }

  #query(id: string, at: string, text: string): void {
    this.#found.push({ at, query: id, text });
    const said = this.#answers.explanations.find(([query]) => query === id)?.[1] ?? "";
    if (said === "") this.#error(`explain.${id}`, `Explain why this is right: ${text}`);
    else if (characters(said) > mostExplanation) this.#error(`explain.${id}`, `The explanation must have at most ${String(mostExplanation)} characters: ${text}`);
  }

  #field(field: Field): void {
    if (field.type === "file") {
      this.#files(field);
      return;
    }
    for (const spot of spotsOf(field)) {
      const value = this.#values.get(spot.at);
      if (this.#answers.unavailable.includes(spot.at)) continue;
      if (value === undefined) {
        if (field.required) this.#error(spot.at, `${spot.label}: ${missing[field.type]}`);
        continue;
      }
      const text = this.#wrongWith(field, value);
      if (text === "") this.#expected(field, spot, value);
      else {
        this.#wrong.add(spot.at);
        this.#error(spot.at, `${spot.label}: ${text}`);
      }
    }
  }

  #wrongWith(field: Field, value: string): string {
    switch (field.type) {
      case "number":
      case "table":
        return wrongNumber(field, value);
      case "date":
        return this.#wrongDate(field, value);
      case "choice":
        return wrongChoice(field, value);
      case "email":
        return email.test(value) && value.length <= longestEmail ? "" : "enter an e-mail address in the right form, like name@example.com";
      default:
        return characters(value) > field.characters ? `enter at most ${String(field.characters)} characters` : "";
    }
  }

  #wrongDate({ earliest, latest, not_future: notFuture }: Field, value: string): string {
    if (!isDay(value)) return "enter a real date, with day, month and year";
    if (earliest !== "" && value < earliest) return `enter a date on or after ${longDay(earliest)}`;
    if (latest !== "" && value > latest) return `enter a date on or before ${longDay(latest)}`;
    return notFuture && value > this.#day ? "enter a date that is not in the future" : "";
  }

  #expected({ expect_least: least, expect_most: most }: Field, { at, label }: Spot, value: string): void {
    const n = thousandths(value);
    if (n === undefined) return;
    const [low, high] = [thousandths(least), thousandths(most)];
    if (low !== undefined && n < low) this.#query(`${at}:expected`, at, `${label}: ${value} is less than expected (${least} or more)`);
    if (high !== undefined && n > high) this.#query(`${at}:expected`, at, `${label}: ${value} is more than expected (${most} or less)`);
  }

  #files(field: Field): void {
    const files = this.#answers.files.filter((f) => f.field === field.id);
    for (const file of files) {
      const text = wrongFile(field, file);
      if (text !== "") this.#error(field.id, `${field.label}: ${text}`);
    }
    if (files.length === 0 && field.required) this.#error(field.id, `${field.label}: ${missing.file}`);
    if (files.length > field.many) this.#error(field.id, `${field.label}: choose at most ${String(field.many)}`);
  }

  #size(): void {
    const [first] = this.#answers.files;
    if (first !== undefined && this.#answers.files.reduce((n, f) => n + f.bytes.length, 0) > mostFiles) this.#error(first.field, `All files together must be at most ${String(mostFiles >> 20)} MB`);
  }

  #rule(rule: Rule): void {
    const formula = formulaOf(this.#form, rule);
    const table = this.#form.fields.find((f) => f.id === rule.each);
    if (table === undefined) {
      if (!this.#holds(formula, "", "")) this.#broken(rule, rule.id, ruleAt(this.#form, rule, ""), rule.say);
      return;
    }
    for (const [row, label] of table.rows) {
      if (!this.#holds(formula, table.id, row)) this.#broken(rule, `${rule.id}.${row}`, ruleAt(this.#form, rule, row), `${label}: ${rule.say}`);
    }
  }

  #broken(rule: Rule, id: string, at: string, text: string): void {
    if (rule.query) this.#query(id, at, text);
    else this.#error(at, text);
  }

  #holds({ left, right, op, dates }: Formula, table: string, row: string): boolean {
    const a = this.#sum(left, dates, table, row);
    const b = this.#sum(right, dates, table, row);
    return a === undefined || b === undefined || compares(a, op, b);
  }

  /** In a sum of many cells an empty one counts nothing; where all of a term are empty there is nothing to compare. */
  #sum(terms: readonly Term[], dates: boolean, table: string, row: string): number | undefined {
    let sum = 0;
    for (const term of terms) {
      const places = placesOf(term, table, row);
      if (places.some((at) => this.#answers.unavailable.includes(at) || this.#wrong.has(at))) return undefined;
      const values = places.map((at) => this.#values.get(at)).filter((v) => v !== undefined);
      if (places.length > 0 && values.length === 0) return undefined;
      const n = values.reduce((all, v) => all + (dates ? Number(v.replaceAll("-", "")) : thousandths(v) ?? 0), term.number);
      sum += term.minus ? -n : n;
    }
    return sum;
  }
}

function wrongNumber({ decimals, least, most }: Field, value: string): string {
  const n = thousandths(value);
  if (n === undefined) return "enter a number, like 12";
  if (decimalsOf(value) > decimals) return decimals === 0 ? "enter a whole number" : `enter a number with at most ${String(decimals)} decimal place${decimals === 1 ? "" : "s"}`;
  const [low, high] = [thousandths(least), thousandths(most)];
  if (low !== undefined && n < low) return `enter ${least} or more`;
  return high !== undefined && n > high ? `enter ${most} or less` : "";
}

function wrongChoice({ several, choices }: Field, value: string): string {
  const places = (several ? value.split("\n") : [value]).map((c) => choices.indexOf(c));
  return places.every((p, i) => p > (i === 0 ? -1 : places[i - 1] ?? -1)) ? "" : "choose from the answers that are offered";
}

function wrongFile({ endings }: Field, { name, bytes }: FormFile): string {
  const ending = name.slice(name.lastIndexOf(".") + 1);
  if (!endings.includes(ending)) return `${name} cannot be sent; choose a file that ends in ${joinedOr(endings)}`;
  if (bytes.length === 0) return `${name} is empty`;
  if (bytes.length > mostFile) return `${name} must be at most ${String(mostFile >> 20)} MB`;
  return begins(bytes, beginnings[ending] ?? []) ? "" : `${name} is not what its name says; save it again in the right form`;
}

function begins(bytes: Bytes, first: readonly number[]): boolean {
  return first.every((b, i) => bytes[i] === b);
}

/** Words with "or" before the last. */
export function joinedOr(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;
}

function isDay(value: string): boolean {
  const at = Date.parse(value);
  return /^(19|20)\d\d-\d\d-\d\d$|^2100-\d\d-\d\d$/.test(value) && !Number.isNaN(at) && new Date(at).toISOString().startsWith(value);
}
