/** What is chosen to be sent: the service, the files, a message; and what is wrong with it. */
import { fileNameOf } from "../../shared/form/definition.ts";
import { joinedOr } from "../../shared/form/findings.ts";
import { commentsOf, lengthOf } from "../../shared/response.ts";
import { endingOf, mostFiles, mostMessage } from "../../shared/sending.ts";
import { button, el, hidden } from "../element.ts";
import { clearErrors, showError } from "../errors.ts";
import { sizeText } from "../size.ts";

export interface Service {
  readonly id: string;
  readonly name: string;
  readonly takes: string;
  readonly types: readonly string[];
  readonly contact: string;
}

interface Picked {
  readonly name: string;
  readonly file: File;
}

export class Chosen {
  /** The deposit to which this adds something, or empty. */
  readonly adds: string;
  readonly #services: readonly Service[];
  readonly #picked: Picked[] = [];
  readonly #list = el("ul", { class: "govuk-list" });
  readonly #said = el("p", { class: "govuk-body app-small", role: "status" });
  readonly #message = el("textarea", { class: "govuk-textarea", id: "message", name: "message", rows: "4", autocomplete: "off", "aria-describedby": "message-hint message-count" });
  readonly #count = el("div", { class: "govuk-hint govuk-character-count__message", id: "message-count" });
  readonly #input = el("input", { class: "govuk-file-upload", id: "files", type: "file", multiple: "", "aria-describedby": "files-hint" });
  #service = "";

  constructor(services: readonly Service[], adds: string) {
    this.#services = services;
    this.adds = adds;
    if (services.length === 1) this.#service = services[0]?.id ?? "";
    this.#input.addEventListener("change", () => { this.#pick(); });
    this.#message.addEventListener("input", () => { this.#tell(); });
    this.#tell();
  }

  get service(): string {
    return this.#service;
  }

