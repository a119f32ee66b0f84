/** Signing out everywhere: of the drop-box at once, and of every device that was signed in there. */
import { button, el } from "../element.ts";
import { ask } from "../line.ts";
import { say } from "../respond/parts.ts";
import { hitches } from "./words.ts";

/** Puts the button into its place. Nothing typed is lost by it: what was begun stays on its device, sealed. */
export function everywhere(place: HTMLElement, worker: ServiceWorker): void {
  const told = el("div", { role: "alert" });
  let asking = false;
  const leave = async (): Promise<void> => {
    if (asking) return;
    asking = true;
    const said = await ask(worker, { ask: "leave-everywhere" });
    asking = false;
    if (said?.ok === false) told.replaceChildren(el("p", { class: "govuk-error-message" }, `You are still signed in everywhere. ${hitches(said, "Sign out everywhere")}`));
  };
  place.append(
    el("h3", { class: "govuk-heading-s app-apart" }, "On other devices"),
    say("If you left another device signed in, or lost one, sign out everywhere. Nothing can be sent in your name from there any more. A device that is connected closes your papers within a minute of the next page. A device without a network closes them when its time is over."),
    told,
    button("govuk-button govuk-button--secondary", "Sign out everywhere", () => { void leave(); }));
  place.dataset["ready"] = "";
}
