/** The page from which documents are sent to a service of the authority: choose, seal, send, receipt; what is on its way goes on here. */
import type { Underway } from "../../shared/consigning.ts";
import type { Custody } from "../custody.ts";
import { button, el } from "../element.ts";
import { ask } from "../line.ts";
import { link, receiptParts, say } from "../respond/parts.ts";
import { hitchWords } from "../respond/words.ts";
import type { SentPaper } from "../../shared/answering.ts";
import { readBack } from "./back.ts";
import { Chosen, type Service } from "./form.ts";
import { clear, hasFiles, lying, mostInMemory, roomFor, tidy } from "./room.ts";
import { Sealing } from "./sealing.ts";
import { Progress } from "./progress.ts";
import { sendAll, Stopped, takeBack } from "./tus.ts";

const minute = 60_000;

/** Fills the place for sending. Where nothing can be sent the page stays as it was published. */
export async function panel(place: HTMLElement, worker: ServiceWorker, custody: Custody): Promise<void> {
  const page = location.pathname.replace(/^\/s\//, "");
  const found = await ask(worker, { ask: "underway", page });
  if (found === null || found.box === "") return;
  const services = JSON.parse(place.dataset["send"] ?? "[]") as readonly Service[];
  for (const other of document.querySelectorAll<HTMLElement>("[data-send-else]")) other.hidden = true;
  place.hidden = false;
  await new Sender(place, worker, custody, page, services).start(found.box, found.ways);
  addEventListener("hashchange", () => {
    if (/^#(back|adds)=/.test(location.hash)) location.reload();
  });
}

class Sender {
  readonly #place: HTMLElement;
  readonly #worker: ServiceWorker;
  readonly #custody: Custody;
  readonly #page: string;
  readonly #services: readonly Service[];

  constructor(place: HTMLElement, worker: ServiceWorker, custody: Custody, page: string, services: readonly Service[]) {
    [this.#place, this.#worker, this.#custody, this.#page, this.#services] = [place, worker, custody, page, services];
  }

  async start(box: string, ways: readonly Underway[]): Promise<void> {
    const session = await ask(this.#worker, { ask: "session" });
    if (session === null) return;
    await tidy(session.opaque, ways.map((w) => w.deposit));
    const [, deposit] = /^#back=([0-9a-f]{64})$/.exec(location.hash) ?? [];
    if (deposit !== undefined) {
      await ask(this.#worker, { ask: "box-session" });
      await readBack(this.#place, deposit, box, session);
      return;
    }
    const [way] = ways;
    if (way === undefined) this.#choose("");
    else await this.#unfinished(way);
  }

  /** Something was begun and has no receipt yet. */
  async #unfinished(way: Underway): Promise<void> {
    const file = await lying(way.account, way.deposit, way.size);
    const heading = el("h2", { class: "govuk-heading-m", tabindex: "-1" }, "Not finished");
    const parts = [heading, el("p", { class: "govuk-body app-said" }, way.words)];
    const forget = button("govuk-button govuk-button--secondary", "Cancel it", () => void this.#cancel(way));
    if (file === undefined) {
      this.#place.replaceChildren(...parts, say("It was not sent to its end, and what was left of it is no longer on this device. Cancel it and send the files again."), forget);
      return;
    }
    this.#place.replaceChildren(...parts, say("The rest is on this device, encrypted. What has arrived already is not sent twice."),
      el("div", { class: "govuk-button-group" }, button("govuk-button", "Go on sending", () => void this.#send(way, file)), forget));
  }

  #choose(problem: string, before?: Chosen): void {
    const [, adds = ""] = /^#adds=([0-9a-f]{64})$/.exec(location.hash) ?? [];
    const form = before ?? new Chosen(this.#services, adds);
    this.#place.replaceChildren(form.element(() => void this.#seal(form)));
    if (problem !== "") form.refuse([["files", problem]]);
  }

  async #seal(form: Chosen): Promise<void> {
    const session = await ask(this.#worker, { ask: "session" });
    if (session === null || !form.check()) return;
    if (!(await hasFiles(session.opaque)) && form.size > mostInMemory) {
      form.refuse([["files", `This browser cannot keep large files while they are sent: choose at most ${String(mostInMemory >> 20)} MB together, or use another browser, and no private window`]]);
      return;
    }
    const progress = new Progress("Encrypting", () => { stop.abort(); });
    const stop = new AbortController();
    this.#place.replaceChildren(progress.element);
    progress.element.focus();
    const room = await roomFor(session.opaque);
    const sealing = new Sealing(stop.signal, (done, of) => { this.#stay(); progress.at(done, of); });
    try {
      const summed = await sealing.sum(form.files, form.names, form.service, form.message);
      const ready = await ask(this.#worker, { ask: "ready", page: this.#page, wanted: { id: id(), letterHash: summed.letterHash, payloadHash: summed.payloadHash, payloadSize: summed.payloadSize, adds: form.adds } });
      if (ready === null || !ready.ok) {
        await room.discard();
        const [heading, text] = ready === null ? ["Nothing was sent", "You are signed out. Sign in again."] : hitchWords(ready.why, ready.reference);
        this.#choose(`${heading}. ${text}`, form);
        return;
      }
      if (summed.payloadSize > ready.largest * 0.97) {
        await room.discard();
        this.#choose(`The files are larger than what is taken at once (${String(ready.largest >> 20)} MB): send fewer at a time`, form);
        return;
      }
      let size = 0;
      const deposit = await sealing.seal(ready.signed, ready.recipients, async (bytes) => {
        size += bytes.length;
        await room.write(bytes);
      });
      const file = await room.finish(deposit);
      const way: Underway = { deposit, size, slot: ready.slot, box: ready.box, account: ready.account, school: ready.school, adds: form.adds, words: form.words() };
      await ask(this.#worker, { ask: "keep-way", way });
      await this.#send(way, file);
    } catch (error) {
      await room.discard();
      this.#choose(stop.signal.aborted ? "Nothing was sent: you cancelled it" : error instanceof DOMException && error.name === "QuotaExceededError"
        ? "There is no room on this device for so much: free some, or send fewer files at a time" : "A file could not be read, or was changed meanwhile: choose the files again. Nothing was sent", form);
    } finally {
      sealing.end();
    }
  }

  async #send(way: Underway, file: Blob): Promise<void> {
    const stop = new AbortController();
    const progress = new Progress("Sending", () => { stop.abort(); });
    this.#place.replaceChildren(el("p", { class: "govuk-body app-said" }, way.words), progress.element);
    progress.element.focus();
    try {
      await sendAll({
        deposit: way, file, signal: stop.signal, session: () => ask(this.#worker, { ask: "box-session" }),
        told: (sent, waiting) => {
          this.#stay();
          if (waiting) progress.waits();
          else progress.at(sent, way.size);
        },
      });
      await this.#finish(way);
    } catch (error) {
      if (stop.signal.aborted) await this.#cancel(way);
      else this.#stopped(way, file, error instanceof Stopped ? error.code : "line");
    }
  }

  async #finish(way: Underway): Promise<void> {
    const said = await ask(this.#worker, { ask: "arrived", way });
    if (said === null) return;
    if (!said.ok) {
      const [heading, text] = hitchWords(said.why, said.reference);
      this.#place.replaceChildren(el("h2", { class: "govuk-heading-m" }, heading), say(text),
        button("govuk-button", "Ask for the receipt again", () => void this.#finish(way)));
      return;
    }
    await clear(way.account, way.deposit);
    this.#sent(said.sent);
  }

  #sent(sent: SentPaper): void {
    const heading = el("h2", { class: "govuk-panel__title", tabindex: "-1" }, "Your documents were sent");
    this.#place.replaceChildren(
      el("div", { class: "govuk-panel govuk-panel--confirmation app-sent" }, heading),
      say("The receipt was checked: what you sent has arrived. Keep the receipt; it is also under ", link("/s/sent.html", "What you sent"), "."),
      ...receiptParts(sent),
      el("div", { class: "govuk-button-group" },
        button("govuk-button govuk-button--secondary", "Send another file with this", () => { this.#again(`#adds=${sent.deposit}`); }),
        button("govuk-button govuk-button--secondary", "Send something else", () => { this.#again("#"); })));
    heading.focus();
    scrollTo(0, 0);
  }

  #again(hash: string): void {
    history.replaceState(history.state, "", hash);
    this.#choose("");
    this.#place.querySelector<HTMLElement>("input")?.focus();
  }

  #stopped(way: Underway, file: Blob, code: string): void {
    const heading = el("h2", { class: "govuk-heading-m", tabindex: "-1" }, "Not everything was sent");
    this.#place.replaceChildren(el("div", { role: "alert" }, heading, say(reasonOf(code))),
      el("div", { class: "govuk-button-group" }, button("govuk-button", "Go on sending", () => void this.#send(way, file)),
        button("govuk-button govuk-button--secondary", "Cancel it", () => void this.#cancel(way))));
    heading.focus();
  }

  async #cancel(way: Underway): Promise<void> {
    await takeBack(way);
    await clear(way.account, way.deposit);
    await ask(this.#worker, { ask: "drop-way", deposit: way.deposit });
    this.#choose("");
    this.#place.prepend(el("div", { class: "govuk-inset-text", role: "status" }, "Cancelled. Nothing of it is kept, here or in the drop-box."));
  }

  #told = 0;

  /** Whoever waits for a long upload is there. */
  #stay(): void {
    if (Date.now() < this.#told + minute) return;
    this.#told = Date.now();
    this.#custody.stay();
  }
}

function reasonOf(code: string): string {
  switch (code) {
    case "quota": return "As much as may be sent in one day was sent. What you chose is kept on this device, encrypted: go on tomorrow, or ask the authority.";
    case "too-large": return "It is larger than anything that is taken. Cancel it and send fewer files at a time.";
    case "uploads": return "Too many uploads of yours are not finished. Finish or cancel them first.";
    case "school": case "account": case "refused": return "The drop-box does not take documents from your account for this school. Ask the authority; if your account is new, go on tomorrow.";
    case "line": return "The line to the drop-box is broken. What has arrived is kept there for a week; go on when the line is back.";
    default: return "Something went wrong with the drop-box. Go on in a while; if it happens again, tell the authority.";
  }
}

function id(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
}
