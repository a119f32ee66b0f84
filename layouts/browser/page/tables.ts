/** Lists, which are laid out as cards on a phone, stay tables for who listens to them. */
import { all } from "./line.ts";

/** Where a table's lines are cards: the same width as in app.css. */
export const cards = "(max-width: 56em)";

const roles: readonly (readonly [selector: string, role: string])[] = [
  ["thead, tbody", "rowgroup"], ["tr", "row"], ["th[scope=col]", "columnheader"], ["th[scope=row]", "rowheader"], ["td", "cell"],
];

/** Some browsers take a table for one no longer when its styles lay it out otherwise; roles that are written down stay. */
export function keepTables(): void {
  for (const table of all("table.app-cards")) {
    table.setAttribute("role", "table");
    for (const [selector, role] of roles) for (const part of all(selector, table)) part.setAttribute("role", role);
  }
}
