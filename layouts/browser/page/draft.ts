/** What a person has typed, kept sealed on this device after each pause, and in no other form there. */
import type { Draft as Told, Kept } from "../shared/answering.ts";

/** What was typed is kept this long after the last key. */
const pause = 300;

/** What a draft asks of the page that it is of. */
export interface Keeper<T, Which> {
  /** What stands in the form before anything is typed. */
  readonly nothing: T;
  /** Keeps what was typed, which goes on from version `base`. */
  readonly keep: (which: Which, typed: T, base: number) => Promise<Kept<T> | null>;
  /** Hears of each time that something was kept. */
  readonly kept: () => void;
  /** Hears of another tab's draft. */
  readonly torn: (draft: Told<T> | undefined) => void;
}

/** One tab's draft of an answer. */
export class Draft<T, Which> {
  typed: T;
  version = 0;
  /** True while something is typed that is not kept yet. */
  loose = false;
  readonly #keeper: Keeper<T, Which>;
  #timer = 0;
  #keeping: Promise<void> = Promise.resolve();

  constructor(keeper: Keeper<T, Which>) {
    this.#keeper = keeper;
    this.typed = keeper.nothing;
  }

  take(draft: Told<T> | undefined): void {
    this.version = draft?.version ?? 0;
    this.typed = draft?.typed ?? this.#keeper.nothing;
    this.loose = false;
  }

  change(typed: T, which: Which): void {
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
        const answer = await this.#keeper.keep(which, typed, this.version);
        if (answer === null) return;
        if (answer.kept) this.version = answer.draft?.version ?? 0;
        else this.#keeper.torn(answer.draft);
        this.#keeper.kept();
      });
    }
    return this.#keeping;
  }
}
