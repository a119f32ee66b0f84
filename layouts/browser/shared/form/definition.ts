/** What a data return asks (docs/formats.md section 18.2), as the page of the return carries it. */
import { formatNumber } from "../text.ts";
import { commentsOf } from "../response.ts";
import { plainNumber } from "./number.ts";

/** A row or column: what rules call it, and its label. */
export type Named = readonly [id: string, label: string];

export interface Field {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  /** The heading of the part that begins here, or empty. */
  readonly section: string;
  readonly type: "text" | "number" | "date" | "choice" | "email" | "table" | "file";
  readonly required: boolean;
  readonly unavailable: boolean;
  readonly ask_if: { readonly field: string; readonly is: readonly string[] };
  readonly choices: readonly string[];
  readonly several: boolean;
  readonly rows: readonly Named[];
  readonly columns: readonly Named[];
  readonly least: string;
  readonly most: string;
  readonly decimals: number;
  readonly expect_least: string;
  readonly expect_most: string;
  readonly characters: number;
  readonly long: boolean;
  readonly earliest: string;
  readonly latest: string;
  readonly not_future: boolean;
  readonly endings: readonly string[];
  readonly many: number;
}

export interface Rule {
  readonly id: string;
  readonly each: string;
  readonly that: string;
  readonly say: string;
  readonly at: string;
  readonly query: boolean;
}

export interface Form {
  readonly format: number;
  readonly nil_return: string;
  readonly declaration: string;
  readonly fields: readonly Field[];
  readonly rules: readonly Rule[];
}

/** Limits of one return: bytes of its line of answers, of a file, of all files; characters of an explanation. */
export const mostText = 48_000;
export const mostFile = 5 * 2 ** 20;
export const mostFiles = 6 * 2 ** 20;
export const mostExplanation = 500;
const mostNameOfFile = 100;

/** Where the declaration's error leads. */
export const declarationAt = "declare";

/** Reads a definition, which came out of a sealed page. Throws `newer`. */
export function readForm(text: string): Form {
  const form = JSON.parse(text) as Form;
  formatNumber(form.format, 1);
  return form;
}

/** One thing that is answered: a field, or a cell of a table. */
export interface Spot {
  readonly at: string;
  readonly label: string;
}

/** The places of a field; of files it is one. */
export function spotsOf(field: Field): Spot[] {
  if (field.type !== "table") return [{ at: field.id, label: field.label }];
  return field.rows.flatMap(([row, rowLabel]) => field.columns.map(([column, label]) => ({ at: `${field.id}.${row}.${column}`, label: `${field.label}, ${rowLabel}, ${label}` })));
}

/** Whether a field is asked after what was answered before it. */
export function isAsked({ ask_if: { field, is } }: Field, value: (at: string) => string): boolean {
  return field === "" || value(field).split("\n").some((c) => is.includes(c));
}

/** What a person typed as it is kept in a field. */
export function plainOf(field: Field, typed: string): string {
  if (field.type === "number" || field.type === "table") return plainNumber(oneLine(typed));
  return (field.type === "text" && field.long) || (field.type === "choice" && field.several) ? plainText(typed) : oneLine(typed);
}

/** Text as it is kept. */
export function plainText(typed: string): string {
  return commentsOf(typed).replace(/^[ \n]+|[ \n]+$/g, "");
}

function oneLine(typed: string): string {
  return plainText(commentsOf(typed).replaceAll("\n", " "));
}

/** A file's name as it is kept. */
export function fileNameOf(typed: string): string {
  const name = oneLine(typed.slice(Math.max(typed.lastIndexOf("/"), typed.lastIndexOf("\\")) + 1)).replace(/[<>:"|?*]/g, "_");
  const dot = name.lastIndexOf(".");
  const ending = dot < 0 ? "" : name.slice(dot + 1);
  const stem = (dot < 0 ? name : name.slice(0, dot)).replace(/^[. ]+|[. ]+$/g, "");
  const short = Array.from(stem).slice(0, mostNameOfFile).join("").replace(/[. ]+$/, "");
  return `${short === "" ? "file" : short}.${ending.trim().replace(/[A-Z]/g, (c) => c.toLowerCase())}`;
}

/** How many characters a text has. */
export function characters(text: string): number {
  return Array.from(text).length;
}
