/** What the pages about a school's people tell of what is sent: the name of a colleague, where the reader may know it, and what could not be taken. */
import type { Sent, SentPaper } from "../../shared/answering.ts";
import { textOf } from "../../shared/bytes.ts";
import { pageText } from "../../shared/page-text.ts";
import type { Desk } from "../holder.ts";

/** The name behind an opaque account id at a school, or empty. */
export async function nameOf({ library }: Desk, urn: string, account: string): Promise<string> {
  try {
    for (const { compartment, contents } of await library.shelves()) {
      const listed = contents.school?.urn === urn ? contents.lists.find((l) => l.area === "people") : undefined;
      if (listed === undefined) continue;
      const { bytes } = await library.leaf(compartment.root, listed.page);
      const [, name] = new RegExp(`<tr[^>]* data-account="${account}"[^>]*>\\s*<th[^>]*>([^<]*)<`).exec(textOf(bytes)) ?? [];
      if (name !== undefined) return pageText(`<main>${name}</main>`);
    }
  } catch {
    // Who was first matters less than that somebody was.
  }
  return "";
}

/** Why each deposit of the person's was not taken, as their own page at a school says. */
async function reasons({ library }: Desk): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { compartment, contents } of await library.shelves()) {
    const listed = contents.lists.find((l) => l.area === "account");
    if (listed === undefined) continue;
    const { bytes } = await library.leaf(compartment.root, listed.page);
    for (const [, deposit = "", why = ""] of textOf(bytes).matchAll(/ data-refused="([0-9a-f]{64})">([^<]*)</g)) found.set(deposit, pageText(`<main>${why}</main>`));
  }
  return found;
}

/** What was sent, each with why it was not taken, where that is so. */
export async function withReasons(desk: Desk, papers: readonly SentPaper[]): Promise<SentPaper[]> {
  const why = await reasons(desk);
  return papers.map((p) => ({ ...p, notTaken: why.get(p.deposit) ?? "" }));
}

/** What was sent without what was not taken: that answers nothing. */
export async function withoutRefused(desk: Desk, sent: readonly Sent[]): Promise<Sent[]> {
  const why = await reasons(desk);
  return sent.filter((s) => !why.has(s.deposit));
}
