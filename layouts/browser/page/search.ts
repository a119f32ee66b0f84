/**
 * The search page: over everything that one may read, in a worker of its own,
 * which is there as long as the page is. Only this page loads any of it.
 */
import { longDay } from "../shared/dates.ts";
import type { FromFinder, ToFinder } from "../shared/finding.ts";
import type { Answer, Choices, Hit, Marked, Query } from "../shared/search.ts";
import { el, hidden, tag } from "./element.ts";
import type { Custody } from "./custody.ts";
import type { Place } from "./place.ts";
import { scriptAddress } from "./script.ts";

const settle = 150;
const shownAtFirst = 20;
const chosen = ["kind", "year", "school"] as const;

/** Puts the search into its place and starts it; done when it shows something. */
export function start({ place, worker, custody }: Place): Promise<void> {
  return new Promise((shown) => { new SearchPage(place, worker, custody, shown).start(); });
}

class SearchPage {
  readonly #place: HTMLElement;
  readonly #worker: ServiceWorker;
  readonly #custody: Custody;
  readonly #shown: () => void;
  readonly #finder: Worker;
  readonly #words = el("input", { class: "govuk-input", id: "words", name: "words", type: "search", autocomplete: "off", spellcheck: "false", "aria-describedby": "words-hint" });
  readonly #choices = el("div", { class: "app-search__choices" });
  readonly #status = el("p", { class: "govuk-body app-search__status", role: "status" });
  readonly #reading = el("p", { class: "govuk-body-s app-search__reading" });
  readonly #results = el("ol", { class: "govuk-list app-results" });
  readonly #more = el("button", { class: "govuk-button govuk-button--secondary", type: "button", hidden: "" });
  #most = shownAtFirst;
  #turn = 0;
  #timer = 0;
  #complete = false;
  #began = 0;

  constructor(place: HTMLElement, worker: ServiceWorker, custody: Custody, shown: () => void) {
    this.#shown = shown;
    this.#place = place;
    this.#worker = worker;
    this.#custody = custody;
    this.#finder = new Worker(scriptAddress("despatch-finder", /^\/assets\/finder\.[0-9a-f]{8}\.js$/, place.dataset["finder"] ?? ""));
  }

