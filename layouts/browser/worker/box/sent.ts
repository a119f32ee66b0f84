/**
 * What the account sent: the receipts that were believed, with what can be read
 * back of each deposit. The drop-box lists them; a sealed copy stays on this device.
 */
import { readAddress } from "../../shared/address.ts";
import { type Bytes, textOf } from "../../shared/bytes.ts";
import type { Sent, SentList, SentPaper } from "../../shared/answering.ts";
import { causeOf, Refusal } from "../../shared/problem.ts";
import { recall } from "../../shared/kept.ts";
import { openDeposit } from "../../shared/deposit.ts";
import { openLetter } from "../../shared/envelope.ts";
import { readResponse, saidOf } from "../../shared/response.ts";
import { readPermission } from "../../shared/permission.ts";
import type { Receipt } from "../../shared/receipt.ts";
import { textMember } from "../../shared/shape.ts";
import { type Desk, onLock } from "../holder.ts";
import type { Shelf } from "../library.ts";
import { asAccount, boxOf, BoxRefusal, membersOf, signerOf } from "./line.ts";
import { keepOwn, opened, sealed } from "./sealing.ts";
import { withReasons } from "./people.ts";
import { believe } from "./trust.ts";

/** A deposit larger than this is not read back here. */
const mostRead = 8 << 20;
const unread: ReadBack = { kind: "", subject: "", subjectHash: "", supersedes: "", answer: "", comments: "" };

type All = Readonly<Record<string, Sent>>;

/** What is known to have been sent, by account: opened once. */
let known: { readonly opaque: string; readonly all: Promise<All> } | undefined;
/** One change after another: each begins with what the one before left. */
let changing: Promise<unknown> = Promise.resolve();

onLock(() => {
  known = undefined;
  return Promise.resolve();
});

/** What this device knows to have been sent and that stands, newest first. */
export async function knownSent(desk: Desk): Promise<Sent[]> {
  const all = await allSent(desk);
  const back = new Set(all.filter((s) => s.kind === "withdrawal").map((s) => s.supersedes));
  return all.filter((s) => !notes.has(s.kind) && !back.has(s.deposit));
}

/** Kinds that say something of a record or of what was sent, and are nothing that was sent themselves. */
const notes: ReadonlySet<string> = new Set(["opened", "withdrawal"]);

/** All that this device knows to have been sent, newest first. */
export async function allSent(desk: Desk): Promise<Sent[]> {
  const { opaque } = desk.session;
  if (known?.opaque !== opaque) known = { opaque, all: recall(`sent:${opaque}`).then(async (bytes) => (await opened<All>(desk, bytes)) ?? {}) };
  return Object.values(await known.all).sort((a, b) => b.index - a.index);
}

/** Keeps one more. */
export async function addSent(desk: Desk, sent: Sent): Promise<void> {
  const { opaque } = desk.session;
  const change = changing.then(async () => {
    await allSent(desk);
    const all = { ...(await known?.all), [sent.deposit]: sent };
    known = { opaque, all: Promise.resolve(all) };
    await keepOwn(desk, `sent:${opaque}`, await sealed(desk, all));
  });
  changing = change.catch(() => undefined);
  await change;
}

/** All that was sent, with what the portal knows of it; the drop-box is asked first. */
export async function listSent(desk: Desk): Promise<SentList> {
  let why: SentList["why"] = "";
  try {
    const { keys } = await desk.publication.state();
    if (boxOf(keys) === "") why = "no-box";
    else await update(desk);
  } catch (error) {
    why = reason(error);
  }
  const shelves = await desk.library.shelves();
  return { why, papers: await withReasons(desk, papersOf(await allSent(desk), shelves)) };
}

function papersOf(all: readonly Sent[], shelves: readonly Shelf[]): SentPaper[] {
  const back = new Map(all.filter((s) => s.kind === "withdrawal").map((s) => [s.supersedes, s.time]));
  return all.filter((s) => !notes.has(s.kind)).map((sent) => ({ ...paperOf(sent, shelves), takenBack: back.get(sent.deposit) ?? "" }));
}

/** Brings what is known up to what the drop-box lists. */
export async function update(desk: Desk): Promise<void> {
  const listed = membersOf(await asAccount(desk, "/box/receipts"), 1).list("deposits", textMember);
  const mine = new Set((await allSent(desk)).map((s) => s.deposit));
  for (const deposit of listed) {
    if (mine.has(deposit) || !/^[0-9a-f]{64}$/.test(deposit)) continue;
    await addSent(desk, await fetchSent(desk, deposit));
  }
}

