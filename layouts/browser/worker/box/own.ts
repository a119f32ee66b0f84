/** What a person sends about an account: signed by them, sealed to the authority, one deposit each (docs/formats.md sections 18.6 to 18.8). */
import type { Outcome } from "../../shared/answering.ts";
import { type Bytes, hex } from "../../shared/bytes.ts";
import { type Desk, upToDate } from "../holder.ts";
import type { Shelf } from "../library.ts";
import { deliverNote, hitch, hitchOf, inboxOf } from "./deliver.ts";
import { addSent, paperOf, sentOf } from "./sent.ts";

/** A deposit is for a school: any of the person's own. */
export function anySchool(shelves: readonly Shelf[]): string {
  return shelves.find((s) => s.contents.lists.some((l) => l.area === "account"))?.contents.school?.opaque ?? "";
}

/** Sends what is about the person's own account, at whichever school. */
export async function sendOfAccount(kind: string, payload: Bytes, words: string): Promise<Outcome | null> {
  const desk = await upToDate();
  return desk === undefined ? null : sendOwn(desk, kind, anySchool(await desk.library.shelves()), payload, words);
}

/** Sends it for a school of the person's; `words` is what is kept of it to be read. */
export async function sendOwn(desk: Desk, kind: string, school: string, payload: Bytes, words: string): Promise<Outcome> {
  try {
    const state = await desk.publication.state();
    const inbox = inboxOf(state, "documents");
    if (inbox === "" || school === "") return hitch("closed");
    const letter = { kind, school, subject: "", subjectHash: "", formHash: "", supersedes: "" };
    const slot = hex(crypto.getRandomValues(new Uint8Array(32)));
    const said = await deliverNote(desk, state, { inbox, slot, letter, payload });
    if (said.got !== "receipt") return said.got === "hitch" ? said.outcome : hitch("problem");
    const sent = sentOf(said.read, said.text, { ...letter, answer: "", comments: words });
    await addSent(desk, sent);
    return { ok: true, sent: paperOf(sent, await desk.library.shelves()) };
  } catch (error) {
    return hitchOf(error, false);
  }
}
