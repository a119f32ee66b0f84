// Bundles all that a browser receives besides templates into layouts/dist:
// scripts, styles, fonts and the icon, each named by the SHA-256 of its bytes,
// and names.json, which says what is called how. Two runs give the same bytes.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import subsetFont from "subset-font";
import { onlyPasskeys, withoutP256 } from "./p256.mjs";
import { named, without } from "./prune.mjs";
import { withoutWords } from "./wordless.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const styles = join(here, "../style");
// Another folder than layouts/dist can be named, as the test does.
const dist = process.argv[2] ?? join(here, "../dist");
const packages = createRequire(import.meta.url);

/** Logical name → path in the tree. */
const names = {};

/** Writes one file as assets/<name>.<hash><ext>. */
function asset(logical, bytes) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 8);
  const dot = logical.lastIndexOf(".");
  const path = `assets/${logical.slice(0, dot)}.${hash}${logical.slice(dot)}`;
  writeFileSync(join(dist, path), bytes);
  names[logical] = path;
  return path;
}

/** Bundles a script; `own` is for the worker of despatch open (worker/own.ts), the rest is given to esbuild. */
async function script(entry, format, { own = false, define = {}, ...more } = {}) {
  const built = await esbuild.build({
    entryPoints: [join(here, entry)],
    absWorkingDir: here,
    bundle: true,
    minify: true,
    write: false,
    format,
    target: ["chrome120", "firefox128", "safari17.4"],
    charset: "utf8",
    legalComments: "none",
    define: { OWN_SHELL: String(own), ...define },
    plugins: [withoutP256, withoutWords],
    ...more,
  });
  return built.outputFiles[0].contents;
}

/** GOV.UK Frontend's own CSS without its font, its crest and its absolute addresses. */
function withoutGovUK(css) {
  return css
    .replace(/@font-face\{[^}]*\}/g, "")
    .replaceAll("GDS Transport,arial,sans-serif", '"Atkinson Hyperlegible Next",arial,sans-serif')
    .replace(/[^{}]*\.govuk-footer__(crown|copyright-logo)[^{}]*\{[^}]*\}/g, "")
    .replace(/\/\*![^*]*\*\//g, "");
}

/** What almost every page is written with, beside U+20 to U+7E; a page with any other letter fetches the whole face as well. */
const beyondKeys = "\u00a0£©·×½é–—‘’“”•…";
const keys = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join("");
const usual = ["U+20-7E", ...[...beyondKeys].map((c) => `U+${c.codePointAt(0).toString(16).toUpperCase()}`)].join();

/** One weight: of two faces for a letter a browser takes the one that is named last. */
async function font(weight) {
  const latin = packages("@fontsource/atkinson-hyperlegible-next/unicode.json").latin;
  const whole = readFileSync(packages.resolve(`@fontsource/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-${weight}-normal.woff2`));
  const few = await subsetFont(whole, keys + beyondKeys, { targetFormat: "woff2" });
  const face = (path, range) => `@font-face{font-family:"Atkinson Hyperlegible Next";font-style:normal;font-weight:${weight};font-display:fallback;src:url(${path.slice("assets/".length)}) format("woff2");unicode-range:${range}}`;
  return face(asset(`font-${weight}-whole.woff2`, whole), latin) + face(asset(`font-${weight}.woff2`, few), usual);
}

async function stylesheet() {
  const govuk = readFileSync(packages.resolve("govuk-frontend/dist/govuk/govuk-frontend.min.css"), "utf8");
  const own = readdirSync(styles).filter((f) => f.endsWith(".css")).sort();
  const used = named(["layouts/templates", "layouts/browser", "generator", "office", "cmd"].map((f) => join(here, "../..", f)));
  const parts = [await font(400), await font(700), without(withoutGovUK(govuk), used), ...own.map((f) => readFileSync(join(styles, f), "utf8"))];
  const { code } = await esbuild.transform(parts.join("\n"), { loader: "css", minify: true, legalComments: "none" });
  return code;
}

