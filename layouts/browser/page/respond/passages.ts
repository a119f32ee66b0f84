/** The passages of a record as its page shows them: what can be marked as inaccurate. */
import { commentsOf, lengthOf, longestPassage } from "../../shared/response.ts";

/** A heading of the record, or a passage under it. */
export interface Passage {
  readonly heading: boolean;
  readonly text: string;
}

/** The parts of the page that are the record itself. */
const record = ".govuk-grid-column-two-thirds > dl, .app-report, section[aria-labelledby=findings], section[aria-labelledby=answers]";
const headings = "h2, h3, h4, h5, h6";
const blocks = "p, li, tr, pre, .govuk-summary-list__row";
/** What stands within a block and is one of its own. */
const inner = "p, ul, ol, table, pre, blockquote, .govuk-visually-hidden";

/** Reads the passages of the record at an address; none where it cannot be read. */
export async function passagesOf(href: string): Promise<Passage[]> {
  const page = await fetched(href);
  if (page === null) return [];
  const found: Passage[] = [];
  for (const part of page.querySelectorAll(record)) {
    for (const block of part.querySelectorAll(`${headings}, ${blocks}`)) {
      const heading = block.matches(headings);
      const text = textOf(block);
      if (text !== "" && block.closest("thead") === null) found.push({ heading, text: heading ? text : cut(text) });
    }
  }
  return found;
}

/** A page of the portal as a document in which nothing runs. */
function fetched(href: string): Promise<Document | null> {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("GET", href);
    request.responseType = "document";
    request.onload = () => { done(request.status === 200 ? request.responseXML : null); };
    request.onerror = () => { done(null); };
    request.send();
  });
}

/** A block's own words in one line; the cells of a row stand apart. */
function textOf(block: Element): string {
  const cells = [...block.querySelectorAll(":scope > th, :scope > td, :scope > dt, :scope > dd")];
  if (cells.length > 0) return cells.map((c) => folded(c.textContent)).filter((c) => c !== "").join(" · ");
  const own = block.cloneNode(true) as Element;
  if (!block.matches("p, pre")) for (const other of own.querySelectorAll(inner)) other.remove();
  return folded(own.textContent);
}

function folded(text: string): string {
  return commentsOf(text).replace(/\s+/g, " ").trim();
}

/** A passage as it may be in an answer. */
function cut(text: string): string {
  return lengthOf(text) <= longestPassage ? text : `${Array.from(text).slice(0, longestPassage - 1).join("").trimEnd()}…`;
}
