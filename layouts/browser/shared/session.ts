/**
 * What a signed-in person's tabs and worker hold, in memory only: never in
 * storage, where it would stay on the disk after deletion.
 */
import type { Compartment } from "./identity.ts";

/** A session. It is cloned between the worker and the tabs that keep it. */
export interface Session {
  readonly code: string;
  readonly opaque: string;
  /** The root's public key as text, from the identity file. */
  readonly root: string;
  readonly identity: string;
  /** Seed of the account's signing key, in base64. */
  readonly signing: string;
  readonly holder: string;
  /** Paths of the keyrings that the compartments came from. */
  readonly rings: readonly string[];
  readonly compartments: readonly Compartment[];
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly touched: number;
  /** When the person signed in last on an earlier London day, or 0. */
  readonly before: number;
  /** What was typed into the search box of each page, by its path: an address would keep it on the disk. */
  readonly typed: Readonly<Record<string, string>>;
  /** On a shared computer: what stays on the device otherwise goes with the session. */
  readonly shared: boolean;
  /** URN of the one school that the person looks at, or empty for all of theirs. */
  readonly school: string;
}

export const idleLimit = 20 * 60_000;
export const sessionLimit = 10 * 3_600_000;

/** How long before its end a person is warned: idle ends can be put off, the last one cannot. */
export const warnings = { idle: 2 * 60_000, expired: 5 * 60_000 } as const;

/** When a session ends if nobody does anything, and why. */
export function endOf({ started, touched }: Pick<Session, "started" | "touched">): { readonly at: number; readonly why: "idle" | "expired" } {
  const [idle, last] = [touched + idleLimit, started + sessionLimit];
  return idle < last ? { at: idle, why: "idle" } : { at: last, why: "expired" };
}

/** Why a session is over at a time, or nothing while it is not. */
export function ended(session: Pick<Session, "started" | "touched">, now: number): "idle" | "expired" | undefined {
  const { at, why } = endOf(session);
  return now >= at ? why : undefined;
}
