/** The payload by which a person adds a passkey to their account, or takes one away (docs/formats.md section 18.8). */
import { type Bytes, textOf, utf8 } from "./bytes.ts";
import { nonceOf } from "./passkeyfile.ts";
import { want } from "./problem.ts";
import { formatLine } from "./text.ts";

const mostFile = 4096;

/** A passkey, by its credential's id in hex; without a file it is taken away. */
export interface PasskeyChange {
  readonly credential: string;
  readonly file?: Bytes;
}

/** Writes the payload. Throws `malformed` for what could not be read again. */
export function passkeyChangeText({ credential, file }: PasskeyChange): Bytes {
  const bytes = utf8(`despatch-passkey 1\ncredential ${credential}\nfile ${file === undefined ? "-" : btoa(String.fromCharCode(...file))}\n`);
  readPasskeyChange(bytes);
  return bytes;
}

/** Reads the payload. Throws `malformed` or `newer`. */
export function readPasskeyChange(bytes: Bytes): PasskeyChange {
  const text = textOf(bytes);
  const [first] = text.split("\n", 1);
  formatLine(first, "despatch-passkey", 1);
  const [, credential = "", packed = ""] = /^[^\n]*\ncredential ((?:[0-9a-f]{2}){1,96})\nfile (-|[A-Za-z0-9+/]+={0,2})\n$/.exec(text) ?? [];
  want(credential !== "" && text.length <= 2 * mostFile, "that is no passkey, or not written as Despatch writes it");
  if (packed === "-") return { credential };
  want(packed.length % 4 === 0 && btoa(atob(packed)) === packed, "the file is not in base64 as Despatch writes it");
  const file = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
  nonceOf(file);
  want(file.length <= mostFile, "the file is longer than any may be");
  return { credential, file };
}
