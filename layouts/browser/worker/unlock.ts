/** Signing in: account code and passphrase to identity, head, keyrings (design: the browser). */
import { foldCode, foldPassphrase, opaqueAccount } from "../shared/account.ts";
import { type Compartment, readIdentity, readRing } from "../shared/identity.ts";
import { causeOf, Refusal } from "../shared/problem.ts";
import { open, openWithPassphrase } from "../shared/sealed.ts";
import { keep, recall } from "../shared/kept.ts";
import type { Session } from "../shared/session.ts";
import type { Unlocked } from "../shared/message.ts";
import { fetched } from "./host.ts";
import { Publication } from "./publication.ts";

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
export async function unlock(typedCode: string, typedPassphrase: string, now: number): Promise<Session> {
  const code = foldCode(typedCode);
  if (code === "") throw new SignInProblem("code");
  const opaque = await opaqueAccount(code);
  const identity = await openIdentity(opaque, foldPassphrase(typedPassphrase));
  if (identity.code !== code) throw new Refusal("mismatch", "the host served another account's identity file");
  const publication = new Publication(identity.root.text);
  await publication.state(0);
  const opened = await openRings(publication, opaque, identity.identity);
  const before = (await recall(`last:${opaque}`)) ?? 0;
  await keep("root", identity.root.text);
  await keep(`last:${opaque}`, now);
  await keep("code", code);
  return { code, opaque, root: identity.root.text, identity: identity.identity, ...opened, started: now, touched: now, before };
}

async function openIdentity(opaque: string, passphrase: string): Promise<ReturnType<typeof readIdentity>> {
  const sealed = await fetched(`k/${opaque}.id.age`).catch((error: unknown) => {
    throw causeOf(error) === "missing" ? new SignInProblem("code") : error;
  });
  const plain = await openWithPassphrase(sealed, passphrase).catch((error: unknown) => {
    throw causeOf(error) === "locked" ? new SignInProblem("passphrase") : error;
  });
  return readIdentity(plain);
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
    const ring = readRing(await open(await publication.file(path), identity));
    if (ring.account !== opaque) throw new Refusal("mismatch", "the host served another account's keyring");
    holder = ring.holder;
    compartments.push(...ring.compartments);
  }
  return { holder, rings, compartments };
}
