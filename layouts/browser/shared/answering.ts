/** What pages and the worker say to each other about answering, and about what was sent. */
import type { Answer, Point } from "./response.ts";
import type { Item } from "./contents.ts";

/** What a person has chosen and typed so far. */
export interface Typed {
  readonly answer: Answer | "";
  readonly comments: string;
  /** The passages that were marked. */
  readonly points?: readonly Point[];
}

/** What was typed, kept sealed on this device. */
export interface Draft<T> {
  readonly typed: T;
  /** Counts how often it was kept: of two tabs, the one behind sees that it is. */
  readonly version: number;
  /** True when the record or form was changed after the answer to it was begun. */
  readonly changed: boolean;
  /** True when this version is in the drop-box, for every device of the account. */
  readonly saved: boolean;
}

/** An answer that the drop-box gave a receipt for. What could not be read back is empty. */
export interface Sent {
  /** The deposit's id. */
  readonly deposit: string;
  readonly kind: string;
  /** When the drop-box took it, as its log says. */
  readonly time: string;
  /** Place in the log. */
  readonly index: number;
  /** Item id and SHA-256 of the record that was answered. */
  readonly subject: string;
  readonly subjectHash: string;
  readonly answer: Answer | "";
  /** All that it says of what is not accurate, or what else stands in it. */
  readonly comments: string;
  /** The deposit that this one replaces, or empty. */
  readonly supersedes: string;
  /** The receipt's text. */
  readonly receipt: string;
}

/** A sent answer with what the portal knows of its record. */
export interface SentPaper extends Sent {
  readonly title: string;
  readonly school: string;
  /** Address of the record from a page in /s/, or empty. */
  readonly href: string;
  /** When it was taken back, or empty. */
  readonly takenBack: string;
  /** The last day on which it may be taken back, or empty. */
  readonly until: string;
  /** Why the authority could not take it, or empty. */
  readonly notTaken: string;
}

/** Answer to `answering`: a record, and how far an answer to it is. */
export interface Answering {
  /** `no-box`: answers are given another way; `closed`: none is awaited any more. */
  readonly state: "open" | "sent" | "closed" | "no-box";
  readonly title: string;
  readonly school: string;
  readonly date: string;
  readonly due: string;
  readonly contact: string;
  readonly href: string;
  /** The SHA-256 of the record as published. */
  readonly subjectHash: string;
  readonly files: readonly { readonly href: string; readonly title: string; readonly size: number }[];
  readonly draft: Draft<Typed> | undefined;
  /** What was saved on another device while something else was typed on this one. */
  readonly other: Typed | undefined;
  readonly sent: SentPaper | undefined;
}

/** Answer to `keep-answer` and `keep-form`: the draft as it stands; `kept` is false when another tab was first. */
export interface Kept<T> {
  readonly kept: boolean;
  readonly draft: Draft<T> | undefined;
}

/** Answer to `save-answer` and `save-form`: whether it is in the drop-box, and why not. */
export interface Saved {
  readonly ok: boolean;
  readonly why: "" | "offline" | "refused" | "quota" | "large" | "busy" | "problem" | "other";
}

/** Why an answer was not sent, or not surely. */
export type Hitch =
  /** The drop-box was not reached; nothing was sent. */
  | "offline"
  /** The line broke after the answer was on its way. */
  | "unsure"
  /** A colleague, or the person elsewhere, answered first. */
  | "taken"
  | "already"
  /** What the drop-box gave proves nothing, or contradicts what it said before. */
  | "cheat"
  /** The account may not send, or not for this school. */
  | "refused"
  | "quota"
  | "large"
  | "busy"
  /** No answer is awaited any more, or none can be sent. */
  | "closed"
  | "problem";

/** Answer to `send-answer`. */
export type Outcome =
  | { readonly ok: true; readonly sent: SentPaper }
  | {
    readonly ok: false;
    readonly why: Hitch;
    /** For `problem`: what finds the cause in the drop-box's log, or empty. */
    readonly reference: string;
    /** Of `taken`: when the first answer came and whose it is, as far as is known. */
    readonly first?: { readonly time: string; readonly name: string; readonly deposit: string };
    /** Of `already`: the answer that counts. */
    readonly sent?: SentPaper;
  };

/** Answer to `take-back`. */
export type TakenBack = { readonly ok: true; readonly time: string } | Extract<Outcome, { ok: false }>;

/** Answer to `sent`: what this account sent, newest first. */
export interface SentList {
  readonly papers: readonly SentPaper[];
  /** What stood in the way of asking the drop-box; what is kept here is shown. */
  readonly why: "" | "no-box" | "offline" | "refused" | "cheat" | "problem";
}

/** Whether something sent answers a record as it is now. */
export function isAnswerTo(sent: Sent, item: Item): boolean {
  return sent.kind === "response" && sent.subject === item.id && sent.subjectHash === item.subject_sha256;
}
