/** Tables as CSV: a template to fill in, and what comes back from a spreadsheet, as rows of text. */
import { type Field, spotsOf } from "../../shared/form/definition.ts";
import { fold } from "../../shared/fold.ts";

/** The file that a school fills in, with what stands in the table already. */
export function templateOf(field: Field, values: Readonly<Record<string, string>>): string {
  const lines = templateRows(field, values);
  // The mark at the beginning tells spreadsheets that it is UTF-8.
  return `\ufeff${lines.map((cells) => cells.map(quoted).join(",")).join("\r\n")}\r\n`;
}

/** Its cells: the names of columns, then each row's name and what stands there. */
export function templateRows(field: Field, values: Readonly<Record<string, string>>): string[][] {
  return [["", ...field.columns.map(([, label]) => label)], ...field.rows.map(([row, label]) => [label, ...field.columns.map(([column]) => values[`${field.id}.${row}.${column}`] ?? "")])];
}

/** A cell that begins like a formula would be reckoned with by a spreadsheet. */
function quoted(cell: string): string {
  const safe = /^[=+@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** What was found in a file: cells by place, and what was not understood. */
export interface Found {
  readonly values: Readonly<Record<string, string>>;
  /** Rows and columns of the file that the table does not have. */
  readonly strange: readonly string[];
  /** Cells of the table that the file says nothing of. */
  readonly missing: number;
}

/** Finds a table's cells in the rows of a file; nothing where no row and column is one of the table's. */
export function readTable(field: Field, [head, ...lines]: readonly string[][]): Found | undefined {
  if (head === undefined) return undefined;
  const columns = head.slice(1).map((name) => field.columns.find(([, label]) => same(label, name)));
  const strange = head.slice(1).filter((name, i) => columns[i] === undefined && name.trim() !== "");
  const values: Record<string, string> = {};
  for (const [name = "", ...cells] of lines) {
    const row = field.rows.find(([, label]) => same(label, name));
    if (row === undefined) {
      if (name.trim() !== "") strange.push(name);
      continue;
    }
    columns.forEach((column, i) => {
      if (column !== undefined && (cells[i] ?? "").trim() !== "") values[`${field.id}.${row[0]}.${column[0]}`] = (cells[i] ?? "").trim();
    });
  }
  const filled = Object.keys(values).length;
  return filled === 0 ? undefined : { values, strange, missing: spotsOf(field).length - filled };
}

function same(a: string, b: string): boolean {
  return fold(a).trim() === fold(b).trim();
}

/** The cells of a file whose cells are parted by commas, semicolons or tabs, whichever its first line has. */
export function cellsOf(text: string): string[][] {
  const [first = ""] = text.split(/\r\n|\r|\n/, 1);
  const mark = [",", ";", "\t"].sort((a, b) => first.split(b).length - first.split(a).length)[0] ?? ",";
  const rows: string[][] = [[]];
  let cell = "";
  let inside = false;
  for (let i = 0; i < text.length; i++) {
    const sign = text[i] ?? "";
    if (inside) {
      if (sign !== '"') cell += sign;
      else if (text[i + 1] === '"') {
        cell += sign;
        i++;
      } else inside = false;
    } else if (sign === '"' && cell === "") inside = true;
    else if (sign === mark || sign === "\n" || sign === "\r") {
      rows.at(-1)?.push(cell);
      cell = "";
      if (sign === "\r" && text[i + 1] === "\n") i++;
      if (sign !== mark) rows.push([]);
    } else cell += sign;
  }
  rows.at(-1)?.push(cell);
  return rows.filter((r) => r.some((c) => c.trim() !== ""));
}
