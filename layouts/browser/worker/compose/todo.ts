/** What awaits something from the reader's schools. */
import { addDays, overdueDays } from "../../shared/dates.ts";
import type { Reader } from "./composed.ts";
import { compare, type Paper } from "./paper.ts";

/** What to do, the nearest deadline first; what is long past is left out. */
export function todo({ papers, today }: Reader): Paper[] {
  const oldest = addDays(today, -overdueDays);
  return papers
    .filter((p) => asks(p) && !p.done && (p.item.due === "" || p.item.due >= oldest))
    .sort((a, b) => compare(a.item.due || "9999", b.item.due || "9999") || compare(a.item.title, b.item.title));
}

/** Whoever may not read a record cannot answer it either. */
function asks({ item, href }: Paper): boolean {
  switch (item.kind) {
    case "visit": return item.respond && href !== "";
    case "sheet": return item.type === "Action" && item.state === "published" && (item.due !== "" || item.respond);
    case "return": return item.state === "open" || (item.state === "published" && item.due !== "");
    default: return false;
  }
}
