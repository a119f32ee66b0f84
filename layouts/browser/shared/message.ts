/** What pages and the worker say to each other. */
import type { Typed } from "./answering.ts";
import type { FormTyped, Which } from "./filling.ts";
import type { Bytes } from "./bytes.ts";
import type { Underway, Wanted } from "./consigning.ts";
import type { School } from "./contents.ts";
import type { Paper } from "./paper.ts";
import type { Cause } from "./problem.ts";
import type { Session } from "./session.ts";

/** From a page to the worker; each is answered on the port sent with it. */
export type Question =
  | { readonly ask: "status" }
  /** Someone is about to sign in with an account: what that needs may be fetched. */
  | { readonly ask: "expect"; readonly code: string }
  | { readonly ask: "unlock"; readonly code: string; readonly passphrase: string; readonly shared: boolean }
  | { readonly ask: "enter"; readonly file: Bytes; readonly shared: boolean }
  /** The passkeys that are published for an account; null where the site cannot be reached. */
  | { readonly ask: "passkeys"; readonly code: string }
  | { readonly ask: "identity"; readonly passphrase: string }
  | { readonly ask: "session" }
  | { readonly ask: "hand"; readonly session: Session }
  | { readonly ask: "about"; readonly atLeast: number }
  | { readonly ask: "touch" }
  | { readonly ask: "typed"; readonly path: string; readonly text: string }
  | { readonly ask: "lock"; readonly reason: Ending }
  | { readonly ask: "check-worker" }
  | { readonly ask: "activate" }
  /** Looks at one school from now on, or at all: empty. */
  | { readonly ask: "school"; readonly urn: string }
  /** Hands over the records, and with `pages` all that may be read: {@link Handover}s on the port, the last with `done`. */
  | { readonly ask: "papers"; readonly pages: boolean }
  /** All that the person may read, for a copy of their own. */
  | { readonly ask: "whole" }
  | { readonly ask: "keeping" }
  | { readonly ask: "keep" }
  | { readonly ask: "keep-stop" }
  | { readonly ask: "keep-nothing" }
  /** A record by its address, and how far an answer to it is; with `look` the drop-box is asked for what was saved there. */
  | { readonly ask: "answering"; readonly page: string; readonly look: boolean }
  /** Keeps what was typed, sealed; `base` is the version that it goes on from. */
  | { readonly ask: "keep-answer"; readonly page: string; readonly typed: Typed; readonly base: number }
  /** Saves what is kept in the drop-box, for every device of the account. */
  | { readonly ask: "save-answer"; readonly page: string }
  | { readonly ask: "drop-answer"; readonly page: string }
  | { readonly ask: "send-answer"; readonly page: string; readonly typed: Typed }
  /** Tells the authority, once, that the person has opened a record that awaits an answer. */
  | { readonly ask: "opened"; readonly page: string }
  /** Takes back what this account sent. */
  | { readonly ask: "take-back"; readonly deposit: string }
  /** Asks for another e-mail address; empty: which one was asked for last. */
  | { readonly ask: "readdress"; readonly address: string }
  /** Says what a colleague may see, in words for who says it; and what this account said of that kind. */
  | { readonly ask: "permit"; readonly school: string; readonly payload: Bytes; readonly words: string }
  | { readonly ask: "permits" }
  /** Says something of one's own account, in words for who says it. */
  | { readonly ask: "send-own"; readonly kind: "passkey"; readonly payload: Bytes; readonly words: string }
  /** Ends all sessions of the account at the drop-box, and with it on every device; null: nobody is signed in any more. */
  | { readonly ask: "leave-everywhere" }
  /** What this account sent. */
  | { readonly ask: "sent" }
  /** A data return, and how far its answer is; with `look` the drop-box is asked for what was saved there. */
  | { readonly ask: "filling"; readonly which: Which; readonly roles: readonly string[]; readonly look: boolean }
  | { readonly ask: "keep-form"; readonly which: Which; readonly typed: FormTyped; readonly base: number }
  | { readonly ask: "save-form"; readonly which: Which }
  | { readonly ask: "drop-form"; readonly which: Which }
  | { readonly ask: "send-form"; readonly which: Which; readonly typed: FormTyped; readonly payload: Bytes; readonly replaces: string }
  /** Documents for a service: what is on its way, an envelope for more, a session at the drop-box, the receipt at the end. */
  | { readonly ask: "underway"; readonly page: string }
  | { readonly ask: "ready"; readonly page: string; readonly wanted: Wanted }
  | { readonly ask: "keep-way"; readonly way: Underway }
  | { readonly ask: "drop-way"; readonly deposit: string }
  | { readonly ask: "box-session" }
  | { readonly ask: "arrived"; readonly way: Underway }
  /** The payload of a deposit of one's own; with `signed` its envelope before it. */
  | { readonly ask: "sent-payload"; readonly deposit: string; readonly signed?: boolean };

