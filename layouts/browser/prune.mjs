// Leaves out the styles of GOV.UK classes that nothing of ours uses: every byte
// of the first load is waited for on a slow line, and every rule is matched again
// on each page. What is used is read from the sources, so that a class is back as
// soon as somebody writes its name; a name that goes on with a value, as in
// `govuk-tag--${colour}`, keeps all that begin so.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const sources = /\.(ts|html|go|css)$/;
const name = /govuk-[A-Za-z0-9!_-]+/g;

/** The classes that the sources in the folders name, and the beginnings of such names. */
export function named(folders) {
  return new Set(folders.flatMap((folder) => textOf(folder).match(name) ?? []));
}

/** A style sheet without the selectors of GOV.UK classes that are not named, and without the rules that then have none. */
export function without(css, used) {
  const begun = [...used].filter((n) => n.endsWith("-"));
  const known = (n) => used.has(n) || begun.some((b) => n.startsWith(b));
  // What stands in brackets may be what an element is not, or one of several.
  const kept = (selector) => (bare(selector).match(name) ?? []).every(known);
  let left = "";
  for (const { head, body } of rules(css)) {
    if (body === undefined) left += head;
    else if (/^@(media|supports)/.test(head)) {
      const inside = without(body, used);
      if (inside !== "") left += `${head}{${inside}}`;
    } else {
      const selectors = head.startsWith("@") ? [head] : list(head).filter(kept);
      if (selectors.length > 0) left += `${selectors.join(",")}{${body}}`;
    }
  }
  return left;
}

/** A selector as it stands for itself: without brackets, and without the escapes of CSS. */
function bare(selector) {
  return selector.replace(/\([^()]*\)/g, "").replaceAll("\\", "");
}

function textOf(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((f) => f.isFile() && sources.test(f.name) && !f.name.includes("test"))
    .map((f) => readFileSync(join(f.parentPath ?? f.path, f.name), "utf8"))
    .join("\n");
}

/** The rules of a sheet at its outermost level: a head and the body in its braces, or a statement alone. */
function* rules(css) {
  let from = 0;
  let open = 0;
  let depth = 0;
  for (let i = 0; i < css.length; i++) {
    const c = css[i];
    if (c === '"' || c === "'") i = css.indexOf(c, i + 1);
    else if (c === ";" && depth === 0) {
      yield { head: css.slice(from, i + 1) };
      from = i + 1;
    } else if (c === "{" && depth++ === 0) open = i;
    else if (c === "}" && --depth === 0) {
      yield { head: css.slice(from, open).trim(), body: css.slice(open + 1, i) };
      from = i + 1;
    }
  }
}

/** The selectors of a head; commas inside brackets part nothing. */
function list(head) {
  return head.split(/,(?![^(]*\))/);
}
