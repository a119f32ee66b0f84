/** What every page of the portal shows of its reader: their schools, and what is new on it. */
import type { School } from "../shared/contents.ts";
import type { About } from "../shared/message.ts";
import { el, hidden, tag } from "./element.ts";
import { formatCode } from "../shared/account.ts";
import type { Custody } from "./custody.ts";
import type { Link } from "./link.ts";
import { all, ask, one } from "./line.ts";

/** Shows what the worker told of the reader's view. */
export function showView(about: About, worker: ServiceWorker): void {
  if (about.schools.length > 1) {
    for (const place of all("[data-schools]")) offerSchools(place, about, worker);
    offerSwitch(about, worker);
  }
  if (about.since !== "") markNew(about.since);
  markAnswered(about.answered);
}

/** Lets the links of schools lead home to the one school. */
export function linkSchools(worker: ServiceWorker): void {
  for (const link of all("a[data-school]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      void look(worker, link.dataset["school"] ?? "", "/s/home.html");
    });
  }
}

/** The choice between the reader's schools. A button starts it: choosing in the list alone changes nothing (WCAG 3.2.2). */
function offerSchools(place: HTMLElement, about: About, worker: ServiceWorker): void {
  const select = el("select", { class: "govuk-select", id: "look-at", autocomplete: "off" }, ...[{ urn: "", name: about.schools.length === 2 ? "Both schools" : `All ${String(about.schools.length)} schools` }, ...about.schools].map((s) => new Option(s.name, s.urn, false, s.urn === about.school)));
  const form = el("form", { class: "govuk-width-container app-schools__form", "aria-label": "Your schools" },
    el("label", { class: "govuk-label", for: "look-at" }, "Show"), select, el("button", { class: "govuk-button govuk-button--secondary", type: "submit" }, "Change", hidden(" school")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void look(worker, select.value, /^\/s\/[a-z]+\.html$/.test(location.pathname) ? location.pathname : "/s/home.html");
  });
  place.replaceChildren(form);
  place.hidden = false;
}

/** A link may lead to a paper of another school than the one that is looked at. */
function offerSwitch({ schools, school, here }: About, worker: ServiceWorker): void {
  const other = schools.find((s) => s.urn === here);
  const main = one("main");
  if (school === "" || school === here || other === undefined || main === null) return;
  const button = el("button", { class: "govuk-button govuk-button--secondary", type: "button" }, `Change to ${other.name}`);
  button.addEventListener("click", () => { void look(worker, other.urn, location.pathname); });
  main.prepend(el("div", { class: "govuk-inset-text app-switch", role: "region", "aria-label": "Another of your schools" },
    el("p", { class: "govuk-body" }, "This is a paper of ", el("strong", {}, other.name), `. You are looking at ${nameOf(schools, school)}.`), button));
}

function nameOf(schools: readonly School[], urn: string): string {
  return schools.find((s) => s.urn === urn)?.name ?? "";
}

async function look(worker: ServiceWorker, urn: string, then: string): Promise<void> {
  await ask(worker, { ask: "school", urn });
  if (then === location.pathname) location.reload();
  else location.assign(then);
}

/** Marks the lines of a generated list that changed since the reader signed in before. */
function markNew(since: string): void {
  for (const row of all("tr[data-changed]")) {
    if ((row.dataset["changed"] ?? "") < since) continue;
    const mark = tag("New", "blue");
    mark.classList.add("app-new");
    row.firstElementChild?.append(" ", mark);
  }
}

/** In a generated list, which does not know it yet: what this person answered waits for the authority. */
function markAnswered(pages: readonly string[]): void {
  for (const link of all("table a[href]")) {
    const words = link.firstChild;
    if (!pages.some((page) => (link as HTMLAnchorElement).pathname === `/s/${page}`) || words?.textContent?.trim() !== "Read and Respond") continue;
    words.textContent = "Open";
    link.after(" ", tag("Answered", "blue"), el("span", { class: "app-small" }, "Waiting for the authority"));
  }
}

/** Long tables show their first lines, and all of them when the reader asks. */
export function shorten(): void {
  for (const table of all("table[data-long]")) {
    const rows = all("tbody tr", table);
    const more = rows.slice(Number(table.dataset["long"]));
    if (more.length === 0) continue;
    for (const row of more) row.hidden = true;
    const name = table.querySelector("caption")?.textContent ?? "";
    const button = el("button", { class: "govuk-button govuk-button--secondary app-more", type: "button" }, `Show all ${String(rows.length)}`, hidden(`: ${name}`));
    button.addEventListener("click", () => {
      for (const row of more) row.hidden = false;
      button.remove();
      // The focus goes on where the new lines begin, not back to the top.
      const [first] = more;
      const link = first?.querySelector("a");
      if (link == null && first !== undefined) first.tabIndex = -1;
      (link ?? first)?.focus();
    });
    table.after(button);
  }
}

/** A mail's link may be for another account than the one that is signed in. */
export function offerAccount(link: Link, custody: Custody): void {
  const change = el("button", { class: "govuk-button govuk-button--secondary", type: "button" }, `Sign in with ${formatCode(link.code)}`);
  change.addEventListener("click", () => {
    custody.change(`/#${new URLSearchParams({ a: link.code, to: location.pathname, ...(link.atLeast === 0 ? {} : { h: String(link.atLeast) }) }).toString()}`);
  });
  one("main")?.prepend(el("div", { class: "govuk-inset-text app-switch", role: "region", "aria-label": "Another account" },
    el("p", { class: "govuk-body" }, "The link that you followed is for the account ", el("strong", {}, formatCode(link.code)), ". You are signed in with the account ", el("strong", {}, formatCode(custody.code)), "."), change));
}

/** Takes what only a mail's link says out of the address, which lists use for themselves and history keeps. */
export function forgetLink(): void {
  const rest = new URLSearchParams(location.hash.slice(1));
  for (const name of ["a", "to", "h"]) rest.delete(name);
  const text = rest.toString();
  history.replaceState(history.state, "", text === "" ? location.pathname : `#${text}`);
}

/** Says that the host is behind the mail whose link led here (docs/formats.md section 15). */
export function showBehind(): void {
  one("main")?.prepend(el("div", { class: "govuk-warning-text", role: "status" },
    el("span", { class: "govuk-warning-text__icon", "aria-hidden": "true" }, "!"),
    el("strong", { class: "govuk-warning-text__text" }, hidden("Warning"),
      "The site may be behind: your e-mail speaks of something newer than what the site shows. Reload this page in a few minutes; if it stays so, ask the authority.")));
}
