import { type Bytes, textOf } from "./bytes.ts";
import { Refusal, want } from "./problem.ts";

/**
 * The lines of a text in our formats: UTF-8, every line ended by LF, no CR, no
 * NUL, no trailing space (docs/formats.md section 0). Throws `malformed`.
 */
export function linesOf(bytes: Bytes): string[] {
  const text = textOf(bytes);
  want(text.endsWith("\n"), "the last line is not ended");
  const lines = text.slice(0, -1).split("\n");
  for (const line of lines) {
    want(!line.includes("\r") && !line.includes("\0") && !line.endsWith(" "), "a line holds a CR, a NUL or a trailing space");
  }
  return lines;
}

/**
 * Checks the line that names a format and its number, as `despatch-head 1`.
 * Throws `newer` for a higher number than the one we know.
 */
export function formatLine(line: string | undefined, name: string, known: number): void {
  const number = line?.startsWith(name + " ") ? line.slice(name.length + 1) : "";
  formatNumber(numberOf(number), known);
}

/** Throws `newer` for a higher format number than the one we know. */
export function formatNumber(number: number, known: number): void {
  if (number > known) throw new Refusal("newer", "this was written by a newer Despatch; reload the page");
  want(number === known, "the format number is not one that was ever written");
}

/** A decimal number from 0 without leading zeros. Throws `malformed`. */
export function numberOf(text: string): number {
  want(/^(0|[1-9][0-9]{0,14})$/.test(text), "a number is not decimal, or has leading zeros");
  return Number(text);
}

/** A time as `2026-11-22T09:00:00Z`. Throws `malformed`. */
export function timeOf(text: string): Date {
  const time = new Date(text);
  want(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) &&
      !Number.isNaN(time.getTime()) &&
      time.toISOString() === text.replace("Z", ".000Z"),
    "a time is not written as 2026-11-22T09:00:00Z",
  );
  return time;
}

/** Reads lines one after another, each with the word that it begins with. */
export class LineReader {
  readonly #lines: readonly string[];
  #at = 0;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  /** The next line without its first word, when that is `word`; else nothing. */
  maybe(word: string): string | undefined {
    const line = this.#lines[this.#at];
    if (line === undefined || !line.startsWith(word + " ")) return undefined;
    this.#at++;
    return line.slice(word.length + 1);
  }

  /** The next line without its first word. Throws `malformed` when it has another. */
  must(word: string): string {
    const rest = this.maybe(word);
    want(rest !== undefined, `the line "${word}" is not where it belongs`);
    return rest;
  }

  /** All next lines that begin with `word`, which must stand sorted and once each. */
  all(word: string): string[] {
    const found: string[] = [];
    for (let rest = this.maybe(word); rest !== undefined; rest = this.maybe(word)) found.push(rest);
    want(sortedOnce(found), `the lines "${word}" are not sorted, or one is repeated`);
    return found;
  }

  /** What is left. */
  rest(): readonly string[] {
    return this.#lines.slice(this.#at);
  }
}

/** Says whether texts of ASCII stand in byte order, none twice. */
export function sortedOnce(texts: readonly string[]): boolean {
  return texts.every((t, i) => i === 0 || (texts[i - 1] ?? "") < t);
}
