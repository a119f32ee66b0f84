/**
 * Who is signed in. The session lives in this worker's memory and in the open
 * tabs; a worker that was stopped asks them for it. Only when one ended is written.
 */
import type { Ending, Handed, Need, News } from "../shared/message.ts";
import { forgetAccount, keep, recall } from "../shared/kept.ts";
import { ended, type Session } from "../shared/session.ts";
import { Publication } from "./publication.ts";
import { Library } from "./library.ts";
import { copiesAreOf, forgetCopies } from "./host.ts";
import { channel, tell } from "./news.ts";
import { ringPaths, openRings } from "./unlock.ts";

declare const self: ServiceWorkerGlobalScope;

/** A session with what was opened for it so far. */
export interface Desk {
  readonly session: Session;
  readonly publication: Publication;
  readonly library: Library;
}

const answerWithin = 400;
let desk: Desk | undefined;
let asking: Promise<Session | undefined> | undefined;
/** When a session was locked last: one older than that is not taken back from a tab. */
let lockedAt = 0;
let recalled: Promise<void> | undefined;

channel.onmessage = (event: MessageEvent<News>) => {
  if (event.data.news === "touched") touch(event.data.at);
};

/** Takes a new or renewed session, and what of the authority's it was opened with, where that is in hand. */
export function hold(session: Session, known = desk?.publication): Desk {
  const publication = known?.root.text === session.root ? known : new Publication(session.root);
  desk = { session, publication, library: new Library(session.compartments, publication) };
  copiesAreOf(session.opaque);
  return desk;
}

/** The session in memory, without asking the tabs. */
export function inHand(): Desk | undefined {
  return desk;
}

/** The session that is open now, from memory or from a tab; else nothing. */
export async function current(): Promise<Desk | undefined> {
  if (desk === undefined) {
    asking ??= askTabs().finally(() => { asking = undefined; });
    const session = await asking;
    if (session !== undefined) await restore(session);
  }
  if (desk === undefined) return undefined;
  const why = ended(desk.session, Date.now());
  if (why !== undefined) {
    await lock(why);
    return undefined;
  }
  return desk;
}

/**
 * Takes a session back from a tab, unless it was ended since: a tab that slept
 * when it was, in this worker's life or before, does not know. A sign-in may
 * have come in the meantime: it counts.
 */
export async function restore(session: Session): Promise<void> {
  recalled ??= recall("ended").then((at) => { lockedAt = Math.max(lockedAt, at ?? 0); }).catch(() => undefined);
  await recalled;
  if (session.started > lockedAt && desk === undefined) hold(session);
}

/**
 * The session, brought up to the newest head: keyrings that were published
 * since are opened, and a person whose keyrings are gone is signed out.
 */
export async function upToDate(): Promise<Desk | undefined> {
  const held = await current();
  if (held === undefined) return undefined;
  const paths = await held.publication.withRetry(() => ringPaths(held.publication, held.session.opaque));
  if (paths.length === 0) {
    await lock("removed");
    return undefined;
  }
  if (paths.join() === held.session.rings.join()) return held;
  const opened = await openRings(held.publication, held.session.opaque, held.session.identity);
  return hold({ ...held.session, ...opened });
}

/** Looks at one school of the person's from now on, or at all. */
export function choose(school: string): void {
  if (desk !== undefined && (school === "" || desk.library.urns.has(school))) desk = { ...desk, session: { ...desk.session, school } };
}

/** Somebody is there. */
export function touch(at: number): void {
  if (desk !== undefined && at > desk.session.touched) desk = { ...desk, session: { ...desk.session, touched: at } };
}

/** Keeps what was typed into a page's search box, for as long as the session. */
export function type(path: string, text: string): void {
  if (desk !== undefined) desk = { ...desk, session: { ...desk.session, typed: { ...desk.session.typed, [path]: text } } };
}

/** What else has to be forgotten or ended with a session; each is told the drop-box's origin. */
const ending = new Set<(box: string) => Promise<void>>();

/** Has something done whenever a session ends. */
export function onLock(act: (box: string) => Promise<void>): void {
  ending.add(act);
}

/** Forgets the session here and in every tab. */
export async function lock(reason: Ending): Promise<void> {
  const box = desk?.publication.known?.keys.box ?? "";
  desk = undefined;
  copiesAreOf("");
  lockedAt = Date.now();
  tell({ news: "locked", reason });
  // A device that keeps nothing must not keep anyone signed in.
  await keep("ended", lockedAt).catch(() => undefined);
  await Promise.all([...ending].map((act) => act(box).catch(() => undefined)));
  await leaveShared().catch(() => undefined);
}

/** After a session on a shared computer: takes away what is the person's, and every sealed copy. */
export async function leaveShared(): Promise<void> {
  const opaque = await recall("shared");
  if (opaque === undefined) return;
  await forgetCopies();
  await forgetAccount(opaque);
}

/** Says whether an address is one that may hold the session: a sealed page, or one of the shell. */
export function mayHold(address: string): boolean {
  const url = new URL(address);
  return url.origin === self.location.origin && (url.pathname.startsWith("/s/") || url.pathname.startsWith("/about/") || ["/", "/index.html", "/404.html"].includes(url.pathname));
}

async function askTabs(): Promise<Session | undefined> {
  const tabs = (await self.clients.matchAll({ type: "window", includeUncontrolled: true })).filter((tab) => mayHold(tab.url));
  if (tabs.length === 0) return undefined;
  return new Promise((resolve) => {
    let left = tabs.length;
    const none = setTimeout(() => { resolve(undefined); }, answerWithin);
    const answered = (session: Handed): void => {
      left--;
      if (session === null && left > 0) return;
      clearTimeout(none);
      resolve(session ?? undefined);
    };
    for (const tab of tabs) {
      const line = new MessageChannel();
      line.port1.onmessage = (event: MessageEvent<Handed>) => { answered(event.data); };
      tab.postMessage({ need: "session" } satisfies Need, [line.port2]);
    }
  });
}
