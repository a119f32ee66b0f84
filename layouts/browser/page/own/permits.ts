/** The part of the account page where a Headteacher says what a colleague may see (row V11). */
import type { SentPaper } from "../../shared/answering.ts";
import { permissionText } from "../../shared/permission.ts";
import { el } from "../element.ts";
import { clearErrors, showError } from "../errors.ts";
import { all, ask, one } from "../line.ts";
import { link, say } from "../respond/parts.ts";
import { moment } from "../respond/words.ts";
import { hitches } from "./words.ts";

/** Fills the section: what was said and waits, and the form. */
export async function permits(section: HTMLElement, worker: ServiceWorker): Promise<void> {
  const form = new Form(section, worker);
  await form.start();
  section.dataset["ready"] = "";
}

class Form {
  readonly #section: HTMLElement;
  readonly #worker: ServiceWorker;
  readonly #school: string;
  readonly #id: string;
  readonly #waits = el("div", { role: "status" });
  readonly #who: HTMLSelectElement;
  readonly #what = el("div", { class: "govuk-form-group" });
  readonly #summary = el("div", { "data-error-summary": "", hidden: "" });
  #sending = false;

  constructor(section: HTMLElement, worker: ServiceWorker) {
    [this.#section, this.#worker] = [section, worker];
    this.#school = section.dataset["school"] ?? "";
    this.#id = `permit-${this.#school.slice(0, 8)}`;
    this.#who = el("select", { class: "govuk-select", id: `${this.#id}-who`, autocomplete: "off" }, new Option("Choose a person", ""),
      ...all("[data-colleague]", section).map((c) => new Option(`${c.dataset["name"] ?? ""}, ${c.dataset["roles"] ?? ""}`, c.dataset["colleague"])));
  }

  async start(): Promise<void> {
    const form = el("form", { novalidate: "" },
      say("As Headteacher you say what your colleagues may see. The authority gives or takes away the keys, and they see it when they next sign in. Somebody who may see less from now on may keep what they opened before."),
      el("div", { class: "govuk-form-group" }, el("label", { class: "govuk-label", for: this.#who.id }, "Person"), this.#who),
      this.#what,
      el("button", { class: "govuk-button", type: "submit" }, "Give this permission"));
    this.#who.addEventListener("change", () => { this.#areas(); });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.#section.append(this.#waits, form);
    this.#say(await ask(this.#worker, { ask: "permits" }));
  }

  /** What may be chosen for the person: each area, and how much of it. */
  #areas(): void {
    const chosen = one(`[data-colleague="${this.#who.value || "none"}"]`, this.#section);
    if (chosen === null) { this.#what.replaceChildren(); return; }
    this.#what.replaceChildren(...all("[data-area]", chosen).map((area) => {
      const id = `${this.#id}-${area.dataset["area"] ?? ""}`;
      const words: readonly (readonly [string, string])[] = area.dataset["area"] === "people" ? [["off", "No"], ["audit", "Yes"]] : [["off", "Nothing"], ["audit", "The list only"], ["full", "Everything"]];
      const right = area.dataset["area"] === "people" && area.dataset["right"] === "full" ? "audit" : area.dataset["right"];
      const select = el("select", { class: "govuk-select", id, autocomplete: "off", "data-permit": area.dataset["area"] ?? "", "data-was": right ?? "" },
        ...words.map(([value, text]) => new Option(text, value, value === right, value === right)));
      return el("div", { class: "govuk-form-group" }, el("label", { class: "govuk-label", for: id }, area.textContent), select);
    }));
  }

  #say(sent: readonly SentPaper[]): void {
    const done = (one("[data-permits]", this.#section)?.dataset["done"] ?? "").split(" ");
    const waits = sent.filter((s) => !done.includes(s.deposit) && s.receipt.includes(` ${this.#school} `));
    const told = (words: string, some: readonly SentPaper[]): HTMLElement[] => (some.length === 0 ? [] : [el("div", { class: "govuk-inset-text" },
      say(words),
      el("ul", { class: "govuk-list govuk-list--bullet" }, ...some.map((s) => el("li", {}, el("span", { class: "app-said" }, s.comments), `, ${moment(s.time)} `, link(`/s/sent.html#${s.deposit}`, "Receipt", `for ${s.comments}`), s.notTaken === "" ? "" : el("span", { class: "app-small" }, s.notTaken)))))]);
    this.#waits.replaceChildren(...told("Waiting for the authority:", waits.filter((s) => s.notTaken === "")), ...told("Not taken by the authority, so nothing was changed:", waits.filter((s) => s.notTaken !== "")));
  }

  async #submit(): Promise<void> {
    if (this.#sending) return;
    clearErrors();
    this.#summary.remove();
    const name = one(`[data-colleague="${this.#who.value || "none"}"]`, this.#section)?.dataset["name"] ?? "";
    const changed = (all("[data-permit]", this.#what) as HTMLSelectElement[]).filter((s) => s.value !== s.dataset["was"]);
    if (name === "") { this.#refuse(this.#who.id, "Choose a person", "There is a problem"); return; }
    if (changed.length === 0) { this.#refuse(this.#who.id, `Choose something else than ${name} may see already`, "There is a problem"); return; }
    this.#sending = true;
    for (const select of changed) {
      const words = `${name}: ${select.labels[0]?.textContent ?? ""}, ${select.selectedOptions[0]?.text ?? ""}`;
      const payload = permissionText({ account: this.#who.value, area: select.dataset["permit"] ?? "", right: select.value });
      const said = await ask(this.#worker, { ask: "permit", school: this.#school, payload, words });
      if (said?.ok !== true) {
        this.#refuse("", `${words}: ${hitches(said, "Give this permission")}`, "Not everything was sent");
        break;
      }
      select.dataset["was"] = select.value;
    }
    this.#sending = false;
    this.#say(await ask(this.#worker, { ask: "permits" }));
    if (this.#summary.hidden || !this.#summary.isConnected) one("h2", this.#section)?.focus();
  }

  #refuse(at: string, text: string, title: string): void {
    one("form", this.#section)?.prepend(this.#summary);
    showError([{ field: at, text }], title, this.#section);
  }
}
