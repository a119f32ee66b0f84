/**
 * Runs in every page but the sign-in page: keeps the session, shows who is
 * signed in and how old the site is, starts lists. A public page, or one opened
 * from a folder, works without a worker.
 */
import { createAll, ServiceNavigation, SkipLink } from "govuk-frontend";
import type { About } from "../shared/message.ts";
import { alarm } from "./alarm.ts";
import { comeBack } from "./back.ts";
import { Custody } from "./custody.ts";
import { el } from "./element.ts";
import { linkOf } from "./link.ts";
import { all, ask, one } from "./line.ts";
import { answers, forms, ownParts, passkeyList, sending } from "./lazy.ts";
import { markDeadlines, markHelpline } from "./clock.ts";
import { startClips } from "./clips.ts";
import { startKeeping } from "./keeping.ts";
import { showLoading } from "./loading.ts";
import type { Place } from "./place.ts";
import { showPublished } from "./published.ts";
import { fitTables, keepTables } from "./tables.ts";
import { deadlines, offerCalendar } from "./calendar.ts";
import { type List, startLists } from "./lists.ts";
import { forgetLink, offerAccount, shorten, showBehind, showView } from "./portal.ts";
import { Warning } from "./warning.ts";

const guardKey = "despatch-reloaded";

async function start(): Promise<void> {
  createAll(SkipLink);
  createAll(ServiceNavigation);
  const open = deadlines();
  markDeadlines(Date.now());
  markHelpline(Date.now());
  keepTables();
  fitTables();
  const lists = startLists();
  startClips();
  shorten();
  markMenu();
  offerPrint();
  sessionStorage.removeItem(guardKey);
  // Sandboxed and file: pages have no container at all, whatever its type says.
  const worker = "serviceWorker" in navigator ? navigator.serviceWorker.controller : null;
  // The worker answers pages of the tree only; a refusal may stand at any address.
  const ofTree = ["/s/", "/about/", "/pub/"].some((folder) => location.pathname.startsWith(folder));
  if (worker !== null && ofTree) await withWorker(worker, lists, open);
  comeBack(location.hash);
  document.body.dataset["pageReady"] = "";
}

/** Composed pages share one frame: where one is in the menu is known only here. */
function markMenu(): void {
  for (const link of all("a[data-area]")) {
    if (location.pathname !== `/s/${link.dataset["area"] ?? ""}.html`) continue;
    link.setAttribute("aria-current", "page");
    link.closest("li")?.classList.add("govuk-service-navigation__item--active");
  }
}

/** A record as a PDF, or on paper: the browser's own printing does both, without a byte leaving the device. */
function offerPrint(): void {
  for (const button of all("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => { print(); });
  }
}

/** With a worker, Back leads to the whole list of an area; without, to that of the opened compartment. */
function widenBack(): void {
  for (const link of all("a[data-back]")) {
    const area = link.dataset["back"] ?? "";
    if (area !== "" && area !== "visits") link.setAttribute("href", `/s/${area}.html`);
  }
}

async function withWorker(worker: ServiceWorker, lists: readonly List[], open: readonly HTMLTimeElement[]): Promise<void> {
  showLoading();
  const custody = new Custody(worker, alarm);
  const keeps = ["/s/", "/about/"].some((folder) => location.pathname.startsWith(folder));
  const warning = new Warning(() => { custody.stay(); }, () => { custody.end("signed-out"); });
  if (keeps && (await custody.take(warning))) {
    for (const menu of all("[data-signed-in]")) menu.hidden = false;
    for (const button of all("[data-sign-out]")) {
      button.hidden = false;
      button.addEventListener("click", () => { custody.end("signed-out"); });
    }
    // Chromium takes links with this attribute past the worker. The worker says
    // that it is a download, and its name; the attribute is for opened folders.
    for (const link of all("a[download]")) link.removeAttribute("download");
    widenBack();
    for (const list of lists) list.keepTyped(custody);
    if (custody.shared) sayShared();
    else {
      await startKeeping(worker);
      for (const section of all("[data-passkeys]")) await managePasskeys(section, worker, custody.code);
    }
  }
  const link = linkOf(location);
  const about = await ask(worker, { ask: "about", atLeast: link.atLeast });
  show(about);
  if (about.behind) showBehind();
  if (link.code !== "" || link.atLeast > 0) forgetLink();
  if (link.code !== "" && custody.code !== "" && link.code !== custody.code) offerAccount(link, custody);
  if (!about.unlocked || !location.pathname.startsWith("/s/")) return;
  showView(about, worker);
  offerCalendar(open, about.holder, Date.now());
  for (const place of all("[data-answer]")) await (await answers()).panel(place, worker);
  for (const place of all("[data-own]")) await (await ownParts()).panel(place, worker);
  for (const place of all("[data-return]")) await (await forms()).panel(place, worker);
  for (const place of all("[data-send]")) await (await sending()).panel(place, worker, custody);
  await startPlace(worker, custody);
}

/** Some pages bring a script of their own, which only they need. */
async function startPlace(worker: ServiceWorker, custody: Custody): Promise<void> {
  const place = one("[data-place]");
  const script = place?.dataset["script"] ?? "";
  if (place === null || !/^\/assets\/[a-z]+\.[0-9a-f]{8}\.js$/.test(script)) return;
  const { start } = (await import(script)) as { readonly start: (place: Place) => Promise<void> };
  await start({ place, worker, custody });
}

/** On a shared computer nothing is added to what the device keeps. */
function sayShared(): void {
  for (const section of all("[data-passkeys], [data-keeping]")) {
    const heading = one("h2", section);
    section.replaceChildren(...(heading === null ? [] : [heading]), el("div", { class: "govuk-inset-text" },
      "You signed in on a shared computer: no passkey is added here, and nothing is kept after you sign out."));
    section.dataset["ready"] = "";
  }
}

/** What the account page says of passkeys needs a script of its own. */
async function managePasskeys(section: HTMLElement, worker: ServiceWorker, code: string): Promise<void> {
  const { manage } = await passkeyList();
  const portal = one(".app-header__name")?.textContent ?? location.hostname;
  await manage(section, { code, portal, worker, identity: (passphrase) => ask(worker, { ask: "identity", passphrase }) });
}

function show(about: About): void {
  for (const element of all("[data-holder]")) element.textContent = about.holder;
  showPublished(about);
}

void start();
