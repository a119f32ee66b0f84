/**
 * Filtering, searching and sorting of lists marked up with data-list. What is
 * chosen stands in the address's fragment, which no server sees, so that Back,
 * reload and a bookmark keep it. What is typed may name a child, and browsers
 * write addresses to the disk: it stays in the session, in memory.
 */
import { carry } from "./back.ts";
import { all, one } from "./line.ts";
import { cards } from "./tables.ts";

const sortKey = "sort";
const settle = 150;
const directions: Record<string, readonly [string, string]> = {
  date: ["oldest first", "newest first"], number: ["lowest first", "highest first"], text: ["A to Z", "Z to A"],
};

/** Where a page's typed words outlive it. */
export interface Typed {
  typed: string;
}

/** Starts every list of the page. */
export function startLists(): List[] {
  const lists = all("[data-list]").map((element) => new List(element));
  for (const list of lists) list.start();
  return lists;
}

/** One list with its filters. */
export class List {
  #typed: Typed = { typed: "" };
  readonly #rows: HTMLElement[];
  readonly #form: HTMLFormElement | null;
  readonly #count: HTMLElement | null;
  readonly #empty: HTMLElement | null;
  readonly #table: HTMLElement | null;
  readonly #buttons = new Map<string, HTMLButtonElement>();
  readonly #choice = document.createElement("select");
  #sort = "";
  #timer = 0;

  constructor(list: HTMLElement) {
    this.#rows = all("[data-row]", list);
    this.#form = list.querySelector<HTMLFormElement>("form[data-list-filters]");
    this.#count = one("[data-list-count]", list);
    this.#empty = one("[data-list-empty]", list);
    this.#table = one("table", list);
    for (const th of all("th[data-sort]", list)) this.#addButton(th);
  }

  start(): void {
    const form = this.#form;
    if (form !== null) {
      form.hidden = false;
      this.#addChoice(form);
      closeOnPhones(form);
      form.addEventListener("submit", (event) => { event.preventDefault(); });
      form.addEventListener("input", () => {
        clearTimeout(this.#timer);
        this.#timer = window.setTimeout(() => { this.#apply(); this.#remember(); }, settle);
      });
    }
    this.#hideButtons(matchMedia(cards));
    const restore = (): void => {
      // The way past the menu is a fragment too, and says nothing about the list.
      if (location.hash.length > 1 && document.getElementById(location.hash.slice(1)) !== null) return;
      this.#restore();
      this.#apply();
    };
    addEventListener("popstate", restore);
    addEventListener("hashchange", restore);
    restore();
  }

  /** Takes what was typed before, and from now on gives what is typed. */
  keepTyped(typed: Typed): void {
    this.#typed = typed;
    this.#restore();
    this.#apply();
  }

  /** The form's controls with a name: the search box and the selects. */
  #controls(): (HTMLInputElement | HTMLSelectElement)[] {
    return this.#form === null ? [] : [...this.#form.querySelectorAll<HTMLInputElement | HTMLSelectElement>("[data-filter-text], [data-filter]")];
  }

