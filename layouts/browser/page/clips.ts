/** The names of files that show beside a paperclip while it is pointed at or has the focus. */
import { all } from "./line.ts";

/** Escape puts the names away until the pointer or the focus comes anew (WCAG 1.4.13). */
export function startClips(): void {
  const cells = all("td:has(> .app-clip)");
  if (cells.length === 0) return;
  const back = (event: Event): void => { (event.currentTarget as HTMLElement).removeAttribute("data-put-away"); };
  for (const cell of cells) for (const type of ["mouseenter", "focusin"]) cell.addEventListener(type, back);
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const cell of cells) if (cell.matches(":hover, :focus-within")) cell.setAttribute("data-put-away", "");
  });
}
