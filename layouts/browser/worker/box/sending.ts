/** Documents for a service of the authority: the worker signs, and believes receipts; the page seals and sends (page/send). */
import { identityToRecipient } from "age-encryption";
import { type Bytes, hex, sha256, textOf, utf8 } from "../../shared/bytes.ts";
import type { Outcome } from "../../shared/answering.ts";
import type { School } from "../../shared/contents.ts";
import type { Ready, Underway, Wanted } from "../../shared/consigning.ts";
import { signedLetter } from "../../shared/envelope.ts";

import { drop, keptNames, recall } from "../../shared/kept.ts";
import { type Desk, upToDate } from "../holder.ts";
import { hitch, hitchOf, inboxOf } from "./deliver.ts";
import { asAccount, boxOf, signerOf } from "./line.ts";
import { keepOwn, opened, sealed } from "./sealing.ts";
import { addSent, paperOf, sentOf } from "./sent.ts";
import { believe } from "./trust.ts";

const service = "documents";

/** What is on its way from this device, and the drop-box that what is sent from a page goes to, or empty. */
export async function underway(page: string): Promise<{ readonly box: string; readonly ways: readonly Underway[] } | null> {
  const desk = await upToDate();
  const school = desk === undefined ? undefined : await schoolAt(desk, page);
  if (desk === undefined || school === undefined) return null;
  const ways: Underway[] = [];
  for (const name of await keptNames(prefix(desk))) {
    const way = await opened<Underway>(desk, (await recall(name as `answer:${string}`))?.sealed);
    if (way !== undefined && way.school === school.opaque) ways.push(way);
  }
  const state = await desk.publication.state();
  return { box: inboxOf(state, service) === "" ? "" : boxOf(state.keys), ways };
}

/** Begins a session at the drop-box and signs an envelope; the reason, where it cannot be. */
export async function ready(page: string, wanted: Wanted): Promise<Ready | Extract<Outcome, { ok: false }> | null> {
  const desk = await upToDate();
  const school = desk === undefined ? undefined : await schoolAt(desk, page);
  if (desk === undefined || school === undefined) return null;
  try {
    const state = await desk.publication.state();
    const inbox = inboxOf(state, service);
    if (inbox === "") return hitch("closed");
    const { largest_upload: largest } = JSON.parse(textOf(await asAccount(desk, "/box/session"))) as { readonly largest_upload?: unknown };
    const signed = await signedLetter({
      id: wanted.id, kind: "upload", inbox: await sha256(utf8(inbox)), account: desk.session.opaque, school: school.opaque,
      subject: "", subjectHash: "", formHash: wanted.letterHash, supersedes: wanted.adds, head: state.head.serial, time: new Date().toISOString().slice(0, 19) + "Z",
    }, wanted.payloadHash, wanted.payloadSize, await signerOf(desk));
    return {
      ok: true, signed, recipients: [inbox, await identityToRecipient(desk.session.identity)], slot: hex(crypto.getRandomValues(new Uint8Array(32))),
      box: boxOf(state.keys), account: desk.session.opaque, school: school.opaque, largest: Number(largest) || 0,
    };
  } catch (error) {
    return hitchOf(error, false);
  }
}

/** Keeps what is on its way, sealed, so that it goes on after a reload. */
export async function keepWay(way: Underway): Promise<null> {
  const desk = await upToDate();
  if (desk !== undefined) await keepOwn(desk, nameOf(desk, way.deposit), { sealed: await sealed(desk, way) });
  return null;
}

/** Forgets it. */
export async function dropWay(deposit: string): Promise<null> {
  const desk = await upToDate();
  if (desk !== undefined) await drop(nameOf(desk, deposit));
  return null;
}

/** Begins a session once more, should the one at the box have ended. */
export async function session(): Promise<boolean> {
  const desk = await upToDate();
  if (desk === undefined) return false;
  return asAccount(desk, "/box/session").then(() => true, () => false);
}

/** Fetches the receipt of what was sent, and believes it. */
export async function arrived(way: Underway): Promise<Outcome | null> {
  const desk = await upToDate();
  if (desk === undefined) return null;
  try {
    const text: Bytes = await asAccount(desk, `/box/receipts/${way.deposit}`);
    const read = await believe(desk, text, { deposit: way.deposit, size: way.size, account: desk.session.opaque, school: way.school, slot: way.slot });
    const sent = sentOf(read, text, { kind: "upload", subject: "", subjectHash: "", supersedes: way.adds, answer: "", comments: way.words });
    await addSent(desk, sent);
    await drop(nameOf(desk, way.deposit));
    return { ok: true, sent: paperOf(sent, await desk.library.shelves()) };
  } catch (error) {
    return hitchOf(error, true);
  }
}

function prefix({ session: { opaque } }: Desk): `answer:${string}` {
  return `answer:${opaque}:upload:`;
}

function nameOf(desk: Desk, deposit: string): `answer:${string}` {
  return `${prefix(desk)}${deposit}`;
}

/** The school whose page for sending is at an address. */
async function schoolAt(desk: Desk, page: string): Promise<School | undefined> {
  const [root, name] = page.split("/");
  const shelf = (await desk.library.shelves()).find((s) => s.compartment.root === root && s.contents.lists.some((l) => l.page === name && l.area === "documents" && l.tab === "authority"));
  return shelf?.contents.school ?? undefined;
}
