/** Tells a person in an open tab that what the host serves contradicts what was signed. */
import type { Cause } from "../shared/problem.ts";
import { breach } from "../shared/breach.ts";
import { el } from "./element.ts";
import { all, one } from "./line.ts";
import { banner } from "./published.ts";

/**
 * Raises the alarm. The sign-in page says not to sign in. A page that is open
 * was checked before it was shown and stays, under a banner; when the worker
 * itself was replaced, nobody should read on here, and nothing stays.
 */
export function alarm(why: Cause | "replaced"): void {
  const told = breach(why) ?? breach("signature");
  if (told === undefined) return;
  const signIn = one("[data-alarm]");
  const main = one("main");
  if (signIn !== null) {
    const text = one("[data-alarm-text]", signIn);
    if (text !== null) text.textContent = `${told.what} ${told.now}`;
    signIn.hidden = false;
    signIn.focus();
  } else if (why === "replaced" && main !== null) {
    main.replaceChildren(el("div", { role: "alert" }, el("h1", { class: "govuk-heading-l" }, told.title),
      el("p", { class: "govuk-body" }, told.what), el("p", { class: "govuk-body" }, told.now)));
    document.title = document.title.replace(/^[^–]*/, `${told.title} `);
    // Nobody is signed in any more.
    for (const part of all(".app-header__person, .app-menu, .app-schools")) part.hidden = true;
  } else {
    const box = banner("alarm", "The site serves something that cannot be trusted", `${told.what} ${told.now} This page was checked before it was shown, and can be read.`);
    box?.setAttribute("role", "alert");
  }
}
