/** What a Headteacher permits a colleague to see (docs/formats.md section 18.7). */
import type { Outcome, SentPaper } from "../../shared/answering.ts";
import { type Bytes, hex } from "../../shared/bytes.ts";
import { upToDate } from "../holder.ts";
import { deliverNote, hitch, hitchOf, inboxOf } from "./deliver.ts";
import { addSent, knownSent, paperOf, sentOf } from "./sent.ts";

const kind = "permission-grant";

/** Sends a permission for somebody at a school. */
export async function permit(school: string, payload: Bytes, words: string): Promise<Outcome | null> {
  const desk = await upToDate();
  if (desk === undefined) return null;
  try {
    const state = await desk.publication.state();
    const inbox = inboxOf(state, "documents");
    if (inbox === "") return hitch("closed");
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

/** What this device knows to have been permitted, newest first. */
export async function permits(): Promise<SentPaper[]> {
  const desk = await upToDate();
  if (desk === undefined) return [];
  const shelves = await desk.library.shelves();
  return (await knownSent(desk)).filter((s) => s.kind === kind).map((s) => paperOf(s, shelves));
}
