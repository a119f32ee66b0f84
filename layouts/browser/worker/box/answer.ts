/**
 * Answering a visit: the record that is answered, the deposit that is made of the
 * answer, and what became of it. Nothing is called sent before its receipt is
 * believed (trust.ts).
 */
import { type Bytes, sha256, utf8 } from "../../shared/bytes.ts";
import { type Answering, type Hitch, isAnswerTo, type Kept, type Outcome, type Sent, type Typed } from "../../shared/answering.ts";
import type { Item, School } from "../../shared/contents.ts";
import { commentsOf, type Response, responseText } from "../../shared/response.ts";
import { sealableLetter, slotOf } from "../../shared/envelope.ts";
import type { Compartment } from "../../shared/identity.ts";
import { causeOf, Refusal } from "../../shared/problem.ts";
import { londonDay } from "../../shared/dates.ts";
import { readerOf } from "../compose/composed.ts";
import { sealDeposit } from "../../shared/deposit.ts";
import type { State } from "../publication.ts";
import { type Desk, upToDate } from "../holder.ts";
import { tell } from "../news.ts";
import { asAccount, boxOf, BoxRefusal, signerOf } from "./line.ts";
import { begun, type Begun, draftOf, dropDraft, finalDraft, keepDeposit, keepDraft, madeBefore, markOf } from "./draft.ts";
import { addSent, fetchSent, knownSent, paperOf, sentOf } from "./sent.ts";
import { nameOf } from "./people.ts";
import { believe } from "./trust.ts";

/** The service whose inbox answers to visits go to. */
const service = "visits";
/** The first answer to a record is the answer (docs/formats.md section 18.1). */
const version = 1;

/** A record that may be answered, with all that the deposit names. */
interface Subject {
  readonly page: string;
  readonly item: Item;
  readonly school: School;
  readonly compartment: Compartment;
}

/** The record at an address, and how far an answer to it is. */
export async function answering(page: string): Promise<Answering | null> {
  const desk = await upToDate();
  const subject = desk === undefined ? undefined : await find(desk, page);
  if (desk === undefined || subject === undefined) return null;
  const { item, school } = subject;
  const state = await desk.publication.state();
  const sent = (await knownSent(desk)).find((s) => isAnswerTo(s, item));
  const paper = readerOf(desk.session, await desk.library.shelves(), londonDay(Date.now())).papers.find((p) => p.item.id === item.id);
  return {
    state: sent !== undefined ? "sent" : !item.respond ? "closed" : inboxOf(state) === "" ? "no-box" : "open",
    title: item.title, school: school.name, date: item.date, due: item.due, contact: item.contact, href: page, subjectHash: item.subject_sha256,
    files: (paper?.files ?? []).map(({ href, title, size }) => ({ href, title, size })),
    draft: draftOf(await begun(desk, item.id), item.subject_sha256),
    sent: sent === undefined ? undefined : paperOf(sent, await desk.library.shelves()),
  };
}

/** Keeps what was typed. */
export async function keepAnswer(page: string, typed: Typed, base: number): Promise<Kept | null> {
  const desk = await upToDate();
  const subject = desk === undefined ? undefined : await find(desk, page);
  if (desk === undefined || subject === undefined) return null;
  const { item } = subject;
  const { kept, found } = await keepDraft(desk, item.id, item.subject_sha256, typed, base);
  if (kept) tell({ news: "answer", page, version: found?.version ?? 0 });
  return { kept, draft: draftOf(found, item.subject_sha256) };
}

/** Throws away what was kept. */
export async function dropAnswer(page: string): Promise<null> {
  const desk = await upToDate();
  const subject = desk === undefined ? undefined : await find(desk, page);
  if (desk === undefined || subject === undefined) return null;
  await dropDraft(desk, subject.item.id);
  tell({ news: "answer", page, version: 0 });
  return null;
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
    const before = (await knownSent(desk)).find((s) => isAnswerTo(s, subject.item));
    if (before !== undefined) return await already(desk, subject, before);
    const inbox = inboxOf(state);
    const response = responseOf(typed);
    if (inbox === "" || !subject.item.respond || response === undefined) return hitch("closed");
    const slot = await slotOf(subject.compartment.secret, subject.item.id, subject.item.subject_sha256, version);
    const draft = await finalDraft(desk, subject.item.id, subject.item.subject_sha256, typed);
    const file = await depositOf(desk, state, subject, draft, inbox, response);
    const deposit = await sha256(file);
    const { school, account } = { school: subject.school.opaque, account: desk.session.opaque };
    try {
      // A session is begun before the answer goes: until then nothing was sent.
      await asAccount(desk, "/box/session");
      posted = true;
      const receipt = await asAccount(desk, `/box/deposits/${deposit}?${new URLSearchParams({ school, slot }).toString()}`, { method: "POST", body: file });
      const read = await believe(desk, receipt, { deposit, size: file.length, account, school, slot });
      const sent = sentOf(read, receipt, { kind: "response", subject: subject.item.id, subjectHash: subject.item.subject_sha256, ...response });
      await settle(desk, subject, sent);
      return { ok: true, sent: paperOf(sent, await desk.library.shelves()) };
    } catch (error) {
      if (error instanceof BoxRefusal && error.code === "taken") return await lost(desk, subject, slot, error.receipt);
      throw error;
    }
  } catch (error) {
    return hitchOf(error, posted);
  }
}

