/** What pages and the worker say to each other about filling in a data return. */
import type { Draft, Outcome, SentPaper } from "./answering.ts";

/** Everything that stands in a form, as it was typed: what is wrong in it, too. */
export interface FormTyped {
  readonly nil: boolean;
  readonly declared: boolean;
  /** By place. */
  readonly values: Readonly<Record<string, string>>;
  readonly unavailable: readonly string[];
  /** By query. */
  readonly explanations: Readonly<Record<string, string>>;
  readonly files: readonly TypedFile[];
}

export interface TypedFile {
  readonly field: string;
  readonly name: string;
  /** The bytes in base64, so that a draft is one JSON text. */
  readonly content: string;
}

/** Which return, for which school: its address `<root>/<page>`, and the school's URN, empty where there is only one. */
export interface Which {
  readonly page: string;
  readonly urn: string;
}

/** Answer to `filling`. */
export interface Filling {
  /** `not-yours`: none of the person's roles completes it; `which`: a school has to be chosen first. */
  readonly state: "open" | "closed" | "no-box" | "not-yours" | "which";
  /** The schools that the person may complete it for. */
  readonly schools: readonly { readonly urn: string; readonly name: string; readonly done: boolean }[];
  readonly urn: string;
  readonly school: string;
  readonly title: string;
  readonly due: string;
  readonly contact: string;
  readonly href: string;
  /** The SHA-256 of the form's definition. */
  readonly formHash: string;
  readonly draft: Draft<FormTyped> | undefined;
  /** What was saved on another device while something else was typed on this one. */
  readonly other: FormTyped | undefined;
  /** The newest that this account sent, and what it said where it can be read back. */
  readonly sent: SentPaper | undefined;
  /** The last deposit of this account's to the same questions, also one that it took back, or empty: what is sent next replaces it. */
  readonly last: string;
  /** True when the authority has it: the portal says that the school has done it. */
  readonly done: boolean;
  /** Address of what the authority received from the school, as its record says, or empty. */
  readonly record: string;
}

/** Answer to `send-form`. */
export type FormOutcome = Outcome;
