/** The payload by which a Headteacher says what a colleague may see of an area (docs/formats.md section 18.7). */
import { type Bytes, textOf, utf8 } from "./bytes.ts";
import { want } from "./problem.ts";
import { formatLine } from "./text.ts";

/** What an account, by its opaque id, may see of an area from now on. */
export interface Permission {
  readonly account: string;
  readonly area: string;
  readonly right: string;
}

/** Writes the payload. Throws `malformed` for what could not be read again. */
export function permissionText({ account, area, right }: Permission): Bytes {
  const bytes = utf8(`despatch-permission-grant 1\naccount ${account}\narea ${area}\nright ${right}\n`);
  readPermission(bytes);
  return bytes;
}

/** Reads the payload. Throws `malformed` or `newer`. */
export function readPermission(bytes: Bytes): Permission {
  const text = textOf(bytes);
  const [first] = text.split("\n", 1);
  formatLine(first, "despatch-permission-grant", 1);
  const [, account = "", area = "", right = ""] = /^[^\n]*\naccount ([0-9a-f]{32})\narea ([a-z][a-z-]{0,31})\nright (off|audit|full)\n$/.exec(text) ?? [];
  want(account !== "", "that is no permission, or not written as Despatch writes it");
  return { account, area, right };
}
