/** What a person sends about an account: signed by them, sealed to the authority, one deposit each (docs/formats.md sections 18.6 and 18.7). */
import type { Outcome } from "../../shared/answering.ts";
import { type Bytes, hex } from "../../shared/bytes.ts";
import type { Desk } from "../holder.ts";
import { deliverNote, hitch, hitchOf, inboxOf } from "./deliver.ts";
import { addSent, paperOf, sentOf } from "./sent.ts";

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