/** Why a session ended. */
export type Ending = "signed-out" | "idle" | "expired" | "removed" | "replaced" | "left";

/** Answer to `unlock` and `enter`. */
export type Unlocked = { readonly ok: true } | { readonly ok: false; readonly why: Cause | "code" | "passphrase" };

/** Answer to `identity`: the identity file of who is signed in, opened once more to seal it to a passkey. */
export type IdentityFile = { readonly ok: true; readonly file: Bytes } | Exclude<Unlocked, { ok: true }>;

/** Answer to `passkeys`. */
export interface Published {
  /** The credential's id, in hex. */
  readonly credential: string;
  readonly file: Bytes;
}

/** Answer to `status`. */
export interface Status {
  readonly unlocked: boolean;
}

/** Answer to `about`: what every page shows of the session and the head. */
export interface About {
  readonly unlocked: boolean;
  readonly holder: string;
  /** When the head was signed, in milliseconds; 0 when none is known. */
  readonly published: number;
  readonly stale: boolean;
  /** True when the host could not be asked and what is kept here is shown. */
  readonly offline: boolean;
  /** When the host showed that head, in milliseconds; 0 when it never did. */
  readonly reached: number;
  /** True when a link speaks of a later state than the host shows. */
  readonly behind: boolean;
  /** The person's schools, where they have several. */
  readonly schools: readonly School[];
  /** URN of the one that they look at; empty for all. */
  readonly school: string;
  /** URN of the school whose paper the asking page is, or empty. */
  readonly here: string;
  /** What changed from this London day on is new; empty when nobody is signed in. */
  readonly since: string;
  /** Addresses of the records that this person answered and the authority has not collected yet. */
  readonly answered: readonly string[];
}

/** Answers to `papers`: the records, then the pages of one pack after another. */
export type Handover =
  | { readonly papers: readonly Paper[]; readonly schools: readonly SchoolView[] }
  | { readonly pages: readonly (readonly [href: string, bytes: Bytes])[] }
  /** How many packs could not be had. */
  | { readonly done: true; readonly missing: number };

/** Answer to `whole`: the names of all files, and of the public ones that prove them. */
export interface Whole {
  readonly head: Bytes;
  readonly serial: number;
  readonly keys: string;
  readonly shards: readonly string[];
  /** Styles, fonts and the icon, which pages show themselves with. */
  readonly assets: readonly string[];
  readonly sealed: readonly { readonly path: string; readonly sha256: string }[];
  /** The page that checks archives; empty: the site has none. */
  readonly checker: string;
  /** Of each compartment the names under its root, and what people call those that are PDFs and attachments. */
  readonly shelves: readonly { readonly root: string; readonly names: readonly string[]; readonly files: readonly { readonly name: string; readonly title: string }[] }[];
}

/** One of the person's schools: where its list of visits is, if they may see that, and whether they may read the reports. */
export interface SchoolView extends School {
  readonly visits: string;
  readonly reports: boolean;
}

/** Answer to `check-worker`: whether the program that the host offers is listed in the head. */
export interface WorkerCheck {
  readonly listed: boolean;
}

/** Answer to `keeping`, `keep` and `keep-nothing`: how much of what one may read is on this device. */
export interface Keeping {
  /** True when everything was asked for. */
  readonly wanted: boolean;
  readonly files: number;
  readonly total: number;
  /** The size of the kept files. */
  readonly bytes: number;
  /** What stands in the way of going on, or empty. */
  readonly why: "" | "offline" | "full" | "refused" | "stopped";
}

/** What is on its way from the host. */
export type Loading = "papers" | "lists" | "keys" | "site";

/** From the worker to a tab: hand back the session on the port. */
export interface Need {
  readonly need: "session";
}

/** A tab's answer to {@link Need}. */
export type Handed = Session | null;

/** Sent to every tab and the worker over the channel of this name. */
export const channelName = "despatch";
export type News =
  | { readonly news: "locked"; readonly reason: Ending }
  | { readonly news: "touched"; readonly at: number }
  | { readonly news: "alarm"; readonly why: Cause }
  /** Something takes long to come: so many bytes of `total`, which is 0 when the host does not say. */
  | { readonly news: "loading"; readonly what: Loading; readonly got: number; readonly total: number }
  | { readonly news: "loaded" }
  /** What is kept of an answer to a record was changed, or the answer was sent. */
  | { readonly news: "answer"; readonly page: string; readonly version: number };