/** The checker tells people a refusal's own sentence: it keeps them. */
async function checker() {
  const from = (name) => readFileSync(join(here, "page/archive", name), "utf8");
  const js = Buffer.from(await script("page/archive/check.ts", "iife", { plugins: [withoutP256] })).toString().trim();
  const { code } = await esbuild.transform(from("check.css"), { loader: "css", minify: true, legalComments: "none" });
  const css = code.trim();
  const hash = (text) => `sha256-${createHash("sha256").update(text).digest("base64")}`;
  return ["STYLE-HASH", "SCRIPT-HASH", "STYLE", "SCRIPT"].reduce((page, part) => page.replace(`{${part}}`, () => ({ "STYLE-HASH": hash(css), "SCRIPT-HASH": hash(js), STYLE: css, SCRIPT: js })[part]), from("check.html"));
}

rmSync(join(dist, "assets"), { recursive: true, force: true });
mkdirSync(join(dist, "assets"), { recursive: true });
asset("app.css", await stylesheet());
asset("icon.svg", readFileSync(join(styles, "icon.svg")));
const passkeys = asset("passkey.js", await script("page/passkey/passkey.ts", "esm", { plugins: [onlyPasskeys, withoutWords] }));
const manage = asset("manage.js", await script("page/passkey/manage.ts", "esm", { plugins: [onlyPasskeys, withoutWords] }));
const answers = asset("respond.js", await script("page/respond/respond.ts", "esm"));
const beside = (path) => JSON.stringify(path.replace("assets/", "./"));
const workbook = asset("workbook.js", await script("page/workbook/workbook.ts", "esm"));
const returns = asset("returns.js", await script("page/returns/returns.ts", "esm", { define: { WORKBOOK_SCRIPT: beside(workbook) }, external: ["./workbook.*"] }));
const sealer = asset("sealer.js", await script("worker/sealer.ts", "iife"));
const sending = asset("send.js", await script("page/send/send.ts", "esm", { define: { SEALER_SCRIPT: JSON.stringify(`/${sealer}`) } }));
const own = asset("own.js", await script("page/own/own.ts", "esm"));
const lazy = { define: { PASSKEY_SCRIPT: beside(passkeys), MANAGE_SCRIPT: beside(manage), RESPOND_SCRIPT: beside(answers), RETURNS_SCRIPT: beside(returns), SEND_SCRIPT: beside(sending), OWN_SCRIPT: beside(own) }, external: ["./passkey.*", "./manage.*", "./respond.*", "./returns.*", "./send.*", "./own.*"] };
asset("shell.js", await script("page/shell.ts", "esm", lazy));
asset("page.js", await script("page/page.ts", "esm", lazy));
asset("search.js", await script("page/search.ts", "esm"));
asset("download.js", await script("page/download/download.ts", "esm"));
asset("schools.js", await script("page/schools.ts", "esm"));
asset("finder.js", await script("worker/finder.ts", "iife"));
asset("js-enabled.js", await script("page/js-enabled.ts", "iife"));
writeFileSync(join(dist, "sw.js"), await script("worker/sw.ts", "iife"));
names["sw.js"] = "sw.js";
// For `despatch open`; no tree is ever published with it.
mkdirSync(join(dist, "open"), { recursive: true });
writeFileSync(join(dist, "open/sw.js"), await script("worker/sw.ts", "iife", { own: true }));
// For PDFs, which carry what they use of these; no tree is ever published with them.
rmSync(join(dist, "paper"), { recursive: true, force: true });
mkdirSync(join(dist, "paper"), { recursive: true });
for (const [weight, style, name] of [[400, "normal", "regular"], [700, "normal", "bold"], [400, "italic", "italic"], [700, "italic", "bold-italic"]]) {
  for (const [set, place] of [["latin", 1], ["latin-ext", 2]]) {
    const file = packages.resolve(`@fontsource/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-${set}-${weight}-${style}.woff`);
    writeFileSync(join(dist, `paper/${name}.${place}.woff`), readFileSync(file));
  }
}
// The checker that goes with archives: one file, whose policy admits its own script and styles alone.
// The site carries it for the archives that people make, as text, so that it runs nowhere in its origin.
mkdirSync(join(dist, "archive"), { recursive: true });
const check = await checker();
writeFileSync(join(dist, "archive/check.html"), check);
asset("check.txt", check);
const sorted = Object.fromEntries(Object.entries(names).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(join(dist, "names.json"), JSON.stringify(sorted, null, 2) + "\n");
