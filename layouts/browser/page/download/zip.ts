/**
 * Writes a zip as archives have it (docs/formats.md, Archives): files stored, one
 * time, nothing optional. Its parts are handed to the browser as they are made,
 * which keeps them on the disk where they are many.
 */
import { type Bytes, utf8 } from "../../shared/bytes.ts";

const mostBytes = 2 ** 32 - 2;
const mostFiles = 2 ** 16 - 2;

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = (c & 1) === 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

function crc32(bytes: Bytes): number {
  let c = 0xffffffff;
  for (const b of bytes) c = ((table[(c ^ b) & 0xff] ?? 0) ^ (c >>> 8)) >>> 0;
  return (c ^ 0xffffffff) >>> 0;
}

/** A zip on its way. */
export class Zip {
  readonly #parts: Blob[] = [];
  readonly #directory: Bytes[] = [];
  readonly #stamp: number;
  #at = 0;
  #files = 0;

  constructor(modified: Date) {
    const day = ((modified.getUTCFullYear() - 1980) << 9) | ((modified.getUTCMonth() + 1) << 5) | modified.getUTCDate();
    this.#stamp = ((day << 16) | (modified.getUTCHours() << 11) | (modified.getUTCMinutes() << 5) | (modified.getUTCSeconds() >> 1)) >>> 0;
  }

  get size(): number {
    return this.#at;
  }

  /** Adds a file; paths come in the order of their bytes. */
  add(path: string, bytes: Bytes): void {
    const name = utf8(path);
    if (this.#directory.length >= mostFiles || this.#at + bytes.length > mostBytes) throw new RangeError("more than one zip holds");
    const common = numbers([10, 2], [0x0800, 2], [0, 2], [this.#stamp, 4], [crc32(bytes), 4], [bytes.length, 4], [bytes.length, 4], [name.length, 2], [0, 2]);
    this.#directory.push(numbers([0x02014b50, 4], [(3 << 8) | 10, 2]), common, new Uint8Array(6), numbers([0o100644 * 65536, 4], [this.#at, 4]), name);
    this.#put(numbers([0x04034b50, 4]), common, name, bytes);
    this.#files++;
  }

  /** Ends it. */
  close(): Blob {
    const start = this.#at;
    this.#put(...this.#directory);
    this.#put(numbers([0x06054b50, 4], [0, 4], [this.#files, 2], [this.#files, 2], [this.#at - start, 4], [start, 4], [0, 2]));
    return new Blob(this.#parts, { type: "application/zip" });
  }

  #put(...parts: Bytes[]): void {
    const blob = new Blob(parts);
    this.#at += blob.size;
    this.#parts.push(blob);
  }
}

function numbers(...list: readonly (readonly [value: number, bytes: 2 | 4])[]): Bytes {
  const out = new Uint8Array(list.reduce((n, [, size]) => n + size, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const [value, size] of list) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return out;
}
