/**
 * Signing out everywhere: the drop-box ends all sessions of the account at once. A
 * device that had one there hears of it at its next request, and at least at the next
 * page after a minute, and locks.
 */
import type { Outcome } from "../../shared/answering.ts";
import { recall } from "../../shared/kept.ts";
import { current, type Desk, lock } from "../holder.ts";
import { hitch, hitchOf } from "./deliver.ts";
import { asAccount, boxOf } from "./line.ts";

const lookEvery = 60_000;
let looked = 0;

/** Ends all sessions of the account, this one too; gives why not, or null. */
export async function leaveEverywhere(): Promise<Outcome | null> {
  const desk = await current();
  if (desk === undefined) return null;
  try {
    if (boxOf((await desk.publication.state()).keys) === "") return hitch("closed");
    await asAccount(desk, "/box/logout-everywhere", { method: "POST" });
  } catch (error) {
    return hitchOf(error, false);
  }
  await lock("signed-out");
  return null;
}

/** Asks the drop-box now and then whether the session that this device has there still is. */
export async function heedElsewhere(desk: Desk): Promise<void> {
  const now = Date.now();
  if (now < looked + lookEvery) return;
  const known = desk.publication.known;
  if (known === undefined || boxOf(known.keys) === "" || ((await recall("box")) ?? 0) < now) return;
  looked = now;
  // What it answers matters to the line alone.
  await asAccount(desk, "/box/session").catch(() => undefined);
}
