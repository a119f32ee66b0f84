/**
 * What is no answer itself: that somebody opened a record, and that somebody takes
 * back what they sent (docs/formats.md sections 18.4 and 18.5).
 */
import { utf8 } from "../../shared/bytes.ts";
import type { Sent, TakenBack } from "../../shared/answering.ts";
import type { Item } from "../../shared/contents.ts";
import { openedSlotOf, withdrawalSlotOf } from "../../shared/envelope.ts";
import type { Compartment } from "../../shared/identity.ts";
import type { Leaf } from "../../shared/leaf.ts";
import { type Desk, upToDate } from "../holder.ts";
import { tell } from "../news.ts";
import { find } from "./answer.ts";
import { deliverNote, hitch, hitchOf, inboxOf } from "./deliver.ts";
import { asAccount, BoxRefusal } from "./line.ts";
import { addSent, allSent, sentOf } from "./sent.ts";
import { believe } from "./trust.ts";

const nothingRead = { answer: "", comments: "" } as const;

/** When this person opened a record that awaits an answer, as the drop-box's log says; it is told once a record. */
export async function noteOpened(page: string): Promise<string | null> {
  const desk = await upToDate();
  const subject = desk === undefined ? undefined : await find(desk, page);
  if (desk === undefined || subject?.item.respond !== true) return null;
  const { item, school, compartment } = subject;
  const { id, subject_sha256: subjectHash } = item;
  const before = (await allSent(desk)).find((s) => s.kind === "opened" && s.subject === id && s.subjectHash === subjectHash);
  if (before !== undefined) return before.time;
  try {
    const state = await desk.publication.state();
    const inbox = inboxOf(state, "visits");
    if (inbox === "") return null;
    const slot = await openedSlotOf(compartment.secret, desk.session.opaque, id, subjectHash);
    const letter = { kind: "opened", school: school.opaque, subject: id, subjectHash, formHash: "", supersedes: "" };
    return (await note(desk, slot, school.opaque, await deliverNote(desk, state, { inbox, slot, letter }), letter))?.time ?? null;
  } catch {
    // It is told at the next opening.
    return null;
  }
}

/** Takes back what this account sent. Whether that was in time the authority says. */
export async function takeBack(deposit: string): Promise<TakenBack | null> {
  const desk = await upToDate();
  const sent = desk === undefined ? undefined : (await allSent(desk)).find((s) => s.deposit === deposit);
  if (desk === undefined || sent === undefined) return null;
  try {
    const state = await desk.publication.state();
    const of = await placeOf(desk, sent);
    const inbox = inboxOf(state, sent.kind === "return" ? "returns" : "visits");
    if (of === undefined || inbox === "") return hitch("closed");
    const slot = await withdrawalSlotOf(of.compartment.secret, deposit);
    const letter = { kind: "withdrawal", school: of.school, subject: sent.subject, subjectHash: sent.subjectHash, formHash: "", supersedes: deposit };
    const said = await deliverNote(desk, state, { inbox, slot, letter });
    if (said.got === "hitch") return said.outcome;
    const noted = await note(desk, slot, of.school, said, letter);
    if (noted === undefined) return hitch("problem");
    if (of.page !== "") tell({ news: "answer", page: of.page, version: 0 });
    return { ok: true, time: noted.time };
  } catch (error) {
    return hitchOf(error, true);
  }
}

/** Whether the drop-box shows that an answer was taken back, by whoever gave it. */
export async function wasTakenBack(desk: Desk, { secret }: Compartment, { deposit, account, school }: Leaf): Promise<boolean> {
  const slot = await withdrawalSlotOf(secret, deposit);
  try {
    await believe(desk, await asAccount(desk, `/box/slots/${slot}`), { slot, account, school });
    return true;
  } catch (error) {
    if (error instanceof BoxRefusal && error.code === "not-there") return false;
    throw error;
  }
}

/** Remembers a note that arrived, now or from another device before. */
async function note(desk: Desk, slot: string, school: string, said: Awaited<ReturnType<typeof deliverNote>>, { kind, subject, subjectHash, supersedes }: Pick<Sent, "kind" | "subject" | "subjectHash" | "supersedes">): Promise<Sent | undefined> {
  if (said.got === "hitch") return undefined;
  const [read, text] = said.got === "receipt" ? [said.read, said.text] : [await believe(desk, utf8(said.text), { slot, school, account: desk.session.opaque }), utf8(said.text)];
  const noted = sentOf(read, text, { ...nothingRead, kind, subject, subjectHash, supersedes });
  await addSent(desk, noted);
  return noted;
}

/** The school and compartment that something was sent for: the school stands in its receipt. */
async function placeOf(desk: Desk, sent: Sent): Promise<{ readonly compartment: Compartment; readonly school: string; readonly page: string } | undefined> {
  const kind = sent.kind === "return" ? "returns-full" : "visits-full";
  for (const { compartment, contents } of await desk.library.shelves()) {
    const school = contents.school?.opaque ?? "";
    if (compartment.kind !== kind || school === "" || !sent.receipt.includes(` ${school} `)) continue;
    const item: Item | undefined = contents.items.find((i) => i.id === sent.subject && i.page !== "");
    return { compartment, school, page: item === undefined ? "" : `${compartment.root}/${item.page}` };
  }
  return undefined;
}
