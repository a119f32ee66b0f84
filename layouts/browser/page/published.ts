/** Says on every page how old the site's state is, and above the page what makes it doubtful. */
import { longDay, londonDay, londonTime } from "../shared/dates.ts";
import type { About } from "../shared/message.ts";
import { el } from "./element.ts";
import { all, one } from "./line.ts";

/** Shows when the head was signed; warns when it is stale, or when the host was not reached. */
export function showPublished(about: About): void {
  if (about.published === 0) return;
  for (const element of all("[data-published]")) {
    element.textContent = `Published ${moment(about.published)}.`;
    element.classList.toggle("app-stale", about.stale || about.offline);
  }
  if (about.offline) {
    banner("offline", "You are offline", `You see what this device kept. The site was last reached on ${moment(about.reached)}; what was published since is not here.`);
  }
  if (about.stale) {
    banner("stale", "This may be out of date", `The authority published this on ${moment(about.published)} and has not confirmed it since. You can read it; ask the authority before you rely on it.`);
  }
}

/** Puts a banner above the page's content, in place of one of its kind. */
export function banner(kind: string, title: string, text: string): HTMLElement | undefined {
  const main = one("main");
  if (main === null) return undefined;
  for (const old of all(`[data-banner="${kind}"]`)) old.remove();
  const box = el("section", { class: `app-banner app-banner--${kind}`, "data-banner": kind, "aria-label": title },
    el("p", { class: "govuk-body app-banner__title" }, title), el("p", { class: "govuk-body" }, text));
  main.prepend(box);
  return box;
}

function moment(at: number): string {
  const day = londonDay(at);
  const name = new Intl.DateTimeFormat("en-GB", { weekday: "long", timeZone: "UTC" }).format(Date.parse(day));
  return `${name} ${longDay(day)} at ${londonTime(at)}`;
}