  start(): void {
    this.#began = performance.now();
    const form = el("form", { class: "app-search", role: "search", "aria-label": "Everything you can read", autocomplete: "off" },
      el("div", { class: "govuk-form-group" }, el("label", { class: "govuk-label govuk-label--m", for: "words" }, "Search everything you can read"),
        el("div", { class: "govuk-hint", id: "words-hint" }, "Titles, focus, category, people and the words of reports and sheets. Put words that belong together in quotation marks: “early reading”"),
        this.#words),
      this.#choices);
    form.addEventListener("submit", (event) => { event.preventDefault(); this.#search(); });
    form.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = window.setTimeout(() => { this.#search(); }, settle);
    });
    this.#more.addEventListener("click", () => { this.#showMore(); });
    this.#place.replaceChildren(form, this.#status, this.#reading, this.#results, this.#more);
    this.#finder.addEventListener("message", (event: MessageEvent<FromFinder>) => { this.#hear(event.data); });
    this.#open();
  }

  /** What was searched for last is known in memory alone: in the address, the browser's history would keep it. */
  #open(): void {
    const given = new URLSearchParams(location.hash.slice(1)).get("q");
    if (given !== null) history.replaceState(history.state, "", location.pathname);
    this.#words.value = given ?? this.#custody.typed;
    const line = new MessageChannel();
    this.#worker.postMessage({ ask: "papers", pages: true }, [line.port1]);
    this.#finder.postMessage({ from: line.port2 } satisfies ToFinder, [line.port2]);
  }

  #hear(said: FromFinder): void {
    if ("choices" in said) {
      this.#offer(said.choices);
      this.#search();
    } else if ("answer" in said) {
      if (said.turn === this.#turn) this.#show(said.answer, said.took);
    } else if (said.missing === undefined) {
      this.#reading.textContent = "Reading the text of your papers… Titles, people and dates can be searched already.";
    } else this.#ready(said.missing);
  }

  #ready(missing: number): void {
    this.#complete = true;
    this.#place.dataset["took"] = String(Math.round(performance.now() - this.#began));
    this.#reading.textContent = missing === 0 ? "" : "Some papers are not on this device and the site cannot be reached: of these only titles, people and dates are searched.";
    this.#reading.hidden = missing === 0;
    this.#search(this.#most);
  }

  #offer(choices: Choices): void {
    const fields = [["kind", "Kind", choices.kinds], ["year", "School year", choices.years], ["school", "School", choices.schools]] as const;
    this.#choices.replaceChildren(...fields.filter(([, , values]) => values.length > 1).map(([name, label, values]) => {
      const select = el("select", { class: "govuk-select", id: `choice-${name}`, name, autocomplete: "off" }, new Option("All", ""), ...values.map((v) => new Option(v, v)));
      return el("div", { class: "govuk-form-group" }, el("label", { class: "govuk-label", for: `choice-${name}` }, label), select);
    }));
    this.#restore();
  }

  #query(): Query {
    const value = (name: string): string => this.#choices.querySelector<HTMLSelectElement>(`[name=${name}]`)?.value ?? "";
    return { words: this.#words.value, kind: value("kind"), year: value("year"), school: value("school") };
  }

  #search(most = shownAtFirst): void {
    clearTimeout(this.#timer);
    this.#most = most;
    const query = this.#query();
    this.#remember(query);
    this.#finder.postMessage({ query, most, turn: ++this.#turn } satisfies ToFinder);
  }

  /** Choices name nobody: they stand in the address, as in lists. */
  #remember(query: Query): void {
    if (query.words !== this.#custody.typed) this.#custody.typed = query.words;
    const state = new URLSearchParams(chosen.filter((name) => query[name] !== "").map((name) => [name, query[name]]));
    const text = state.toString();
    history.replaceState(history.state, "", text === "" ? location.pathname : `#${text}`);
  }

  #restore(): void {
    const state = new URLSearchParams(location.hash.slice(1));
    for (const select of this.#choices.querySelectorAll("select")) {
      const value = state.get(select.name) ?? "";
      if ([...select.options].some((o) => o.value === value)) select.value = value;
    }
  }

  #show({ total, hits }: Answer, took: number): void {
    const held = this.#held();
    this.#results.replaceChildren(...hits.map(resultOf));
    if (held !== undefined) (this.#names().find((name) => sameName(name, held)) ?? this.#words).focus({ preventScroll: true });
    this.#status.textContent = this.#sentence(total, hits.length);
    this.#more.hidden = hits.length >= total;
    this.#more.textContent = `Show ${String(Math.min(shownAtFirst, total - hits.length))} more`;
    this.#shown();
    if (!this.#complete) return;
    this.#place.dataset["found"] = String(total);
    this.#place.dataset["query"] = String(this.#turn);
    this.#place.dataset["queryTook"] = took.toFixed(1);
  }

  #names(): HTMLElement[] {
    return [...this.#results.querySelectorAll<HTMLElement>("a, [tabindex]")];
  }

  /** The result that has the focus: results are written anew when more text was read, which must take it from nobody. */
  #held(): HTMLElement | undefined {
    return this.#names().find((name) => name === document.activeElement);
  }

  #sentence(total: number, shown: number): string {
    const query = this.#query();
    const all = query.words.trim() === "" && chosen.every((name) => query[name] === "");
    const unread = this.#complete ? "" : " so far";
    if (total === 0) return all ? "There is nothing for you to search yet." : `Nothing was found${unread}. Use fewer or other words, or set the choices back to All.`;
    const count = total === 1 ? "1 paper" : `${String(total)} papers`;
    const rest = shown < total ? `; the first ${String(shown)} are shown` : "";
    return all ? `You can read or know of ${count}, newest first${rest}.` : `${count} found${unread}${rest}.`;
  }

  #showMore(): void {
    const next = this.#results.children.length;
    const done = (event: MessageEvent<FromFinder>): void => {
      if (!("answer" in event.data)) return;
      this.#finder.removeEventListener("message", done);
      // The focus goes on where the new ones begin.
      this.#results.children[next]?.querySelector<HTMLElement>("a, h2")?.focus();
    };
    this.#finder.addEventListener("message", done);
    this.#search(this.#most + shownAtFirst);
  }
}

function resultOf({ href, title, kind, subject, date, state, schools, snippet }: Hit): HTMLElement {
  const name = href === "" ? el("span", { tabindex: "-1" }, ...pieces(title)) : el("a", { class: "govuk-link", href: `/s/${href}` }, ...pieces(title));
  const about = [kind, date === "" ? "" : longDay(date), ...(schools.length === 1 ? schools : [])].filter((t) => t !== "").join(", ");
  return el("li", { class: "app-result" },
    el("h2", { class: "govuk-heading-s" }, name),
    el("p", { class: "govuk-body-s" }, `${about} `, tag(...state)),
    href === "" ? el("p", { class: "govuk-body-s" }, "You need permission to read it: ask your Headteacher.") : undefined,
    subject.length === 0 ? undefined : el("p", { class: "govuk-body-s" }, hidden("About: "), ...pieces(subject)),
    snippet.length === 0 ? undefined : el("p", { class: "govuk-body-s app-result__snippet" }, ...pieces(snippet)));
}

function sameName(one: HTMLElement, other: HTMLElement): boolean {
  return one.getAttribute("href") === other.getAttribute("href") && one.textContent === other.textContent;
}

function pieces(text: Marked): (Node | string)[] {
  return text.map((piece) => (piece.hit ? el("mark", {}, piece.text) : piece.text));
}
