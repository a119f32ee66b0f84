/** Finds C2SP's vectors for age where the Go module proxy's client keeps them; they are never committed. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import assert from "node:assert/strict";
import type { Report } from "./cctv.ts";
import { root } from "./vectors.ts";

/** All vectors by name, in base64. */
export function cctvFiles(): [name: string, data: string][] {
  const said = execFileSync("go", ["mod", "download", "-json", "c2sp.org/CCTV/age"], { cwd: root, encoding: "utf8" });
  const dir = join((JSON.parse(said) as { Dir: string }).Dir, "testdata");
  return readdirSync(dir).sort().map((name) => [name, readFileSync(join(dir, name)).toString("base64")]);
}

/** Checks what a runtime made of all vectors. */
export function assertPassed(report: Report): void {
  assert.deepEqual(report.wrong, []);
  assert.ok(Object.values(report.outcomes).reduce((n, m) => n + m, 0) >= 140 && (report.outcomes["success"] ?? 0) >= 20, JSON.stringify(report.outcomes));
  assert.deepEqual(report.opened, ["hybrid"], "neither classic stanzas, nor several, nor a mix, nor a passphrase of another work factor");
}
