/**
 * Answering a visit: the record that is answered, the deposit that is made of the
 * answer, and what became of it. Nothing is called sent before its receipt is
 * believed (trust.ts).
 */
import { utf8 } from "../../shared/bytes.ts";
import { type Answering, isAnswerTo, type Kept, type Outcome, type Saved, type Sent, type Typed } from "../../shared/answering.ts";
import type { Item, School } from "../../shared/contents.ts";
import { responseOf, responseText, saidOf } from "../../shared/response.ts";
import { slotOf } from "../../shared/envelope.ts";
import type { Compartment } from "../../shared/identity.ts";
import type { Leaf } from "../../shared/leaf.ts";
import { londonDay } from "../../shared/dates.ts";
import { readerOf } from "../compose/composed.ts";
import { type Desk, upToDate } from "../holder.ts";
import { tell } from "../news.ts";
import { begun, finalDraft, keepDraft, type Name, nameOfAnswer } from "./draft.ts";
import { deliver, hitch, hitchOf, inboxOf } from "./deliver.ts";
import { forgetBegun, saveBegun, toldOf, withSaved } from "./saved.ts";
import { addSent, fetchSent, knownSent, paperOf, sentOf } from "./sent.ts";
import { nameOf, withReasons } from "./people.ts";
import { wasTakenBack } from "./notes.ts";
import { believe } from "./trust.ts";

/** The service whose inbox answers to visits go to. */
const service = "visits";
/** More often than this nobody takes an answer back. */
const mostVersions = 20;

/** A record that may be answered, with all that the deposit names. */
interface Subject {
  readonly page: string;
  readonly item: Item;
  readonly school: School;
  readonly compartment: Compartment;
  readonly name: Name;
}

/** The record at an address, and how far an answer to it is; with `look` also what was saved in the drop-box. */
export async function answering(page: string, look: boolean): Promise<Answering | null> {
  const desk = await upToDate();
  const subject = desk === undefined ? undefined : await find(desk, page);
  if (desk === undefined || subject === undefined) return null;
  const { item, school } = subject;
  const state = await desk.publication.state();
  const sent = (await knownSent(desk)).find((s) => isAnswerTo(s, item));
  const paper = readerOf(desk.session, await desk.library.shelves(), londonDay(Date.now())).papers.find((p) => p.item.id === item.id);
  const stands = sent !== undefined ? "sent" : !item.respond ? "closed" : inboxOf(state, service) === "" ? "no-box" : "open";
  const { found, other } = look && stands === "open" ? await withSaved<Typed>(desk, subject) : { found: await begun<Typed>(desk, subject.name), other: undefined };
  return {
    state: stands,
    title: item.title, school: school.name, date: item.date, due: item.due, contact: item.contact, href: page, subjectHash: item.subject_sha256,
    files: (paper?.files ?? []).map(({ href, title, size }) => ({ href, title, size })),
    draft: toldOf(found, item.subject_sha256), other,
    sent: sent === undefined ? undefined : (await withReasons(desk, [paperOf(sent, await desk.library.shelves())]))[0],
  };
}

/** Keeps what was typed. */
export async function keepAnswer(page: string, typed: Typed, base: number): Promise<Kept<Typed> | null> {
  const desk = await upToDate();
  const subject = desk === undefined ? undefined : await find(desk, page);
  if (desk === undefined || subject === undefined) return null;
  const { item, name } = subject;
  const { kept, found } = await keepDraft(desk, name, item.subject_sha256, typed, base);
  if (kept) tell({ news: "answer", page, version: found?.version ?? 0 });
  return { kept, draft: toldOf(found, item.subject_sha256) };
}

/** Saves what is kept in the drop-box. */
export async function saveAnswer(page: string): Promise<Saved | null> {
  const desk = await upToDate();
  const subject = desk === undefined ? undefined : await find(desk, page);
  return desk === undefined || subject === undefined ? null : saveBegun(desk, subject);
}

/** Throws away what was kept, here and in the drop-box. */
export async function dropAnswer(page: string): Promise<null> {
  const desk = await upToDate();
  const subject = desk === undefined ? undefined : await find(desk, page);
  if (desk !== undefined && subject !== undefined) await forget(desk, subject);
  return null;
}

