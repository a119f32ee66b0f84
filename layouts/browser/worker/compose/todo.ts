/** Deadlines of what is to do. */
import type { Paper } from "../../shared/paper.ts";
import { type Html, html, none } from "./html.ts";
import { dueCell } from "./list.ts";

/** A deadline with the word for one that has passed. */
export function deadlineCell(paper: Paper, today: string): Html {
  const { item } = paper;
  if (item.due === "" || item.due >= today) return dueCell(paper);
  const late = item.kind === "return" && item.state === "open";
  const word = late ? html`<strong class="govuk-tag govuk-tag--orange">Late</strong>` : html`<strong class="govuk-tag govuk-tag--red">Overdue</strong>`;
  return html`${word} ${dueCell(paper)}${late ? html`<span class="app-small">Late returns are still taken</span>` : none}`;
}
