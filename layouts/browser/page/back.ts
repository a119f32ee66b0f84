/**
 * Back from a record to its list as it was filtered and sorted. The list's fragment
 * rides in the record's, which no server sees; it names choices, never typed words.
 */
import { all } from "./line.ts";

const prefix = "#back=";

/** Lets the links of a list's rows bring its state along. */
export function carry(rows: readonly HTMLElement[], state: string): void {
  for (const link of rows.flatMap((row) => [...row.querySelectorAll<HTMLAnchorElement>("a[href]")])) {
    if (link.pathname.endsWith(".html")) link.hash = state === "" ? "" : prefix + encodeURIComponent(state);
  }
}

/** Gives the state that came along to the page's links back. */
export function comeBack(hash: string): void {
  const state = stateOf(hash);
  if (state === "") return;
  for (const link of all("a[data-back]")) if (link instanceof HTMLAnchorElement) link.hash = state;
}

/** The state of a list in a record's fragment, or nothing. */
export function stateOf(hash: string): string {
  if (!hash.startsWith(prefix)) return "";
  try {
    return new URLSearchParams(decodeURIComponent(hash.slice(prefix.length))).toString();
  } catch {
    return "";
  }
}
