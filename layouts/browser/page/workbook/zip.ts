/**
 * The parts of a zip file, found by its central directory and unpacked by the
 * browser itself. Read by hand since it is little: one disk, no zip64, stored or
 * deflated; everything is counted while it is unpacked, and its CRC is checked.
 */
import { damaged, Unread } from "./unread.ts";

/** The most parts, and the most bytes of one, that are taken. */
const mostParts = 2000;
const mostUnpacked = 32 << 20;

const endSign = 0x06054b50;
const entrySign = 0x02014b50;
const partSign = 0x04034b50;
const endLength = 22;
const stored = 0;
const deflated = 8;

interface Entry {
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly unpacked: number;
  readonly at: number;
}

/** A zip file whose directory was read. Names are compared as packages do, without regard to case. */
export class Zip {
  readonly #bytes: Uint8Array;
  readonly #entries: ReadonlyMap<string, Entry>;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#entries = entriesOf(bytes);
  }

  has(name: string): boolean {
    return this.#entries.has(name.toLowerCase());
  }

  /** The bytes of one part. */
  async part(name: string): Promise<Uint8Array> {
    const entry = this.#entries.get(name.toLowerCase());
    if (entry === undefined) throw damaged(`${name} is missing in it`);
    const bytes = this.#bytes;
    const view = viewOf(bytes);
    if (entry.at + 30 > bytes.length || view.getUint32(entry.at, true) !== partSign) throw damaged(`${name} is not where it should be`);
    const start = entry.at + 30 + view.getUint16(entry.at + 26, true) + view.getUint16(entry.at + 28, true);
    if (start + entry.packed > bytes.length) throw damaged(`${name} is cut off`);
    const unpacked = await unpack(bytes.slice(start, start + entry.packed), entry, name);
    if (unpacked.length !== entry.unpacked || crcOf(unpacked) !== entry.crc) throw damaged(`${name} is not what was saved`);
    return unpacked;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function entriesOf(bytes: Uint8Array): Map<string, Entry> {
  const view = viewOf(bytes);
  // A comment of at most 65,535 bytes may follow the end record.
  let end = bytes.length - endLength;
  const first = Math.max(0, end - 0xffff);
  while (end >= first && !(view.getUint32(end, true) === endSign && end + endLength + view.getUint16(end + 20, true) === bytes.length)) end--;
  if (end < first) throw damaged("its end is missing");
  const count = view.getUint16(end + 10, true);
  const length = view.getUint32(end + 12, true);
  let at = view.getUint32(end + 16, true);
  if (view.getUint32(end + 4, true) !== 0 || view.getUint16(end + 8, true) !== count || at + length !== end) throw damaged("its list of parts does not fit");
  if (count > mostParts) throw new Unread(`has more than ${mostParts.toLocaleString("en-GB")} parts. Copy the table into a new workbook and save that as .xlsx or CSV.`);
  const entries = new Map<string, Entry>();
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== entrySign) throw damaged("its list of parts is cut off");
    const rest = at + 46 + view.getUint16(at + 28, true);
    const next = rest + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > end) throw damaged("its list of parts is cut off");
    const name = new TextDecoder().decode(bytes.subarray(at + 46, rest)).toLowerCase();
    if (entries.has(name)) throw damaged(`${name} is in it twice`);
    if ((view.getUint16(at + 8, true) & 1) === 1) throw isProtected();
    entries.set(name, { method: view.getUint16(at + 10, true), crc: view.getUint32(at + 16, true), packed: view.getUint32(at + 20, true), unpacked: view.getUint32(at + 24, true), at: view.getUint32(at + 42, true) });
    at = next;
  }
  if (at !== end) throw damaged("its list of parts does not fit");
  return entries;
}

/** What is said of a workbook that cannot be opened without a secret. */
export function isProtected(): Unread {
  return new Unread("is protected by a password or a sensitivity label. Take the protection off, or save a copy as CSV, and choose that.");
}

async function unpack(packed: Uint8Array<ArrayBuffer>, { method, unpacked }: Entry, name: string): Promise<Uint8Array> {
  if (method === stored) return packed;
  if (method !== deflated) throw damaged(`${name} is packed in an unknown way`);
  // What the directory says is checked afterwards; a part that says too little is stopped as soon as it has more.
  const most = Math.min(unpacked, mostUnpacked);
  const whole = new Uint8Array(most);
  let length = 0;
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => { throw damaged(`${name} cannot be unpacked`); });
    if (done) return whole.subarray(0, length);
    if (length + value.length > most) {
      await reader.cancel();
      throw most < unpacked ? new Unread(`has a sheet that unpacks to more than ${String(mostUnpacked >> 20)} MB. Copy the table into a new workbook and save that as .xlsx or CSV.`) : damaged(`${name} is not what was saved`);
    }
    whole.set(value, length);
    length += value.length;
  }
}

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = (n & 1) === 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

function crcOf(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const b of bytes) crc = (crc >>> 8) ^ (crcTable[(crc ^ b) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}
