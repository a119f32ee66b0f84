/** What people at schools read is plain English: short sentences, no words of ours, the spelling of the United Kingdom. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { faults, ofGo, ofScript, ofTemplate, readingEase, sentences, syllables, texts, words } from "./plain.ts";

const all = texts();
const plainEnglish = 60;

test("the check of plain English finds what it is for", () => {
  const wrong: Record<string, RegExp> = {
    "Your answer is sealed for the authority.": /a word of ours: sealed/,
    "Leaf 41 of the drop-box’s log": /a word of ours: Leaf/,
    "The deposit was taken": /a word of ours: deposit/,
    "Please try again.": /says nothing: Please/,
    "Your answer was sent!": /exclamation/,
    "Choose a color": /not a spelling/,
    "The record was finalized": /Kingdom: finalized/,
    [`Press the button ${"and press it again ".repeat(6)}now.`]: /a sentence of 28 words/,
  };
  for (const [text, fault] of Object.entries(wrong)) assert.match(faults(text).join("\n"), fault, text);
  assert.deepEqual(faults("Read the record below. Then tell us by Friday whether it is accurate, in your own words, and leave out nothing that matters to your school."), []);
  assert.deepEqual(["a", "sheet", "wanted", "passed", "little", "authority", "receipt", "closes", "Headteacher"].map(syllables), [1, 1, 2, 1, 2, 4, 2, 2, 3]);
  assert.ok(readingEase(["The cat sat on the mat."]) > 100);
  assert.ok(readingEase(["Organisational accountability necessitates comprehensive documentation."]) < 0);
});

test("texts are found where people's words are written, and code is not", () => {
  assert.deepEqual(ofTemplate("t", `{{define "x"}}<p class="a">Read <strong>{{.Name}}</strong> now.</p>{{if .On}}On{{else}}Not on{{end}}{{end}}`).map((t) => t.text), ["Read Name now.", "On", "Not on"]);
  assert.deepEqual(ofScript("s", "el(\"p\", { class: \"govuk-body app-said\" }, `Sent on ${day}. Keep it.`); throw new Error(\"no such thing here\"); document.querySelector(\"main form\");").map((t) => t.text), ["Sent on Name. Keep it.", "main form"]);
  assert.deepEqual(ofGo("g", "row(\"Sent by\", x) // \n\treturn fmt.Errorf(\"no such school\")\n\t// a \"quoted comment here\"").map((t) => t.text), ["Sent by"]);
  const from = (start: string): number => all.filter((t) => t.where.startsWith(start)).length;
  for (const [folder, least] of [["layouts/templates/", 250], ["layouts/browser/page/", 400], ["layouts/browser/worker/compose/", 80], ["generator/", 100]] as const) assert.ok(from(folder) > least, `${String(from(folder))} texts in ${folder}`);
});

test("no text that a school reads has a word of ours, an exclamation, an idle word, a foreign spelling or a sentence of more than 25 words", () => {
  assert.deepEqual(all.flatMap(({ where, text }) => faults(text).map((f) => `${where}: ${f}`)), []);
});

test("what schools read is plain English by Flesch's measure, all together and each page or script with enough of it to measure", () => {
  const long = (list: readonly string[]): string[] => list.filter((t) => sentences(t).length > 0 && words(t).length >= 5);
  const ease = (list: readonly string[]): number => Math.round(readingEase(long(list)));
  assert.ok(ease(all.map((t) => t.text)) >= plainEnglish, `reading ease ${String(ease(all.map((t) => t.text)))}`);
  const hard = [...new Set(all.map((t) => t.where))].map((where) => ({ where, said: long(all.filter((t) => t.where === where).map((t) => t.text)) }))
    .filter(({ said }) => said.flatMap(words).length >= 100).map(({ where, said }) => ({ where, ease: ease(said) }));
  assert.ok(hard.length > 20, "files were measured");
  assert.deepEqual(hard.filter((h) => h.ease < plainEnglish), []);
});
