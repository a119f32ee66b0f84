/** A table to fill in: typed, or out of a spreadsheet. */
import type { Field } from "../../shared/form/definition.ts";
import { button, el } from "../element.ts";
import { readTable, templateOf, templateRows } from "./csv.ts";
import { rowsOfFile, taken, workbookOf } from "./upload.ts";
import { hintOf, labelOf, type Sheet, withValue } from "./fields.ts";

/** The table, its hint, and the ways to a spreadsheet and back. */
export function tableGroup(field: Field, sheet: Sheet): (HTMLElement | undefined)[] {
  const caption = `${field.id}-caption`;
  const hint = `${field.hint}${field.unavailable ? `${field.hint === "" ? "" : " "}Enter n/a where a number is not available.` : ""}`;
  const heads = field.columns.map(([column, label]) => el("th", { scope: "col", class: "govuk-table__header", id: `${field.id}-column-${column}` }, label));
  const rows = field.rows.map(([row, label]) => el("tr", { class: "govuk-table__row" },
    el("th", { scope: "row", class: "govuk-table__header app-cards__first", id: `${field.id}-row-${row}`, "data-label": "" }, label),
    ...field.columns.map(([column, name]) => cell(field, row, column, name, sheet))));
  return [
    hintOf(field, hint),
    el("table", { class: "govuk-table app-cards app-fill", id: field.id, tabindex: "-1", ...(hint === "" ? {} : { "aria-describedby": `${field.id}-hint` }) },
      el("caption", { class: "govuk-table__caption govuk-table__caption--s", id: caption }, labelOf(field)),
      el("thead", { class: "govuk-table__head" }, el("tr", { class: "govuk-table__row" }, el("td", { class: "govuk-table__cell" }), ...heads)),
      el("tbody", { class: "govuk-table__body" }, ...rows)),
    spreadsheet(field, sheet),
  ];
}

function cell(field: Field, row: string, column: string, name: string, sheet: Sheet): HTMLElement {
  const at = `${field.id}.${row}.${column}`;
  const input = el("input", {
    class: "govuk-input govuk-input--width-5", id: at, type: "text", inputmode: field.unavailable ? "text" : "decimal", autocomplete: "off", spellcheck: "false",
    "aria-labelledby": `${field.id}-caption ${field.id}-row-${row} ${field.id}-column-${column}`,
  });
  input.value = sheet.typed.values[at] ?? "";
  input.addEventListener("input", () => { sheet.change(withValue(sheet.typed, at, input.value), false); });
  input.addEventListener("change", () => { sheet.change(sheet.typed, true); });
  return el("td", { class: "govuk-table__cell", "data-label": name }, input);
}

function spreadsheet(field: Field, sheet: Sheet): HTMLElement {
  const id = `${field.id}-csv`;
  const said = el("p", { class: "govuk-body", role: "status", "data-csv": "" });
  const input = el("input", { class: "govuk-file-upload", id, type: "file", accept: taken, "aria-describedby": `${id}-hint` });
  input.addEventListener("change", () => void take());
  const take = async (): Promise<void> => {
    const [file] = input.files ?? [];
    if (file === undefined) return;
    const read = await rowsOfFile(file);
    const found = "rows" in read ? readTable(field, read.rows) : undefined;
    input.value = "";
    if (found === undefined) {
      said.textContent = `${file.name} ${"unread" in read ? read.unread : "has no cell of this table: use the template, and save it as .xlsx or CSV."} Nothing was changed.`;
      return;
    }
    sheet.change({ ...sheet.typed, values: { ...sheet.typed.values, ...found.values } }, true);
    sheet.redraw(field, id);
    const count = Object.keys(found.values).length;
    const strange = found.strange.length === 0 ? "" : ` Not in this table, and left out: ${found.strange.join(", ")}.`;
    // The group was drawn anew: what it says now is in another element.
    const again = document.querySelector(`#group-${field.id} [data-csv]`);
    again?.closest("details")?.setAttribute("open", "");
    document.getElementById(id)?.focus();
    if (again !== null) again.textContent = `${String(count)} cell${count === 1 ? " was" : "s were"} filled in from ${file.name}; ${String(found.missing)} ${found.missing === 1 ? "is" : "are"} not in it.${strange}`;
  };
  const save = (file: Blob, ending: string): void => {
    const address = URL.createObjectURL(file);
    el("a", { href: address, download: `${field.id}.${ending}` }).click();
    URL.revokeObjectURL(address);
  };
  const workbook = async (): Promise<void> => {
    const file = await workbookOf(templateRows(field, sheet.typed.values));
    if (file === undefined) said.textContent = "The workbook could not be made on this device. Download the template as CSV.";
    else save(file, "xlsx");
  };
  const template = el("div", { class: "govuk-button-group" },
    button("govuk-button govuk-button--secondary", "Download a template (Excel)", () => void workbook()),
    button("govuk-button govuk-button--secondary", "Download a template (CSV)", () => { save(new Blob([templateOf(field, sheet.typed.values)], { type: "text/csv" }), "csv"); }));
  return el("details", { class: "govuk-details" },
    el("summary", { class: "govuk-details__summary" }, el("span", { class: "govuk-details__summary-text" }, "Fill this table in from a spreadsheet", el("span", { class: "govuk-visually-hidden" }, `: ${field.label}`))),
    el("div", { class: "govuk-details__text" },
      el("p", { class: "govuk-body" }, "Download the template, fill it in with your spreadsheet program and save it as a workbook (.xlsx) or as CSV. Rows and columns are found by their names. Nothing leaves this device."),
      template,
      el("div", { class: "govuk-form-group" }, el("label", { class: "govuk-label govuk-label--s", for: id }, "Your file"),
        el("div", { class: "govuk-hint", id: `${id}-hint` }, "An Excel workbook (.xlsx) of at most 4 MB, whose first sheet is read, or a CSV file of at most 1 MB."), input), said));
}
