/** What a rule says: two sums and how they compare. The generator let only rules through that can be read. */
import { type Form, type Rule, spotsOf } from "./definition.ts";
import { thousandths } from "./number.ts";

/** A number, or all that some places hold; in a rule for each row, a column. */
export interface Term {
  readonly minus: boolean;
  readonly number: number;
  readonly places: readonly string[];
  readonly column: string;
}

export interface Formula {
  readonly left: readonly Term[];
  readonly right: readonly Term[];
  readonly op: string;
  readonly dates: boolean;
}

const comparisons = ["=", "!=", "<", "<=", ">", ">="];

/** Reads what a rule says. */
export function formulaOf(form: Form, rule: Rule): Formula {
  const words = rule.that.split(/\s+/).filter((w) => w !== "");
  const at = words.findIndex((w) => comparisons.includes(w));
  const side = (list: readonly string[]): Term[] => list.filter((_, i) => i % 2 === 0).map((w, i) => ({ ...term(form, rule, w), minus: i > 0 && list[2 * i - 1] === "-" }));
  const first = form.fields.find((f) => f.id === words[0]);
  return { left: side(words.slice(0, at)), right: side(words.slice(at + 1)), op: words[at] ?? "", dates: first?.type === "date" && !isColumn(form, rule, words[0] ?? "") };
}

function isColumn(form: Form, rule: Rule, word: string): boolean {
  return form.fields.find((f) => f.id === rule.each)?.columns.some(([id]) => id === word) ?? false;
}

function term(form: Form, rule: Rule, word: string): Omit<Term, "minus"> {
  const number = thousandths(word);
  if (number !== undefined) return { number, places: [], column: "" };
  if (isColumn(form, rule, word)) return { number: 0, places: [], column: word };
  const [id, row = "*", column = "*"] = word.split(".");
  const field = form.fields.find((f) => f.id === id);
  if (field?.type !== "table") return { number: 0, places: [word], column: "" };
  const places = spotsOf(field).map((s) => s.at).filter((at) => {
    const [, r, c] = at.split(".");
    return (row === "*" || row === r) && (column === "*" || column === c);
  });
  return { number: 0, places, column: "" };
}

/** The places that a term stands for, in a row of a table or outside of any. */
export function placesOf({ column, places }: Term, table: string, row: string): readonly string[] {
  return column === "" ? places : [`${table}.${row}.${column}`];
}

/** Whether a comparison holds. */
export function compares(a: number, op: string, b: number): boolean {
  switch (op) {
    case "=": return a === b;
    case "!=": return a !== b;
    case "<": return a < b;
    case "<=": return a <= b;
    case ">": return a > b;
    default: return a >= b;
  }
}

/** Where the message of a rule leads. */
export function ruleAt(form: Form, rule: Rule, row: string): string {
  const table = form.fields.find((f) => f.id === rule.each);
  if (table !== undefined && row !== "") {
    const words = rule.that.split(/\s+/);
    const column = table.columns.find(([id]) => id === rule.at || (rule.at === "" && words.includes(id)));
    if (column !== undefined) return `${table.id}.${row}.${column[0]}`;
    if (rule.at === "") return table.id;
  }
  if (rule.at !== "") return rule.at;
  const { left, right } = formulaOf(form, rule);
  const named = [...left, ...right].find((t) => t.places.length > 0)?.places ?? [];
  return named.length === 1 ? named[0] ?? "" : named[0]?.split(".")[0] ?? "";
}
