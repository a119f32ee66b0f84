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
  readonly holder: string;
  /** Paths of the keyrings that the compartments came from. */
  readonly rings: readonly string[];
  readonly compartments: readonly Compartment[];
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly touched: number;
  /** When the person signed in before this, or 0. */
  readonly before: number;
}

export const idleLimit = 20 * 60_000;
export const sessionLimit = 10 * 3_600_000;

/** Why a session is over at a time, or nothing while it is not. */
export function ended(session: Pick<Session, "started" | "touched">, now: number): "idle" | "expired" | undefined {
  if (now - session.touched >= idleLimit) return "idle";
  if (now - session.started >= sessionLimit) return "expired";
  return undefined;
}
