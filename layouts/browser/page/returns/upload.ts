/** The file that a table is filled in from, and the one that is downloaded to fill in: a workbook, or CSV. */
import type { Read } from "../workbook/workbook.ts";
import { cellsOf } from "./csv.ts";

/** What a person may choose. */
export const taken = ".xlsx,.csv,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/** Larger files are no table of ours. */
const mostOfCSV = 1 << 20;
const mostOfWorkbook = 4 << 20;

/** Set by the build: the address of workbook.js beside this script. */
declare const WORKBOOK_SCRIPT: string;

/** Reads a file by what it is, or is called; what is neither is read as CSV. */
export async function rowsOfFile(file: File): Promise<Read> {
  const [a, b] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  const workbook = (a === 0x50 && b === 0x4b) || (a === 0xd0 && b === 0xcf) || /\.(?:xl\w+|od\w|numbers)$/i.test(file.name);
  const most = workbook ? mostOfWorkbook : mostOfCSV;
  if (file.size > most) return { unread: `has more than ${String(most >> 20)} MB. Copy the table into a new workbook and save that as .xlsx or CSV.` };
  if (!workbook) return { rows: cellsOf((await file.text()).replace(/^\ufeff/, "")) };
  try {
    const { readWorkbook } = (await import(WORKBOOK_SCRIPT)) as typeof import("../workbook/workbook.ts");
    return await readWorkbook(new Uint8Array(await file.arrayBuffer()));
  } catch {
    return { unread: "could not be read on this device. Save it as CSV, and choose that." };
  }
}

/** The template as a workbook; nothing where its script cannot be loaded. */
export async function workbookOf(rows: readonly (readonly string[])[]): Promise<Blob | undefined> {
  try {
    const { writeWorkbook } = (await import(WORKBOOK_SCRIPT)) as typeof import("../workbook/workbook.ts");
    return new Blob([await writeWorkbook(rows)], { type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" });
  } catch {
    return undefined;
  }
}
