/** Links of mails: `#a=<account code>&to=<path>&h=<serial>` (docs/formats.md section 15). */
import { foldCode } from "../shared/account.ts";

export interface Link {
  /** The folded account code, or empty. */
  readonly code: string;
  /** Where to go after signing in: always a path under /s/. */
  readonly to: string;
  /** The lowest serial that carries the news, or 0. */
  readonly atLeast: number;
}

const home = "/s/home.html";

/** Reads a link; whatever is not what we would write is left out. */
export function linkOf(address: { readonly pathname: string; readonly hash: string }): Link {
  const said = new URLSearchParams(address.hash.slice(1));
  const to = said.get("to") ?? "";
  const serial = said.get("h") ?? "";
  return {
    code: foldCode(said.get("a") ?? ""),
    to: /^\/s\/[a-z0-9][a-z0-9./-]*$/.test(to) && !to.includes("..") && !to.includes("//") ? to : home,
    atLeast: /^[1-9][0-9]{0,14}$/.test(serial) ? Number(serial) : 0,
  };
}
