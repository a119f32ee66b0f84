/** On the page of a visit that awaits a response: the way to answer, or what was answered. */
import { ask } from "../line.ts";
import type { Answering } from "../../shared/answering.ts";
import type { Answer } from "../../shared/response.ts";
import { button, el } from "../element.ts";
import { link, say } from "./parts.ts";
import { answerWord, moment } from "./words.ts";
import { addressOf } from "./step.ts";

/** Fills the place for an answer. Where none can be sent, it stays as the page was published. */
export async function panel(place: HTMLElement, worker: ServiceWorker): Promise<void> {
  const page = location.pathname.replace(/^\/s\//, "");
  const found = await ask(worker, { ask: "answering", page, look: false });
  if (found === null) return;
  show(place, worker, page, found);
  if (found.state !== "open") return;
  // The page waits for no drop-box.
  void tellOpened(place, worker, page);
  void lookElsewhere(place, worker, page, found);
}

/** Shows what was saved on another device, where there is anything. */
async function lookElsewhere(place: HTMLElement, worker: ServiceWorker, page: string, found: Answering): Promise<void> {
  const now = await ask(worker, { ask: "answering", page, look: true });
  if (now?.draft !== undefined && now.draft.version !== found.draft?.version) show(place, worker, page, now);
}

/** Says that the authority is told who opened the record, and when that was. */
async function tellOpened(place: HTMLElement, worker: ServiceWorker, page: string): Promise<void> {
  const at = await ask(worker, { ask: "opened", page });
  const told = "The authority is told when you first open a record that awaits an answer, so that it knows that the record arrived.";
  place.parentElement?.querySelector("[data-opened]")?.remove();
  place.after(el("p", { class: "govuk-body app-small", "data-opened": at ?? "" }, at === null ? `${told} It could not be told just now; it is told when you open it again.` : `${told} You opened this one on ${moment(at)}.`));
}

function show(place: HTMLElement, worker: ServiceWorker, page: string, found: Answering): void {
  if (found.state === "sent" && found.sent !== undefined) {
    const { sent } = found;
    place.replaceChildren(el("div", { class: "govuk-inset-text", role: "status" },
      el("p", { class: "govuk-body govuk-!-font-weight-bold" }, `You answered on ${moment(sent.time)}: ${answerWord(sent.answer)}.`),
      say(sent.notTaken === "" ? "The answer waits for the authority. This page changes once they have taken it in." : `The authority could not take it, so it does not count. ${sent.notTaken} Ask ${found.contact === "" ? "the authority" : found.contact} what to do.`),
      say(link(`/s/sent.html#${sent.deposit}`, "Your answer and its receipt"))));
    hideElse();
  } else if (found.state === "open") {
    const { draft } = found;
    const choose = async (answer: Answer): Promise<void> => {
      // What was begun on another device is gone on with; where both differ, the next page asks.
      const now = await ask(worker, { ask: "answering", page, look: true });
      const typed = { comments: "", ...now?.draft?.typed, answer };
      if (now?.other === undefined) await ask(worker, { ask: "keep-answer", page, typed, base: now?.draft?.version ?? 0 });
      location.assign(addressOf(page));
    };
    const begun = draft === undefined || draft.typed.answer === "" ? undefined
      : say(link(addressOf(page), "Go on with the answer that you began"), draft.saved ? ". It is saved for all your devices." : ". It is kept on this device.");
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
