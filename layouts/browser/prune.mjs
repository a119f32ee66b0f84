// Leaves out the styles of GOV.UK components that nothing of ours uses: every
// byte of the first load is waited for on a slow line. What is used is read from
// the sources, so that a component is back as soon as somebody writes its name.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const sources = /\.(ts|html|go|css)$/;

/** The names of components, of a folder that has one folder each, that no source in the folders names. */
export function unused(components, folders) {
  const text = folders.map(textOf).join("\n");
  return readdirSync(components, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !new RegExp(`govuk-${entry.name}(?![a-z]|-[a-z])`).test(text))
    .map((entry) => entry.name);
}

/** A style sheet without the selectors of some components, and without the rules that then have none. */
export function without(css, components) {
  if (components.length === 0) return css;
  const theirs = new RegExp(`\\.govuk-(${components.join("|")})(?![a-z]|-[a-z])`);
  let kept = "";
  for (const { head, body } of rules(css)) {
    if (body === undefined) kept += head;
    else if (/^@(media|supports)/.test(head)) {
      const inside = without(body, components);
      if (inside !== "") kept += `${head}{${inside}}`;
    } else {
      const selectors = head.startsWith("@") ? [head] : list(head).filter((s) => !theirs.test(s));
      if (selectors.length > 0) kept += `${selectors.join(",")}{${body}}`;
    }
  }
  return kept;
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
