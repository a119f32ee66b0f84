/**
 * Reads a zip as archives have it (docs/formats.md, Archives), and one that
 * another program packed: names and places from the directory at its end, a
 * file's bytes when they are asked for.
 */
import { type Bytes, textOf } from "../../shared/bytes.ts";
import { want } from "../../shared/problem.ts";

/** What an archive holds at most, and one file that is looked at whole. */
const mostBytes = 2 ** 32 - 2;
const mostDirectory = 32 << 20;

/** One file of a zip. */
export interface Member {
  readonly name: string;
  readonly size: number;
  bytes(): Promise<Bytes>;
}

/** Lists the files of a zip. Throws `malformed` on what is none. */
export async function members(zip: Blob): Promise<Member[]> {
  const tailStart = Math.max(0, zip.size - 65_557);
  const tail = await part(zip, tailStart, zip.size);
  const end = lastIndexOf(tail, 0x06054b50);
  want(end >= 0, "this is no zip, or not all of one");
  const view = viewOf(tail);
  const count = view.getUint16(end + 10, true);
  const size = view.getUint32(end + 12, true);
  const start = view.getUint32(end + 16, true);
  want(size <= mostDirectory && start + size <= tailStart + end, "this is not all of a zip");
  const directory = await part(zip, start, start + size);
  const list = listed(zip, directory, count);
  want(list.reduce((n, m) => n + m.size, 0) <= Math.min(mostBytes, 200 * zip.size + (1 << 20)), "the zip unfolds to more than an archive can be");
  return list;
}

function listed(zip: Blob, directory: Bytes, count: number): Member[] {
  const view = viewOf(directory);
  const list: Member[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    want(at + 46 <= directory.length && view.getUint32(at, true) === 0x02014b50, "the zip's directory is cut short");
    const name = view.getUint16(at + 28, true);
    const next = at + 46 + name + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    want(next <= directory.length, "the zip's directory is cut short");
    const member = {
      name: textOf(directory.slice(at + 46, at + 46 + name)),
      method: view.getUint16(at + 10, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      start: view.getUint32(at + 42, true),
    };
    if (!member.name.endsWith("/")) {
      list.push({ name: member.name, size: member.size, bytes: () => content(zip, member) });
    }
    at = next;
  }
  return list;
}

interface Place {
  readonly method: number;
  readonly packed: number;
  readonly size: number;
  readonly start: number;
}

async function content(zip: Blob, place: Place): Promise<Bytes> {
  const local = await part(zip, place.start, place.start + 30);
  want(local.length === 30 && viewOf(local).getUint32(0, true) === 0x04034b50, "the file is not where the zip says");
  const from = place.start + 30 + viewOf(local).getUint16(26, true) + viewOf(local).getUint16(28, true);
  const packed = zip.slice(from, from + place.packed);
  want(packed.size === place.packed, "the zip is cut short");
  if (place.method === 0) {
    want(place.packed === place.size, "the file has two sizes");
    return new Uint8Array(await packed.arrayBuffer());
  }
  want(place.method === 8, "the file is packed in a way that this page cannot unpack");
  return unpack(packed, place.size);
}

/** Unpacks, and stops at the size that the zip names. */
async function unpack(packed: Blob, size: number): Promise<Bytes> {
  const out = new Uint8Array(size);
  let at = 0;
  for await (const chunk of packed.stream().pipeThrough(new DecompressionStream("deflate-raw"))) {
    want(at + chunk.length <= size, "the file is larger than the zip says");
    out.set(chunk, at);
    at += chunk.length;
  }
  want(at === size, "the file is smaller than the zip says");
  return out;
}

async function part(zip: Blob, from: number, to: number): Promise<Bytes> {
  return new Uint8Array(await zip.slice(from, to).arrayBuffer());
}

function viewOf(bytes: Bytes): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function lastIndexOf(bytes: Bytes, mark: number): number {
  const view = viewOf(bytes);
  for (let at = bytes.length - 22; at >= 0; at--) {
    if (view.getUint32(at, true) === mark) return at;
  }
  return -1;
}
