/** Answers as they are looked at: before they are sent, and afterwards. */
import type { Answers } from "../../shared/form/answers.ts";
import { type Field, type Form, isAsked, spotsOf } from "../../shared/form/definition.ts";
import { longDay } from "../../shared/dates.ts";
import { el } from "../element.ts";
import { facts, words } from "../respond/parts.ts";
import { sizeText } from "../size.ts";

/** A way to change an answer, or nothing where it cannot be changed. */
export type Change = (field: Field) => HTMLElement | undefined;

/** All answers in the form's order, with its parts as headings. */
export function answersShown(form: Form, answers: Answers, change: Change): HTMLElement[] {
  if (answers.nil) return [facts([["Nil return", form.nil_return]])];
  const shown: HTMLElement[] = [];
  let rows: (readonly [string, HTMLElement | string, HTMLElement?])[] = [];
  const flush = (): void => {
    if (rows.length > 0) shown.push(facts(rows));
    rows = [];
  };
  for (const field of form.fields.filter((f) => isAsked(f, (at) => answers.answers.find(([a]) => a === at)?.[1] ?? ""))) {
    if (field.section !== "") {
      flush();
      shown.push(el("h2", { class: "govuk-heading-m" }, field.section));
    }
    if (field.type === "table") {
      flush();
      shown.push(...tableShown(field, answers, change(field)));
      continue;
    }
    const way = change(field);
    rows.push(way === undefined ? [field.label, one(field, answers)] : [field.label, one(field, answers), way]);
  }
  flush();
  if (answers.explanations.length > 0) shown.push(el("h2", { class: "govuk-heading-m" }, "Explanations"), facts(answers.explanations.map(([query, text]) => [queryName(form, query), words(text)])));
  return shown;
}

function one(field: Field, answers: Answers): HTMLElement | string {
  if (answers.unavailable.includes(field.id)) return "Not available";
  if (field.type === "file") {
    const files = answers.files.filter((f) => f.field === field.id);
    return files.length === 0 ? "No file" : el("ul", { class: "govuk-list" }, ...files.map((f) => el("li", {}, `${f.name} (${sizeText(f.bytes.length)})`)));
  }
  const value = answers.answers.find(([at]) => at === field.id)?.[1] ?? "";
  if (value === "") return "Not answered";
  return field.type === "date" && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value)) ? longDay(value) : words(value);
}

function tableShown(field: Field, answers: Answers, change: HTMLElement | undefined): HTMLElement[] {
  const value = (at: string): string => answers.unavailable.includes(at) ? "Not available" : answers.answers.find(([a]) => a === at)?.[1] ?? "–";
  return [el("table", { class: "govuk-table app-cards" },
    el("caption", { class: "govuk-table__caption govuk-table__caption--s" }, field.label),
    el("thead", { class: "govuk-table__head" }, el("tr", { class: "govuk-table__row" }, el("td", { class: "govuk-table__cell" }), ...field.columns.map(([, label]) => el("th", { scope: "col", class: "govuk-table__header" }, label)))),
    el("tbody", { class: "govuk-table__body" }, ...field.rows.map(([row, label]) => el("tr", { class: "govuk-table__row" },
      el("th", { scope: "row", class: "govuk-table__header app-cards__first", "data-label": "" }, label),
      ...field.columns.map(([column, name]) => el("td", { class: "govuk-table__cell", "data-label": name }, value(`${field.id}.${row}.${column}`))))))),
  ...(change === undefined ? [] : [el("p", { class: "govuk-body app-keep" }, change)])];
}

/** What a query was about. */
function queryName(form: Form, query: string): string {
  const spot = form.fields.flatMap((f) => spotsOf(f)).find(({ at }) => query === `${at}:expected`);
  if (spot !== undefined) return spot.label;
  const rule = form.rules.find((r) => query === r.id || query.startsWith(`${r.id}.`));
  const row = form.fields.find((f) => f.id === rule?.each)?.rows.find(([id]) => query === `${rule?.id ?? ""}.${id}`)?.[1];
  return row === undefined ? rule?.say ?? query : `${row}: ${rule?.say ?? ""}`;
}
