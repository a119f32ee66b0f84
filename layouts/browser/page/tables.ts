/** Lists, which are laid out as cards on a phone, stay tables for who listens to them. */
import { all, one } from "./line.ts";

/** Where a table's lines are cards: the same width as in app.css. */
export const cards = "(max-width: 56em)";

const roles: readonly (readonly [selector: string, role: string])[] = [
  ["thead, tbody", "rowgroup"], ["tr", "row"], ["th[scope=col]", "columnheader"], ["th[scope=row]", "rowheader"], ["td", "cell"],
];

/** A table in somebody's text that has no room in its region is laid out as cards as well; its heads are its cells' labels. */
export function fitTables(): void {
  const phone = matchMedia(cards);
  const fit = (): void => {
    if (!phone.matches) return;
    for (const region of all(".app-scroll")) {
      const table = one("table", region);
      const heads = all("thead th, thead td", region).map((head) => head.textContent);
      if (table === null || heads.length === 0 || region.scrollWidth <= region.clientWidth) continue;
      table.classList.add("app-cards");
      for (const row of all("tbody tr", table)) {
        all("th, td", row).forEach((cell, i) => {
          cell.dataset["label"] = heads[i] ?? "";
          cell.classList.toggle("app-cards__first", i === 0);
        });
      }
      keep(table);
    }
  };
  addEventListener("resize", fit);
  fit();
}

/** Some browsers take a table for one no longer when its styles lay it out otherwise; roles that are written down stay. */
export function keepTables(): void {
  for (const table of all("table.app-cards")) keep(table);
}

function keep(table: HTMLElement): void {
  table.setAttribute("role", "table");
  for (const [selector, role] of roles) for (const part of all(selector, table)) part.setAttribute("role", role);
}
