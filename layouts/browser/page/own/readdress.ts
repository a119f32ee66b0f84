/** The part of the account page where a person gives another e-mail address of their own (row P29). */
import { isAddress } from "../../shared/address.ts";
import type { SentPaper } from "../../shared/answering.ts";
import { el } from "../element.ts";
import { clearErrors, showError } from "../errors.ts";
import { ask, one } from "../line.ts";
import { breaking, link, say } from "../respond/parts.ts";
import { moment } from "../respond/words.ts";
import { hitches } from "./words.ts";

const field = "new-address";
/** Names of mailboxes that several people read (row X02). */
const shared = new Set(["admin", "enquiries", "head", "headteacher", "info", "mail", "office", "principal", "reception", "school", "secretary"]);

/** Fills the section: what was asked for and waits, and the form. */
export async function address(section: HTMLElement, worker: ServiceWorker): Promise<void> {
  const known = one("[data-held]");
  await new Form(section, worker, known?.dataset["held"] ?? "", known?.dataset["taken"] ?? "").start();
}

class Form {
  readonly #section: HTMLElement;
  readonly #worker: ServiceWorker;
  readonly #held: string;
  readonly #taken: string;
  readonly #heading: HTMLElement | null;
  readonly #waits = el("div", { role: "status" });
  readonly #input = el("input", { class: "govuk-input govuk-!-width-two-thirds", id: field, type: "email", autocomplete: "email", spellcheck: "false", "aria-describedby": `${field}-hint` });
  /** Stands in the page only while there is a problem: other forms have their own. */
  readonly #summary = el("div", { "data-error-summary": "", hidden: "" });
  #advised = "";
  #sending = false;

  constructor(section: HTMLElement, worker: ServiceWorker, held: string, taken: string) {
    [this.#section, this.#worker, this.#held, this.#taken] = [section, worker, held, taken];
    this.#heading = one("h2", section);
  }

  async start(): Promise<void> {
    const last = await ask(this.#worker, { ask: "readdress", address: "" });
    if (last?.ok === true) this.#say(last.sent);
    const form = el("form", { novalidate: "" },
      say("We write to ", el("strong", { class: "app-said" }, breaking(this.#held)), "."),
      el("div", { class: "govuk-form-group" },
        el("label", { class: "govuk-label", for: field }, "New e-mail address"),
        el("div", { class: "govuk-hint", id: `${field}-hint` }, "One that only you read, not a shared mailbox. It is used at all your schools"),
        this.#input),
      el("button", { class: "govuk-button", type: "submit" }, "Save"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.#section.append(this.#waits, form);
    this.#section.dataset["ready"] = "";
  }

  #say(sent: SentPaper): void {
    const waits = sent.deposit !== this.#taken && sent.comments !== this.#held && sent.comments !== "";
    this.#waits.replaceChildren(...(waits ? [el("div", { class: "govuk-inset-text" },
      say("You asked us to write to ", el("strong", { class: "app-said" }, breaking(sent.comments)), sent.notTaken !== "" ? ` on ${moment(sent.time)}. That was not taken, and we write to the address before. ${sent.notTaken}` : ` on ${moment(sent.time)}. It waits for the authority, and is shown here once they have taken it. Until then we write to the address before.`),
      say(link(`/s/sent.html#${sent.deposit}`, "Receipt", "for your new e-mail address")))] : []));
  }

  async #submit(): Promise<void> {
    if (this.#sending) return;
    clearErrors();
    this.#summary.remove();
    const wanted = this.#input.value.trim();
    const problem = this.#problem(wanted);
    if (problem !== "") {
      this.#refuse(field, problem, "There is a problem");
      return;
    }
    this.#sending = true;
    const said = await ask(this.#worker, { ask: "readdress", address: wanted });
    this.#sending = false;
    if (said?.ok === true) {
      this.#input.value = "";
      this.#say(said.sent);
      this.#heading?.focus();
    } else this.#refuse("", hitches(said, "Save"), "Your address was not changed");
  }

  #refuse(at: string, text: string, title: string): void {
    one("form", this.#section)?.prepend(this.#summary);
    showError([{ field: at, text }], title, this.#section);
  }

  #problem(wanted: string): string {
    if (wanted === "") return "Enter your new e-mail address";
    if (!isAddress(wanted)) return "Enter an e-mail address like name@school.example";
    if (wanted.toLowerCase() === this.#held.toLowerCase()) return "This is the address that we write to already";
    if (!shared.has(wanted.toLowerCase().split("@", 1).join("")) || wanted === this.#advised) return "";
    this.#advised = wanted;
    return "This looks like a mailbox that several people read. Give an address that only you read; or press Save once more, if nobody else reads this one";
  }
}

