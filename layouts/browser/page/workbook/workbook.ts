/**
 * Reads the first sheet of a workbook (.xlsx: ECMA-376, SpreadsheetML in a zip) into
 * the rows of text that a CSV of it would have. Reads what a cell shows and nothing
 * else: no formula is computed, nothing is fetched, what is not understood is refused
 * in one sentence. A reader of our own, since the npm packages that read workbooks
 * are far larger than what a filled-in template needs.
 */
import { damaged, saveAgain, Unread } from "./unread.ts";
import { type Look, lookOf, numberText } from "./shown.ts";
import { readXML } from "./xml.ts";
import { isProtected, Zip } from "./zip.ts";

export { writeWorkbook } from "./template.ts";

/** Limits of the sheet: rows and columns up to the last that holds something. */
const mostRows = 10_000;
const mostColumns = 500;

/** The rows of a workbook, or why there are none, as a sentence goes on that begins with the file's name. */
export type Read = { readonly rows: string[][] } | { readonly unread: string };

/** Reads the first sheet of a workbook. */
export async function readWorkbook(bytes: Uint8Array): Promise<Read> {
  try {
    return { rows: await rowsOf(bytes) };
  } catch (error) {
    if (error instanceof Unread) return { unread: error.message };
    throw error;
  }
}

async function rowsOf(bytes: Uint8Array): Promise<string[][]> {
  const zip = open(bytes);
  const book = (await relations(zip, "")).find((r) => r.type === "officeDocument")?.target;
  if (book === undefined) throw notOne();
  const { sheet, from1904 } = await bookOf(zip, book);
  const beside = await relations(zip, book);
  const main = sheet.map((id) => beside.find((r) => r.id === id)).find((r) => r?.type === "worksheet")?.target;
  if (main === undefined) throw new Unread(`has no sheet that can be seen. ${saveAgain}`);
  const at = (type: string): string | undefined => beside.find((r) => r.type === type)?.target;
  return cells(zip, main, { strings: await stringsOf(zip, at("sharedStrings")), looks: await looksOf(zip, at("styles")), from1904 });
}

/** Tells what else people choose by mistake. */
function open(bytes: Uint8Array): Zip {
  const begins = (...signs: number[]): boolean => signs.every((s, i) => bytes[i] === s);
  if (begins(0xd0, 0xcf, 0x11, 0xe0)) {
    // In this container are old workbooks, and new ones that are encrypted.
    throw new TextDecoder("latin1").decode(bytes).includes(Array.from("EncryptedPackage").join("\0")) ? isProtected() : new Unread(`is a workbook of Excel 97 to 2003 (.xls). ${saveAgain}`);
  }
  if (!begins(0x50, 0x4b)) throw new Unread(`is not a workbook (.xlsx), whatever it is called. ${saveAgain}`);
  const zip = new Zip(bytes);
  if (zip.has("content.xml") && zip.has("mimetype")) throw new Unread(`is an OpenDocument file (.ods). ${saveAgain}`);
  if (zip.has("xl/workbook.bin")) throw new Unread(`is a binary workbook (.xlsb). ${saveAgain}`);
  if (!zip.has("_rels/.rels")) throw notOne();
  return zip;
}

function notOne(): Unread {
  return new Unread(`is no workbook (.xlsx) but another kind of file. ${saveAgain}`);
}

interface Relation {
  readonly id: string;
  /** The last word of its type, which older and newer workbooks share. */
  readonly type: string;
  readonly target: string;
}

/** What a part leads to within the workbook. */
async function relations(zip: Zip, part: string): Promise<Relation[]> {
  const slash = part.lastIndexOf("/") + 1;
  const name = `${part.slice(0, slash)}_rels/${part.slice(slash)}.rels`;
  const found: Relation[] = [];
  readXML(name, await zip.part(name), {
    open(path, attributes) {
      if (path !== "Relationships/Relationship" || attributes.get("TargetMode") === "External") return;
      const type = attributes.get("Type") ?? "";
      found.push({ id: attributes.get("Id") ?? "", type: type.slice(type.lastIndexOf("/") + 1), target: within(part, attributes.get("Target") ?? "") });
    },
  });
  return found;
}

/** The part that a path leads to from another: paths are resolved as addresses are, within the workbook. */
function within(part: string, target: string): string {
  try {
    return decodeURI(new URL(target, `zip:///${part}`).pathname).slice(1);
  } catch {
    throw damaged(`${target} is no part`);
  }
}

const isOn = (value: string | undefined): boolean => value === "1" || value === "true";

/** The sheets that can be seen, in order, and from when days are counted. */
async function bookOf(zip: Zip, name: string): Promise<{ sheet: string[]; from1904: boolean }> {
  const sheet: string[] = [];
  let from1904 = false;
  const roots = new Set<string>();
  readXML(name, await zip.part(name), {
    open(path, attributes) {
      if (!path.includes("/")) roots.add(path);
      if (path === "workbook/workbookPr") from1904 = isOn(attributes.get("date1904"));
      if (path === "workbook/sheets/sheet" && (attributes.get("state") ?? "visible") === "visible") sheet.push([...attributes].find(([key]) => key.endsWith(":id"))?.[1] ?? "");
    },
  });
  if (!roots.has("workbook")) throw notOne();
  return { sheet, from1904 };
}

