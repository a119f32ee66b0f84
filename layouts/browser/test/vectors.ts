/** Reads docs/vectors, which the Go tests read too. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Bytes } from "../shared/bytes.ts";
import { causeOf } from "../shared/problem.ts";

/** The repository's folder, said by run.mjs. */
export const root = process.env["DESPATCH_ROOT"] ?? ".";

/** Names of all vector files, without their ending. */
export function vectorFiles(): string[] {
  return readdirSync(join(root, "docs/vectors")).filter((f) => f.endsWith(".json")).map((f) => f.slice(0, -".json".length)).sort();
}

/** One vector file. */
export function vectors(name: string): unknown {
  return JSON.parse(readFileSync(join(root, "docs/vectors", name + ".json"), "utf8")) as unknown;
}

/** The cause with which something is refused; empty when it is accepted. */
export async function refusalOf(act: () => unknown): Promise<string> {
  try {
    await act();
    return "";
  } catch (error) {
    const why = causeOf(error);
    if (why === "unknown") throw error;
    return why;
  }
}

/** Checks that a file of vectors refuses at least as often as it accepts. */
export function mostlyRefusals(cases: readonly { readonly error: string }[]): void {
  const refused = cases.filter((c) => c.error !== "").length;
  assert.ok(refused > 0, "the vectors hold no refusal");
}

/** Bytes of base64, as vectors carry them. */
export function bytesOf(text: string): Bytes {
  return new Uint8Array(Buffer.from(text, "base64"));
}

/** Holds every case of a file against a reader; gives the cases. */
export async function each<T>(file: string, read: (c: T & { readonly name: string; readonly error: string }) => unknown): Promise<T[]> {
  const { cases } = vectors(file) as { cases: (T & { name: string; error: string })[] };
  mostlyRefusals(cases);
  const wrong: string[] = [];
  for (const c of cases) {
    const got = await refusalOf(() => read(c));
    if (got !== c.error) wrong.push(`${c.name}: ${got === "" ? "accepted" : got}, want ${c.error === "" ? "accepted" : c.error}`);
  }
  assert.deepEqual(wrong, []);
  return cases;
}
