/** Texts as a search compares them: no capitals, no accents, one kind of quote, hyphen and space. */

const letters: Record<string, string> = {
  ß: "ss", æ: "ae", œ: "oe", ø: "o", đ: "d", ł: "l", ı: "i", "’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‐": "-", "‑": "-",
};
const plain = /^[\u0000-\u007f]*$/;

/** Folds a text. */
export function fold(text: string): string {
  if (plain.test(text)) return text.toLowerCase();
  return text.normalize("NFKD").replace(/[\p{M}\u00ad\u200b]/gu, "").toLowerCase().replace(/[ßæœøđłı’‘“”–—‐‑]/g, (c) => letters[c] ?? c);
}

/** Folds a text and says of each place in the folded one where it comes from. The last place is the text's end. */
export function foldWithPlaces(text: string): { folded: string; places: number[] } {
  let folded = "";
  const places: number[] = [];
  let at = 0;
  for (const sign of text) {
    const part = fold(sign);
    for (let i = 0; i < part.length; i++) places.push(at);
    folded += part;
    at += sign.length;
  }
  places.push(at);
  return { folded, places };
}

/** What was typed, as terms that must all be found: words, and phrases between quotes. */
export function termsOf(typed: string): string[] {
  const terms = [...fold(typed).matchAll(/"([^"]*)"?|[^\s"]+/g)].map(([whole, phrase]) => (phrase ?? whole).trim().replace(/\s+/g, " "));
  return [...new Set(terms)].filter((term) => /[\p{L}\p{N}]/u.test(term));
}

const inWord = /[\p{L}\p{N}]/u;

/** Where a term stands in a folded text at the beginning of a word, from a place on; -1 when nowhere. */
export function find(folded: string, term: string, from = 0): number {
  for (let at = folded.indexOf(term, from); at >= 0; at = folded.indexOf(term, at + 1)) {
    if (at === 0 || !inWord.test(folded[at - 1] ?? "") || !inWord.test(term[0] ?? "")) return at;
  }
  return -1;
}
