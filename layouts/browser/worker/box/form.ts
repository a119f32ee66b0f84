/**
 * Completing a data return: for which school, what was typed, the deposit that is
 * made of it, and what became of it. What is right and wrong in it the page says,
 * and the office once more; the worker keeps, seals, signs and sends.
 */
import { type Bytes, concat, utf8 } from "../../shared/bytes.ts";
import type { Kept, Outcome, Saved, Sent } from "../../shared/answering.ts";
import type { Item, School } from "../../shared/contents.ts";
import type { Filling, FormTyped, Which } from "../../shared/filling.ts";
import { slotOf } from "../../shared/envelope.ts";
import type { Compartment } from "../../shared/identity.ts";
import { schoolsOf } from "../compose/paper.ts";
import { type Desk, upToDate } from "../holder.ts";
import { tell } from "../news.ts";
import { begun, finalDraft, keepDraft, type Name, nameOfAnswer } from "./draft.ts";
import { deliver, hitch, hitchOf, inboxOf } from "./deliver.ts";
import { forgetBegun, saveBegun, toldOf, withSaved } from "./saved.ts";
import { addSent, allSent, fetchSent, knownSent, openOwn, paperOf, sentOf } from "./sent.ts";
import { nameOf } from "./people.ts";
import { believe } from "./trust.ts";

/** The service whose inbox returns go to. */
const service = "returns";
/** More often than this nobody amends one return. */
const mostVersions = 50;

/** A return that may be completed for a school. */
interface Subject {
  readonly which: Which;
  readonly item: Item;
  readonly school: School;
  /** The school's own, whose secret all who complete it share. */
  readonly compartment: Compartment;
  readonly name: Name;
}

/** The return at an address, and how far the answer of a school to it is; `roles` are those that complete it. */
export async function filling(which: Which, roles: readonly string[], look: boolean): Promise<Filling | null> {
  const desk = await upToDate();
  const item = desk === undefined ? undefined : await itemAt(desk, which.page);
  if (desk === undefined || item === undefined) return null;
  const shelves = await desk.library.shelves();
  const mine = await schoolsFor(desk, roles);
  const doneFor = (urn: string): boolean => shelves.some(({ contents }) => contents.school?.urn === urn && contents.items.some((i) => i.kind === "done" && i.of === item.id));
  const recordFor = (urn: string): string => {
    for (const { compartment, contents } of shelves) {
      const done = contents.school?.urn === urn ? contents.items.find((i) => i.kind === "done" && i.of === item.id && i.page !== "") : undefined;
      if (done !== undefined) return `${compartment.root}/${done.page}`;
    }
    return "";
  };
  const subject = await find(desk, { ...which, urn: which.urn === "" && mine.length === 1 ? mine[0]?.urn ?? "" : which.urn });
  const told = {
    schools: mine.map(({ urn, name }) => ({ urn, name, done: doneFor(urn) })), title: item.title, due: item.due, contact: item.contact, href: which.page, formHash: item.subject_sha256,
  };
  const nothing = { ...told, urn: "", school: "", draft: undefined, other: undefined, sent: undefined, last: "", done: false, record: "" };
  if (mine.length === 0) return { ...nothing, state: "not-yours" };
  if (subject === undefined || !mine.some((s) => s.urn === subject.school.urn)) return { ...nothing, state: "which" };
  const sent = await newest(desk, subject);
  const open = item.state === "open" && inboxOf(await desk.publication.state(), service) !== "";
  const { found, other } = look && open ? await withSaved<FormTyped>(desk, subject) : { found: await begun<FormTyped>(desk, subject.name), other: undefined };
  return {
    ...told, state: item.state !== "open" ? "closed" : open ? "open" : "no-box", urn: subject.school.urn, school: subject.school.name,
    draft: toldOf(found, item.subject_sha256), other, sent: sent === undefined ? undefined : paperOf(sent, shelves), last: await lastOf(desk, subject), done: doneFor(subject.school.urn), record: recordFor(subject.school.urn),
  };
}

/** Keeps what was typed. */
export async function keepForm(which: Which, typed: FormTyped, base: number): Promise<Kept<FormTyped> | null> {
  const desk = await upToDate();
  const subject = desk === undefined ? undefined : await find(desk, which);
  if (desk === undefined || subject === undefined) return null;
  const { kept, found } = await keepDraft(desk, subject.name, subject.item.subject_sha256, typed, base);
  if (kept) tell({ news: "answer", page: which.page, version: found?.version ?? 0 });
  return { kept, draft: toldOf(found, subject.item.subject_sha256) };
}

/** Saves what is kept in the drop-box. */
export async function saveForm(which: Which): Promise<Saved | null> {
  const desk = await upToDate();
  const subject = desk === undefined ? undefined : await find(desk, which);
  return desk === undefined || subject === undefined ? null : saveBegun(desk, subject);
}

/** Throws away what was kept, here and in the drop-box. */
export async function dropForm(which: Which): Promise<null> {
  const desk = await upToDate();
  const subject = desk === undefined ? undefined : await find(desk, which);
  if (desk !== undefined && subject !== undefined) await forget(desk, subject);
  return null;
}

async function forget(desk: Desk, subject: Subject): Promise<void> {
  await forgetBegun(desk, subject);
  tell({ news: "answer", page: subject.which.page, version: 0 });
}

