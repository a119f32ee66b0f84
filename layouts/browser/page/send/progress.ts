/** How far something long is: a bar, how much, how fast and how long still; told to screen readers a few times only. */
import { button, el } from "../element.ts";
import { sizeText } from "../size.ts";

/** So much of the way passes between two announcements, and so long a time. */
const tenth = 0.1;
const least = 5000;
/** Over this time the speed is taken, in milliseconds. */
const window = 10_000;

export class Progress {
  readonly element: HTMLElement;
  readonly #what: string;
  readonly #bar: HTMLProgressElement;
  readonly #said = el("p", { class: "govuk-body", "data-progress": "" });
  readonly #spoken = el("p", { class: "govuk-visually-hidden", role: "status" });
  readonly #marks: { readonly at: number; readonly done: number }[] = [];
  #spokenAt = 0;
  #spokenPart = 0;

  constructor(what: string, cancel: () => void) {
    this.#what = what;
    this.#bar = el("progress", { class: "app-progress", "aria-label": what, value: "0", max: "1" });
    this.#said.textContent = `${what}…`;
    this.element = el("div", { tabindex: "-1", role: "group", "aria-label": what }, this.#said, this.#bar, this.#spoken,
      el("div", { class: "govuk-button-group" }, button("govuk-button govuk-button--secondary", "Cancel", cancel)));
  }

  /** So much is done. */
  at(done: number, of: number): void {
    const now = performance.now();
    this.#marks.push({ at: now, done });
    while (this.#marks.length > 2 && (this.#marks[0]?.at ?? now) < now - window) this.#marks.shift();
    this.#bar.max = of;
    this.#bar.value = done;
    const text = `${this.#what}: ${sizeText(done)} of ${sizeText(of)}${this.#rest(done, of)}`;
    this.#said.textContent = text;
    if (done / of >= this.#spokenPart + tenth && now >= this.#spokenAt + least) {
      [this.#spokenAt, this.#spokenPart] = [now, done / of];
      this.#spoken.textContent = text;
    }
  }

  /** The line is broken; it goes on by itself. */
  waits(): void {
    this.#marks.length = 0;
    this.#said.textContent = this.#spoken.textContent = "The line is broken. It goes on by itself when the line is back; what has arrived is kept.";
  }

  #rest(done: number, of: number): string {
    const first = this.#marks[0];
    const last = this.#marks.at(-1);
    if (first === undefined || last === undefined || last.at - first.at < 1000 || last.done <= first.done) return "";
    const speed = ((last.done - first.done) / (last.at - first.at)) * 1000;
    return `, ${sizeText(Math.round(speed))} a second, ${timeText((of - done) / speed)} left`;
  }
}

/** A time as people say it. */
export function timeText(seconds: number): string {
  if (seconds < 60) return "less than a minute";
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `about ${String(minutes)} ${minutes === 1 ? "minute" : "minutes"}`;
  return `about ${String(Math.round(minutes / 60))} hours`;
}
