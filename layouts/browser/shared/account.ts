/** What a person types to sign in (docs/formats.md section 4). */
import { sha256, utf8 } from "./bytes.ts";

/**
 * Folds a typed account code: upper case, no spaces or hyphens, O read as 0, I
 * and L as 1. Empty when that is not a code.
 */
export function foldCode(typed: string): string {
  const code = upperAscii(typed.replace(/[ -]/g, "")).replaceAll("O", "0").replace(/[IL]/g, "1");
  return /^[0-9ABCDEFGHJKMNPQRSTVWXYZ]{8}$/.test(code) ? code : "";
}

/** Only A to Z: toUpperCase would turn other letters, as the long s, into them. */
function upperAscii(text: string): string {
  return text.replace(/[a-z]/g, (c) => c.toUpperCase());
}

/** A code as it is printed: 7KQ2-M9XD. */
export function formatCode(code: string): string {
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}

/** Folds a typed passphrase: lower case, one hyphen between words. */
export function foldPassphrase(typed: string): string {
  return typed
    .replace(/[A-Z]/g, (c) => c.toLowerCase())
    .replace(/[ \t\r\n\u00a0\u2010-\u2014.,_-]+/g, "-")
    .replace(/^-|-$/g, "");
}

/** The name under which an account's files are published. It is not secret. */
export async function opaqueAccount(code: string): Promise<string> {
  return (await sha256(utf8("despatch-account-1\n" + code))).slice(0, 32);
}
