/** Reads the texts that people at schools see out of templates, scripts and the generator, and says what is not plain in one. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";
import { root } from "./vectors.ts";

/** A text as it stands in a source; what is filled in is “Name”. */
export interface Text {
  readonly where: string;
  readonly text: string;
}

/** Not measured: the checker and README of an archive, whose reader follows a proof with commands, and sentences of refusals, which stay in the sources. */
const ofProofs = [/^layouts\/browser\/page\/download\/words/, /^layouts\/browser\/page\/archive\//, /^layouts\/browser\/shared\/(?!form\/|breach)/, /^layouts\/browser\/worker\/(?!compose\/)/];

/** All texts, in the order of their files. */
export function texts(): Text[] {
  return [
    ...files("layouts/templates", ".html").flatMap((f) => ofTemplate(f, source(f))),
    ...files("layouts/browser", ".ts").filter((f) => !f.includes("/test/") && !ofProofs.some((o) => o.test(f))).flatMap((f) => ofScript(f, source(f))),
    ...["generator/page", "generator/render"].flatMap((folder) => files(folder, ".go")).filter((f) => !f.endsWith("_test.go")).flatMap((f) => ofGo(f, source(f))),
  ];
}

function files(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true }).filter((e) => e.isFile() && e.name.endsWith(ending))
    .map((e) => relative(root, join(e.parentPath, e.name)).replaceAll("\\", "/")).sort();
}

function source(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

const inline = /<\/?(?:strong|em|b|code|span|a|time|wbr|kbd)\b[^>]*>/g;

/** The texts between the tags of markup, by block. */
function ofMarkup(where: string, markup: string): Text[] {
  return markup.replace(inline, "").split(/<[^>]*>/).map((t) => ({ where, text: t.replace(/&[a-z#0-9]+;/g, "’").replace(/\s+/g, " ").trim() })).filter(({ text }) => /[a-z]/.test(text));
}

/** Of a choice, each side is a text that begins anew; what is filled in is a name. */
export function ofTemplate(where: string, template: string): Text[] {
  return ofMarkup(where, template.replace(/\{\{\s*(?:define|else|block)\b[^}]*\}\}/g, "<p>").replace(/\{\{\s*(?:if|with|range|end|template|\/\*)[^}]*\}\}/g, "").replace(/\{\{[^}]*\}\}/g, "Name"));
}

/** What is no sentence: class lists, selectors, addresses, keys, code. */
const reads = (text: string): boolean => (/[a-z]{2} [a-z“]/i.test(text) ? !/[{}[\]=#_]|govuk-|app-|data-|\.\w+\(|^[a-z-]+( [a-z]+-[a-z-]+)+$/.test(text) : /^[A-Z][a-z]{2,}$/.test(text));

export function ofScript(where: string, script: string): Text[] {
  const found: Text[] = [];
  const look = (node: ts.Node): void => {
    if (ts.isThrowStatement(node) || ts.isImportDeclaration(node) || ts.isLiteralTypeNode(node)) return;
    const text = ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) ? node.text
      : ts.isTemplateExpression(node) ? node.head.text + node.templateSpans.map((s) => `Name${s.literal.text}`).join("") : "";
    for (const part of ofMarkup(where, text)) if (reads(part.text)) found.push(part);
    ts.forEachChild(node, look);
  };
  look(ts.createSourceFile(where, script, ts.ScriptTarget.Latest, true));
  return found;
}

/** An error is for officers, at the command line. */
const forOfficers = /\b(?:Errorf|errors\.New|panic|regexp\.\w+|import)\b/;

export function ofGo(where: string, go: string): Text[] {
  return go.split("\n").filter((line) => !/^\s*\/\//.test(line) && !forOfficers.test(line)).flatMap((line) =>
    [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].flatMap(([, text = ""]) => ofMarkup(where, text.replace(/%[a-z]/g, "Name")).filter((t) => reads(t.text))));
}

/** The product's own words, which people at schools never need (docs/glossary.md says what each is). */
const ours = /\b(?:epochs?|compartments?|recipients?|shards?|deposits?|envelopes?|leaf|checkpoints?|keyrings?|ciphertexts?|plaintexts?|payloads?|slots?|folds?|vaults?|manifests?|projections?|tiles?|padding|opaque|subject hash|seal|seals|sealed|sealing|service worker|tree|trees)\b/i;
const american = /\b(?:colou?r(?<=color)|center|behavior|canceled|canceling|labeled|favorite|fulfill|gray|catalog|catalogs|enrollment|installment|traveled|modeled|check-mark|zip code|fall term|(?:organ|author|recogn|real|final|summar|minim|optim|custom|apolog|prior)iz(?:e|es|ed|ing|ation))\b/i;
const begging = /\b(?:please|sorry|oops|simply|successfully|in order to|prior to|utili[sz]e|leverage)\b/i;

/** GOV.UK's own limit: longer sentences are read twice or not at all. */
export const mostWords = 25;

/** What is not plain in a text. */
export function faults(text: string): string[] {
  const found: string[] = [];
  for (const [rule, what] of [[ours, "a word of ours"], [american, "not a spelling of the United Kingdom"], [begging, "a word that says nothing"]] as const) {
    const [word] = rule.exec(text) ?? [];
    if (word !== undefined) found.push(`${what}: ${word}`);
  }
  if (/[a-z]!/i.test(text)) found.push("an exclamation mark");
  for (const sentence of sentences(text)) {
    const { length } = words(sentence);
    if (length > mostWords) found.push(`a sentence of ${String(length)} words: ${sentence}`);
  }
  return found;
}

/** A sentence ends with a full stop, a question mark or a text. */
export function sentences(text: string): string[] {
  return text.split(/(?<=[.?!]”?)\s+(?=[A-Z“\d])/).filter((s) => /[a-z]/.test(s));
}

export function words(text: string): string[] {
  return text.match(/[A-Za-z0-9’'@./-]*[A-Za-z0-9]/g) ?? [];
}

/** Counted as it is usually done where no dictionary is: groups of vowels, without a silent e at the end. */
export function syllables(word: string): number {
  const bare = word.toLowerCase().replace(/[^a-z]/g, "");
  const spoken = bare.replace(/(?:[^laeiouycghsxz]es|[^td]ed|[^laeiouy]e)$/, (end) => end.slice(0, 1)).replace(/^y/, "");
  return Math.max(1, spoken.match(/[aeiouy]+/g)?.length ?? 1);
}

/** Flesch's reading ease: 60 and more is what Flesch called plain English. */
export function readingEase(all: readonly string[]): number {
  const said = all.flatMap((t) => sentences(t));
  const spoken = said.flatMap((s) => words(s));
  return 206.835 - 1.015 * (spoken.length / said.length) - 84.6 * (spoken.reduce((n, w) => n + syllables(w), 0) / spoken.length);
}
