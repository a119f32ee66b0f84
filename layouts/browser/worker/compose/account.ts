/** The account of who is signed in, and whom they ask for more. */
import { formatCode } from "../../shared/account.ts";
import { londonDay, londonTime, longDay } from "../../shared/dates.ts";
import type { Own } from "../person.ts";
import { type Composed, heading, type Reader } from "./composed.ts";
import { Html, html, none } from "./html.ts";

/** Who is signed in, what is held about them, what they may read, and this device. */
export function account(reader: Reader, own: readonly Own[]): Composed {
  const { session } = reader;
  return {
    title: "Your account",
    main: html`${heading("Your account")}<div class="app-text">
<dl class="govuk-summary-list app-rows">
${rowOf("Name", html`${session.holder}`)}
${rowOf("Account code", html`${formatCode(session.code)}`)}
${rowOf("Signed in", html`${moment(session.started)}`)}
${rowOf("Last sign-in on an earlier day", session.before === 0 ? html`None on this device` : html`${moment(session.before)}`)}
</dl>
${own.map(({ school, own: part }) => html`<section class="app-apart"><h2 class="govuk-heading-m">${school.name}</h2>${part}${tableLink(reader, school.urn, school.name)}</section>`)}
${reader.schools.length === 0 ? html`<p class="govuk-body">Your account is not linked to a school.</p>` : none}
${reader.sends && own.length > 0 ? html`<section class="app-apart" data-own="address" aria-labelledby="readdress"><h2 class="govuk-heading-m" id="readdress" tabindex="-1">Change your e-mail address</h2></section>` : none}
${own.map(({ school, permits }, at) => reader.sends && permits.text !== "" ? html`<section class="app-apart" data-own="permits" data-school="${school.opaque}" aria-labelledby="permits-${String(at)}"><h2 class="govuk-heading-m" id="permits-${String(at)}" tabindex="-1">Who may see what at ${school.name}</h2>${permits}</section>` : none)}
<section class="app-apart"><h2 class="govuk-heading-m">If something is wrong or missing</h2>${once(own.map((o) => o.address))}<p class="govuk-body">To read more than you can, <a class="govuk-link" href="permission.html">ask for permission</a>.</p></section>
<section class="app-apart"><h2 class="govuk-heading-m">Your papers</h2><ul class="govuk-list govuk-list--spaced">
${reader.sends ? html`<li><a class="govuk-link" href="sent.html">What you sent</a>: your answers, each with its receipt</li>` : none}
<li><a class="govuk-link" href="offline.html">Reading offline</a>: keep what you can read on this device</li>
<li><a class="govuk-link" href="download.html">Download everything</a>: one file to keep, which proves what was published</li>
</ul></section>
<section class="app-apart" data-passkeys${reader.sends ? html` data-sends` : none} aria-labelledby="passkeys"><h2 class="govuk-heading-m" id="passkeys">Passkeys</h2></section>
<section class="app-apart"><h2 class="govuk-heading-m">This device</h2>
<p class="govuk-body">You are signed out on this device after 20 minutes without doing anything, and after 10 hours in any case. Signing out ends it in all tabs.</p>
<p class="govuk-body"><a class="govuk-link" href="/about/cookies.html">What this device keeps</a>, and <a class="govuk-link" href="/about/help.html">help with this site</a>.</p>
<button type="button" class="govuk-button govuk-button--secondary" data-sign-out>Sign out</button>${reader.sends ? html`<div data-own="everywhere"></div>` : none}</section></div>`,
  };
}

/** The page that says whom to ask (row V11). */
export function permission(_reader: Reader, own: readonly Own[]): Composed {
  const title = "You need permission";
  return { title, main: html`${heading(title)}<p class="govuk-body">What you can open depends on your role at your school.</p>${asks(own)}` };
}

/** Whom to ask: the Headteacher of each of the person's schools, where that is known. */
export function asks(own: readonly Own[]): Html {
  if (own.length === 0) {
    return html`<div class="govuk-inset-text">Ask your Headteacher to give you permission. If you are the Headteacher, ask us: see “Whom to ask” below.</div>`;
  }
  return html`${own.map(({ ask }) => html`<div class="govuk-inset-text">${ask}</div>`)}`;
}

/** Parts that say the same once. */
function once(parts: readonly Html[]): Html[] {
  return [...new Set(parts.map((p) => p.text))].map((text) => new Html(text));
}

/** The way to the table of everybody, for those who have it. */
function tableLink({ shelves }: Reader, urn: string, name: string): Html {
  for (const { compartment, contents } of shelves) {
    const listed = contents.school?.urn === urn ? contents.lists.find((l) => l.area === "people") : undefined;
    if (listed !== undefined) {
      return html`<p class="govuk-body"><a class="govuk-link" href="${compartment.root}/${listed.page}">${listed.title}<span class="govuk-visually-hidden"> at ${name}</span></a></p>`;
    }
  }
  return none;
}

function moment(at: number): string {
  return `${longDay(londonDay(at))}, ${londonTime(at)}`;
}

function rowOf(key: string, value: Html): Html {
  return html`<div class="govuk-summary-list__row"><dt class="govuk-summary-list__key">${key}</dt><dd class="govuk-summary-list__value">${value}</dd></div>`;
}
