/** What several pages of answering are made of. */
import type { SentPaper } from "../../shared/answering.ts";
import { button, el, hidden } from "../element.ts";
import { answerWord, moment } from "./words.ts";

type Cell = Node | string;

/** Facts in two columns; the third part of one is a way to change it. */
export function facts(rows: readonly (readonly [key: string, value: Cell, change?: HTMLElement] | undefined)[]): HTMLElement {
  return el("dl", { class: "govuk-summary-list app-rows" }, ...rows.filter((r) => r !== undefined).map(([key, value, change]) =>
    el("div", { class: "govuk-summary-list__row" }, el("dt", { class: "govuk-summary-list__key" }, key), el("dd", { class: "govuk-summary-list__value" }, value),
      change === undefined ? undefined : el("dd", { class: "govuk-summary-list__actions" }, change))));
}

/** Text that a narrow column may break before the @ of an address, and not within a name. */
export function breaking(text: string): HTMLElement {
  return el("span", {}, ...text.split("@").flatMap((part, i) => (i === 0 ? [part] : [el("wbr", {}), `@${part}`])));
}

/** A paragraph. */
export function say(...parts: readonly Cell[]): HTMLElement {
  return el("p", { class: "govuk-body" }, ...parts);
}

/** A link within the site. */
export function link(href: string, text: string, more = ""): HTMLAnchorElement {
  return el("a", { class: "govuk-link", href }, text, more === "" ? undefined : hidden(` ${more}`));
}

/** A page's one heading, which takes the focus when a step begins. */
export function title(text: string, caption: string): HTMLElement {
  return el("h1", { class: "govuk-heading-l app-heading", tabindex: "-1" },
    caption === "" ? undefined : el("span", { class: "govuk-caption-l" }, caption, hidden(": ")), text);
}

/** Somebody's own words, with their lines, as text alone. */
export function words(text: string): HTMLElement {
  return el("span", { class: "app-said" }, text);
}

/** How what was sent is spoken of, by its kind; of an answer to a visit the answer itself is said. */
export const sentKinds: Readonly<Partial<Record<string, { readonly short: string; readonly what: string; readonly said: string }>>> = {
  return: { short: "Data return", what: "Return", said: "Your comments" },
  upload: { short: "Documents", what: "What", said: "What you sent" },
  "email-change": { short: "Another address", what: "What", said: "New address" },
  "permission-grant": { short: "Permission", what: "What", said: "From now on" },
  passkey: { short: "Passkey", what: "What", said: "What changed" },
};

/** A receipt as a page shows it: what was sent, when it was taken, and the receipt itself to keep. */
export function receiptParts(sent: SentPaper): HTMLElement[] {
  const kind = sentKinds[sent.kind];
  return [
    facts([
      [kind?.what ?? "Record", sent.title === "" ? "No longer shown here" : sent.href === "" ? sent.title : link(`/s/${sent.href}`, sent.title)],
      sent.school === "" ? undefined : ["School", sent.school],
      kind !== undefined ? undefined : ["Your answer", answerWord(sent.answer)],
      sent.comments === "" ? undefined : [kind?.said ?? "Your comments", words(sent.comments)],
      ["Taken by the drop-box", moment(sent.time)],
      ["Receipt number", el("span", { class: "app-mono" }, sent.deposit.slice(0, 16))],
      ["Place in the log", String(sent.index)],
      sent.supersedes === "" ? undefined : [sent.kind === "upload" ? "Adds to" : "Replaces", el("span", { class: "app-mono" }, sent.supersedes.slice(0, 16))],
    ]),
    el("div", { class: "govuk-button-group app-keep" },
      download(sent), button("govuk-button govuk-button--secondary", "Print this page", () => { print(); })),
    el("details", { class: "govuk-details" },
      el("summary", { class: "govuk-details__summary" }, el("span", { class: "govuk-details__summary-text" }, "The receipt itself")),
      el("div", { class: "govuk-details__text" },
        say("The drop-box signed this. It shows which encrypted answer arrived, and when. It can be checked years later without a network: despatch verify-receipt does it, and so does anybody with ssh-keygen. It does not show what you wrote."),
        el("pre", { class: "app-receipt", tabindex: "0", role: "region", "aria-label": "The receipt itself" }, sent.receipt))),
  ];
}

/** The receipt as a file: a text that the drop-box signed. */
function download(sent: SentPaper): HTMLElement {
  const made = button("govuk-button", "Download the receipt", () => {
    const address = URL.createObjectURL(new Blob([sent.receipt], { type: "text/plain" }));
    el("a", { href: address, download: `receipt-${sent.deposit.slice(0, 16)}.txt` }).click();
    URL.revokeObjectURL(address);
  });
  return made;
}

/** The way back, above everything else of a step. */
export function back(way: HTMLAnchorElement): HTMLElement {
  way.className = "govuk-back-link";
  return el("nav", { "aria-label": "Back" }, way);
}
