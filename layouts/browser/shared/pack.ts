/** Packs and large files, once opened (docs/formats.md sections 11 and 12); an index is folded as a pack is. */
import { type Bytes } from "./bytes.ts";
import { bucket } from "./padding.ts";
import { Refusal, want } from "./problem.ts";
import { readTar, tarLength } from "./tar.ts";

const leastPack = 4096;
const leastFile = 8192;
/** A pack that unfolds to more is refused before it fills a school's memory. */
const mostUnpacked = 256 * 1024 * 1024;

/** The files of a pack by `<root>/<name>`. Throws `malformed`. */
export function readPack(bytes: Bytes): Promise<Map<string, Bytes>> {
  return unfold(bytes, mostUnpacked);
}

/** The files in a pack or index that unfolds to at most `most` bytes. Throws `malformed`. */
export async function unfold(bytes: Bytes, most: number): Promise<Map<string, Bytes>> {
  want(bucket(bytes.length, leastPack) === bytes.length, "the pack is not padded to its size");
  return readTar(await gunzip(bytes, most));
}

/** The one file of a large-file archive by `<root>/<name>`. Throws `malformed`. */
export function readFile(bytes: Bytes): Map<string, Bytes> {
  const files = readTar(bytes);
  want(files.size === 1 && bucket(tarLength(files), leastFile) === bytes.length, "the file is not one archive entry, padded to its size");
  return files;
}

/**
 * Unfolds the gzip of a pack: our header with its one FEXTRA subfield, one
 * stream, nothing after it.
 */
async function gunzip(bytes: Bytes, most: number): Promise<Bytes> {
  const fill = (bytes[14] ?? 0) | ((bytes[15] ?? 0) << 8);
  const header = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 4 + fill, 0, 0x50, 0x44, fill, 0];
  const start = bytes.subarray(0, header.length + fill);
  // Byte 8 (XFL) only says how hard the writer tried.
  const known = start.every((b, i) => i === 8 || b === (header[i] ?? 0));
  want(fill <= 4 && start.length === header.length + fill && known, "the pack is not compressed as Despatch does it");
  const tail = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 8, 8);
  const length = tail.getUint32(4, true);
  want(length <= most, "the pack unfolds to more than a browser can hold");
  const out = await inflate(bytes, length);
  // The engine may stop at the end of the first stream; that its checksum and
  // length are the last bytes of the pack shows that nothing follows.
  want(crc32(out) === tail.getUint32(0, true), "the pack is damaged");
  return out;
}

async function inflate(bytes: Bytes, length: number): Promise<Bytes> {
  const out = new Uint8Array(length);
  let at = 0;
  try {
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
    for (let r = await reader.read(); !r.done; r = await reader.read()) {
      const part: Uint8Array = r.value;
      if (at + part.length > length) throw new Refusal("malformed", "the pack unfolds to more than it says");
      out.set(part, at);
      at += part.length;
    }
  } catch {
    throw new Refusal("malformed", "the pack is damaged");
  }
  want(at === length, "the pack unfolds to less than it says");
  return out;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function crc32(bytes: Bytes): number {
  let c = 0xffffffff;
  for (const b of bytes) c = (crcTable[(c ^ b) & 0xff] ?? 0) ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}
