/** The steps in which passages are marked: which, and what is wrong with one. */
import type { Answering } from "../../shared/answering.ts";
import { mostPoints, type Point } from "../../shared/response.ts";
import { clearErrors, showError } from "../errors.ts";
import { button, el } from "../element.ts";
import { faultsOf, markForm, markList, passageList } from "./marks.ts";
import { passagesOf } from "./passages.ts";
import { back, say } from "./parts.ts";
import type { Step } from "./step.ts";
import { number } from "./words.ts";

const passagesName = "Mark what is inaccurate";
const markName = "What is wrong with this passage?";
/** The headings of these steps. */
export const markNames: readonly string[] = [passagesName, markName];

/** What the way through an answer does for these steps. */
interface Way {
  points(): readonly Point[];
  set(points: readonly Point[]): void;
  flush(): Promise<void>;
  go(step: Step, mark?: number): Promise<void>;
  /** A link to a step. */
  to(step: Step, text: string, more?: string, mark?: number): HTMLAnchorElement;
  /** Shows the present step anew. */
  show(): void;
  sayKept(): void;
  put(name: string, focus: boolean, ...parts: readonly HTMLElement[]): void;
  /** The button Save and exit. */
  save(): HTMLElement;
}

/** The marks of one answer. */
export class Marking {
  readonly #way: Way;

  constructor(way: Way) {
    this.#way = way;
  }

  /** The marks so far, and the way to one more. */
  sofar(): HTMLElement[] {
    const way = this.#way;
    const points = way.points();
    const list = markList(points, {
      change: (at) => way.to("mark", "Change", `the mark on passage ${String(at + 1)}`, at),
      remove: (at) => {
        way.set(points.filter((_, i) => i !== at));
        void way.flush().then(() => { way.show(); });
      },
    });
    return [
      el("h2", { class: "govuk-heading-m" }, "Passages of the record"),
      list ?? say("You can mark each passage that is inaccurate, and say what it should be. The authority then tells you for each what became of it."),
      points.length >= mostPoints ? say(`You have marked ${number(mostPoints)} passages, and more cannot be marked. Say the rest below.`)
        : button("govuk-button govuk-button--secondary", points.length === 0 ? "Mark a passage" : "Mark another passage", () => void way.go("passages")),
    ];
  }

  /** The record, to choose a passage from. */
  showPassages(found: Answering, focus: boolean): void {
    const way = this.#way;
    const list = el("div", { "data-passages": "" }, el("p", { class: "govuk-body", role: "status" }, "Opening the record…"));
    const mark = async (passage: string): Promise<void> => {
      const points = way.points();
      const at = points.findIndex((p) => p.passage === passage);
      if (at < 0) way.set([...points, { passage, wrong: "", words: "" }]);
      await way.go("mark", at < 0 ? points.length : at);
    };
    way.put(passagesName, focus, back(way.to("comments", "Back")), say("Press the button under each passage that is inaccurate. You then say what is wrong with it."), list);
    void passagesOf(`/s/${found.href}`).then((passages) => {
      list.replaceChildren(...(passages.length > 0 ? passageList(passages, way.points(), (p) => void mark(p))
        : [say("The record could not be opened here. ", way.to("comments", "Say in your own words what is inaccurate"), ".")]));
    });
  }

  /** What is wrong with one passage. */
  showMark(point: Point, at: number, focus: boolean): void {
    const way = this.#way;
    const keep = (now: Point): void => { way.set(way.points().map((p, i) => (i === at ? now : p))); };
    const { parts, now } = markForm(point, (changed) => {
      keep(changed);
      way.sayKept();
    });
    const form = el("form", { novalidate: "", autocomplete: "off" }, ...parts,
      el("p", { class: "govuk-body app-small app-kept", role: "status", "data-kept": "" }),
      el("div", { class: "govuk-button-group" }, el("button", { class: "govuk-button", type: "submit" }, "Continue"), way.save()));
    form.addEventListener("focusout", () => void way.flush());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      clearErrors();
      const faults = faultsOf(now());
      if (faults.length > 0) {
        showError(faults);
        return;
      }
      keep(now());
      void way.go("comments");
    });
    way.put(markName, focus, back(way.to("passages", "Back")), form);
    way.sayKept();
  }
}