async function forget(desk: Desk, subject: Subject): Promise<void> {
  await forgetBegun(desk, subject);
  tell({ news: "answer", page: subject.page, version: 0 });
}

/** Answers that are on their way, by page: a second click waits for the first. */
const onTheWay = new Map<string, Promise<Outcome | null>>();

/** Sends an answer. */
export function sendAnswer(page: string, typed: Typed): Promise<Outcome | null> {
  const going = onTheWay.get(page) ?? send(page, typed).finally(() => { onTheWay.delete(page); });
  onTheWay.set(page, going);
  return going;
}

async function send(page: string, typed: Typed): Promise<Outcome | null> {
  const desk = await upToDate();
  const subject = desk === undefined ? undefined : await find(desk, page);
  if (desk === undefined || subject === undefined) return null;
  let posted = false;
  try {
    const state = await desk.publication.state();
    const { item, school, name } = subject;
    const before = (await knownSent(desk)).find((s) => isAnswerTo(s, item));
    if (before !== undefined) return await already(desk, subject, before);
    const inbox = inboxOf(state, service);
    const response = responseOf(typed);
    if (inbox === "" || !item.respond || response === undefined) return hitch("closed");
    const draft = await finalDraft(desk, name, item.subject_sha256, typed);
    let supersedes = "";
    // The first answer to a record is the answer, and the next one where that was taken back (docs/formats.md section 18.1).
    for (let n = 1; n <= mostVersions; n++) {
      const slot = await slotOf(subject.compartment.secret, item.id, item.subject_sha256, n);
      const letter = { kind: "response", school: school.opaque, subject: item.id, subjectHash: item.subject_sha256, formHash: "", supersedes };
      const said = await deliver(desk, state, { name, draft, inbox, slot, slots: [slot], letter, payload: responseText(response) });
      posted = true;
      if (said.got === "hitch") return said.outcome;
      if (said.got === "receipt") {
        const sent = sentOf(said.read, said.text, { kind: "response", subject: item.id, subjectHash: item.subject_sha256, supersedes, answer: response.answer, comments: saidOf(response) });
        await addSent(desk, sent);
        await forget(desk, subject);
        return { ok: true, sent: paperOf(sent, await desk.library.shelves()) };
      }
      // A record of a school is answered for that school alone: whoever was first is of it, and the box has to show it.
      const { leaf } = await believe(desk, utf8(said.text), { slot, school: school.opaque });
      if (!(await wasTakenBack(desk, subject.compartment, leaf))) return await lost(desk, subject, leaf);
      supersedes = leaf.deposit;
    }
    return hitch("quota");
  } catch (error) {
    return hitchOf(error, posted);
  }
}

/** Another answer has the slot: a colleague's, or one that this person sent elsewhere. */
async function lost(desk: Desk, subject: Subject, leaf: Leaf): Promise<Outcome> {
  if (leaf.account === desk.session.opaque) return already(desk, subject, await fetchSent(desk, leaf.deposit));
  return { ...hitch("taken"), first: { time: leaf.time.toISOString(), name: await nameOf(desk, subject.school.urn, leaf.account), deposit: leaf.deposit } };
}

/** What this account sent before counts. What is typed now stays where it is. */
async function already(desk: Desk, subject: Subject, sent: Sent): Promise<Outcome> {
  await addSent(desk, sent);
  tell({ news: "answer", page: subject.page, version: 0 });
  return { ...hitch("already"), sent: paperOf(sent, await desk.library.shelves()) };
}

/** The record at an address `<root>/<page>`, if the person may read its report: then they may answer it, too. */
export async function find(desk: Desk, page: string): Promise<Subject | undefined> {
  const [root, name = ""] = page.split("/");
  const shelf = (await desk.library.shelves()).find((s) => s.compartment.root === root && s.compartment.kind === "visits-full");
  const item = shelf?.contents.items.find((i) => i.kind === "visit" && i.page === name && name !== "");
  if (shelf === undefined || item === undefined || shelf.contents.school === null || item.subject_sha256 === "") return undefined;
  return { page, item, school: shelf.contents.school, compartment: shelf.compartment, name: nameOfAnswer(desk, item.id) };
}
