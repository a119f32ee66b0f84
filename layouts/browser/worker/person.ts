/**
 * What is the signed-in person's own at each school: the generator renders it
 * into a page of their own compartment, and the portal's pages take parts of it.
 */
import type { School } from "../shared/contents.ts";
import { textOf } from "../shared/bytes.ts";
import { Html, none } from "./compose/html.ts";
import type { Library, Shelf } from "./library.ts";

/** The parts of a person's own page at one school. */
export interface Own {
  readonly school: School;
  /** The address that is held for them and what they may see. */
  readonly own: Html;
  /** Whom to tell of another address; at several schools mostly the same. */
  readonly address: Html;
  /** Whom to ask for permission. */
  readonly ask: Html;
  /** Of a Headteacher: the colleagues whom they may permit what, or nothing. */
  readonly permits: Html;
}

/** What is the person's own, by the order of the shelves. */
export async function ownOf(library: Library, shelves: readonly Shelf[]): Promise<Own[]> {
  const all: Own[] = [];
  for (const { compartment, contents } of shelves) {
    const listed = contents.lists.find((l) => l.area === "account");
    if (listed === undefined || contents.school === null) continue;
    const { bytes } = await library.leaf(compartment.root, listed.page);
    const text = textOf(bytes);
    all.push({ school: contents.school, own: part(text, "own"), address: part(text, "address"), ask: part(text, "ask"), permits: part(text, "permits") });
  }
  return all;
}

/** What stands between a page's marks. The page is the generator's, and was checked: it is HTML as it is. */
function part(page: string, name: string): Html {
  const [, text] = page.split(`<!--${name}-->`);
  const [found, rest] = (text ?? "").split(`<!--/${name}-->`);
  return rest === undefined ? none : new Html(found ?? "");
}
