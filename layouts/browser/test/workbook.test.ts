/** Workbooks that tables are filled in from: what is read, and what is refused with which sentence. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cellsOf, readTable } from "../page/returns/csv.ts";
import { rowsOfFile } from "../page/returns/upload.ts";
import { readWorkbook, writeWorkbook } from "../page/workbook/workbook.ts";
import type { Field } from "../shared/form/definition.ts";
import { type Book, bookOf, container, type Part, partsOf, relations, zipOf } from "./zipping.ts";

async function rowsOf(bytes: Buffer): Promise<string[][]> {
  const read = await readWorkbook(bytes);
  assert.ok("rows" in read, JSON.stringify(read));
  return read.rows;
}

async function refusalOf(bytes: Buffer): Promise<string> {
  const read = await readWorkbook(bytes);
  assert.ok("unread" in read, JSON.stringify(read));
  return read.unread;
}

/** One row of cells, whose texts are given as XML. */
const line = (...cells: string[]): string => `<row>${cells.join("")}</row>`;
const inline = (text: string): string => `<c t="inlineStr"><is><t>${text}</t></is></c>`;
const number = (value: string, style = 0): string => `<c s="${String(style)}"><v>${value}</v></c>`;

test("texts of a workbook are read, shared or in their cell, in runs, with what XML and workbooks escape", async () => {
  const strings = '<si><t>Reception</t></si><si><r><rPr><b/></rPr><t xml:space="preserve">Years </t></r><r><t>1 and 2</t></r><rPh sb="0" eb="1"><t>aloud</t></rPh></si><si><t/></si><si><t>a_x000D_b_x005F_x</t></si>';
  const rows = `<row r="2" spans="1:4"><c r="A2" t="s"><v>0</v></c><c r="C2" t="s"><v>1</v></c></row><row r="3"/><row r="7"><c r="B7" t="inlineStr"><is><r><t>R&amp;D &lt;</t></r><r><t>&#163;&#xa3;<![CDATA[<&]]></t></r></is></c><c r="C7" t="s"><v>2</v></c><c r="D7" s="1"/><c r="E7" t="s"><v>3</v></c></row>`;
  assert.deepEqual(await rowsOf(bookOf({ rows, strings })), [["Reception", "", "Years 1 and 2"], ["", "R&D <££<&", "", "", "a\rb_x"]]);
});

test("the template is a workbook that comes back as it was, and nothing in it is a formula", async () => {
  const rows = [["", "Support & plan", "=1+1"], ["Years 1 <2>", "12", "n/a"], ["@a", "", "-3.5"], ["_x0041_ é\u0001", "007", "=HYPERLINK(\"x\")"], ["z", ...Array<string>(27).fill("1")]];
  const bytes = Buffer.from(await writeWorkbook(rows));
  const want = rows.map((r) => r.map((c) => c.replace("\u0001", "")));
  want[2] = ["@a", "", "-3.5"];
  assert.deepEqual(await rowsOf(bytes), want);
  assert.deepEqual(Buffer.from(await writeWorkbook(rows)), bytes, "the same rows give other bytes");
  const text = bytes.toString("latin1");
  assert.doesNotMatch(text, /<f>|t="str"/);
  assert.match(text, /<c r="B2"><v>12<\/v>/, "a number is one");
  assert.match(text, /<c r="B4" t="inlineStr"><is><t xml:space="preserve">007</, "what is no number is text");
  assert.match(text, /<c r="AB5"><v>1<\/v>/);
});

