/** Names that a person can read for the PDFs and attachments of their own archive. */
import type { Whole } from "../../shared/message.ts";
import type { Paper } from "../../shared/paper.ts";

const folder = "files";

/** Gives each file, by `<root>/<name>`, its path below data/: of what school it is where there are several, of what record, what it is called. */
export function readable(whole: Whole, papers: readonly Paper[]): ReadonlyMap<string, string> {
  const of = new Map(papers.flatMap((p) => p.files.map((f) => [f.href.replace(/^\.\.\//, ""), p] as const)));
  const several = new Set(papers.flatMap((p) => p.schools.map((s) => s.urn))).size > 1;
  const taken = new Set<string>();
  const paths = new Map<string, string>();
  for (const { root, files } of whole.shelves) {
    for (const { name, title } of files) {
      const paper = of.get(`${root}/${name}`);
      const [school, ...others] = paper?.schools ?? [];
      const parts = paper === undefined ? [] : [`${paper.item.date} ${paper.item.title}`.trim()];
      if (several && school !== undefined && others.length === 0) parts.unshift(school.name);
      const ending = /\.[a-z0-9]{1,8}$/.exec(name)?.[0] ?? "";
      const stem = [folder, ...parts.map(part), part(title.toLowerCase().endsWith(ending) ? title.slice(0, title.length - ending.length) : title)].join("/");
      let path = stem + ending;
      for (let n = 2; taken.has(path.toLowerCase()); n++) path = `${stem} (${String(n)})${ending}`;
      taken.add(path.toLowerCase());
      paths.set(`${root}/${name}`, path);
    }
  }
  return paths;
}

/** One part of a path, as every system takes it. */
function part(text: string): string {
  const plain = text.normalize("NFC").replace(/[<>:"/\\|?*\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\u200b-\u200f\u061c\ufeff]/g, " ").replace(/\s+/g, " ");
  const short = Array.from(plain).slice(0, 80).join("").replace(/^[ .]+|[ .]+$/g, "");
  return /^(con|prn|aux|nul|com[1-9]|lpt[1-9]|)$/i.test(short.split(".")[0]?.trim() ?? "") ? `file ${short}`.trim() : short;
}

/** A page with its links to files leading to where they lie; the rest as it was published. */
export function relinked(html: string, root: string, paths: ReadonlyMap<string, string>): string {
  return html.replace(/(<a\b[^>]*\bhref=")([^"#?]+)(")/g, (whole, before: string, href: string, after: string) => {
    const path = paths.get(href.includes("/") ? href.replace(/^(\.\.|\/s)\//, "") : `${root}/${href}`);
    return path === undefined ? whole : before + "../../" + path.split("/").map(encodeURIComponent).join("/").replaceAll("'", "%27") + after;
  });
}
