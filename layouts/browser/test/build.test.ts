import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { root } from "./vectors.ts";

/** Builds into a folder of its own; gives the files by path. */
function build(): Map<string, Buffer> {
  const out = mkdtempSync(join(tmpdir(), "despatch-assets-"));
  try {
    execFileSync(process.execPath, [join(root, "layouts/browser/build.mjs"), out]);
    const paths = readdirSync(out, { recursive: true, withFileTypes: true }).filter((e) => e.isFile());
    return new Map(paths.map((e) => [join(e.parentPath, e.name).slice(out.length + 1), readFileSync(join(e.parentPath, e.name))]));
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

const files = build();
const names = JSON.parse(files.get("names.json")?.toString() ?? "{}") as Record<string, string>;
const bytes = (logical: string): Buffer => files.get(names[logical] ?? "") ?? Buffer.of();

test("two builds give the same bytes", () => {
  const again = build();
  assert.deepEqual([...again.keys()].sort(), [...files.keys()].sort());
  for (const [path, data] of files) assert.ok(data.equals(again.get(path) ?? Buffer.of()), path);
});

test("every logical name is there, named by its hash", () => {
  assert.deepEqual(Object.keys(names), ["app.css", "finder.js", "font-400.woff2", "font-700.woff2", "icon.svg", "js-enabled.js", "page.js", "passkey.js", "schools.js", "search.js", "shell.js", "sw.js"]);
  for (const [logical, path] of Object.entries(names)) {
    const hash = createHash("sha256").update(bytes(logical)).digest("hex").slice(0, 8);
    assert.ok(logical === "sw.js" || path.includes(`.${hash}.`), path);
    assert.ok(bytes(logical).length > 0, path);
  }
});

test("nothing of GOV.UK's identity is in the styles, and nothing is fetched from elsewhere", () => {
  const css = bytes("app.css").toString();
  assert.doesNotMatch(css, /GDS Transport|crown|crest|copyright-logo|url\(["']?(\/|https?:)|@import|sourceMappingURL/i);
  assert.match(css, /Atkinson Hyperlegible Next/);
  for (const [, file] of css.matchAll(/url\(["']?([^)"']+)/g)) assert.ok(files.has(`assets/${file ?? ""}`), file);
});

test("the scripts hold no evaluation, no markup sink and no other origin", () => {
  for (const name of ["shell.js", "page.js", "passkey.js", "search.js", "schools.js", "finder.js", "sw.js", "js-enabled.js"]) {
    const js = bytes(name).toString();
    assert.doesNotMatch(js, /\beval\(|new Function\(|\.innerHTML\s*=|\.outerHTML\s*=|insertAdjacentHTML|document\.write|importScripts|sourceMappingURL/, name);
    assert.doesNotMatch(js, /localStorage/, name);
  }
});

test("each noble package is in the worker once, at the pinned version", () => {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as { packages: Record<string, { version: string }> };
  const pinned = { "@noble/ciphers": "2.1.1", "@noble/curves": "2.0.1", "@noble/hashes": "2.0.1", "@noble/post-quantum": "0.5.4", "@scure/base": "2.0.0" };
  for (const [name, version] of Object.entries(pinned)) {
    const found = Object.entries(lock.packages).filter(([path]) => path.endsWith(`node_modules/${name}`));
    assert.deepEqual(found.map(([, p]) => p.version), [version], name);
  }
});

test("what unlocking and the first page need stays small", () => {
  const size = (name: string): number => (name.endsWith(".woff2") ? bytes(name).length : gzipSync(bytes(name), { level: 9 }).length);
  const sum = (list: string[]): number => list.reduce((n, name) => n + size(name), 0);
  assert.ok(sum(["sw.js", "shell.js"]) <= 47_800, `unlocking needs ${String(sum(["sw.js", "shell.js"]))} bytes`);
  // Passkeys, searching and the view of several schools bring their scripts when they are opened.
  const first = Object.keys(names).filter((name) => !["passkey.js", "search.js", "finder.js", "schools.js"].includes(name));
  assert.ok(sum(first) <= 120_000, `the first load needs ${String(sum(first))} bytes`);
  assert.ok(sum(["passkey.js"]) <= 20_000, `a passkey needs ${String(sum(["passkey.js"]))} bytes more`);
});

test("the cookies page names everything that may be kept on a device", () => {
  const kept = readFileSync(join(root, "layouts/browser/shared/kept.ts"), "utf8");
  const [, members = ""] = /interface Kept \{(.*?)\n\}/s.exec(kept) ?? [];
  const names = [...members.matchAll(/^ {2}(?:(\w+)|\[\w+: `([\w-]+:)\$\{string\}`\]): /gm)].map(([, plain, prefix]) => plain ?? prefix);
  const device = JSON.parse(readFileSync(join(root, "layouts/device.json"), "utf8")) as { place: string; name: string }[];
  assert.ok(names.length >= 5);
  assert.deepEqual(device.filter((d) => d.place === "IndexedDB").map((d) => d.name).sort(), names.sort());
  const host = readFileSync(join(root, "layouts/browser/worker/host.ts"), "utf8");
  const [, cache] = /cacheName = "([^"]+)"/.exec(host) ?? [];
  assert.deepEqual(device.filter((d) => d.place === "Cache").map((d) => d.name), [cache]);
});