/** Another answer has the slot: a colleague's, or one that this person sent elsewhere. */
async function lost(desk: Desk, subject: Subject, slot: string, receipt: string): Promise<Outcome> {
  // A record of a school is answered for that school alone: whoever was first is of it, and the box has to show it.
  const { leaf } = await believe(desk, utf8(receipt), { slot, school: subject.school.opaque });
  if (leaf.account === desk.session.opaque) return already(desk, subject, await fetchSent(desk, leaf.deposit));
  return { ...hitch("taken"), first: { time: leaf.time.toISOString(), name: await nameOf(desk, subject.school.urn, leaf.account) } };
}

/** What this account sent before counts. What is typed now stays where it is. */
async function already(desk: Desk, subject: Subject, sent: Sent): Promise<Outcome> {
  await addSent(desk, sent);
  tell({ news: "answer", page: subject.page, version: 0 });
  return { ...hitch("already"), sent: paperOf(sent, await desk.library.shelves()) };
}

async function settle(desk: Desk, subject: Subject, sent: Sent): Promise<void> {
  await addSent(desk, sent);
  await dropDraft(desk, subject.item.id);
  tell({ news: "answer", page: subject.page, version: 0 });
}

/** The deposit of an answer: the one that was tried before, where it is the same answer. */
async function depositOf(desk: Desk, { head }: State, subject: Subject, draft: Begun, inbox: string, response: Response): Promise<Bytes> {
  const mark = await markOf(draft, inbox);
  const before = await madeBefore(desk, subject.item.id, mark);
  if (before !== undefined) return before;
  const plain = await sealableLetter({
    id: draft.id, kind: "response", inbox: await sha256(utf8(inbox)), account: desk.session.opaque, school: subject.school.opaque,
    subject: subject.item.id, subjectHash: subject.item.subject_sha256, formHash: "", supersedes: "", head: head.serial,
    time: new Date().toISOString().slice(0, 19) + "Z",
  }, responseText(response), await signerOf(desk));
  const file = await sealDeposit(plain, inbox, desk.session.identity);
  await keepDeposit(desk, subject.item.id, mark, file);
  return file;
}

/** The record at an address `<root>/<page>`, if the person may read its report: then they may answer it, too. */
async function find(desk: Desk, page: string): Promise<Subject | undefined> {
  const [root, name = ""] = page.split("/");
  const shelf = (await desk.library.shelves()).find((s) => s.compartment.root === root && s.compartment.kind === "visits-full");
  const item = shelf?.contents.items.find((i) => i.kind === "visit" && i.page === name && name !== "");
  if (shelf === undefined || item === undefined || shelf.contents.school === null || item.subject_sha256 === "") return undefined;
  return { page, item, school: shelf.contents.school, compartment: shelf.compartment };
}

/** The recipient of the inbox for answers, or empty when answers are given another way. */
function inboxOf({ keys }: State): string {
  if (boxOf(keys) === "" || keys.logs.length === 0 || keys.receipts.length === 0) return "";
  return keys.inboxes.find((i) => i.service === service)?.recipient ?? "";
}

function responseOf({ answer, comments }: Typed): Response | undefined {
  const cleaned = answer === "inaccurate" ? commentsOf(comments) : "";
  return answer === "" || (answer === "inaccurate" && cleaned === "") ? undefined : { answer, comments: cleaned };
}

const codes: Readonly<Record<string, Hitch>> = {
  refused: "refused", school: "refused", "not-there": "refused", "no-register": "refused", quota: "quota",
  "slow-down": "busy", busy: "busy", full: "busy", "too-slow": "unsure", gone: "unsure", mismatch: "unsure",
};

function hitchOf(error: unknown, posted: boolean): Outcome {
  if (error instanceof BoxRefusal) return { ...hitch(codes[error.code] ?? "problem"), reference: error.reference };
  if (!(error instanceof Refusal)) {
    console.error(error);
    return hitch(posted ? "unsure" : "problem");
  }
  if (causeOf(error) === "offline") return hitch(posted ? "unsure" : "offline");
  return hitch(posted ? "cheat" : "problem");
}

function hitch(why: Hitch): { readonly ok: false; readonly why: Hitch; readonly reference: string } {
  return { ok: false, why, reference: "" };
}
