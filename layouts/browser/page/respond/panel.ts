/** On the page of a visit that awaits a response: the way to answer, or what was answered. */
import { ask } from "../line.ts";
import type { Answer } from "../../shared/response.ts";
import { button, el } from "../element.ts";
import { link, say } from "./parts.ts";
import { answerWord, moment } from "./words.ts";
import { addressOf } from "./step.ts";

/** Fills the place for an answer. Where none can be sent, it stays as the page was published. */
export async function panel(place: HTMLElement, worker: ServiceWorker): Promise<void> {
  const page = location.pathname.replace(/^\/s\//, "");
  const found = await ask(worker, { ask: "answering", page });
  if (found === null) return;
  if (found.state === "sent" && found.sent !== undefined) {
    const { sent } = found;
    place.replaceChildren(el("div", { class: "govuk-inset-text", role: "status" },
      el("p", { class: "govuk-body govuk-!-font-weight-bold" }, `You answered on ${moment(sent.time)}: ${answerWord(sent.answer)}.`),
      say("The answer waits for the authority. This page changes once they have taken it in."),
      say(link(`/s/sent.html#${sent.deposit}`, "Your answer and its receipt"))));
    hideElse();
  } else if (found.state === "open") {
    const { draft } = found;
    const choose = async (answer: Answer): Promise<void> => {
      await ask(worker, { ask: "keep-answer", page, typed: { answer, comments: draft?.comments ?? "" }, base: draft?.version ?? 0 });
      location.assign(addressOf(page));
    };
    const begun = draft === undefined || draft.answer === "" ? undefined
      : say(link(addressOf(page), "Go on with the answer that you began"), ". It is kept on this device, sealed.");
    place.replaceChildren(...(begun === undefined ? [] : [begun]), el("div", { class: "govuk-button-group" },
      button("govuk-button", "Accurate", () => void choose("accurate")), button("govuk-button", "Inaccurate", () => void choose("inaccurate"))));
    hideElse();
  }
  place.hidden = false;
}

/** Whom to tell instead is for pages where nothing can be sent. */
function hideElse(): void {
  for (const other of document.querySelectorAll<HTMLElement>("[data-answer-else]")) other.hidden = true;
}
