/** The fields of a form, one group each; what is typed goes to a {@link Sheet} at once. */
import { base64 } from "../../shared/bytes.ts";
import type { FormTyped } from "../../shared/filling.ts";
import { characters, type Field, fileNameOf, mostFile, mostFiles } from "../../shared/form/definition.ts";
import { joinedOr } from "../../shared/form/findings.ts";
import { button, el, hidden } from "../element.ts";
import { sizeText } from "../size.ts";
import { tableGroup } from "./table.ts";
import { partsOf } from "./typed.ts";

/** What a form is filled in on. */
export interface Sheet {
  readonly typed: FormTyped;
  /** Takes what was typed; `settled` when the person left the field or chose something. */
  readonly change: (typed: FormTyped, settled: boolean) => void;
  /** Draws one field's group anew. */
  readonly redraw: (field: Field, focus: string) => void;
}

/** How one group is found. */
export function groupId(field: Field): string {
  return `group-${field.id}`;
}

/** One field with its label, hint and input. */
export function group(field: Field, sheet: Sheet): HTMLElement {
  return el("div", { class: "govuk-form-group", id: groupId(field), "data-field": field.id }, ...content(field, sheet), notThere(field, sheet), el("div", { "data-queries": field.id }));
}

function content(field: Field, sheet: Sheet): (HTMLElement | undefined)[] {
  switch (field.type) {
    case "choice": return [choices(field, sheet)];
    case "date": return [date(field, sheet)];
    case "table": return tableGroup(field, sheet);
    case "file": return files(field, sheet);
    default: return line(field, sheet);
  }
}

/** A label's text, with what must not be answered marked as such. */
export function labelOf(field: Field): string {
  return field.required ? field.label : `${field.label} (optional)`;
}

export function hintOf(field: Field, text = field.hint): HTMLElement | undefined {
  return text === "" ? undefined : el("div", { class: "govuk-hint", id: `${field.id}-hint` }, text);
}

/** Sets one value. */
export function withValue(typed: FormTyped, at: string, value: string): FormTyped {
  return { ...typed, values: { ...typed.values, [at]: value } };
}

function line(field: Field, sheet: Sheet): (HTMLElement | undefined)[] {
  const id = field.id;
  const many = field.type === "text" && field.characters > 0;
  const count = many && field.long ? el("div", { class: "govuk-hint govuk-character-count__message", id: `${id}-count` }) : undefined;
  const described = [field.hint === "" ? "" : `${id}-hint`, count === undefined ? "" : `${id}-count`].filter((d) => d !== "").join(" ");
  const shared = { id, name: id, autocomplete: "off", ...(described === "" ? {} : { "aria-describedby": described }) };
  const input = field.long
    ? el("textarea", { ...shared, class: "govuk-textarea govuk-!-width-two-thirds", rows: "5" })
    : el("input", { ...shared, ...kinds[field.type] });
  input.value = sheet.typed.values[id] ?? "";
  const tell = (): void => {
    if (count === undefined) return;
    const left = field.characters - characters(input.value);
    count.textContent = `You have ${Math.abs(left).toLocaleString("en-GB")} character${Math.abs(left) === 1 ? "" : "s"} ${left < 0 ? "too many" : "remaining"}`;
    count.classList.toggle("app-too-long", left < 0);
  };
  input.addEventListener("input", () => {
    sheet.change(withValue(sheet.typed, id, input.value), false);
    tell();
  });
  input.addEventListener("change", () => { sheet.change(sheet.typed, true); });
  tell();
  return [el("label", { class: "govuk-label govuk-label--s", for: id }, labelOf(field)), hintOf(field), input, count];
}

const kinds: Partial<Record<Field["type"], Record<string, string>>> = {
  text: { class: "govuk-input govuk-!-width-two-thirds", type: "text" },
  number: { class: "govuk-input govuk-input--width-5", type: "text", inputmode: "decimal", spellcheck: "false" },
  email: { class: "govuk-input govuk-!-width-two-thirds", type: "email", spellcheck: "false" },
};

function date(field: Field, sheet: Sheet): HTMLElement {
  const names = ["year", "month", "day"] as const;
  const parts = [...partsOf(sheet.typed.values[field.id] ?? "")];
  // The first input carries the field's id: an error leads there.
  const input = (part: 0 | 1 | 2, label: string, width: string): HTMLElement => {
    const id = part === 2 ? field.id : `${field.id}-${names[part]}`;
    const made = el("input", { class: `govuk-input govuk-date-input__input govuk-input--width-${width}`, id, type: "text", inputmode: "numeric", autocomplete: "off" });
    made.value = parts[part] ?? "";
    made.addEventListener("input", () => {
      parts[part] = made.value.replaceAll("-", "");
      sheet.change(withValue(sheet.typed, field.id, parts.some((p) => p !== "") ? parts.join("-") : ""), false);
    });
    made.addEventListener("change", () => { sheet.change(sheet.typed, true); });
    return el("div", { class: "govuk-date-input__item" }, el("label", { class: "govuk-label govuk-date-input__label", for: id }, label), made);
  };
  return set(field, el("div", { class: "govuk-date-input" }, input(2, "Day", "2"), input(1, "Month", "2"), input(0, "Year", "4")), field.hint === "" ? "For example, 27 3 2026" : field.hint);
}

