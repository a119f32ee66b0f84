/** Reads unknown JSON member by member; anything unexpected is `malformed`. */
import { want } from "./problem.ts";

/** An object's members: each must be taken, none may be left. */
export class Members {
  readonly #members: Record<string, unknown>;

  constructor(value: unknown, count: number) {
    want(typeof value === "object" && value !== null && !Array.isArray(value), "an object is missing");
    this.#members = value as Record<string, unknown>;
    want(Object.keys(this.#members).length === count, "an object has unknown or missing members");
  }

  text(name: string): string {
    const value = this.#members[name];
    want(typeof value === "string" && value.isWellFormed(), `"${name}" is not a text`);
    return value;
  }

  /** A text that fits a pattern. */
  match(name: string, pattern: RegExp): string {
    const value = this.text(name);
    want(pattern.test(value), `"${name}" is not written as it should be`);
    return value;
  }

  oneOf<T extends string>(name: string, words: readonly T[]): T {
    const value = this.text(name);
    const found = words.find((w) => w === value);
    want(found !== undefined, `"${name}" is a word that this version does not know`);
    return found;
  }

  count(name: string): number {
    const value = this.#members[name];
    want(typeof value === "number" && Number.isSafeInteger(value) && value >= 0, `"${name}" is not a whole number`);
    return value;
  }

  flag(name: string): boolean {
    const value = this.#members[name];
    want(typeof value === "boolean", `"${name}" is neither true nor false`);
    return value;
  }

  list<T>(name: string, each: (value: unknown) => T): T[] {
    const value = this.#members[name];
    want(Array.isArray(value), `"${name}" is not a list`);
    return value.map(each);
  }

  any(name: string): unknown {
    return this.#members[name];
  }
}

/** A list's member that is a text. */
export function textMember(value: unknown): string {
  want(typeof value === "string" && value.isWellFormed(), "a list holds something else than texts");
  return value;
}