/** Characters that XML cannot hold stand in a workbook as _x000D_. */
const unescaped = (text: string): string => text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));

/** The texts that cells share, each its runs together, without what only says how to read them aloud. */
async function stringsOf(zip: Zip, name: string | undefined): Promise<string[]> {
  const strings: string[] = [];
  if (name === undefined) return strings;
  let text = "";
  readXML(name, await zip.part(name), {
    text(path, more) { if (path === "sst/si/t" || path === "sst/si/r/t") text += more; },
    close(path) {
      if (path !== "sst/si") return;
      strings.push(unescaped(text));
      text = "";
    },
  });
  return strings;
}

/** How each style shows a number. */
async function looksOf(zip: Zip, name: string | undefined): Promise<Look[]> {
  const codes = new Map<string, string>();
  const looks: Look[] = [];
  if (name === undefined) return looks;
  readXML(name, await zip.part(name), {
    open(path, attributes) {
      const id = attributes.get("numFmtId") ?? "0";
      if (path === "styleSheet/numFmts/numFmt") codes.set(id, attributes.get("formatCode") ?? "");
      if (path === "styleSheet/cellXfs/xf") looks.push(lookOf(Number(id), codes.get(id)));
    },
  });
  return looks;
}

interface Book {
  readonly strings: readonly string[];
  readonly looks: readonly Look[];
  readonly from1904: boolean;
}

const row = "worksheet/sheetData/row";
const cell = `${row}/c`;

async function cells(zip: Zip, name: string, book: Book): Promise<string[][]> {
  const rows: string[][] = [];
  let line = 0;
  let column = 0;
  let now = { type: "n", style: 0, formula: false, value: "", hasValue: false };
  const take = (): void => {
    const at = `${letters(column)}${String(line)}`;
    const text = now.formula && !now.hasValue ? undefined : shown(now, at, book);
    if (text === undefined) throw new Unread(`has a formula in ${at} without a result. Open it in your spreadsheet program, let it compute, and save it again.`);
    if (text === "") return;
    if (line > mostRows || column > mostColumns) throw new Unread(`has something in ${at}, which is too far out: at most ${mostRows.toLocaleString("en-GB")} rows and ${String(mostColumns)} columns are read. Copy the table into a new workbook and save that as .xlsx or CSV.`);
    while (rows.length < line) rows.push([]);
    const cells = rows[line - 1] ?? [];
    while (cells.length < column) cells.push("");
    cells[column - 1] = text;
  };
  readXML(name, await zip.part(name), {
    open(path, attributes) {
      if (path === row) {
        const next = Number(attributes.get("r") ?? line + 1);
        if (!Number.isInteger(next) || next <= line) throw damaged(`its row ${attributes.get("r") ?? ""} comes after row ${String(line)}`);
        line = next;
        column = 0;
      } else if (path === cell) {
        const at = attributes.get("r");
        const next = at === undefined ? column + 1 : columnOf(at, line);
        if (next === undefined || next <= column) throw damaged(`its cell ${at ?? ""} is not where it should be`);
        column = next;
        now = { type: attributes.get("t") ?? "n", style: Number(attributes.get("s") ?? 0), formula: false, value: "", hasValue: false };
      } else if (path === `${cell}/f`) now.formula = true;
      else if (path === `${cell}/v`) now.hasValue = true;
    },
    text(path, text) {
      if (path === (now.type === "inlineStr" ? `${cell}/is/t` : `${cell}/v`) || (now.type === "inlineStr" && path === `${cell}/is/r/t`)) now.value += text;
    },
    close(path) { if (path === cell) take(); },
  });
  return rows.filter((r) => r.some((c) => c.trim() !== ""));
}

/** What a cell shows; nothing for a formula whose number is not there. */
function shown({ type, style, formula, value }: { type: string; style: number; formula: boolean; value: string }, at: string, { strings, looks, from1904 }: Book): string | undefined {
  const text = type === "s" ? strings[/^[0-9]+$/.test(value.trim()) ? Number(value) : -1] : unescaped(value);
  switch (type) {
    case "str": case "inlineStr": case "d": return text;
    case "e": throw new Unread(`has the error ${value} in ${at}. Put it right in your spreadsheet program, and save it again.`);
    default:
  }
  if (value.trim() === "") return formula ? undefined : "";
  const read = type === "s" ? text : type === "b" ? { 0: "FALSE", 1: "TRUE" }[value.trim()] : type === "n" ? numberText(value.trim(), looks[style] ?? "number", from1904) : undefined;
  if (read === undefined) throw damaged(`what is in its cell ${at} cannot be read`);
  return read;
}

/** The column of a cell that stands in a given row. */
function columnOf(at: string, line: number): number | undefined {
  const [, name, number] = /^([A-Z]{1,3})([1-9][0-9]*)$/.exec(at) ?? [];
  if (name === undefined || Number(number) !== line) return undefined;
  return Array.from(name).reduce((n, letter) => n * 26 + letter.charCodeAt(0) - 64, 0);
}

function letters(column: number): string {
  let name = "";
  for (let n = column; n > 0; n = Math.floor((n - 1) / 26)) name = String.fromCharCode(65 + ((n - 1) % 26)) + name;
  return name;
}
