/** Makes zip files and workbooks, right and wrong, for the tests of their reader. */
import { crc32, deflateRawSync } from "node:zlib";

export interface Part {
  readonly name: string;
  readonly data: string | Buffer;
  readonly stored?: boolean;
  /** What the directory says instead of the truth. */
  readonly says?: { readonly unpacked?: number; readonly crc?: number; readonly flags?: number; readonly method?: number };
}

/** A zip file of these parts. */
export function zipOf(parts: readonly Part[], comment = ""): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, data, stored = false, says = {} } of parts) {
    const plain = Buffer.from(data);
    const packed = stored ? plain : deflateRawSync(plain);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(says.flags ?? 0, 2);
    shared.writeUInt16LE(says.method ?? (stored ? 0 : 8), 4);
    shared.writeUInt32LE(says.crc ?? crc32(plain), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(says.unpacked ?? plain.length, 18);
    shared.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), shared, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00", "latin1"), shared, rest, Buffer.from(name)]));
    locals.push(local);
    at += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(parts.length, 4);
  end.writeUInt16LE(parts.length, 6);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(at, 12);
  end.writeUInt16LE(comment.length, 16);
  return Buffer.concat([...locals, list, Buffer.from("PK\x05\x06"), end, Buffer.from(comment)]);
}

const types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const spreadsheet = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/** Relations by id, as [type, target]. */
export function relations(all: Readonly<Record<string, readonly [type: string, target: string]>>): string {
  return `<?xml version="1.0"?><Relationships>${Object.entries(all).map(([id, [type, target]]) => `<Relationship Id="${id}" Type="${types}/${type}" Target="${target}"/>`).join("")}</Relationships>`;
}

export interface Book {
  /** What stands in sheetData. */
  readonly rows?: string;
  /** What stands in sst. */
  readonly strings?: string;
  /** What stands in styleSheet. */
  readonly styles?: string;
  readonly from1904?: boolean;
  /** Parts that come instead of the usual ones, or besides; none where it is empty. */
  readonly instead?: Readonly<Record<string, string | Buffer>>;
}

/** The parts of a workbook with one sheet. */
export function partsOf({ rows = "", strings, styles, from1904 = false, instead = {} }: Book): Part[] {
  const usual: Record<string, string | Buffer> = {
    "[Content_Types].xml": "<Types/>",
    "_rels/.rels": relations({ rId1: ["officeDocument", "xl/workbook.xml"] }),
    "xl/workbook.xml": `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n<workbook xmlns="${spreadsheet}" xmlns:r="${types}">${from1904 ? '<workbookPr date1904="1"/>' : ""}<sheets><sheet name="Table" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": relations({ rId1: ["worksheet", "worksheets/sheet1.xml"], rId2: ["sharedStrings", "/xl/sharedStrings.xml"], rId3: ["styles", "styles.xml"] }),
    "xl/sharedStrings.xml": `<sst xmlns="${spreadsheet}">${strings ?? ""}</sst>`,
    "xl/styles.xml": `<styleSheet xmlns="${spreadsheet}">${styles ?? ""}</styleSheet>`,
    "xl/worksheets/sheet1.xml": `<worksheet xmlns="${spreadsheet}"><sheetData>${rows}</sheetData></worksheet>`,
  };
  return Object.entries({ ...usual, ...instead }).filter(([, data]) => data.length > 0).map(([name, data]) => ({ name, data }));
}

/** A workbook with one sheet. */
export function bookOf(book: Book): Buffer {
  return zipOf(partsOf(book));
}

/** A workbook as Excel keeps one with a password: another container, with UTF-16 names. */
export function container(name: string): Buffer {
  return Buffer.concat([Buffer.from("d0cf11e0a1b11ae1", "hex"), Buffer.alloc(1024), Buffer.from(name, "utf16le"), Buffer.alloc(512)]);
}
