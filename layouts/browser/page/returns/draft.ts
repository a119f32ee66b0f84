/** What stands in the form, kept sealed on this device after each pause, and in no other form. */
import type { FormDraft, FormTyped, Which } from "../../shared/filling.ts";
import { ask } from "../line.ts";
import { nothingTyped } from "./typed.ts";

/** What was typed is kept this long after the last key. */
const pause = 300;

/** One tab's draft of a return. */
export class Draft {
  typed: FormTyped = nothingTyped;
  version = 0;
  /** True while something is typed that is not kept yet. */
  loose = false;
  readonly #worker: ServiceWorker;
  readonly #kept: () => void;
  readonly #torn: (draft: FormDraft | undefined) => void;
  #timer = 0;
  #keeping: Promise<void> = Promise.resolve();

  /** `kept` hears of each time that something was kept, `torn` of another tab's draft. */
  constructor(worker: ServiceWorker, kept: () => void, torn: (draft: FormDraft | undefined) => void) {
    this.#worker = worker;
    this.#kept = kept;
    this.#torn = torn;
  }

  take(draft: FormDraft | undefined): void {
    this.version = draft?.version ?? 0;
    this.typed = draft?.typed ?? nothingTyped;
    this.loose = false;
  }

  change(typed: FormTyped, which: Which): void {
    this.typed = typed;
    this.loose = true;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.flush(which), pause);
  }

  /** Done when the worker has answered for all that was to be kept. */
  settled(): Promise<void> {
    return this.#keeping;
  }

  /** Keeps what is loose, one after another; done when it is kept. */
  flush(which: Which): Promise<void> {
    clearTimeout(this.#timer);
    if (this.loose) {
      this.loose = false;
      const { typed } = this;
      this.#keeping = this.#keeping.then(async () => {
        const answer = await ask(this.#worker, { ask: "keep-form", which, typed, base: this.version });
        if (answer === null) return;
        if (answer.kept) this.version = answer.draft?.version ?? 0;
        else this.#torn(answer.draft);
        this.#kept();
      });
    }
    return this.#keeping;
  }
}
