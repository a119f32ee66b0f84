/** The name of a colleague, where the reader may know it: from the page that lists who can see what. */
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
