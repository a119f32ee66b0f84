// Gathers what axe found on every page and writes layouts/accessibility.json, of
// which the accessibility statement is made (docs/accessibility.md, Test results).
// Only `make statement` writes it: a test of one change must not speak for all.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const file = path.join(root, "layouts", "accessibility.json");

/** kindOf names a page by its kind: the title without date, number and portal. */
export function kindOf(title) {
  return title.replace(/ – [^–]*$/, "").replace(/,.*$/, "").replace(/\s*\d+\/\d+$/, "").trim();
}

/** Statement holds the results of one run in which every page was looked at in the same conditions. */
export class Statement {
  #conditions;
  #pages = new Map();
  #failures = new Map();

  /** conditions are words as a person says them: "320 pixels wide". */
  constructor(conditions) {
    this.#conditions = conditions;
  }

  /** note counts one look at a page of a kind, with what lib.mjs's violations() gave. */
  note(kind, violations) {
    this.#pages.set(kind, (this.#pages.get(kind) ?? 0) + 1);
    for (const { rule, criterion, what } of violations) {
      const key = JSON.stringify([kind, rule]);
      const known = this.#failures.get(key) ?? { page: kind, rule, criterion, what, looks: 0 };
      this.#failures.set(key, { ...known, looks: known.looks + 1 });
    }
  }

  /** results are the file's content on a day: 2026-11-22. */
  results(date, version, engine, browser) {
    const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
    const failures = [...this.#failures.values()].sort((a, b) => order(a.page, b.page) || order(a.rule, b.rule));
    const pages = [...this.#pages].sort(([a], [b]) => order(a, b)).map(([page, looks]) => ({
      page, looks, failures: failures.filter((f) => f.page === page).reduce((sum, f) => sum + f.looks, 0),
    }));
    return { format: 1, date, version, engine, browser, conditions: this.#conditions, pages, failures };
  }

  /** write writes the file when DESPATCH_STATEMENT asks for it. */
  write(browserVersion) {
    if (process.env.DESPATCH_STATEMENT === undefined) return;
    const axe = JSON.parse(fs.readFileSync(path.join(root, "node_modules/axe-core/package.json"), "utf8"));
    const commit = execFileSync("git", ["-C", root, "rev-parse", "--short=12", "HEAD"], { encoding: "utf8" }).trim();
    const now = this.results(new Date().toISOString().slice(0, 10), `despatch ${commit}`, `axe-core ${axe.version}`, `Chromium ${browserVersion}`);
    fs.writeFileSync(file, JSON.stringify(now, null, 2) + "\n");
  }
}
