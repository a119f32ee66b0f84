/**
 * Writes the workbook that a school fills in, as office tables are written
 * (internal/spreadsheet): one sheet, text as text, so that nothing in it is a formula.
 */
import { type Bytes, utf8 } from "../../shared/bytes.ts";
import { Zip } from "../download/zip.ts";

const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const relationships = "http://schemas.openxmlformats.org/package/2006/relationships";
const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const kind = "application/vnd.openxmlformats-officedocument.spreadsheetml";
const fixed: readonly (readonly [string, string])[] = [
  ["[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${kind}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${kind}.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="${kind}.styles+xml"/></Types>`],
  ["_rels/.rels", `<Relationships xmlns="${relationships}"><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`],
  ["xl/_rels/workbook.xml.rels", `<Relationships xmlns="${relationships}"><Relationship Id="rId1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${office}/styles" Target="styles.xml"/></Relationships>`],
  ["xl/styles.xml", `<styleSheet xmlns="${main}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf xfId="0"/><xf xfId="0" fontId="1" numFmtId="49" applyFont="1" applyNumberFormat="1"/></cellXfs></styleSheet>`],
  ["xl/workbook.xml", `<workbook xmlns="${main}" xmlns:r="${office}"><sheets><sheet name="Table" sheetId="1" r:id="rId1"/></sheets></workbook>`],
];

/** The workbook of some rows, whose first and whose first cells are names. */
export async function writeWorkbook(rows: readonly (readonly string[])[]): Promise<Bytes> {
  // Zips begin in 1980; the same rows give the same bytes.
  const zip = new Zip(new Date(Date.UTC(1980, 0, 1)));
  for (const [name, text] of [...fixed, ["xl/worksheets/sheet1.xml", sheet(rows)] as const]) zip.add(name, utf8(`<?xml version="1.0" encoding="UTF-8"?>\n${text}`));
  return new Uint8Array(await zip.close().arrayBuffer());
}

function sheet(rows: readonly (readonly string[])[]): string {
  const widest = (at: number): number => Math.min(60, Math.max(12, ...rows.map((r) => (r[at] ?? "").length + 2)));
  const columns = (rows[0] ?? []).map((_, at) => `<col min="${String(at + 1)}" max="${String(at + 1)}" width="${String(widest(at))}" customWidth="1"/>`).join("");
  const lines = rows.map((cells, r) => `<row r="${String(r + 1)}">${cells.map((text, c) => cell(text, `${letters(c)}${String(r + 1)}`, r === 0 || c === 0)).join("")}</row>`).join("");
  return `<worksheet xmlns="${main}"><sheetViews><sheetView workbookViewId="0"><pane xSplit="1" ySplit="1" topLeftCell="B2" activePane="bottomRight" state="frozen"/></sheetView></sheetViews><cols>${columns}</cols><sheetData>${lines}</sheetData></worksheet>`;
}

function cell(text: string, at: string, name: boolean): string {
  if (text === "") return "";
  if (!name && /^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?$/.test(text)) return `<c r="${at}"><v>${text}</v></c>`;
  return `<c r="${at}"${name ? ' s="1"' : ""} t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`;
}

function letters(at: number): string {
  return at < 26 ? String.fromCharCode(65 + at) : letters(Math.floor(at / 26) - 1) + letters(at % 26);
}

/** Text as XML takes it: what XML cannot hold is left out, and what looks like the sign of such a character is kept as it is. */
function escaped(text: string): string {
  const held = text.replace(/(?![\t\n\r])[\p{Cc}\p{Noncharacter_Code_Point}]/gu, "").replace(/_(?=x[0-9A-Fa-f]{4}_)/g, "_x005F_");
  return held.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\r", "&#13;");
}
