// Runs journeys, one after the other, on one demo authority that is made once: each
// begins with a copy of it. `node e2e/run.mjs reading keyboard`; without names all.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { demoAuthority } from "./lib.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const end = ".test.mjs";
const all = fs.readdirSync(here).filter((name) => name.endsWith(end));
const names = process.argv.slice(2).map((name) => name + end);
const files = (names.length > 0 ? names : all).map((name) => path.join(here, name));

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "despatch-e2e-demo-"));
try {
  const la = path.join(folder, "la");
  demoAuthority(la);
  const env = { ...process.env, DESPATCH_E2E_DEMO: la };
  const { status } = spawnSync(process.execPath, ["--test", "--test-concurrency=1", ...files], { stdio: "inherit", env });
  process.exitCode = status ?? 1;
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
