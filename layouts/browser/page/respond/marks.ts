/** Marking passages of a record: the record to choose from, one mark's form, and the marks so far. */
import { commentsOf, lengthOf, longestPart, type Point } from "../../shared/response.ts";
import { button, el, hidden } from "../element.ts";
import { facts, say, words } from "./parts.ts";
import type { Passage } from "./passages.ts";
import { number } from "./words.ts";

/** What is wrong with a mark: the id of a field and a sentence. */
export interface Fault {
  readonly field: string;
  readonly text: string;
}

/** The record's passages, each with a button that marks it. */
export function passageList(found: readonly Passage[], points: readonly Point[], mark: (passage: string) => void): HTMLElement[] {
  return found.map(({ heading, text }) => {
    if (heading) return el("h2", { class: "govuk-heading-s" }, text);
    const marked = points.some((p) => p.passage === text);
    const press = button("govuk-button govuk-button--secondary", marked ? "Change the mark" : "Mark this", () => { mark(text); });
    press.append(hidden(`: ${beginning(text)}`));
    return el("div", { "data-passage": marked ? "marked" : "" }, say(text), press);
  });
}

/** The form of one mark. `changed` hears of each change. */
export function markForm(point: Point, changed: (point: Point) => void): { readonly parts: HTMLElement[]; readonly now: () => Point } {
  const wrong = field("wrong", "What is wrong with it?", "Say what is right, and why.", point.wrong);
  const better = field("words", "What should it say instead?", "You can leave this empty.", point.words);
  const now = (): Point => ({ passage: point.passage, wrong: wrong.box.value, words: better.box.value });
  for (const { box } of [wrong, better]) box.addEventListener("input", () => { changed(now()); });
  return { now, parts: [el("blockquote", { class: "govuk-inset-text" }, words(point.passage)), wrong.group, better.group] };
}

function field(id: string, label: string, hint: string, value: string): { readonly box: HTMLTextAreaElement; readonly group: HTMLElement } {
  const box = el("textarea", { class: "govuk-textarea", id, name: id, rows: "5", autocomplete: "off", "aria-describedby": `${id}-hint` });
  box.value = value;
  return { box, group: el("div", { class: "govuk-form-group" },
    el("label", { class: "govuk-label govuk-label--m", for: id }, label), el("div", { class: "govuk-hint", id: `${id}-hint` }, hint), box) };
}

/** What keeps one mark from being sent; nothing: it can be. */
export function faultsOf({ wrong, words: better }: Point): Fault[] {
  const faults: Fault[] = [];
  if (commentsOf(wrong) === "") faults.push({ field: "wrong", text: "Enter what is wrong with this passage" });
  for (const [id, text, what] of [["wrong", wrong, "What is wrong"], ["words", better, "What it should say"]] as const) {
    if (lengthOf(commentsOf(text)) > longestPart) faults.push({ field: id, text: `${what} must have ${number(longestPart)} characters or fewer` });
  }
  return faults;
}

/** The marks so far, each with ways to change and to remove it where there are any. */
export function markList(points: readonly Point[], ways?: { readonly change: (at: number) => HTMLElement; readonly remove: (at: number) => void }): HTMLElement | undefined {
  if (points.length === 0) return undefined;
  return el("ol", { class: "govuk-list govuk-list--number", "data-marks": "" }, ...points.map((point, at) => {
    const text = el("li", {}, facts([
      ["Passage", words(point.passage)],
      ["What is wrong", commentsOf(point.wrong) === "" ? el("strong", { class: "govuk-tag govuk-tag--yellow" }, "Not finished") : words(commentsOf(point.wrong))],
      commentsOf(point.words) === "" ? undefined : ["Should be", words(commentsOf(point.words))],
    ]));
    if (ways === undefined) return text;
    const change = ways.change(at);
    change.id = `mark-${String(at)}`;
    const remove = button("govuk-button govuk-button--secondary", "Remove", () => { ways.remove(at); });
    remove.append(hidden(` the mark on ${beginning(point.passage)}`));
    text.append(el("div", { class: "govuk-button-group" }, change, remove));
    return text;
  }));
}

/** How a passage begins, for people who hear a button without what stands beside it. */
function beginning(text: string): string {
  const some = text.split(" ").slice(0, 8).join(" ");
  return some === text ? text : `${some}…`;
}