test("numbers are the shortest decimals of what a spreadsheet shows, whatever power they are kept with", async () => {
  const kept = ["12", "0", "-0", "007", "1.50", "70.099999999999994", "0.30000000000000004", "1E-3", "1.2E+3", "-2.5e-7", "123456789012345", "1E21", ".5", "5."];
  assert.deepEqual(await rowsOf(bookOf({ rows: line(...kept.map((k) => number(k))) })), [["12", "0", "0", "7", "1.5", "70.1", "0.3", "0.001", "1200", "-0.00000025", "123456789012345", "1000000000000000000000", "0.5", "5"]]);
  for (const none of ["1,5", "0x10", "NaN", "1e999", "--1", "1 2"]) assert.match(await refusalOf(bookOf({ rows: line(number(none)) })), /^is damaged \(what is in its cell A1 cannot be read\)\. Open it/, none);
});

test("truth values, results of formulas and dates of their own type are read as a CSV has them", async () => {
  const rows = line('<c t="b"><v>1</v></c>', '<c t="b"><v>0</v></c>', "<c><f>SUM(A1:B1)</f><v>30</v></c>", '<c t="str"><f>""</f><v></v></c>', '<c t="str"><f>A1</f><v>n/a</v></c>', '<c t="d"><v>2026-02-01</v></c>');
  assert.deepEqual(await rowsOf(bookOf({ rows })), [["TRUE", "FALSE", "30", "", "n/a", "2026-02-01"]]);
});

test("what is shown as a date or a percentage is never taken for the number that it is kept as", async () => {
  const codes = ["d-mmm", "yyyy\\-mm\\-dd;@", "[$-809]dd mmmm yyyy", "[h]:mm", "0.0%", '0" days"', "[Red]0", "General", "0\\h", "#,##0_d", "_-* #,##0_-"];
  const numFmts = codes.map((code, i) => `<numFmt numFmtId="${String(164 + i)}" formatCode="${code.replaceAll('"', "&quot;")}"/>`).join("");
  const ids = [0, 14, 9, 2, ...codes.map((_, i) => 164 + i)];
  const styles = `<numFmts>${numFmts}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>${ids.map((id) => `<xf numFmtId="${String(id)}"/>`).join("")}</cellXfs>`;
  const shown = (value: string, from1904 = false): Promise<string[][]> => rowsOf(bookOf({ styles, from1904, rows: line(...ids.map((_, i) => number(value, i))) }));
  const date = "2026-02-01";
  assert.deepEqual(await shown("46054"), [["46054", date, "4605400%", "46054", date, date, date, date, "4605400%", ...Array<string>(6).fill("46054")]]);
  assert.deepEqual((await shown("44592", true))[0]?.slice(0, 2), ["44592", date]);
  const first = async (value: string, from1904 = false): Promise<string | undefined> => (await shown(value, from1904))[0]?.[1];
  assert.deepEqual(await Promise.all(["1", "59", "60", "61", "46054.5", "46053.999999", "0.75", "2958465", "2958466", "-1"].map((v) => first(v))),
    ["1900-01-01", "1900-02-28", "1900-02-29", "1900-03-01", `${date} 12:00:00`, date, "18:00:00", "9999-12-31", "2958466", "-1"]);
  assert.equal(await first("0", true), "1904-01-01");
  assert.equal((await shown("0.125"))[0]?.[2], "12.5%");
});

test("the first sheet that can be seen is read, wherever the workbook keeps its parts", async () => {
  const sheet = (text: string): string => `<x:worksheet xmlns:x="n"><x:sheetData><x:row><x:c t="inlineStr"><x:is><x:t>${text}</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>`;
  const instead = {
    "_rels/.rels": relations({ a: ["metadata/core-properties", "docProps/core.xml"], b: ["officeDocument", "/Book/main%20part.xml"] }),
    "xl/workbook.xml": "", "xl/_rels/workbook.xml.rels": "", "xl/sharedStrings.xml": "", "xl/styles.xml": "", "xl/worksheets/sheet1.xml": "",
    "book/main part.xml": '<!-- two --><x:workbook xmlns:x="n" xmlns:q="m"><x:sheets><x:sheet name="Lists" state="veryHidden" q:id="one"/><x:sheet name="Chart" q:id="chart"/><x:sheet name="Table" q:id="two"/></x:sheets></x:workbook>',
    "book/_rels/main part.xml.rels": relations({ one: ["worksheet", "1.xml"], chart: ["chartsheet", "1.xml"], two: ["worksheet", "../sheets/2.xml"] }),
    "book/1.xml": sheet("hidden"), "sheets/2.xml": Buffer.from(`\ufeff${sheet("seen")}`, "utf16le"),
  };
  assert.deepEqual(await rowsOf(bookOf({ instead })), [["seen"]]);
  const stored = partsOf({ rows: line(number("1")) }).map((p) => ({ ...p, stored: true }));
  assert.deepEqual(await rowsOf(zipOf(stored, "a comment")), [["1"]]);
});

