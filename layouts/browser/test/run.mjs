// Bundles the tests as the build bundles the worker, so that they run what
// ships, and runs them: node layouts/browser/test/run.mjs [account browser …].
// Without names it runs all but those that need Chromium and built assets.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { withoutP256 } from "../p256.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2).filter((a) => !a.startsWith("--"));
const only = process.argv.slice(2).filter((a) => a.startsWith("--"));
const inChromium = ["ahead.test.ts", "browser.test.ts", "cheating.test.ts", "hostile.test.ts", "offline.test.ts"];
const files = readdirSync(here).filter((f) => f.endsWith(".test.ts") && (wanted.length === 0 ? !inChromium.includes(f) : wanted.includes(f.replace(".test.ts", ""))));
// Inside node_modules, so that what is not bundled is found from there.
const out = mkdtempSync(join(here, "../../../node_modules/.despatch-test-"));
try {
  await esbuild.build({
    entryPoints: files.map((f) => join(here, f)),
    outdir: out,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    external: ["playwright-core", "esbuild", "typescript"],
    sourcemap: "inline",
    plugins: [withoutP256],
  });
  const tests = files.map((f) => join(out, f.replace(/\.ts$/, ".mjs")));
  const run = spawnSync(process.execPath, ["--test", "--enable-source-maps", ...only, ...tests], {
    stdio: "inherit",
    env: { ...process.env, DESPATCH_ROOT: join(here, "../../..") },
  });
  process.exitCode = run.status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
