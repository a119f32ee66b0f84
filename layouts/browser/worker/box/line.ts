/**
 * The line to the drop-box. A session there is begun when one is needed, by
 * signing the box's nonce for the origin that the authority's keys file names,
 * and once more when it ended. The answers are not believed here.
 */
import { textOf, type Bytes, fromBase64 } from "../../shared/bytes.ts";
import { drop, keep, recall } from "../../shared/kept.ts";
import { Members } from "../../shared/shape.ts";
import { Refusal } from "../../shared/problem.ts";
import { signIn } from "../../shared/signin.ts";
import { type SigningKey, signingKey } from "../../shared/sshsig.ts";
import type { Keys } from "../../shared/keys.ts";
import { type Desk, inHand, lock, onLock } from "../holder.ts";
import { ownShell } from "../own.ts";

/** Something that the drop-box refused, by the code of its own table. */
export class BoxRefusal extends Error {
  readonly code: string;
  readonly reference: string;
  /** Of `taken`: the receipt of who was first. */
  readonly receipt: string;

  constructor(code: string, reference: string, receipt: string) {
    super(`the drop-box refused: ${code}`);
    this.code = code;
    this.reference = reference;
    this.receipt = receipt;
  }
}

/** So long a request may take: a deposit of 64 KiB on a very slow line. */
const patience = 120_000;
/** A text of the box longer than this is none of ours. */
const mostText = 1 << 20;

/** The account that the box's session is of, as far as is known here. */
let signedIn = "";

/** The origin of the drop-box that answers can be sent to, or empty. */
export function boxOf({ box }: Keys): string {
  // Scripts of a site that is read through a program of one's own are of another origin, which the box does not trust.
  return ownShell ? "" : box;
}

/** The key that the signed-in account signs with. */
export function signerOf({ session }: Desk): Promise<SigningKey> {
  return signingKey(fromBase64(session.signing));
}

/** Asks the box for something with a session of the account's. Throws BoxRefusal, or `offline`. */
export async function asAccount(desk: Desk, path: string, how: RequestInit = {}): Promise<Bytes> {
  if (signedIn !== desk.session.opaque && !(await hasSession(desk))) await begin(desk);
  try {
    return await asked(desk, path, how);
  } catch (error) {
    if (!(error instanceof BoxRefusal) || !["signed-out", "left"].includes(error.code) || inHand() === undefined) throw error;
    await begin(desk);
    return asked(desk, path, how);
  }
}

/** Asks the box for something that is anybody's. Throws BoxRefusal, or `offline`. */
export function asAnyone(desk: Desk, path: string): Promise<Bytes> {
  return asked(desk, path, { credentials: "omit" });
}

/** JSON of the box as an object whose members are taken one by one; throws `malformed`. */
export function membersOf(bytes: Bytes, count: number): Members {
  let value: unknown;
  try {
    value = JSON.parse(textOf(bytes));
  } catch {
    value = undefined;
  }
  return new Members(value, count);
}

/** Whoever signs out is signed out at the box as well, if a session was begun there on this device. */
onLock(async (box) => {
  signedIn = "";
  const ends = (await recall("box")) ?? 0;
  if (box === "" || Date.now() > ends) return;
  await leave(box);
});

/** Ends the session at the box. */
async function leave(box: string): Promise<void> {
  await fetch(new URL("/box/logout", box), { method: "POST", credentials: "include", keepalive: true, referrerPolicy: "no-referrer", signal: AbortSignal.timeout(5000) });
  await drop("box");
  await drop("boxFor");
}

/** A worker that was stopped does not know that the browser still has the account's session. */
async function hasSession(desk: Desk): Promise<boolean> {
  try {
    const said = JSON.parse(textOf(await asked(desk, "/box/session"))) as { readonly account?: unknown };
    signedIn = said.account === desk.session.opaque ? desk.session.opaque : "";
  } catch (error) {
    if (error instanceof Refusal || !(error instanceof BoxRefusal)) throw error;
    signedIn = "";
  }
  return signedIn !== "";
}

async function begin(desk: Desk): Promise<void> {
  const nonce = membersOf(await asked(desk, "/box/nonce"), 3);
  // The origin is the one that the authority signed, whatever the box says.
  const signed = await signIn({ origin: desk.publication.known?.keys.box ?? "", nonce: nonce.text("nonce"), expiry: nonce.text("expiry") }, await signerOf(desk));
  const body = JSON.stringify({ account: desk.session.opaque, signed: textOf(signed) });
  const said = JSON.parse(textOf(await asked(desk, "/box/login", { method: "POST", body }))) as { readonly expires?: unknown };
  const box = desk.publication.known?.keys.box ?? "";
  // The session here may have ended while the one there began.
  if (inHand()?.session.opaque !== desk.session.opaque) return leave(box);
  signedIn = desk.session.opaque;
  await keep("box", Date.parse(String(said.expires)) || 0).catch(() => undefined);
  await keep("boxFor", desk.session.started).catch(() => undefined);
}

async function asked(desk: Desk, path: string, how: RequestInit = {}): Promise<Bytes> {
  const box = desk.publication.known?.keys.box ?? "";
  const answer = await fetch(new URL(path, box), {
    credentials: "include", cache: "no-store", redirect: "error", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(patience), ...how,
  }).catch(() => {
    throw new Refusal("offline", "the drop-box cannot be reached");
  });
  const bytes = await answer.arrayBuffer().then((b) => new Uint8Array(b), () => {
    throw new Refusal("offline", "the line to the drop-box broke");
  });
  if (answer.ok) return bytes;
  const refusal = refusalIn(bytes, answer.status);
  if (refusal instanceof BoxRefusal && refusal.code === "left") await leftElsewhere(desk);
  throw refusal;
}

/** The person signed out everywhere, from another device: here too, unless they signed in anew since. */
async function leftElsewhere({ session: { opaque, started } }: Desk): Promise<void> {
  signedIn = "";
  if (inHand()?.session.opaque === opaque && (await recall("boxFor")) === started) await lock("left");
}

/** What stands between may refuse as well, in words of its own. */
function refusalIn(bytes: Bytes, status: number): Error {
  try {
    const { code, reference = "", receipt = "" } = JSON.parse(textOf(bytes.slice(0, mostText))) as Record<string, unknown>;
    if (typeof code === "string" && typeof reference === "string" && typeof receipt === "string") return new BoxRefusal(code, reference.slice(0, 40), receipt);
  } catch {
    // It is no answer of a drop-box.
  }
  return status >= 500 ? new Refusal("offline", "the drop-box does not answer") : new BoxRefusal("error", "", "");
}