function choices(field: Field, sheet: Sheet): HTMLElement {
  const chosen = (sheet.typed.values[field.id] ?? "").split("\n");
  // Named in full: the build leaves out the styles of what no source names.
  const look = field.several
    ? { whole: "govuk-checkboxes", item: "govuk-checkboxes__item", input: "govuk-checkboxes__input", label: "govuk-label govuk-checkboxes__label" }
    : { whole: "govuk-radios", item: "govuk-radios__item", input: "govuk-radios__input", label: "govuk-label govuk-radios__label" };
  const items = field.choices.map((choice, i) => {
    const id = i === 0 ? field.id : `${field.id}-${String(i + 1)}`;
    const input = el("input", { class: look.input, id, name: field.id, type: field.several ? "checkbox" : "radio", value: choice });
    input.checked = chosen.includes(choice);
    input.addEventListener("change", () => {
      const now = [...document.querySelectorAll<HTMLInputElement>(`#${groupId(field)} input:checked`)].map((c) => c.value).filter((c) => field.choices.includes(c));
      sheet.change(withValue(sheet.typed, field.id, now.join("\n")), true);
    });
    return el("div", { class: look.item }, input, el("label", { class: look.label, for: id }, choice));
  });
  return set(field, el("div", { class: look.whole }, ...items), field.hint === "" && field.several ? "Choose all that apply" : field.hint);
}

/** Several inputs with one question. */
function set(field: Field, inputs: HTMLElement, hint: string): HTMLElement {
  const described = hint === "" ? {} : { "aria-describedby": `${field.id}-hint` };
  return el("fieldset", { class: "govuk-fieldset", ...described }, el("legend", { class: "govuk-fieldset__legend govuk-fieldset__legend--s" }, labelOf(field)), hintOf(field, hint), inputs);
}

/** "Not available" instead of an answer. */
function notThere(field: Field, sheet: Sheet): HTMLElement | undefined {
  if (!field.unavailable || field.type === "table") return undefined;
  const id = `${field.id}-unavailable`;
  const box = el("input", { class: "govuk-checkboxes__input", id, type: "checkbox" });
  box.checked = sheet.typed.unavailable.includes(field.id);
  box.addEventListener("change", () => {
    const others = sheet.typed.unavailable.filter((at) => at !== field.id);
    sheet.change({ ...sheet.typed, unavailable: box.checked ? [...others, field.id] : others }, true);
  });
  return el("div", { class: "govuk-checkboxes govuk-checkboxes--small" },
    el("div", { class: "govuk-checkboxes__item" }, box, el("label", { class: "govuk-label govuk-checkboxes__label", for: id }, "Not available", hidden(`: ${field.label}`))));
}

function files(field: Field, sheet: Sheet): (HTMLElement | undefined)[] {
  const { id } = field;
  const chosen = sheet.typed.files.filter((f) => f.field === id);
  const input = el("input", { class: "govuk-file-upload", id, type: "file", accept: field.endings.map((e) => `.${e}`).join(","), "aria-describedby": `${id}-hint` });
  input.multiple = field.many > 1;
  const said = el("p", { class: "govuk-body app-small", role: "status" });
  input.addEventListener("change", () => void take());
  const take = async (): Promise<void> => {
    const picked = [...(input.files ?? [])];
    const large = picked.filter((f) => f.size > mostFile);
    if (large.length > 0) {
      said.textContent = `${large.map((f) => f.name).join(", ")}: at most ${String(mostFile >> 20)} MB can be sent. Nothing was added.`;
      input.value = "";
      return;
    }
    const added = await Promise.all(picked.map(async (f) => ({ field: id, name: fileNameOf(f.name), content: base64(new Uint8Array(await f.arrayBuffer())) })));
    const before = field.many > 1 ? sheet.typed.files : sheet.typed.files.filter((f) => f.field !== id);
    sheet.change({ ...sheet.typed, files: [...before, ...added] }, true);
    sheet.redraw(field, id);
  };
  const remove = (file: FormTyped["files"][number]): HTMLElement => button("govuk-button govuk-button--secondary app-remove", "Remove", () => {
    sheet.change({ ...sheet.typed, files: sheet.typed.files.filter((f) => f !== file) }, true);
    sheet.redraw(field, id);
  });
  const list = chosen.map((file) => {
    const press = remove(file);
    press.append(hidden(` ${file.name}`));
    return el("li", { class: "app-file" }, el("span", {}, `${file.name} (${sizeText(sizeOf(file))})`), press);
  });
  const count = field.many === 1 ? "One file" : `Up to ${String(field.many)} files, each`;
  const hint = `${field.hint === "" ? "" : `${field.hint} `}${count} of at most ${String(mostFile >> 20)} MB, ending in ${joinedOr(field.endings)}. All files of this return together: at most ${String(mostFiles >> 20)} MB.`;
  return [
    el("label", { class: "govuk-label govuk-label--s", for: id }, labelOf(field)), hintOf(field, hint), input, said,
    list.length === 0 ? undefined : el("ul", { class: "govuk-list", "aria-label": `Chosen: ${field.label}` }, ...list),
  ];
}

/** The size of a file whose bytes are in base64. */
export function sizeOf({ content: text }: FormTyped["files"][number]): number {
  return Math.floor(text.length / 4) * 3 - (text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0);
}
