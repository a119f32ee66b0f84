/** Whatever people write, in any field of any item, is text on composed pages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { itemKinds, itemStates, type Item } from "../shared/contents.ts";
import type { Session } from "../shared/session.ts";
import * as account from "../worker/compose/account.ts";
import * as areas from "../worker/compose/areas.ts";
import * as places from "../worker/compose/places.ts";
import { bare, type Composed, framed, type Reader, readerOf } from "../worker/compose/composed.ts";
import { home } from "../worker/compose/home.ts";
import type { Shelf } from "../worker/library.ts";

const corpus = [
  `"><img src=x onerror=alert(1)>`, `'><script>alert(1)</script>`, `</title><script>alert(1)</script>`, `<!--title--><!--main--><svg/onload=alert(1)>`,
  `$&$\`$'<iframe srcdoc=x>`, `javascript:alert(1)`, `" data-deadline onfocus=alert(1) autofocus="`, `&lt;b&gt;`, `a|b`, `</details></main></body>`,
];
const composers: Record<string, (reader: Reader) => Composed> = {
  home, account: (r) => account.account(r, []), permission: (r) => account.permission(r, []), visits: (r) => places.visits(r, []), sheets: areas.sheets, returns: areas.returns,
  documents: areas.documents, news: areas.news, results: areas.results,
};

function hostile(word: string): Reader {
  const items: Item[] = itemKinds.flatMap((kind, k) => itemStates.map((state, s): Item => ({
    id: (k * 100 + s).toString(16).padStart(16, "0"), kind, page: s % 2 === 0 ? "0123456789abcdef.html" : "", title: word, date: "2026-11-10", changed: "2026-11-10", due: s % 3 === 0 ? "2026-12-01" : "",
    due_text: word, state, state_text: word, type: kind === "sheet" && s % 2 === 0 ? "Action" : word, category: word, focus: word, person: word, contact: word,
    publisher: word, publisher_kind: word, number: word, audience: [word], files: ["1111111111111111.pdf"], of: "", respond: s % 2 === 0, subject_sha256: "",
  })));
  const shelf = (urn: string): Shelf => ({
    compartment: { kind: "visits-full", school: urn, epoch: 1, root: "0123456789abcdef", secret: "", identity: "" },
    contents: {
      compartment: "visits-full", school: { urn, name: word + urn, opaque: "" }, root: "0123456789abcdef", epoch: 1, packs: [], items,
      files: [{ name: "1111111111111111.pdf", path: "", sha256: "", type: "application/pdf", title: word, size: 1 }],
      lists: [{ area: "visits", tab: "authority", title: word, page: "2222222222222222.html" }],
    },
  });
  const session: Session = {
    code: "7KQ2M9XD", opaque: "", root: "", identity: "", signing: "", holder: word, rings: [], compartments: [], started: 0, touched: 0, before: 0, typed: {}, shared: false, school: "",
  };
  return readerOf(session, [shelf("900001"), shelf("900002")], "2026-11-18");
}

/** The tags of a page, each with its attributes, taken apart as a browser does. */
function tags(page: string): string[] {
  return page.match(/<(?:"[^"]*"|[^">])*>/g) ?? [];
}

for (const [name, compose] of Object.entries(composers)) {
  test(`${name} shows hostile words as words`, () => {
    const plain = compose(hostile("plain"));
    for (const word of corpus) {
      const composed = compose(hostile(word));
      const main = composed.main.text;
      assert.doesNotMatch(tags(main).join("").replace(/"[^"]*"/g, `""`), /<(img|script|iframe|!--)|\son[a-z]+=|autofocus/i, word);
      assert.doesNotMatch(main, /href="[^"]*(javascript|data):/i, word);
      // The same page with a harmless word has the same elements, one by one.
      const names = (page: string): string[] => tags(page).map((t) => t.replace(/[\s>].*$/s, ""));
      if (!word.includes("|")) assert.deepEqual(names(main), names(plain.main.text), word);
      const whole = framed("<title><!--title--></title><main><!--main--></main>", { title: word, main: composed.main });
      assert.equal(whole.match(/<title>/g)?.length, 1);
      assert.equal(whole.indexOf("<main>"), whole.indexOf("</title>") + "</title>".length, word);
      assert.doesNotMatch(bare({ title: word, main: composed.main }).replace(/"[^"]*"/g, `""`), /<(img|script|iframe|!--)/i, word);
    }
  });
}
