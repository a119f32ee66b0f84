/** The e-mail address that a person gives for themselves (docs/formats.md section 18.6). */
import { addressText } from "../../shared/address.ts";
import type { Outcome } from "../../shared/answering.ts";
import { hex } from "../../shared/bytes.ts";
import { upToDate } from "../holder.ts";
import { deliverNote, hitch, hitchOf, inboxOf } from "./deliver.ts";
import { addSent, knownSent, paperOf, sentOf } from "./sent.ts";

const kind = "email-change";

/** Sends an address; without one gives the last that this device knows to have been sent. */
export async function readdress(address: string): Promise<Outcome | null> {
  const desk = await upToDate();
  if (desk === undefined) return null;
  const shelves = await desk.library.shelves();
  if (address === "") {
    const last = (await knownSent(desk)).find((s) => s.kind === kind);
    return last === undefined ? null : { ok: true, sent: paperOf(last, shelves) };
  }
  try {
    const state = await desk.publication.state();
    const inbox = inboxOf(state, "documents");
    // A deposit is for a school: any of the person's own.
    const school = shelves.find((s) => s.contents.lists.some((l) => l.area === "account"))?.contents.school?.opaque ?? "";
    if (inbox === "" || school === "") return hitch("closed");
    const letter = { kind, school, subject: "", subjectHash: "", formHash: "", supersedes: "" };
    const slot = hex(crypto.getRandomValues(new Uint8Array(32)));
    const said = await deliverNote(desk, state, { inbox, slot, letter, payload: addressText(address) });
    if (said.got !== "receipt") return said.got === "hitch" ? said.outcome : hitch("problem");
    const sent = sentOf(said.read, said.text, { ...letter, answer: "", comments: address });
    await addSent(desk, sent);
    return { ok: true, sent: paperOf(sent, shelves) };
  } catch (error) {
    return hitchOf(error, false);
  }
}
