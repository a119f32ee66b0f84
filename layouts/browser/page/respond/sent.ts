/** What you sent: the answers of this account, each with its receipt, and what was written. */
import type { SentList, SentPaper } from "../../shared/answering.ts";
import { londonDay } from "../../shared/dates.ts";
import { el } from "../element.ts";
import { ask } from "../line.ts";
import type { Place } from "../place.ts";
import { keepTables } from "../tables.ts";
import { link, receiptParts, say, title } from "./parts.ts";
import { answerWord, listWords, moment } from "./words.ts";

/** The list, and the page of one receipt, which its fragment names. */
export class SentPages {
  readonly #place: HTMLElement;
  readonly #worker: ServiceWorker;
  readonly #portal = document.title.replace(/^[^–]*/, "");
  #list: SentList = { papers: [], why: "" };

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
    this.#place.replaceChildren(heading, ...this.#warning(), ...(one === undefined ? this.#table() : this.#receipt(one)));
    document.title = `${one === undefined ? "What you sent" : "Receipt"} ${this.#portal}`;
    keepTables();
    if (!focus) return;
    heading.focus();
    scrollTo(0, 0);
  }

  #receipt(sent: SentPaper): HTMLElement[] {
    const back = el("p", { class: "govuk-body app-keep" }, link("/s/sent.html#", "All that you sent"));
    const said = sent.kind === "return" && sent.href !== "" ? [say(link(`/s/return.html#of=${sent.href}`, "What you answered"))] : [];
    return [back, ...receiptParts(sent), ...said];
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
        cell("School", p.school), cell("Your answer", p.kind === "return" ? (p.supersedes === "" ? "Data return" : "Data return, newer version") : answerWord(p.answer)),
        cell("Taken by the drop-box", el("time", { datetime: londonDay(Date.parse(p.time)) }, moment(p.time))),
        cell("Receipt", link(`#${p.deposit}`, "Receipt", `for ${nameOf(p)}`))))))];
  }
}

function nameOf({ title: name }: SentPaper): string {
  return name === "" ? "A record that is no longer shown here" : name;
}
