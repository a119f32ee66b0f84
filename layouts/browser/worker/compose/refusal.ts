/** The pages that stand where something could not be shown, each with what to do. */
import type { Cause } from "../../shared/problem.ts";
import { type Html, html, none } from "./html.ts";
import { breach } from "../../shared/breach.ts";
import { type Composed, heading } from "./composed.ts";

/** A refusal page with its HTTP status. */
export interface RefusalPage extends Composed {
  readonly status: number;
}

/**
 * The page for a cause. `forget` is the address under which the device forgets
 * this site, offered only where what was pinned here contradicts the host;
 * `whomToAsk` is for who lacks a key (row V11).
 */
export function refusalPage(why: Cause, forget: string, whomToAsk: Html): RefusalPage {
  switch (why) {
    case "locked":
      return say(403, "You need permission", html`<p class="govuk-body">You do not have permission to read this page, or it is not there any more: without its key, this device cannot tell which.</p>${whomToAsk}`);
    case "missing":
      return say(404, "Page not found", html`<p class="govuk-body">This page is not there, or is no longer published. If you followed a link from an e-mail, it may have been replaced.</p>
<p class="govuk-body"><a class="govuk-link" href="/s/search.html">Search for it</a> or <a class="govuk-link" href="/s/home.html">go to the home page</a>.</p>`);
    case "offline":
      return say(503, "This page is not on this device", html`<p class="govuk-body">The site cannot be reached, and this page was not kept here. Check your connection, then reload the page.</p>
<p class="govuk-body">What you opened before can still be read: <a class="govuk-link" href="/s/home.html">go to the home page</a>. To have everything without a network, use <a class="govuk-link" href="/s/offline.html">Reading offline</a> while you are connected.</p>`);
    case "newer":
      return say(503, "Reload this page", html`<p class="govuk-body">This page was written by a newer version of the site. Close all its other tabs and reload. If it happens again, sign out and sign in.</p>`);
    case "signature":
    case "rollback":
      return warned(why, html`<p class="govuk-body">Only if the authority told you that its site began afresh: <a class="govuk-link" href="${forget}">make this device forget the old site</a>.</p>`);
    case "mismatch":
    case "withheld":
      return warned(why, none);
    case "malformed":
      return warned("mismatch", none);
    case "expired":
    case "unknown":
      return say(500, "There is a problem", html`<p class="govuk-body">This page could not be made. Reload it; if it happens again, sign out and sign in.</p>`);
  }
}

/** Blames nobody by name, but says what happened and what to do. */
function warned(why: "signature" | "rollback" | "mismatch" | "withheld", more: Html): RefusalPage {
  const told = breach(why);
  return say(502, told?.title ?? "", html`<p class="govuk-body">${told?.what}</p><p class="govuk-body">${told?.now}</p>${more}`);
}

function say(status: number, title: string, main: Composed["main"]): RefusalPage {
  return { status, title, main: html`${heading(title)}${main}` };
}
