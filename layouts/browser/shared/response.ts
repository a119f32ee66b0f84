/** A school's answer to a visit: the payload of a deposit of kind response (docs/formats.md section 18.1). */
import { type Bytes, textOf, utf8 } from "./bytes.ts";
import { formatLine } from "./text.ts";
import { want } from "./problem.ts";

export type Answer = "accurate" | "inaccurate";

/** An answer; comments are empty when it is accurate, and may be where it marks passages. */
export interface Response {
  readonly answer: Answer;
  readonly comments: string;
  readonly points: readonly Point[];
}

/** A passage of the record that is not accurate. */
export interface Point {
  /** The record's words, in one line. */
  readonly passage: string;
  /** What is wrong with them. */
  readonly wrong: string;
  /** What they should be, or empty. */
  readonly words: string;
}

/** How many characters everything that was written in an answer may have. */
export const longest = 20_000;
/** How many passages may be marked, and how many characters the parts of a mark may have. */
export const mostPoints = 20;
export const longestPassage = 500;
export const longestPart = 2_000;

const mostBytes = 131_072;
const parts = ["passage", "wrong", "words"] as const;
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

/** How much of what may be written was. */
export function lengthOfAll({ comments, points }: Pick<Response, "comments" | "points">): number {
  return lengthOf([comments, ...points.flatMap((p) => parts.map((part) => p[part]))].join(""));
}

/** Reads an answer. Throws `malformed` or `newer`. */
export function readResponse(bytes: Bytes): Response {
  want(bytes.length <= mostBytes, "the answer is longer than any may be");
  const text = textOf(bytes);
  const [format, line = "", ...rest] = text.split("\n");
  const marked = format === "despatch-response 2";
  if (!marked) formatLine(format, "despatch-response", 1);
  const answer = line === "answer accurate" ? "accurate" : "inaccurate";
  const points = marked ? pointsOf(rest) : [];
  const comments = rest.length < 3 ? "" : rest.slice(1, -1).join("\n");
  want((answer === "inaccurate") === (comments !== "" || points.length > 0), "an answer that is not accurate says why, and only that one");
  want(marked === points.length > 0 && points.length <= mostPoints && points.every(isPoint), "an answer marks no passage, or a mark is not written as it should be");
  want(lengthOfAll({ comments, points }) <= longest && commentsOf(comments) === comments, "the comments are longer than any may be, or not written as they should be");
  want(lines({ answer, comments, points }) === text, "the answer is not written as Despatch writes it");
  return { answer, comments, points };
}

function isPoint({ passage, wrong, words }: Point): boolean {
  return passage !== "" && wrong !== "" && !passage.includes("\n") && lengthOf(passage) <= longestPassage &&
    [passage, wrong, words].every((part) => lengthOf(part) <= longestPart && commentsOf(part) === part);
}

/** Takes the lines of points away from those before the comments. What they are is written again and compared. */
function pointsOf(rest: string[]): Point[] {
  const points: Record<(typeof parts)[number], string>[] = [];
  for (let line = rest.shift(); line !== undefined && line !== "comments"; line = rest.shift()) {
    const [word = ""] = line.split(" ", 1);
    const point = points.at(-1);
    const part = parts.find((p) => p === word);
    if (word === "point") points.push({ passage: "", wrong: "", words: "" });
    else if (point !== undefined && part !== undefined) point[part] += (point[part] === "" ? "" : "\n") + line.slice(word.length + 1);
  }
  if (rest.length > 0) rest.unshift("");
  return points;
}

function lines({ answer, comments, points }: Response): string {
  const said = comments === "" ? "" : `\n${comments}\n`;
  if (points.length === 0) return `despatch-response 1\nanswer ${answer}\n${said}`;
  const marks = points.map((point, i) => `\npoint ${String(i + 1)}\n${parts.filter((p) => point[p] !== "").map((p) => `${point[p].replace(/^/gm, `${p} `).replace(/ $/gm, "")}\n`).join("")}`);
  return `despatch-response 2\nanswer ${answer}\n${marks.join("")}${said === "" ? "" : `\ncomments${said}`}`;
}

/** What is made of what was typed about what is not accurate. */
export function cleanOf({ comments, points = [] }: { readonly comments: string; readonly points?: readonly Point[] }): Pick<Response, "comments" | "points"> {
  return { comments: commentsOf(comments), points: points.map(({ passage, wrong, words }) => ({ passage, wrong: commentsOf(wrong), words: commentsOf(words) })) };
}

/** The answer that is made of what was chosen and typed; nothing where it is not finished. */
export function responseOf({ answer, comments, points = [] }: { readonly answer: Answer | ""; readonly comments: string; readonly points?: readonly Point[] }): Response | undefined {
  if (answer === "") return undefined;
  if (answer === "accurate") return { answer, comments: "", points: [] };
  const response = { answer, ...cleanOf({ comments, points }) };
  return response.points.every(isPoint) && saidOf(response) !== "" && lengthOfAll(response) <= longest ? response : undefined;
}

/** All that an answer says of what is not accurate, as one text for people. */
export function saidOf({ comments, points }: Pick<Response, "comments" | "points">): string {
  const marks = points.map(({ passage, wrong, words }) => `“${passage}”\n${wrong}${words === "" ? "" : `\nShould be: ${words}`}`);
  return [...marks, comments].filter((s) => s !== "").join("\n\n");
}
