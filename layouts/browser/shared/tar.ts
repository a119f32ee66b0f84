/**
 * The tar archives inside packs and files: ustar, regular entries only, every
 * header exactly as the Go half writes it (docs/formats.md sections 11 and 12).
 */
import { type Bytes, concat, equal, utf8 } from "./bytes.ts";
import { sortedOnce } from "./text.ts";
import { want } from "./problem.ts";

const block = 512;

/** Reads the entries of an archive that fills `bytes` up to zeros. Throws `malformed`. */
export function readTar(bytes: Bytes): Map<string, Bytes> {
  want(bytes.length % block === 0, "the archive is not made of whole blocks");
  const files = new Map<string, Bytes>();
  let at = 0;
  while (at < bytes.length && bytes[at] !== 0) {
    const header = bytes.subarray(at, at + block);
    const name = ascii(header.subarray(0, 100));
    const size = parseInt(ascii(header.subarray(124, 136)), 8);
    want(/^[0-9a-f]{16}\/[a-z0-9][a-z0-9.-]*$/.test(name) && Number.isSafeInteger(size), "the archive has an entry that cannot be");
    want(equal(header, tarHeader(name, size)), "the archive has an entry that was not written by Despatch");
    at += block;
    want(at + size <= bytes.length && !files.has(name), "the archive ends too early, or repeats a name");
    files.set(name, bytes.slice(at, at + size));
    const end = at + Math.ceil(size / block) * block;
    want(isZero(bytes.subarray(at + size, end)), "the archive has data after an entry");
    at = end;
  }
  want(bytes.length - at >= 2 * block && isZero(bytes.subarray(at)), "the archive is not ended");
  want(sortedOnce([...files.keys()]), "the archive is not sorted");
  return files;
}

/** How many bytes the archive takes before its padding: entries and two zero blocks. */
export function tarLength(files: ReadonlyMap<string, Bytes>): number {
  let n = 2 * block;
  for (const data of files.values()) n += block + Math.ceil(data.length / block) * block;
  return n;
}

function tarHeader(name: string, size: number): Bytes {
  const octal = (n: number, digits: number): Bytes => utf8(n.toString(8).padStart(digits, "0") + "\0");
  const header = concat(
    field(name, 100), octal(0o644, 7), octal(0, 7), octal(0, 7), octal(size, 11), octal(0, 11),
    field("        0", 9), field("", 100), utf8("ustar\x0000"), field("", 64),
    octal(0, 7), octal(0, 7), field("", 167),
  );
  const sum = header.reduce((n, b) => n + b, 0);
  header.set(utf8(sum.toString(8).padStart(6, "0") + "\0 "), 148);
  return header;
}

function field(text: string, length: number): Bytes {
  const out = new Uint8Array(length);
  out.set(utf8(text));
  return out;
}

function ascii(bytes: Bytes): string {
  const end = bytes.indexOf(0);
  return String.fromCharCode(...bytes.subarray(0, end < 0 ? bytes.length : end));
}

function isZero(bytes: Bytes): boolean {
  return bytes.every((b) => b === 0);
}