const field = { id: "places", type: "table", label: "Places", rows: [["reception", "Reception"], ["years-1-and-2", "Years 1 and 2"]], columns: [["support", "Support"], ["plan", "Plan"]] } as unknown as Field;

test("a table that the office's own writer made gives what its CSV gives", async () => {
  const made = join(process.env["DESPATCH_ROOT"] ?? "", "internal/spreadsheet/testdata");
  const rows = await rowsOf(readFileSync(join(made, "table.xlsx")));
  const csv = cellsOf(readFileSync(join(made, "table.csv"), "utf8").replace(/^\ufeff/, ""));
  assert.deepEqual(readTable(field, rows), readTable(field, csv));
  assert.deepEqual(readTable(field, rows), { values: { "places.reception.support": "9", "places.reception.plan": "2", "places.years-1-and-2.support": "10", "places.years-1-and-2.plan": "12" }, strange: ["Year 12"], missing: 0 });
});

test("whoever chose another kind of file is told what it is and what to do", async () => {
  const ods: Part[] = [{ name: "mimetype", data: "application/vnd.oasis.opendocument.spreadsheet", stored: true }, { name: "content.xml", data: "<a/>" }];
  const word = partsOf({ instead: { "_rels/.rels": relations({ a: ["officeDocument", "word/document.xml"] }), "word/document.xml": "<w:document/>", "word/_rels/document.xml.rels": relations({}) } });
  const locked = partsOf({}).map((p) => ({ ...p, says: { flags: 1 } }));
  for (const [bytes, said] of [
    [container("EncryptedPackage"), /^is protected by a password or a sensitivity label\. Take the protection off, or save a copy as CSV/],
    [zipOf(locked), /^is protected by a password/],
    [container("Workbook"), /^is a workbook of Excel 97 to 2003 \(\.xls\)\. Open it in your spreadsheet program and save it as \.xlsx or CSV\.$/],
    [zipOf(ods), /^is an OpenDocument file \(\.ods\)\. Open it in .* and save it as \.xlsx or CSV\.$/],
    [zipOf([{ name: "xl/workbook.bin", data: "" }]), /^is a binary workbook \(\.xlsb\)\. Open it/],
    [zipOf([{ name: "photo.jpg", data: "x" }]), /^is no workbook \(\.xlsx\) but another kind of file\. Open it/],
    [zipOf(word), /^is no workbook \(\.xlsx\) but another kind of file\./],
    [bookOf({ instead: { "_rels/.rels": relations({}) } }), /^is no workbook/],
    [Buffer.from("Reception,1,2\n"), /^is not a workbook \(\.xlsx\), whatever it is called\. Open it/],
    [Buffer.of(), /^is not a workbook/],
  ] as const) assert.match(await refusalOf(bytes), said);
});

