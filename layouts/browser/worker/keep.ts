/**
 * Keeping everything that a person may read for a time without a network. A tab
 * asks for one step after another, so that it can be stopped at any time, goes on
 * where it stopped, and never outlives the patience of a browser with its worker.
 */
import type { Keeping } from "../shared/message.ts";
import { causeOf } from "../shared/problem.ts";
import { keep, recall } from "../shared/kept.ts";
import { type Desk, inHand } from "./holder.ts";
import { forgetCopies, hostAnswers, keepHead, keepIdentity, keptIdentity, keptSize, prune, verified } from "./host.ts";
import { ownShell } from "./own.ts";
import type { Place } from "./library.ts";

/** A step ends when it took so long. */
const stepTime = 1500;
let stopping = new AbortController();

/** How far it is. */
export async function keeping(desk: Desk, why: Keeping["why"] = ""): Promise<Keeping> {
  const places = await everything(desk);
  const sizes = await Promise.all(places.map(({ sha256 }) => keptSize(sha256)));
  const there = sizes.filter((n) => n !== undefined);
  return {
    wanted: (await recall(`offline:${desk.session.opaque}`)) === true,
    files: there.length, total: places.length, bytes: there.reduce((n, m) => n + m, 0), why,
  };
}

/** One step on the way; the answer says how far it is then, and what stands in the way. */
export async function keepMore(desk: Desk): Promise<Keeping> {
  await keep(`offline:${desk.session.opaque}`, true);
  stopping = new AbortController();
  const { signal } = stopping;
  const until = Date.now() + stepTime;
  for (const { path, sha256 } of await everything(desk)) {
    if ((await keptSize(sha256)) !== undefined) continue;
    try {
      await verified(path, sha256, { signal, quiet: true });
    } catch (error) {
      const why = causeOf(error);
      return keeping(desk, signal.aborted ? "stopped" : why === "offline" ? "offline" : "refused");
    }
    if ((await keptSize(sha256)) === undefined) return keeping(desk, "full");
    if (Date.now() > until) break;
  }
  return keeping(desk);
}

/** Stops the step that is under way. */
export function stopKeeping(): void {
  stopping.abort();
}

/** Throws the copies away, but for what signing in without a network needs. */
export async function keepNothing(desk: Desk): Promise<Keeping> {
  const { opaque, root } = desk.session;
  await keep(`offline:${opaque}`, false);
  const identity = await keptIdentity(opaque);
  await forgetCopies();
  if (identity !== undefined) await keepIdentity(opaque, identity);
  const state = desk.publication.known;
  if (state !== undefined) await keepHead(root, state.head.signed, desk.publication.reached);
  await keepShell(desk).catch(() => undefined);
  return keeping(desk);
}

/** After a sign-in: what the next one needs without a network is kept, what is no longer published goes. */
export async function settle(desk: Desk): Promise<void> {
  if (!hostAnswers()) return;
  await keepShell(desk);
  const { head } = await desk.publication.state();
  const live = new Set([...head.files.values(), ...(await everything(desk)).map((p) => p.sha256)]);
  await prune(live, desk.session.opaque, Date.now());
}

/** The public shell, the lists of files that lead to the rings, and the rings. */
async function keepShell({ publication, session }: Desk): Promise<void> {
  const { head } = await publication.state();
  // A site that is read through a program of one's own has that program's shell.
  for (const [path, sum] of ownShell ? [] : head.files) {
    if (inHand()?.session.started !== session.started) return;
    if (/^(index\.html|404\.html|assets\/.+)$/.test(path) && (await keptSize(sum)) === undefined) await verified(path, sum, { quiet: true });
  }
  for (const path of session.rings) if (inHand()?.session.started === session.started) await publication.file(path);
}

/** All that the rings open and the rings themselves, each file once. */
async function everything({ publication, library, session }: Desk): Promise<Place[]> {
  const places = new Map<string, Place>();
  for (const path of session.rings) {
    const sha256 = await publication.sumOf(path);
    if (sha256 !== undefined) places.set(sha256, { path, sha256 });
  }
  for (const place of await library.sealedFiles()) places.set(place.sha256, place);
  return [...places.values()];
}
