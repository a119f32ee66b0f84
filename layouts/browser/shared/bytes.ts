import { Refusal, want } from "./problem.ts";

/** Bytes with a buffer of their own, as WebCrypto takes them. */
export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();

/** The UTF-8 bytes of a text. */
export function utf8(text: string): Bytes {
  return encoder.encode(text);
}

/** The text of UTF-8 bytes. Throws `malformed` on anything else, and on a BOM. */
export function textOf(bytes: Bytes): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    want(!text.startsWith("\ufeff"), "a text must not begin with a byte order mark");
    return text;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal("malformed", "the text is not UTF-8");
  }
}

/** Lower-case hex. */
export function hex(bytes: Bytes): string {
  let out = "";
  for (const b of bytes) out += b.toString(16).padStart(2, "0");
  return out;
}

/** Standard base64 with padding. */
export function base64(bytes: Bytes): string {
  let out = "";
  for (const b of bytes) out += String.fromCharCode(b);
  return btoa(out);
}

/** Reads what {@link base64} writes and nothing else. Throws `malformed`. */
export function fromBase64(text: string): Bytes {
  want(/^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0, "the base64 is not in its standard form");
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  want(base64(bytes) === text, "the base64 is not in its standard form");
  return bytes;
}

/** Joins byte strings. */
export function concat(...parts: readonly Bytes[]): Bytes {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

/** Compares two public byte strings; the time it takes depends on them. */
export function equal(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && a.every((x, i) => x === b[i]);
}

/** Hex of the SHA-256. */
export async function sha256(bytes: Bytes): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

/** Hex of the HMAC-SHA256. */
export async function hmac256(key: Bytes, message: Bytes): Promise<string> {
  const k = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return hex(new Uint8Array(await crypto.subtle.sign("HMAC", k, message)));
}
