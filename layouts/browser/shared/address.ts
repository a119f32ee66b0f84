/** The payload by which a person gives another e-mail address of their own (docs/formats.md section 18.6). */
import { type Bytes, textOf, utf8 } from "./bytes.ts";
import { want } from "./problem.ts";
import { formatLine } from "./text.ts";

const wellFormed = /^[A-Za-z0-9][A-Za-z0-9_'+-]*(\.[A-Za-z0-9_'+-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])$/;

/** Whether an address is one that a person may give. */
export function isAddress(address: string): boolean {
  return address.length <= 254 && address.indexOf("@") <= 64 && wellFormed.test(address);
}

/** Writes the payload. Throws `malformed` for what could not be read again. */
export function addressText(address: string): Bytes {
  const bytes = utf8(`despatch-email-change 1\naddress ${address}\n`);
  readAddress(bytes);
  return bytes;
}

/** Reads the payload. Throws `malformed` or `newer`. */
export function readAddress(bytes: Bytes): string {
  const [first, line = "", ...rest] = textOf(bytes).split("\n");
  formatLine(first, "despatch-email-change", 1);
  const address = line.slice("address ".length);
  want(line.startsWith("address ") && rest.length === 1 && rest[0] === "" && isAddress(address), "that is no e-mail address, or not written as Despatch writes it");
  return address;
}
