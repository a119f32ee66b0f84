/** On the page of a data return: the way to complete it, what was sent, or whom to ask. */
import { londonDay, longDay } from "../../shared/dates.ts";
import { button, el } from "../element.ts";
import { ask } from "../line.ts";
import { breaking, link, say } from "../respond/parts.ts";
import { moment } from "../respond/words.ts";
import { addressOf } from "./step.ts";
import { sourceHere } from "./source.ts";

/** Fills the place for a form. Where none can be sent, the page stays as it was published. */
export async function panel(place: HTMLElement, worker: ServiceWorker): Promise<void> {
  const page = location.pathname.replace(/^\/s\//, "");
  const source = await sourceHere();
  const found = source === undefined ? null : await ask(worker, { ask: "filling", which: { page, urn: "" }, roles: source.roles, look: false });
  if (source === undefined || found === null || found.state === "no-box" || found.state === "closed") return;
  const late = found.due !== "" && found.due < londonDay(Date.now());
  const go = (text: string): HTMLElement => button("govuk-button", text, () => { location.assign(addressOf(page)); });
  if (found.state === "not-yours") {
    place.replaceChildren(el("div", { class: "govuk-inset-text" },
      say(`This return can be completed by: ${source.who}. Your account is none of these at your school, or may not complete returns.`),
      say("Ask one of them to complete it, or ask the authority: ", found.contact === "" ? "the contact on this page" : breaking(found.contact), ".")));
  } else if (found.sent !== undefined && found.draft === undefined) {
    place.replaceChildren(el("div", { class: "govuk-inset-text", role: "status" },
      el("p", { class: "govuk-body govuk-!-font-weight-bold" }, `You sent this return on ${moment(found.sent.time)}.`),
      say(link(addressOf(page), "What you answered"), " and ", link(`/s/sent.html#${found.sent.deposit}`, "its receipt")), ...received(found.record)));
  } else if (found.done && late) {
    place.replaceChildren(el("div", { class: "govuk-inset-text" }, say("Your school has completed this return. It can no longer be changed."), ...received(found.record)));
  } else {
    place.replaceChildren(
      ...(found.done && found.state === "open" ? [say("Your school has completed this return. You can still send a newer version."), ...received(found.record)] : []),
      ...(late ? [say(`It was due by ${longDay(found.due)}. You can still send it; it is marked late.`)] : []),
      ...(found.draft === undefined ? [] : [say(found.draft.saved ? "You began it. It is saved for all your devices." : "You began it. What you typed is kept on this device.")]),
      go(found.draft === undefined ? "Complete this return" : "Go on with this return"));
  }
  for (const other of document.querySelectorAll<HTMLElement>("[data-answer-else]")) other.hidden = true;
  place.hidden = false;
}


/** The way to what the authority received. */
function received(record: string): HTMLElement[] {
  return record === "" ? [] : [say(link(`/s/${record}`, "What your school sent"))];
}
