/** A school's answer to a visit: the payload of a deposit of kind response (docs/formats.md section 18.1). */
import { type Bytes, textOf, utf8 } from "./bytes.ts";
import { formatLine } from "./text.ts";
import { want } from "./problem.ts";

export type Answer = "accurate" | "inaccurate";

/** An answer; comments are empty when it is accurate. */
export interface Response {
  readonly answer: Answer;
  readonly comments: string;
}

/** How many characters comments may have. */
export const longest = 20_000;

const mostBytes = 4 * longest + 100;
const forbidden = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\ufffe\uffff]/g;

/** Comments made of what a person typed or pasted; nothing, when it is only white space. */
export function commentsOf(typed: string): string {
  const text = typed.toWellFormed().replace(/\r\n?/g, "\n").replaceAll("\t", " ").replace(forbidden, "");
  if (text.trim() === "") return "";
  return text.replace(/ +$/gm, "").replace(/^\n+|\n+$/g, "");
}

/** How many characters a text has as comments are counted: by code point. */
export function lengthOf(comments: string): number {
  return Array.from(comments).length;
}

/** Writes an answer. Throws `malformed` for what could not be read again. */
export function responseText(response: Response): Bytes {
  const bytes = utf8(lines(response));
  readResponse(bytes);
  return bytes;
}

/** Reads an answer. Throws `malformed` or `newer`. */
export function readResponse(bytes: Bytes): Response {
  want(bytes.length <= mostBytes, "the answer is longer than any may be");
  const text = textOf(bytes);
  const [format, line = "", ...rest] = text.split("\n");
  formatLine(format, "despatch-response", 1);
  const answer = line === "answer accurate" ? "accurate" : "inaccurate";
  const comments = rest.length < 3 ? "" : rest.slice(1, -1).join("\n");
  want((answer === "inaccurate") === (comments !== ""), "an answer that is not accurate says why, and only that one");
  want(lengthOf(comments) <= longest && commentsOf(comments) === comments, "the comments are longer than any may be, or not written as they should be");
  want(lines({ answer, comments }) === text, "the answer is not written as Despatch writes it");
  return { answer, comments };
}

function lines({ answer, comments }: Response): string {
  return `despatch-response 1\nanswer ${answer}\n${comments === "" ? "" : `\n${comments}\n`}`;
}