/** One deposit of the account's, with its receipt, as the drop-box gives them. */
export async function fetchSent(desk: Desk, deposit: string): Promise<Sent> {
  const text = await asAccount(desk, `/box/receipts/${deposit}`);
  const receipt = await believe(desk, text, { deposit, account: desk.session.opaque });
  // Nothing else is so large; the page reads it back piece by piece when somebody asks.
  if (receipt.leaf.size > mostRead) return sentOf(receipt, text, { ...unread, kind: "upload" });
  return sentOf(receipt, text, await readBack(desk, deposit));
}

/** What is kept of a receipt and of what it is for. */
export function sentOf({ leaf, index }: Receipt, text: Bytes, read: ReadBack): Sent {
  return { deposit: leaf.deposit, time: leaf.time.toISOString(), index, receipt: textOf(text), ...read };
}

/** What a deposit says. */
export type ReadBack = Pick<Sent, "kind" | "subject" | "subjectHash" | "supersedes" | "answer" | "comments">;

/** What a deposit of one's own says. One that the authority collected long ago is no longer in the box. */
async function readBack(desk: Desk, deposit: string): Promise<ReadBack> {
  const letter = await openOwn(desk, deposit);
  if (letter === undefined) return unread;
  const { envelope: { kind, subject, subjectHash, supersedes }, payload } = letter;
  return { ...unread, kind, subject, subjectHash, supersedes, ...(kind === "response" ? answered(payload) : kind === "email-change" ? { comments: readAddress(payload) } : kind === "permission-grant" ? { comments: said(payload) } : kind === "passkey" ? { comments: textOf(payload).endsWith(" -\n") ? "A passkey was removed" : "A passkey was added" } : {}) };
}

/** An answer as a page shows it. */
function answered(payload: Bytes): Pick<ReadBack, "answer" | "comments"> {
  const response = readResponse(payload);
  return { answer: response.answer, comments: saidOf(response) };
}

/** A permission in words, where it was not given on this device. */
function said(payload: Bytes): string {
  const { area, right } = readPermission(payload);
  return `${area}: ${right}`;
}

/** Opens a deposit of one's own; nothing where the box has it no longer, or somebody else signed it. */
export async function openOwn(desk: Desk, deposit: string): Promise<Awaited<ReturnType<typeof openLetter>> | undefined> {
  try {
    const letter = await openLetter(await openDeposit(await asAccount(desk, `/box/deposits/${deposit}`), desk.session.identity));
    return letter.envelope.key.text === (await signerOf(desk)).public.text ? letter : undefined;
  } catch (error) {
    if (error instanceof BoxRefusal && error.code === "not-there") return undefined;
    throw error;
  }
}

/** A sent answer with what the portal knows of its record. */
export function paperOf(sent: Sent, shelves: readonly Shelf[]): SentPaper {
  let best: SentPaper = { ...sent, title: "", school: "", href: "", takenBack: "", until: "", notTaken: "" };
  for (const { compartment, contents } of shelves) {
    if (sent.kind === "email-change") return { ...best, title: "Your e-mail address", href: "account.html" };
    if (sent.kind === "permission-grant") return { ...best, title: "Permission for a colleague", href: "account.html" };
    if (sent.kind === "passkey") return { ...best, title: "Your passkeys", href: "account.html" };
    if (sent.kind === "upload") {
      const page = contents.lists.find((l) => l.area === "documents" && l.tab === "authority")?.page;
      if (page !== undefined && contents.school !== null && sent.receipt.includes(` ${contents.school.opaque} `)) best = { ...best, title: "Documents", school: contents.school.name, href: `${compartment.root}/${page}` };
      continue;
    }
    const item = contents.items.find((i) => i.id === sent.subject && i.kind !== "done");
    if (item === undefined || (best.href !== "" && item.page === "")) continue;
    const until = item.state === "open" || item.state === "responded" ? item.due : "";
    best = { ...best, title: item.title, school: contents.school?.name ?? "", href: item.page === "" ? "" : `${compartment.root}/${item.page}`, until };
  }
  return best;
}

/** Why the drop-box could not be asked, as a page tells it. */
function reason(error: unknown): SentList["why"] {
  if (error instanceof BoxRefusal) return error.code === "refused" ? "refused" : "problem";
  if (!(error instanceof Refusal)) throw error;
  return causeOf(error) === "offline" ? "offline" : "cheat";
}
