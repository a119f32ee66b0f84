import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import { withoutP256 } from "../p256.mjs";
import { without } from "../prune.mjs";
import { withoutWords, wordless } from "../wordless.mjs";
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
  assert.deepEqual(Object.keys(names), ["app.css", "check.txt", "download.js", "finder.js", "font-400-whole.woff2", "font-400.woff2", "font-700-whole.woff2", "font-700.woff2", "icon.svg", "js-enabled.js", "manage.js", "own.js", "page.js", "passkey.js", "respond.js", "returns.js", "schools.js", "sealer.js", "search.js", "send.js", "shell.js", "sw.js", "workbook.js"]);
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

test("of GOV.UK's styles those stay that a source names, or begins to name, and no source hides a name from the build", () => {
  const css = ".govuk-tag{a:1}.govuk-tag--red{b:2}.govuk-panel,.govuk-tag:not(.govuk-panel){c:3}@media print{.govuk-panel{d:4}}@media screen{.govuk-tag{e:5}}.govuk-\\!-margin-0{f:6}.own{g:7}";
  assert.equal(without(css, new Set(["govuk-tag"])), ".govuk-tag{a:1}.govuk-tag:not(.govuk-panel){c:3}@media screen{.govuk-tag{e:5}}.own{g:7}");
  assert.match(without(css, new Set(["govuk-tag--"])), /^\.govuk-tag--red\{b:2\}\.own/);
  assert.match(without(css, new Set(["govuk-!-margin-0"])), /^\.govuk-\\!-margin-0\{f:6\}/);
  const sources = ["page", "worker"].flatMap((folder) => readdirSync(join(root, "layouts/browser", folder), { recursive: true, withFileTypes: true }).filter((f) => f.isFile()).map((f) => join(f.parentPath, f.name)));
  assert.ok(sources.length > 50);
  assert.deepEqual(sources.filter((f) => /govuk-\$\{|"govuk-" ?\+|\}__[a-z]/.test(readFileSync(f, "utf8"))), []);
  assert.match(bytes("app.css").toString(), /\.govuk-radios__input/);
});

test("the scripts hold no evaluation, no markup sink and no other origin", () => {
  for (const name of ["shell.js", "page.js", "passkey.js", "manage.js", "own.js", "respond.js", "returns.js", "download.js", "check.txt", "search.js", "send.js", "sealer.js", "schools.js", "finder.js", "sw.js", "js-enabled.js", "workbook.js"]) {
    const js = bytes(name).toString();
    assert.doesNotMatch(js, /\beval\(|new Function\(|\.innerHTML\s*=|\.outerHTML\s*=|insertAdjacentHTML|document\.write|importScripts|sourceMappingURL/, name);
    assert.doesNotMatch(js, /localStorage/, name);
  }
});

test("refusals travel without their sentences, which only the archive's checker shows", () => {
  assert.equal(wordless('want(fits(a, "b"), "it does not fit");\nthrow new Refusal("locked", `no key of ${c}`);'), 'want(fits(a, "b"));\nthrow new Refusal("locked");');
  for (const untouched of ['wanted(a, "b")', "want(a)", "new Refusal(why)", 'new Error("x", "y")', "want(a, b)"]) assert.equal(wordless(untouched), untouched);
  const sentence = /\b(?:want\([^"]*|new Refusal\("[a-z]+"), "([^"]{20,})"/g;
  const said = ["head", "sshsig", "contents", "pack", "identity"].flatMap((noun) => [...readFileSync(join(root, `layouts/browser/shared/${noun}.ts`), "utf8").matchAll(sentence)].map(([, text = ""]) => text));
  assert.ok(said.length > 30, String(said.length));
  for (const name of ["sw.js", "shell.js", "page.js"]) assert.deepEqual(said.filter((text) => bytes(name).includes(text)), [], name);
  assert.ok(files.get("archive/check.html")?.includes("the signature"));
});

test("each noble package is in the worker once, at the pinned version", () => {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as { packages: Record<string, { version: string }> };
  const pinned = { "@noble/ciphers": "2.1.1", "@noble/curves": "2.0.1", "@noble/hashes": "2.0.1", "@noble/post-quantum": "0.5.4", "@scure/base": "2.0.0" };
  for (const [name, version] of Object.entries(pinned)) {
    const found = Object.entries(lock.packages).filter(([path]) => path.endsWith(`node_modules/${name}`));
    assert.deepEqual(found.map(([, p]) => p.version), [version], name);
  }
});

test("every npm package that the browser gets is named with one version, from one folder", async () => {
  const { metafile } = await esbuild.build({
    entryPoints: ["worker/sw.ts", "page/page.ts", "page/shell.ts"].map((e) => join(root, "layouts/browser", e)),
    bundle: true, write: false, metafile: true, outdir: "out", format: "esm", plugins: [withoutP256],
  });
  const folders = new Map<string, Set<string>>();
  for (const path of Object.keys(metafile.inputs)) {
    const [, folder, name] = /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(path) ?? [];
    if (folder !== undefined && name !== undefined) folders.set(name, (folders.get(name) ?? new Set()).add(folder));
  }
  assert.ok(folders.has("age-encryption") && folders.size >= 6, [...folders.keys()].join());
  for (const [name, from] of folders) assert.equal(from.size, 1, `${name} comes from ${[...from].join(" and ")}`);
  const wanted = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<"dependencies" | "devDependencies" | "overrides", Record<string, string>>;
  for (const [name, version] of Object.entries({ ...wanted.dependencies, ...wanted.devDependencies, ...wanted.overrides })) assert.match(version, /^\d+\.\d+\.\d+$/, name);
});

// A service worker may load no program after it was installed, so sw.js holds
// what composes pages too. Unlocking alone: opening, checking, custody, sign-in page.
test("what unlocking needs stays below 40 kB compressed with gzip", async () => {
  const unlocking = `import { unlock } from "./unlock.ts"; import * as holder from "./holder.ts"; import * as message from "./shell.ts"; self.unlocking = [unlock, holder, message];`;
  const built = await esbuild.build({
    stdin: { contents: unlocking, resolveDir: join(root, "layouts/browser/worker"), loader: "ts" },
    bundle: true, minify: true, write: false, format: "iife", target: ["chrome120", "firefox128", "safari17.4"], charset: "utf8", legalComments: "none", plugins: [withoutP256, withoutWords],
  });
  const worker = gzipSync(built.outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).length;
  assert.ok(worker > 20_000 && worker + size("shell.js") <= 40_000, `unlocking needs ${String(worker)} + ${String(size("shell.js"))} bytes`);
});

test("the first load stays below 120 kB compressed", () => {
  // Passkeys, answering, data returns, workbooks, searching, the view of several schools and archives bring what they need when they are opened, rare letters when they are shown.
  const first = Object.keys(names).filter((name) => !["passkey.js", "manage.js", "own.js", "respond.js", "returns.js", "download.js", "check.txt", "search.js", "send.js", "sealer.js", "finder.js", "schools.js", "workbook.js", "font-400-whole.woff2", "font-700-whole.woff2"].includes(name));
  const whole = first.reduce((n, name) => n + size(name), 0);
  assert.ok(whole <= 120_000, `the first load needs ${String(whole)} bytes`);
  for (const name of ["passkey.js", "manage.js"]) assert.ok(size(name) <= 20_000, `${name} needs ${String(size(name))} bytes more`);
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

/** A file as it travels: fonts are compressed in themselves. */
function size(name: string): number {
  return name.endsWith(".woff2") ? bytes(name).length : gzipSync(bytes(name), { level: 9 }).length;
}
