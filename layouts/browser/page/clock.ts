/** What only the reader's clock can say: days left, which helpline answers now. */
import { daysLeft, londonDay, londonTime } from "../shared/dates.ts";
import { all } from "./line.ts";

/** Adds the days left to every deadline of the page. */
export function markDeadlines(now: number): void {
  for (const element of all("time[data-deadline]")) {
    const due = (element as HTMLTimeElement).dateTime.slice(0, 10);
    element.removeAttribute("data-deadline");
    const left = daysLeft(londonDay(now), due);
    if (left === "") continue;
    const note = document.createElement("span");
    note.className = "app-days-left";
    note.classList.toggle("app-days-left--overdue", due < londonDay(now));
    note.textContent = `(${left})`;
    element.after(" ", note);
  }
}

/** Marks the helpline number that answers now: Monday to Friday within its hours, London time. */
export function markHelpline(now: number): void {
  const day = new Date(londonDay(now) + "T00:00:00Z").getUTCDay();
  const time = londonTime(now);
  for (const element of all("[data-helpline]")) {
    const office = day >= 1 && day <= 5 && time >= (element.dataset["from"] ?? "") && time < (element.dataset["to"] ?? "");
    for (const number of all("[data-hours]", element)) {
      const answers = (number.dataset["hours"] === "office") === office;
      number.classList.toggle("app-helpline--now", answers);
      for (const mark of all("[data-now]", number)) mark.hidden = !answers;
    }
  }
}