  #apply(): void {
    let shown = 0;
    const tests = this.#controls().filter((c) => c.value !== "").map(testOf);
    for (const row of this.#rows) {
      row.hidden = !tests.every((test) => test(row));
      if (!row.hidden) shown++;
    }
    const total = this.#rows.length;
    if (this.#count !== null) this.#count.textContent = shown === total ? `Showing all ${String(total)}` : `Showing ${String(shown)} of ${String(total)}`;
    if (this.#empty !== null) this.#empty.hidden = shown > 0 || total === 0;
    if (this.#table !== null) this.#table.hidden = shown === 0 && total > 0;
  }

  #addButton(th: HTMLElement): void {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "app-sort";
    button.append(...th.childNodes);
    th.append(button);
    th.setAttribute("aria-sort", "none");
    const name = String(this.#buttons.size);
    this.#buttons.set(name, button);
    button.addEventListener("click", () => {
      this.#sort = this.#sort === name ? `-${name}` : name;
      this.#order();
      this.#remember();
    });
  }

  /** On a phone the heads are out of sight, where nothing may have the focus. */
  #hideButtons(phone: MediaQueryList): void {
    const hide = (): void => { for (const button of this.#buttons.values()) button.tabIndex = phone.matches ? -1 : 0; };
    phone.addEventListener("change", hide);
    hide();
  }

  /** The heads that sort are not there on a phone; a choice among the filters is. */
  #addChoice(form: HTMLFormElement): void {
    if (this.#buttons.size === 0) return;
    const group = document.createElement("div");
    group.className = "govuk-form-group app-filters__sort";
    const label = document.createElement("label");
    label.className = "govuk-label";
    label.htmlFor = "sort-by";
    label.textContent = "Sort by";
    this.#choice.className = "govuk-select";
    this.#choice.id = "sort-by";
    this.#choice.autocomplete = "off";
    this.#choice.add(new Option("The usual order", ""));
    for (const [name, button] of this.#buttons) {
      const [up, down] = directions[button.closest("th")?.dataset["sort"] ?? "text"] ?? ["", ""];
      this.#choice.add(new Option(`${button.textContent}, ${up}`, name));
      this.#choice.add(new Option(`${button.textContent}, ${down}`, `-${name}`));
    }
    this.#choice.addEventListener("change", () => {
      this.#sort = this.#choice.value;
      this.#order();
      this.#remember();
    });
    group.append(label, this.#choice);
    form.append(group);
  }

  #order(): void {
    this.#choice.value = this.#sort;
    const name = this.#sort.replace("-", "");
    for (const [n, b] of this.#buttons) b.parentElement?.setAttribute("aria-sort", n !== name ? "none" : this.#sort === n ? "ascending" : "descending");
    const th = this.#buttons.get(name)?.closest("th");
    if (th == null) {
      for (const row of this.#rows) row.parentElement?.append(row);
      return;
    }
    const sign = this.#sort === name ? 1 : -1;
    const keyed = this.#rows.map((row) => ({ row, key: keyOf(row, th.cellIndex, th.dataset["sort"] ?? "text") }));
    keyed.sort((a, b) => sign * compare(a.key, b.key));
    for (const { row } of keyed) row.parentElement?.append(row);
  }

  #remember(): void {
    const state = new URLSearchParams();
    for (const c of this.#controls()) {
      if (isTyped(c)) this.#typed.typed = c.value;
      else if (c.value !== "") state.set(c.name, c.value);
    }
    if (this.#sort !== "") state.set(sortKey, this.#sort);
    const text = state.toString();
    history.replaceState(history.state, "", text === "" ? location.pathname + location.search : `#${text}`);
    carry(this.#rows, text);
  }

  #restore(): void {
    const state = new URLSearchParams(location.hash.slice(1));
    carry(this.#rows, state.toString());
    for (const c of this.#controls()) c.value = state.get(c.name) ?? (isTyped(c) ? this.#typed.typed : "");
    const sort = state.get(sortKey) ?? "";
    if (sort === this.#sort || (sort !== "" && !this.#buttons.has(sort.replace("-", "")))) return;
    this.#sort = sort;
    this.#order();
  }
}

/** What a control asks of a row: every word of a search, or one of the row's values. */
function testOf(control: HTMLInputElement | HTMLSelectElement): (row: HTMLElement) => boolean {
  if (isTyped(control)) {
    const words = control.value.toLowerCase().split(/\s+/);
    return (row) => words.every((word) => (row.dataset["text"] ?? row.textContent.toLowerCase()).includes(word));
  }
  const attribute = `data-${control.name}`;
  return (row) => (row.getAttribute(attribute) ?? "").split("|").includes(control.value);
}

function isTyped(control: HTMLElement): boolean {
  return control.matches("[data-filter-text]");
}

/** A cell's key: the value that it carries for sorting, its machine date, else its words. */
function keyOf(row: HTMLElement, index: number, kind: string): string | number {
  const cell = row.children[index];
  if (!(cell instanceof HTMLElement)) return "";
  const text = cell.dataset["value"] ?? one("[data-value]", cell)?.dataset["value"] ?? cell.textContent.trim().toLowerCase();
  if (kind === "date") return cell.dataset["value"] ?? cell.querySelector("time")?.dateTime ?? "";
  return kind === "number" && text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en-GB");
}

/** On a phone the filters would fill the first screen. */
function closeOnPhones(form: HTMLFormElement): void {
  const toggle = form.closest("details");
  if (toggle !== null) toggle.open = !matchMedia(cards).matches;
}
