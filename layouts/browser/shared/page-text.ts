/** The words of a page that the generator rendered: what a person reads in its main part. */

/** Parts that stand on many pages, so that finding them says nothing, or that say what is said elsewhere. */
const left = /<(button|svg|nav)\b.*?<\/\1>|<p [^>]*\bdata-same\b.*?<\/p>|<details class="govuk-details".*?<\/details>|<span class="govuk-visually-hidden">.*?<\/span>|<h1\b.*?<\/h1>/gs;
const named: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

/** The text of a page's main part, its white space folded. Nothing of it is ever markup again. */
export function pageText(page: string): string {
  const from = page.indexOf("<main");
  const to = page.lastIndexOf("</main>");
  if (from < 0 || to < from) return "";
  return page
    .slice(page.indexOf(">", from) + 1, to)
    .replace(left, " ")
    // Emphasis and links stand inside words; all else ends one.
    .replace(/<\/?(?:strong|em|b|i|a|wbr|code|del|sup|sub)\b[^>]*>/g, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/&(?:#(\d+)|#x([0-9a-f]+)|([a-z]+));/gi, (whole, decimal?: string, hex?: string, name?: string) =>
      name === undefined ? String.fromCodePoint(Math.min(decimal === undefined ? parseInt(hex ?? "20", 16) : Number(decimal), 0x10ffff)) : named[name] ?? whole)
    .replace(/\s+/g, " ")
    .trim();
}
