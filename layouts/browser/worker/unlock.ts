/** Signing in: account code and passphrase to identity, head, keyrings (design: the browser). */
import type { Bytes } from "../shared/bytes.ts";
import { foldCode, opaqueAccount } from "../shared/account.ts";
import { type Compartment, type Identity, openIdentity, openRing, readIdentity } from "../shared/identity.ts";
import { causeOf, Refusal, want } from "../shared/problem.ts";
import { beforeToday, drop, keep, recall } from "../shared/kept.ts";
import type { Session } from "../shared/session.ts";
import type { Unlocked } from "../shared/message.ts";
import { ahead } from "./ahead.ts";
import { fetched, keepIdentity, keptIdentity } from "./host.ts";
import { Publication } from "./publication.ts";

/** An open session, and what of the authority's it was opened with. */
export interface Entry {
  readonly session: Session;
  readonly publication: Publication;
}

/** What the keyrings of an account hold together. */
export type Opened = Pick<Session, "holder" | "rings" | "compartments">;

/** A way to sign in that did not work, as the sign-in page tells it. */
export class SignInProblem extends Error {
  readonly why: Exclude<Unlocked, { ok: true }>["why"];

  constructor(why: SignInProblem["why"]) {
    super(why);
    this.why = why;
  }
}

/**
 * Opens a session. It takes a second or more.
 *
 * @throws SignInProblem for a code or passphrase that is not right.
 * @throws Refusal when what the host serves cannot be believed or reached.
 */
export async function unlock(typedCode: string, typedPassphrase: string, shared: boolean, now: number): Promise<Entry> {
  const code = foldCode(typedCode);
  if (code === "") throw new SignInProblem("code");
  const opaque = await opaqueAccount(code);
  // Opening the passphrase holds this worker up: what follows is on its way then.
  const early = ahead(opaque);
  const sealed = await sealedIdentity(opaque);
  const head = await early;
  const identity = readIdentity(await identityIn(sealed, opaque, typedPassphrase));
  want(identity.code === code, "the identity file is another account's");
  return begin(identity, opaque, shared, now, head);
}

/**
 * Opens a session with an identity file that a passkey opened.
 *
 * @throws Refusal as {@link unlock} does.
 */
export async function enter(file: Bytes, shared: boolean, now: number): Promise<Entry> {
  const identity = readIdentity(file);
  const opaque = await opaqueAccount(identity.code);
  return begin(identity, opaque, shared, now, await ahead(opaque));
}

async function begin({ code, root, identity, signing }: Identity, opaque: string, shared: boolean, now: number, head: Bytes | undefined): Promise<Entry> {
  const publication = new Publication(root.text);
  await publication.newest(head);
  const opened = await openRings(publication, opaque, identity);
  const before = beforeToday(await recall(`signed-in:${opaque}`), now);
  await Promise.all([keep("root", root.text), ...(shared ? [keep("shared", opaque), drop("code")] : [keep(`signed-in:${opaque}`, { last: now, before }), keep("code", code)])]);
  const session = { code, opaque, root: root.text, identity, signing, ...opened, started: now, touched: now, before, typed: {}, shared, school: "" };
  return { session, publication };
}

/** An account's identity file, opened. Throws {@link SignInProblem} when there is none, or the passphrase is wrong. */
export async function identityFile(opaque: string, typedPassphrase: string): Promise<Bytes> {
  return identityIn(await sealedIdentity(opaque), opaque, typedPassphrase);
}

async function identityIn(sealed: Bytes, opaque: string, typedPassphrase: string): Promise<Bytes> {
  const file = await openIdentity(sealed, typedPassphrase).catch((error: unknown) => {
    throw causeOf(error) === "locked" ? new SignInProblem("passphrase") : error;
  });
  void keepIdentity(opaque, sealed);
  return file;
}

/** The sealed identity file: the host's, or the kept one where there is no network. */
async function sealedIdentity(opaque: string): Promise<Bytes> {
  try {
    return await fetched(`k/${opaque}.id.age`);
  } catch (error) {
    if (causeOf(error) === "missing") throw new SignInProblem("code");
    const kept = causeOf(error) === "offline" ? await keptIdentity(opaque) : undefined;
    if (kept === undefined) throw error;
    return kept;
  }
}

/** The paths of all keyrings that are published for an account. */
export async function ringPaths(publication: Publication, opaque: string): Promise<string[]> {
  const listed = await publication.withStem(`k/${opaque}`);
  return listed.map(([path]) => path).filter((path) => path.endsWith(".age") && path.includes(".ring."));
}

/** Opens all keyrings of an account. Throws `missing` when there is none. */
export async function openRings(publication: Publication, opaque: string, identity: string): Promise<Opened> {
  const rings = await ringPaths(publication, opaque);
  if (rings.length === 0) throw new Refusal("missing", "no keyring is published for this account");
  const compartments: Compartment[] = [];
  let holder = "";
  for (const path of rings) {
    const ring = await openRing(await publication.file(path), opaque, identity);
    holder = ring.holder;
    compartments.push(...ring.compartments);
  }
  return { holder, rings, compartments };
}
