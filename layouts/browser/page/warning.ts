/**
 * Says that a session is about to end. Idle: a dialog that asks whether someone
 * is still there. Ten hours: a banner, as nothing can put that off.
 */
import { londonTime } from "../shared/dates.ts";
import { type endOf, warnings } from "../shared/session.ts";
import { button, el } from "./element.ts";
import { one } from "./line.ts";

/** The warnings of one tab. */
export class Warning {
  readonly #onStay: () => void;
  readonly #onSignOut: () => void;
  #dialog: HTMLDialogElement | undefined;
  #left: HTMLElement | undefined;
  #banner = false;

  constructor(onStay: () => void, onSignOut: () => void) {
    this.#onStay = onStay;
    this.#onSignOut = onSignOut;
  }

  /** True while the dialog waits for an answer. */
  get asks(): boolean {
    return this.#dialog !== undefined;
  }

  /** Shows what the time asks for, and takes it away when it no longer does. */
  look({ at, why }: ReturnType<typeof endOf>, now: number): void {
    const left = at - now;
    if (why === "idle" && left <= warnings.idle) this.#ask(left);
    else this.#close();
    if (why === "expired" && left <= warnings.expired) this.#announce(at);
  }

  #ask(left: number): void {
    if (this.#dialog === undefined) this.#open();
    const text = `You will be signed out in ${inWords(left)}.`;
    // Written only when it changes: it is read out each time.
    if (this.#left !== undefined && this.#left.textContent !== text) this.#left.textContent = text;
  }

  #open(): void {
    const dialog = el("dialog", { class: "app-warning", role: "alertdialog", "aria-labelledby": "warning-title", "aria-describedby": "warning-why warning-left" });
    const title = el("h2", { class: "govuk-heading-m", id: "warning-title" }, "Are you still there?");
    const why = el("p", { class: "govuk-body", id: "warning-why" }, "Nothing was done here for 18 minutes. So that nobody else reads your school’s papers, they lock after 20.");
    this.#left = el("p", { class: "govuk-body govuk-!-font-weight-bold", id: "warning-left", "aria-live": "polite" });
    const stay = button("govuk-button", "Stay signed in", () => { this.#stay(); });
    stay.autofocus = true;
    dialog.append(title, why, this.#left,
      el("div", { class: "govuk-button-group" }, stay, button("govuk-button govuk-button--secondary", "Sign out now", this.#onSignOut)));
    // Escape means: I am here.
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.#stay();
    });
    document.body.append(dialog);
    this.#dialog = dialog;
    dialog.showModal();
  }

  #stay(): void {
    this.#close();
    this.#onStay();
  }

  /** The focus goes back to where it was. */
  #close(): void {
    this.#dialog?.close();
    this.#dialog?.remove();
    this.#dialog = undefined;
  }

  #announce(at: number): void {
    const main = one("main");
    if (this.#banner || main === null) return;
    this.#banner = true;
    main.prepend(el("div", { class: "govuk-notification-banner", role: "alert", "aria-labelledby": "ending-title" },
      el("div", { class: "govuk-notification-banner__header" }, el("h2", { class: "govuk-notification-banner__title", id: "ending-title" }, "Your time here ends soon")),
      el("div", { class: "govuk-notification-banner__content" },
        el("p", { class: "govuk-notification-banner__heading" }, `You will be signed out at ${londonTime(at)}, 10 hours after you signed in. Finish what you are doing, then sign in again.`))));
  }
}

/** The time that is left, in the steps in which it is announced. */
function inWords(left: number): string {
  if (left > 60_000) return "2 minutes";
  if (left > 30_000) return "1 minute";
  return left > 15_000 ? "30 seconds" : "a few seconds";
}
