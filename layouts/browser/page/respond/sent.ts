/** What you sent: the answers of this account, each with its receipt, and what was written. */
import type { SentList, SentPaper } from "../../shared/answering.ts";
import { londonDay, longDay } from "../../shared/dates.ts";
import { clearErrors, showError } from "../errors.ts";
import { button, el } from "../element.ts";
import { ask } from "../line.ts";
import type { Place } from "../place.ts";
import { keepTables } from "../tables.ts";
import { link, receiptParts, say, sentKinds, title } from "./parts.ts";
import { answerWord, listWords, moment, whyNotTaken } from "./words.ts";

/** The list, and the page of one receipt, which its fragment names. */
export class SentPages {
  readonly #place: HTMLElement;
  readonly #worker: ServiceWorker;
  readonly #portal = document.title.replace(/^[^–]*/, "");
  #list: SentList = { papers: [], why: "" };
  #asking = false;

  constructor({ place, worker }: Place) {
    this.#place = place;
    this.#worker = worker;
  }

  async start(): Promise<void> {
    document.querySelector("main > h1")?.remove();
    this.#list = (await ask(this.#worker, { ask: "sent" })) ?? this.#list;
    addEventListener("hashchange", () => {
      if (location.hash !== "#main-content") this.#show(true);
    });
    this.#show(false);
  }

  #show(focus: boolean): void {
    const one = this.#list.papers.find((p) => `#${p.deposit}` === location.hash);
    const heading = title(one === undefined ? "What you sent" : "Receipt", one?.school ?? "");
    this.#place.replaceChildren(el("div", { "data-error-summary": "", hidden: "" }), heading, ...this.#warning(), ...(one === undefined ? this.#table() : this.#receipt(one)));
    document.title = `${one === undefined ? "What you sent" : "Receipt"} ${this.#portal}`;
    keepTables();
    if (!focus) return;
    heading.focus();
    scrollTo(0, 0);
  }

  #receipt(sent: SentPaper): HTMLElement[] {
    const back = el("p", { class: "govuk-body app-keep" }, link("/s/sent.html#", "All that you sent"));
    const said = sent.kind === "return" && sent.href !== "" ? [say(link(`/s/return.html#of=${sent.href}`, "What you answered"))] : [];
    const kept = sent.kind === "upload" && sent.href !== "" ? [say(link(`/s/${sent.href}#back=${sent.deposit}`, "Read what you sent"), " · ", link(`/s/${sent.href}#adds=${sent.deposit}`, "Send another file with this"))] : [];
    return [back, ...this.#taken(sent), ...receiptParts(sent), ...said, ...kept, ...this.#way(sent)];
  }

  #taken({ takenBack, notTaken }: SentPaper): HTMLElement[] {
    if (notTaken !== "") return [el("div", { class: "govuk-inset-text", role: "status" }, `The authority could not take this, and it changed nothing. ${notTaken}`)];
    return takenBack === "" ? [] : [el("div", { class: "govuk-inset-text", role: "status" },
      `You took this back on ${moment(takenBack)}. It no longer counts once the authority has collected that; the record says when they have.`)];
  }

  /** The way to take something back, as long as that is possible. */
  #way(sent: SentPaper): HTMLElement[] {
    if (sent.notTaken !== "" || sent.takenBack !== "" || sent.until === "" || londonDay(Date.now()) > sent.until) return [];
    const place = el("section", { "aria-labelledby": "take-back", class: "app-keep" });
    const press = (text: string, kind: string, act: () => void): HTMLElement => button(`govuk-button ${kind}`, text, act);
    const offer = (focus: boolean): void => {
      const first = press("Take this back", "govuk-button--secondary", sure);
      place.replaceChildren(el("h2", { class: "govuk-heading-m", id: "take-back" }, "Take it back"),
        say(`Until ${longDay(sent.until)} you can take back what you sent, and send something else. The authority sees that you did.`), first);
      if (focus) first.focus();
    };
    const sure = (): void => {
      const yes = press("Yes, take it back", "govuk-button--warning", () => void this.#takeBack(sent, yes));
      place.replaceChildren(el("h2", { class: "govuk-heading-m", id: "take-back" }, "Do you want to take this back?"),
        say("What you sent then no longer counts. If nothing else is sent in time, your school has not answered."),
        el("div", { class: "govuk-button-group" }, yes, press("No, leave it as it is", "govuk-button--secondary", () => { offer(true); })));
      yes.focus();
    };
    offer(false);
    return [place];
  }

  async #takeBack(sent: SentPaper, press: HTMLElement): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    clearErrors();
    press.setAttribute("aria-disabled", "true");
    const said = await ask(this.#worker, { ask: "take-back", deposit: sent.deposit });
    this.#asking = false;
    press.removeAttribute("aria-disabled");
    if (said?.ok === true) {
      this.#list = { ...this.#list, papers: this.#list.papers.map((p) => (p.deposit === sent.deposit ? { ...p, takenBack: said.time } : p)) };
      this.#show(true);
    } else if (said !== null) showError([{ field: "", text: whyNotTaken(said.why, said.reference) }], "It was not taken back");
  }

  #warning(): HTMLElement[] {
    const text = listWords(this.#list.why);
    return text === "" ? [] : [el("div", { class: "govuk-inset-text", role: "status" }, text)];
  }

  #table(): HTMLElement[] {
    const { papers } = this.#list;
    if (papers.length === 0) return [say("You have sent nothing through this site yet.")];
    const cell = (label: string, content: Node | string): HTMLElement => el("td", { class: "govuk-table__cell", "data-label": label }, content);
    return [el("table", { class: "govuk-table app-cards" },
      el("caption", { class: "govuk-table__caption govuk-visually-hidden" }, "What you sent"),
      el("thead", { class: "govuk-table__head" }, el("tr", { class: "govuk-table__row" }, ...["Record", "School", "Your answer", "Taken by the drop-box", "Receipt"].map((h) => el("th", { scope: "col", class: "govuk-table__header" }, h)))),
      el("tbody", { class: "govuk-table__body" }, ...papers.map((p) => el("tr", { class: "govuk-table__row", "data-row": "" },
        el("th", { scope: "row", class: "govuk-table__header app-cards__first", "data-label": "Record" }, p.href === "" ? nameOf(p) : link(`/s/${p.href}`, nameOf(p))),
        cell("School", p.school), cell("Your answer", sentWord(p)),
        cell("Taken by the drop-box", el("time", { datetime: londonDay(Date.parse(p.time)) }, moment(p.time))),
        cell("Receipt", link(`#${p.deposit}`, "Receipt", `for ${nameOf(p)}`))))))];
  }
}

function sentWord({ kind, supersedes, answer, takenBack, notTaken }: SentPaper): string {
  const word = kind === "return" && supersedes !== "" ? "Data return, newer version" : sentKinds[kind]?.short ?? answerWord(answer);
  if (notTaken !== "") return `${word}, not taken`;
  return takenBack === "" ? word : `${word}, taken back`;
}

function nameOf({ title: name }: SentPaper): string {
  return name === "" ? "A record that is no longer shown here" : name;
}
