/** The passkeys of this device: a copy of what is published, or not yet, and what is on its way to the authority. */
import type { Outcome } from "../../shared/answering.ts";
import { type Bytes, hex } from "../../shared/bytes.ts";
import { keep, type Passkey, recall } from "../../shared/kept.ts";
import type { Published } from "../../shared/message.ts";
import { type PasskeyChange, passkeyChangeText } from "../../shared/passkeychange.ts";
import { ask } from "../line.ts";

/** The passkeys of an account on this device, those too whose removal is on its way. */
export async function own(code: string): Promise<Passkey[]> {
  return ((await recall("passkeys")) ?? []).filter((p) => p.code === code);
}

/** Keeps one more. */
export async function add(passkey: Passkey): Promise<void> {
  await keep("passkeys", [...((await recall("passkeys")) ?? []).filter((p) => idOf(p) !== idOf(passkey)), passkey]);
}

/** Changes every passkey that the change gives another for; takes away those for which it gives none. */
export async function edit(change: (passkey: Passkey) => Passkey | undefined): Promise<void> {
  await keep("passkeys", ((await recall("passkeys")) ?? []).flatMap((p) => change(p) ?? []));
}

/** The id of a passkey's credential, in hex. */
export function idOf({ credential }: { readonly credential: Bytes }): string {
  return hex(credential);
}

/** The id of a credential, out of hex. */
export function bytesOf(id: string): Bytes {
  return Uint8Array.from(id.match(/../g) ?? [], (two) => parseInt(two, 16));
}

/** Follows what is published: what is listed no more was removed, here or elsewhere. Null: nobody knows. */
export async function reconcile(code: string, published: readonly Published[] | null): Promise<void> {
  if (published === null) return;
  await edit((p) => {
    if (p.code !== code) return p;
    if (published.some(({ credential }) => credential === idOf(p))) return p.removed === true ? p : { ...p, listed: true };
    return p.removed === true || p.listed === true ? undefined : p;
  });
}

/** The credentials of published passkeys that this device has no copy of. */
export function elsewhere(passkeys: readonly Passkey[], published: readonly Published[]): string[] {
  return published.map((p) => p.credential).filter((id) => !passkeys.some((p) => idOf(p) === id));
}

/** Tells the authority of a passkey, or of its removal, and notes when. */
export async function tell(worker: ServiceWorker, change: PasskeyChange, words: string): Promise<Outcome | null> {
  const said = await ask(worker, { ask: "send-own", kind: "passkey", payload: passkeyChangeText(change), words });
  if (said?.ok === true) await edit((p) => (idOf(p) === change.credential ? { ...p, sent: said.sent.time } : p));
  return said;
}