const onTheWay = new Map<string, Promise<Outcome | null>>();

/** Sends a return; `replaces` is the deposit that it replaces, or empty. */
export function sendForm(which: Which, typed: FormTyped, payload: Bytes, replaces: string): Promise<Outcome | null> {
  const key = `${which.page} ${which.urn}`;
  const going = onTheWay.get(key) ?? send(which, typed, payload, replaces).finally(() => { onTheWay.delete(key); });
  onTheWay.set(key, going);
  return going;
}

async function send(which: Which, typed: FormTyped, payload: Bytes, replaces: string): Promise<Outcome | null> {
  const desk = await upToDate();
  const subject = desk === undefined ? undefined : await find(desk, which);
  if (desk === undefined || subject === undefined) return null;
  let posted = false;
  try {
    const state = await desk.publication.state();
    const { item, school, name } = subject;
    const inbox = inboxOf(state, service);
    if (inbox === "" || item.state !== "open") return hitch("closed");
    const draft = await finalDraft(desk, name, item.subject_sha256, typed);
    const letter = { kind: "return", school: school.opaque, subject: item.id, subjectHash: item.subject_sha256, formHash: item.subject_sha256, supersedes: replaces };
    // A slot for each version: the one that follows what is replaced is the one to get.
    const slots = await Promise.all(Array.from({ length: mostVersions }, (_, i) => slotOf(subject.compartment.secret, item.id, item.subject_sha256, i + 1)));
    let passed = replaces === "";
    for (const slot of slots) {
      const said = await deliver(desk, state, { name, draft, inbox, slot, slots, letter, payload });
      posted = true;
      if (said.got === "hitch") return said.outcome;
      if (said.got === "receipt") return await settle(desk, subject, sentOf(said.read, said.text, { ...nothingRead, kind: "return", subject: item.id, subjectHash: item.subject_sha256, supersedes: replaces }));
      const { leaf } = await believe(desk, utf8(said.text), { slot, school: school.opaque });
      const own = leaf.account === desk.session.opaque;
      if (own) await addSent(desk, await fetchSent(desk, leaf.deposit));
      if (passed) return { ...hitch("taken"), first: { time: leaf.time.toISOString(), name: own ? "You" : await nameOf(desk, school.urn, leaf.account), deposit: leaf.deposit } };
      passed = leaf.deposit === replaces;
    }
    return hitch("quota");
  } catch (error) {
    return hitchOf(error, posted);
  }
}

const nothingRead = { answer: "", comments: "" } as const;

async function settle(desk: Desk, subject: Subject, sent: Sent): Promise<Outcome> {
  await addSent(desk, sent);
  await forget(desk, subject);
  return { ok: true, sent: paperOf(sent, await desk.library.shelves()) };
}

/** The last deposit of this account's to the questions as they stand, also one that was taken back: what comes next names it. */
async function lastOf(desk: Desk, { item, school }: Subject): Promise<string> {
  return (await allSent(desk)).find((s) => s.kind === "return" && s.subject === item.id && s.subjectHash === item.subject_sha256 && s.receipt.includes(` ${school.opaque} `))?.deposit ?? "";
}

/** The newest that this account sent for a school. */
async function newest(desk: Desk, { item, school }: Subject): Promise<Sent | undefined> {
  return (await knownSent(desk)).find((s) => s.kind === "return" && s.subject === item.id && s.receipt.includes(` ${school.opaque} `));
}

async function itemAt(desk: Desk, page: string): Promise<Item | undefined> {
  const [root, name = ""] = page.split("/");
  const shelf = (await desk.library.shelves()).find((s) => s.compartment.root === root);
  return shelf?.contents.items.find((i) => i.kind === "return" && i.page === name && name !== "" && i.subject_sha256 !== "");
}

/** The schools where the person has one of the roles, and the right to complete returns. */
async function schoolsFor(desk: Desk, roles: readonly string[]): Promise<School[]> {
  const holds = (urn: string, kind: string): boolean => desk.session.compartments.some((c) => c.school === urn && c.kind === kind);
  return schoolsOf(await desk.library.shelves()).filter(({ urn }) => holds(urn, "returns-full") && roles.some((r) => holds(urn, `role-${r}`)));
}

async function find(desk: Desk, which: Which): Promise<Subject | undefined> {
  const item = await itemAt(desk, which.page);
  const school = schoolsOf(await desk.library.shelves()).find((s) => s.urn === which.urn);
  const compartment = desk.session.compartments.find((c) => c.kind === "returns-full" && c.school === which.urn);
  if (item === undefined || school === undefined || compartment === undefined) return undefined;
  return { which, item, school, compartment, name: `${nameOfAnswer(desk, item.id)}:${compartment.root}` };
}

/** The payload of a deposit of one's own, while the drop-box has it. */
export async function sentPayload(deposit: string, signed: boolean): Promise<Bytes | null> {
  const desk = await upToDate();
  if (desk === undefined || !/^[0-9a-f]{64}$/.test(deposit)) return null;
  const letter = await openOwn(desk, deposit).catch(() => undefined);
  return letter === undefined ? null : signed ? concat(letter.signed, letter.payload) : letter.payload;
}
