/** Errors of a form in GOV.UK's way: a summary that takes the focus, and a message at the field. */
import { el, hidden } from "./element.ts";
import { all, one } from "./line.ts";

/** The id of the field that an error is about, or empty. */
export type Field = string;

interface Problem {
  readonly field: Field;
  readonly text: string;
}

const titlePrefix = "Error: ";

/** Shows problems in the summary and at their fields; of several forms on a page, in that of the one given. */
export function showError(problems: readonly Problem[], title = "There is a problem", within: ParentNode = document): void {
  const summary = one("[data-error-summary]", within);
  if (summary === null) return;
  const list = el("ul", { class: "govuk-list govuk-error-summary__list" });
  for (const { field, text } of problems) {
    list.append(el("li", {}, field === "" ? text : linkTo(field, text)));
    if (field !== "") mark(field, text);
  }
  const box = el("div", { role: "alert" },
    el("h2", { class: "govuk-error-summary__title" }, title),
    el("div", { class: "govuk-error-summary__body" }, list));
  summary.replaceChildren(box);
  summary.classList.add("govuk-error-summary");
  summary.tabIndex = -1;
  summary.hidden = false;
  summary.focus();
  if (!document.title.startsWith(titlePrefix)) document.title = titlePrefix + document.title;
}

/** Takes all problems away. */
export function clearErrors(): void {
  for (const summary of all("[data-error-summary]")) {
    summary.hidden = true;
    summary.replaceChildren();
  }
  for (const message of all(".govuk-error-message")) message.remove();
  for (const group of all(".govuk-form-group--error")) group.classList.remove("govuk-form-group--error");
  for (const input of all(".govuk-input--error")) {
    input.classList.remove("govuk-input--error");
    input.removeAttribute("aria-invalid");
    const described = (input.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id !== "" && id !== `${input.id}-error`);
    if (described.length === 0) input.removeAttribute("aria-describedby");
    else input.setAttribute("aria-describedby", described.join(" "));
  }
  document.title = document.title.replace(titlePrefix, "");
}

function linkTo(field: string, text: string): HTMLElement {
  const link = el("a", { href: `#${field}` }, text);
  link.addEventListener("click", (event) => {
    // The fragment carries the deep link: it must stay.
    event.preventDefault();
    document.getElementById(field)?.focus();
  });
  return link;
}

function mark(field: string, text: string): void {
  const input = document.getElementById(field);
  if (input === null) return;
  const message = el("p", { id: `${field}-error`, class: "govuk-error-message" }, hidden(titlePrefix), text);
  const wrapper = input.closest(".govuk-input__wrapper, .govuk-password-input__wrapper, .govuk-radios, .govuk-checkboxes, .govuk-date-input") ?? input;
  wrapper.before(message);
  input.classList.add("govuk-input--error");
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", `${input.getAttribute("aria-describedby") ?? ""} ${message.id}`.trim());
  input.closest(".govuk-form-group")?.classList.add("govuk-form-group--error");
}
