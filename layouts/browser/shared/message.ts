/** What pages and the worker say to each other. */
import type { Bytes } from "./bytes.ts";
import type { Cause } from "./problem.ts";
import type { Session } from "./session.ts";

/** From a page to the worker; each is answered on the port sent with it. */
export type Question =
  | { readonly ask: "status" }
  | { readonly ask: "unlock"; readonly code: string; readonly passphrase: string }
  | { readonly ask: "enter"; readonly file: Bytes }
  | { readonly ask: "identity"; readonly passphrase: string }
  | { readonly ask: "session" }
  | { readonly ask: "hand"; readonly session: Session }
  | { readonly ask: "about"; readonly atLeast: number }
  | { readonly ask: "touch" }
  | { readonly ask: "typed"; readonly path: string; readonly text: string }
  | { readonly ask: "lock"; readonly reason: Ending }
  | { readonly ask: "check-worker" }
  | { readonly ask: "activate" };

/** Why a session ended. */
export type Ending = "signed-out" | "idle" | "expired" | "removed" | "replaced";

/** Answer to `unlock` and `enter`. */
export type Unlocked = { readonly ok: true } | { readonly ok: false; readonly why: Cause | "code" | "passphrase" };

/** Answer to `identity`: the identity file of who is signed in, opened once more to seal it to a passkey. */
export type IdentityFile = { readonly ok: true; readonly file: Bytes } | Exclude<Unlocked, { ok: true }>;

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
  /** True when a link speaks of a later state than the host shows. */
  readonly behind: boolean;
}

/** Answer to `check-worker`: whether the program that the host offers is listed in the head. */
export interface WorkerCheck {
  readonly listed: boolean;
}

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
  | { readonly news: "alarm"; readonly why: Cause };