  get message(): string {
    return commentsOf(this.#message.value);
  }

  get files(): readonly File[] {
    return this.#picked.map((p) => p.file);
  }

  get names(): readonly string[] {
    return this.#picked.map((p) => p.name);
  }

  get size(): number {
    return this.#picked.reduce((n, p) => n + p.file.size, 0);
  }

  /** What is sent, for whoever sends it: kept sealed, shown beside the receipt. */
  words(): string {
    const { name = "" } = this.#services.find((s) => s.id === this.#service) ?? {};
    return [`For ${name}: ${this.#picked.map((p) => `${p.name} (${sizeText(p.file.size)})`).join(", ")}`, ...(this.message === "" ? [] : [this.message])].join("\n");
  }

  element(send: () => void): HTMLElement {
    const radios = this.#services.map((s, i) => {
      const id = i === 0 ? "service" : `service-${String(i + 1)}`;
      const input = el("input", { class: "govuk-radios__input", id, name: "service", type: "radio", value: s.id, ...(s.takes === "" ? {} : { "aria-describedby": `${id}-takes` }) });
      input.checked = s.id === this.#service;
      input.addEventListener("change", () => {
        this.#service = s.id;
        this.#draw();
      });
      return el("div", { class: "govuk-radios__item" }, input, el("label", { class: "govuk-label govuk-radios__label", for: id }, s.name),
        s.takes === "" ? undefined : el("div", { class: "govuk-hint govuk-radios__hint", id: `${id}-takes` }, s.takes));
    });
    const form = el("form", { autocomplete: "off", novalidate: "", "aria-label": "Send documents" },
      el("div", { "data-error-summary": "", class: "govuk-!-margin-bottom-6", hidden: "" }),
      this.adds === "" ? undefined : el("div", { class: "govuk-inset-text" }, "What you choose now is added to what you sent before: the service gets both, and this has a receipt of its own."),
      el("div", { class: "govuk-form-group" }, el("fieldset", { class: "govuk-fieldset" }, el("legend", { class: "govuk-fieldset__legend govuk-fieldset__legend--m" }, "Which service is it for?"), el("div", { class: "govuk-radios" }, ...radios))),
      el("div", { class: "govuk-form-group" }, el("label", { class: "govuk-label govuk-label--m", for: "files" }, "Choose the files"),
        el("div", { class: "govuk-hint", id: "files-hint" }, `Up to ${String(mostFiles)} files. You can choose several at once, and choose again to add more.`), this.#input, this.#said, this.#list),
      el("div", { class: "govuk-form-group" }, el("label", { class: "govuk-label govuk-label--m", for: "message" }, "Message (optional)"),
        el("div", { class: "govuk-hint", id: "message-hint" }, "What the files are, and what you ask for"), this.#message, this.#count),
      el("button", { class: "govuk-button", type: "submit", "data-send-now": "" }, "Send"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send();
    });
    this.#draw();
    return form;
  }

  /** Shows what is wrong; true when nothing is. */
  check(): boolean {
    const wrong: (readonly [field: string, text: string])[] = [];
    if (this.#service === "") wrong.push(["service", "Choose the service that it is for"]);
    if (this.#picked.length === 0) wrong.push(["files", "Choose at least one file"]);
    const types = this.#types();
    const others = this.#picked.filter((p) => !types.includes(endingOf(p.name)));
    if (others.length > 0) wrong.push(["files", `${others.map((p) => p.name).join(", ")}: this service takes files ending in ${joinedOr(types)}. Remove ${others.length === 1 ? "it" : "them"}, or save as one of these`]);
    const empty = this.#picked.filter((p) => p.file.size === 0);
    if (empty.length > 0) wrong.push(["files", `${empty.map((p) => p.name).join(", ")}: there is nothing in it. Remove it, or choose it again`]);
    if (this.#picked.length > mostFiles) wrong.push(["files", `Choose at most ${String(mostFiles)} files`]);
    if (lengthOf(this.message) > mostMessage) wrong.push(["message", `The message has more than ${mostMessage.toLocaleString("en-GB")} characters: shorten it`]);
    this.refuse(wrong);
    return wrong.length === 0;
  }

  /** Says what is wrong at the top and at the fields. */
  refuse(wrong: readonly (readonly [field: string, text: string])[]): void {
    clearErrors();
    if (wrong.length > 0) showError(wrong.map(([field, text]) => ({ field, text })));
  }

  #types(): readonly string[] {
    const one = this.#services.find((s) => s.id === this.#service);
    return one?.types ?? [...new Set(this.#services.flatMap((s) => s.types))];
  }

  /** Takes what was chosen in; two of one name get a number. */
  #pick(): void {
    const added = [...(this.#input.files ?? [])];
    for (const file of added) {
      const plain = fileNameOf(file.name);
      const dot = plain.lastIndexOf(".");
      let name = plain;
      for (let n = 2; this.#picked.some((p) => p.name === name); n++) name = `${plain.slice(0, dot)} (${String(n)})${plain.slice(dot)}`;
      this.#picked.push({ name, file });
    }
    this.#input.value = "";
    this.#said.textContent = added.length === 0 ? "" : `Added: ${added.length === 1 ? "1 file" : `${String(added.length)} files`}.`;
    this.#draw();
  }

  #draw(): void {
    this.#input.accept = this.#types().map((t) => `.${t}`).join(",");
    this.#list.replaceChildren(...this.#picked.map((p) => {
      const remove = button("govuk-button govuk-button--secondary app-remove", "Remove", () => {
        this.#picked.splice(this.#picked.indexOf(p), 1);
        this.#said.textContent = `Removed: ${p.name}.`;
        this.#draw();
        this.#input.focus();
      });
      remove.append(hidden(` ${p.name}`));
      return el("li", { class: "app-file" }, el("span", {}, `${p.name} (${endingOf(p.name).toUpperCase()}, ${sizeText(p.file.size)})`), remove);
    }));
  }

  #tell(): void {
    const left = mostMessage - lengthOf(this.message);
    this.#count.textContent = `You have ${Math.abs(left).toLocaleString("en-GB")} character${Math.abs(left) === 1 ? "" : "s"} ${left < 0 ? "too many" : "remaining"}`;
    this.#count.classList.toggle("app-too-long", left < 0);
  }
}