test("files that are too large are refused before they are read, each kind by its own limit, and CSV is read as ever", async () => {
  const file = (name: string, ...content: (string | Buffer<ArrayBuffer>)[]): Promise<unknown> => rowsOfFile(new File(content, name));
  const more = (mega: number): { unread: string } => ({ unread: `has more than ${String(mega)} MB. Copy the table into a new workbook and save that as .xlsx or CSV.` });
  assert.deepEqual(await file("a.xlsx", Buffer.alloc((4 << 20) + 1)), more(4));
  assert.deepEqual(await file("a.csv", "PK", Buffer.alloc(4 << 20)), more(4), "a workbook whatever it is called");
  assert.deepEqual(await file("a.csv", Buffer.alloc((1 << 20) + 1)), more(1));
  assert.deepEqual(await file("a.csv", "\ufeffa;b\r\n\r\n1;2\r\n"), { rows: [["a", "b"], ["1", "2"]] });
  // Nothing is bundled here that could be loaded, as where a line breaks.
  for (const name of ["a.xlsx", "A.XLS", "a.ods", "a.numbers"]) assert.deepEqual(await file(name, "a,b\n"), { unread: "could not be read on this device. Save it as CSV, and choose that." }, name);
});

test("cells that hold nothing to take are refused by their names", async () => {
  for (const [rows, said] of [
    ['<row r="3"><c r="AB3" t="e"><v>#REF!</v></c></row>', /^has the error #REF! in AB3\. Put it right in your spreadsheet program, and save it again\.$/],
    ['<row><c t="e"><f>1/0</f><v>#DIV/0!</v></c></row>', /^has the error #DIV\/0! in A1\./],
    ["<row/><row><c/><c><f>A1+1</f></c></row>", /^has a formula in B2 without a result\. Open it in your spreadsheet program, let it compute, and save it again\.$/],
    ["<row><c><f>A1+1</f><v></v></c></row>", /^has a formula in A1 without a result\./],
    ['<row><c t="str"><f>A1</f></c></row>', /^has a formula in A1 without a result\./],
    ['<row r="10001"><c><v>1</v></c></row>', /^has something in A10001, which is too far out: at most 10,000 rows and 500 columns are read\. Copy the table/],
    ['<row r="1"><c r="XFD1"><v>1</v></c></row>', /^has something in XFD1, which is too far out/],
    ['<row><c t="s"><v>1</v></c></row>', /cell A1 cannot be read/], ['<row><c t="s"><v>-1</v></c></row>', /cell A1 cannot be read/], ['<row><c t="s"><v>length</v></c></row>', /cell A1 cannot be read/],
    ['<row><c t="b"><v>2</v></c></row>', /cell A1 cannot be read/], ['<row><c t="new"><v>2</v></c></row>', /cell A1 cannot be read/],
    ['<row r="2"/><row r="2"/>', /^is damaged \(its row 2 comes after row 2\)/], ['<row r="0"/>', /its row 0/], ['<row r="x"/>', /its row x/],
    ['<row r="2"><c r="B1"/></row>', /^is damaged \(its cell B1 is not where it should be\)/], ['<row r="1"><c r="B1"/><c r="A1"/></row>', /its cell A1/], ['<row r="1"><c r="b1"/></row>', /its cell b1/],
  ] as const) assert.match(await refusalOf(bookOf({ rows, strings: "<si><t>a</t></si>" })), said, rows);
  assert.deepEqual(await rowsOf(bookOf({ rows: '<row r="1048576"><c r="XFD1048576" s="1"/></row>' })), [], "a cell without anything in it is nowhere too far out");
});

test("XML that is none, or has a document type, is refused", async () => {
  const type = '<!DOCTYPE sst [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]>';
  assert.match(await refusalOf(bookOf({ instead: { "xl/sharedStrings.xml": `${type}<sst><si><t>&b;</t></si></sst>` } })), /^is damaged \(xl\/sharedStrings\.xml has a document type, which no workbook needs\)/);
  const wrong = ["", "<a>", "<a></b>", "<a/><b/>", "<a/>text", "text<a/>", "<a b=c/>", '<a b="1" b="2"/>', '<a b="<"/>', "<a>&b;</a>", "<a>&amp</a>", "<a>&#0;</a>", "<a>&#x110000;</a>", "<a><!-- </a>", "<a><![CDATA[ </a>", "<![CDATA[a]]><a/>", "<?xml", "</a>", "< a/>", "<1/>", "<a", `${"<a>".repeat(65)}${"</a>".repeat(65)}`];
  for (const xml of wrong) assert.match(await refusalOf(bookOf({ instead: { "xl/styles.xml": Buffer.from(` ${xml}`) } })), /^is damaged \(xl\/styles\.xml is no XML\)/, xml);
  assert.match(await refusalOf(bookOf({ instead: { "xl/styles.xml": Buffer.of(0x3c, 0xff) } })), /^is damaged \(xl\/styles\.xml is no text\)/);
});

test("damaged zip files are refused, and nothing unpacks to more than it says or than is allowed", async () => {
  const parts = (book: Book = {}): Part[] => partsOf({ rows: line(inline("a")), ...book });
  const says = (told: Part["says"]): Buffer => zipOf(parts().map((p) => (p.name === "xl/worksheets/sheet1.xml" && told !== undefined ? { ...p, says: told } : p)));
  const whole = zipOf(parts());
  assert.deepEqual(await rowsOf(whole), [["a"]]);
  const changed = (at: number, value: number): Buffer => {
    const copy = Buffer.from(whole);
    copy[at] = value;
    return copy;
  };
  const end = whole.length - 22;
  const large = Buffer.alloc((32 << 20) + 1, " ");
  for (const [bytes, said] of [
    [whole.subarray(0, -1), /^is damaged \(its end is missing\)\. Open it in your spreadsheet program and save it as \.xlsx or CSV\.$/],
    [Buffer.from("PK"), /its end is missing/],
    [Buffer.concat([whole, Buffer.from("x")]), /its end is missing/],
    [changed(end + 4, 1), /its list of parts does not fit/], [changed(end + 8, 99), /its list of parts does not fit/], [changed(end + 16, 0), /its list of parts does not fit/],
    [Buffer.concat([Buffer.from("PK"), whole]), /its list of parts does not fit/],
    [zipOf([...parts(), { name: "XL/workbook.xml", data: "<workbook/>" }]), /xl\/workbook\.xml is in it twice/],
    [bookOf({ instead: { "xl/worksheets/sheet1.xml": "" } }), /xl\/worksheets\/sheet1\.xml is missing in it/],
    [bookOf({ instead: { "xl/_rels/workbook.xml.rels": "" } }), /xl\/_rels\/workbook\.xml\.rels is missing in it/],
    [says({ crc: 1 }), /sheet1\.xml is not what was saved/], [says({ unpacked: 5 }), /sheet1\.xml is not what was saved/], [says({ unpacked: 5000 }), /sheet1\.xml is not what was saved/],
    [says({ method: 12 }), /sheet1\.xml is packed in an unknown way/], [says({ method: 0 }), /sheet1\.xml is not what was saved/],
    [zipOf(parts().map((p) => (p.name === "xl/styles.xml" ? { ...p, stored: true, says: { method: 8 } } : p))), /xl\/styles\.xml cannot be unpacked/],
    [bookOf({ instead: { "xl/worksheets/sheet1.xml": large } }), /^has a sheet that unpacks to more than 32 MB\. Copy the table into a new workbook/],
    [zipOf(Array.from({ length: 2001 }, (_, i) => ({ name: String(i), data: "" }))), /^has more than 2,000 parts\. Copy the table/],
    [bookOf({ instead: { "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet state="hidden" r:id="rId1"/></sheets></workbook>' } }), /^has no sheet that can be seen\. Open it/],
    [bookOf({ instead: { "xl/_rels/workbook.xml.rels": relations({ rId1: ["worksheet", "%E0%A4%A"] }) } }), /^is damaged \(%E0%A4%A is no part\)/],
  ] as const) assert.match(await refusalOf(bytes), said);
  for (const offset of Array.from({ length: whole.length }, (_, i) => i)) await readWorkbook(changed(offset, (whole[offset] ?? 0) ^ 0xff));
});
