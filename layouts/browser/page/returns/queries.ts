/** Queries beside their fields: what looks wrong and may be right, with a place to say why. */
import type { FormTyped } from "../../shared/filling.ts";
import type { Form } from "../../shared/form/definition.ts";
import { findingsOf } from "../../shared/form/findings.ts";
import { el } from "../element.ts";
import { answersOf } from "./typed.ts";

/** Shows what is queried now; a place where somebody types an explanation is left alone. */
export function showQueries(form: Form, typed: FormTyped, day: string, explain: (explanations: Readonly<Record<string, string>>) => void): void {
  const raised = findingsOf(form, answersOf(form, typed), day).filter((f) => f.query !== "");
  for (const place of document.querySelectorAll<HTMLElement>("[data-queries]")) {
    const field = place.dataset["queries"] ?? "";
    const here = raised.filter(({ at }) => at === field || at.startsWith(`${field}.`));
    const shown = [...place.querySelectorAll<HTMLElement>("[data-query]")];
    for (const old of shown) if (!here.some((f) => f.query === old.dataset["query"] && f.text === old.dataset["text"])) old.remove();
    for (const { query, text } of here) {
      if ([...place.querySelectorAll<HTMLElement>("[data-query]")].some((q) => q.dataset["query"] === query)) continue;
      const id = `explain.${query}`;
      const box = el("textarea", { class: "govuk-textarea", id, rows: "3", autocomplete: "off", "aria-describedby": `${id}-why` });
      box.value = typed.explanations[query] ?? "";
      box.addEventListener("input", () => { explain({ [query]: box.value }); });
      place.append(el("div", { class: "govuk-inset-text app-query", "data-query": query, "data-text": text }, el("div", { class: "govuk-form-group" },
        el("p", { class: "govuk-body", id: `${id}-why` }, `${text}. Change it, or say why it is right.`),
        el("label", { class: "govuk-label govuk-label--s", for: id }, "Why is it right?"), box)));
    }
  }
}
