/**
 * The service worker: makes sealed files behave like pages. It trusts the root
 * key of an identity file that a passphrase opened, and nothing else.
 */
import type { Answering, Kept, Outcome, Saved, SentList, SentPaper, TakenBack, Typed } from "../shared/answering.ts";
import type { About, Handed, Handover, IdentityFile, Keeping, Published, Question, Status, Unlocked, Whole, WorkerCheck } from "../shared/message.ts";
import { causeOf } from "../shared/problem.ts";
import { opaqueAccount } from "../shared/account.ts";
import { type Bytes, sha256 } from "../shared/bytes.ts";
import type { Filling, FormTyped } from "../shared/filling.ts";
import { noteOpened, takeBack } from "./box/notes.ts";
import { readdress } from "./box/readdress.ts";
import { permit, permits } from "./box/permit.ts";
import { heedElsewhere, leaveEverywhere } from "./box/everywhere.ts";
import { answering, dropAnswer, keepAnswer, saveAnswer, sendAnswer } from "./box/answer.ts";
import { dropForm, filling, keepForm, saveForm, sendForm, sentPayload } from "./box/form.ts";
import { arrived, dropWay, keepWay, ready, session, underway } from "./box/sending.ts";
import { listSent } from "./box/sent.ts";
import { ahead } from "./ahead.ts";
import { sendOfAccount } from "./box/own.ts";
import { passkeysOf } from "./passkeys.ts";
import { fetched, hostAnswers } from "./host.ts";
import { keeping, keepMore, keepNothing, settle, stopKeeping } from "./keep.ts";
import { quiet } from "./loading.ts";
import { tell } from "./news.ts";
import { choose, current, hold, leaveShared, lock, mayHold, restore, touch, type, upToDate } from "./holder.ts";
import { ownShell } from "./own.ts";
import { handOver, nobody, view } from "./view.ts";
import { refusal, sealed } from "./pages.ts";
import { refused } from "./answer.ts";
import { whole } from "./whole.ts";
import { publicFile, trusted } from "./shell.ts";
import { enter, type Entry, identityFile, SignInProblem, unlock } from "./unlock.ts";

declare const self: ServiceWorkerGlobalScope;

/** How long a page's question after the head may use the one in hand. */
const aboutAge = 10 * 60_000;

self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});

/**
 * Every address of the site is answered here: a page of the host's own, at an
 * address that nothing lists, would be of this origin and could ask for the rest.
 */
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  // The drop-box, where it is of this origin: what a page asks it for is sealed or signed.
  if (url.pathname.startsWith("/box/") && request.mode !== "navigate" && request.destination === "") return;
  if (request.method !== "GET") {
    if (request.mode === "navigate" || url.pathname.startsWith("/s/")) event.respondWith(refused(405, "this site can only be read"));
  } else if (url.pathname.startsWith("/s/")) event.respondWith(asked(event, url));
  else event.respondWith(shown(request, url));
});

/** Opens for people, who go somewhere, and for sealed pages: for the pictures in them. */
async function asked(event: FetchEvent, url: URL): Promise<Response> {
  if (event.request.mode !== "navigate") {
    const client = await self.clients.get(event.clientId);
    if (client === undefined || !new URL(client.url).pathname.startsWith("/s/")) return refused(403, "only sealed pages may ask for this");
  }
  return sealed(event.request, url);
}

function isPublic(path: string): boolean {
  return path === "/" || path === "/index.html" || path === "/404.html" || ["/assets/", "/about/", "/pub/"].some((folder) => path.startsWith(folder));
}

async function shown(request: Request, url: URL): Promise<Response> {
  const path = url.pathname.slice(1);
  try {
    // Before the first sign-in there is nothing to hold the host to.
    if (!isPublic(url.pathname) && (await trusted()) === undefined) return await fetch(request);
    return await publicFile(path === "" || path.endsWith("/") ? path + "index.html" : path);
  } catch (error) {
    return refusal(request, error);
  }
}

self.addEventListener("message", (event) => {
  const [port] = event.ports;
  const from = event.source;
  if (port === undefined || !(from instanceof WindowClient) || !mayAsk(from.url)) return;
  const question = event.data as Question;
  event.waitUntil(
    answer(question, from, port).then(async (said) => {
      port.postMessage(said);
      if (question.ask === "unlock" || question.ask === "enter") await settled();
    }),
  );
});

type Answer = Unlocked | readonly Published[] | IdentityFile | Status | About | WorkerCheck | Handed | Handover | Keeping | Whole | Answering | Kept<Typed> | Outcome | SentList | readonly SentPaper[] | Filling | Kept<FormTyped> | Saved | TakenBack | Bytes | Awaited<ReturnType<typeof answerSending>> | string;

/** Public pages may ask what every page shows, but never hold the session. */
function mayAsk(address: string): boolean {
  return mayHold(address) || new URL(address).pathname.startsWith("/pub/");
}

async function answer(question: Question, from: WindowClient, port: MessagePort): Promise<Answer> {
  switch (question.ask) {
    case "status": {
      const unlocked = (await current()) !== undefined;
      // The browser was closed, or stopped, before anybody signed out.
      if (!unlocked) await leaveShared();
      return { unlocked };
    }
    case "session":
      return mayHold(from.url) ? ((await current())?.session ?? null) : null;
    case "hand":
      if (mayHold(from.url)) await restore(question.session);
      return null;
    case "expect":
      if (mayHold(from.url)) void ahead(await opaqueAccount(question.code));
      return null;
    case "unlock":
      return signIn(() => unlock(question.code, question.passphrase, question.shared, Date.now()));
    case "enter":
      return signIn(() => enter(question.file, question.shared, Date.now()));
    case "passkeys":
      return mayHold(from.url) ? passkeysOf(question.code) : null;
    case "identity":
      return identityAgain(question.passphrase, from);
    case "about":
      return about(question.atLeast, from.url);
    case "touch":
      touch(Date.now());
      tell({ news: "touched", at: Date.now() });
      return null;
    case "typed":
      type(question.path, question.text);
      return null;
    case "lock":
      await lock(question.reason);
      return null;
    case "check-worker":
      return checkWorker();
    case "whole":
      return mayHold(from.url) ? whole() : null;
    case "keeping":
    case "keep":
    case "keep-nothing":
      return mayHold(from.url) ? keepingAnswer(question.ask) : null;
    case "keep-stop":
      stopKeeping();
      return null;
    case "activate":
      if ((await current()) === undefined) await self.skipWaiting();
      return null;
    case "school":
      if ((await current()) !== undefined && mayHold(from.url)) choose(question.urn);
      return null;
    case "papers":
      return mayHold(from.url) ? handOver(port, question.pages) : null;
    case "answering":
    case "keep-answer":
    case "save-answer":
    case "drop-answer":
    case "send-answer":
    case "opened":
    case "take-back":
    case "readdress":
    case "permit":
    case "permits":
    case "send-own":
    case "leave-everywhere":
    case "sent":
      return mayHold(from.url) ? answerAnswer(question) : null;
    case "underway":
    case "ready":
    case "keep-way":
    case "drop-way":
    case "box-session":
    case "arrived":
      return mayHold(from.url) ? answerSending(question) : null;
    case "filling":
    case "keep-form":
    case "save-form":
    case "drop-form":
    case "send-form":
    case "sent-payload":
      return mayHold(from.url) ? answerForm(question) : null;
  }
}

async function answerAnswer(question: Extract<Question, { readonly ask: "answering" | "keep-answer" | "save-answer" | "drop-answer" | "send-answer" | "opened" | "take-back" | "readdress" | "permit" | "permits" | "send-own" | "leave-everywhere" | "sent" }>): Promise<Answering | Kept<Typed> | Saved | Outcome | SentList | readonly SentPaper[] | TakenBack | string | null> {
  switch (question.ask) {
    case "answering":
      return answering(question.page, question.look);
    case "keep-answer":
      return keepAnswer(question.page, question.typed, question.base);
    case "save-answer":
      return saveAnswer(question.page);
    case "drop-answer":
      return dropAnswer(question.page);
    case "send-answer":
      return sendAnswer(question.page, question.typed);
    case "opened":
      return noteOpened(question.page);
    case "take-back":
      return takeBack(question.deposit);
    case "readdress":
      return readdress(question.address);
    case "permit":
      return permit(question.school, question.payload, question.words);
    case "permits":
      return permits();
    case "send-own":
      return sendOfAccount(question.kind, question.payload, question.words);
    case "leave-everywhere":
      return leaveEverywhere();
    case "sent": {
      const desk = await upToDate();
      return desk === undefined ? null : listSent(desk);
    }
  }
}

async function answerForm(question: Extract<Question, { readonly ask: "filling" | "keep-form" | "save-form" | "drop-form" | "send-form" | "sent-payload" }>): Promise<Filling | Kept<FormTyped> | Saved | Outcome | Bytes | null> {
  switch (question.ask) {
    case "filling":
      return filling(question.which, question.roles, question.look);
    case "keep-form":
      return keepForm(question.which, question.typed, question.base);
    case "save-form":
      return saveForm(question.which);
    case "drop-form":
      return dropForm(question.which);
    case "send-form":
      return sendForm(question.which, question.typed, question.payload, question.replaces);
    case "sent-payload":
      return sentPayload(question.deposit, question.signed === true);
  }
}

async function answerSending(question: Extract<Question, { readonly ask: "underway" | "ready" | "keep-way" | "drop-way" | "box-session" | "arrived" }>): Promise<Awaited<ReturnType<typeof underway | typeof ready | typeof arrived>> | boolean> {
  switch (question.ask) {
    case "underway":
      return underway(question.page);
    case "ready":
      return ready(question.page, question.wanted);
    case "keep-way":
      return keepWay(question.way);
    case "drop-way":
      return dropWay(question.deposit);
    case "box-session":
      return session();
    case "arrived":
      return arrived(question.way);
  }
}

async function signIn(way: () => Promise<Entry>): Promise<Unlocked> {
  try {
    const { session, publication } = await way();
    // The first page needs every index: they are opened while the browser goes there.
    void hold(session, publication).library.shelves().catch(() => undefined);
  } catch (error) {
    return problem(error);
  }
  return { ok: true };
}

function problem(error: unknown): Exclude<Unlocked, { ok: true }> {
  if (error instanceof SignInProblem) return { ok: false, why: error.why };
  if (causeOf(error) === "unknown") console.error(error);
  return { ok: false, why: causeOf(error) };
}

/** The identity file of who is signed in. Who stands at an unlocked browser has no passphrase to open it with. */
async function identityAgain(passphrase: string, from: WindowClient): Promise<IdentityFile> {
  try {
    const session = mayHold(from.url) ? (await current())?.session : undefined;
    if (session === undefined) throw new SignInProblem("locked");
    return { ok: true, file: await identityFile(session.opaque, passphrase) };
  } catch (error) {
    return problem(error);
  }
}

/** What follows a sign-in while the person reads on already; it may fail without anybody's harm. */
async function settled(): Promise<void> {
  await quiet();
  const desk = await current();
  if (desk !== undefined) await settle(desk).catch(() => undefined);
}

async function keepingAnswer(ask: "keeping" | "keep" | "keep-nothing"): Promise<Keeping | null> {
  const desk = await current();
  if (desk === undefined) return null;
  switch (ask) {
    case "keeping": return keeping(desk);
    case "keep": return keepMore(desk);
    case "keep-nothing": return keepNothing(desk);
  }
}

async function about(atLeast: number, address: string): Promise<About> {
  const desk = await current();
  if (desk !== undefined) void heedElsewhere(desk);
  const publication = await trusted();
  const asked = await publication?.state(aboutAge).catch(() => publication.known);
  const older = asked !== undefined && asked.head.serial < atLeast;
  const state = older ? await publication?.state(0).catch(() => asked) : asked;
  return {
    unlocked: desk !== undefined,
    holder: desk?.session.holder ?? "",
    published: state?.head.date.getTime() ?? 0,
    stale: state !== undefined && Date.now() > state.head.validUntil.getTime(),
    offline: !hostAnswers() || !navigator.onLine,
    reached: publication?.reached ?? 0,
    behind: state !== undefined && state.head.serial < atLeast,
    ...(desk === undefined || !mayHold(address) ? nobody : await view(desk, address)),
  };
}

/**
 * Compares the program that the host offers with the one in the head. A
 * replaced worker cannot be stopped by this one, but it gets no keys.
 */
async function checkWorker(): Promise<WorkerCheck> {
  const publication = await trusted();
  if (publication === undefined || ownShell) return { listed: true };
  try {
    const { head } = await publication.state(0);
    return { listed: (await sha256(await fetched("sw.js", { cache: "no-store" }))) === head.files.get("sw.js") };
  } catch (error) {
    return { listed: causeOf(error) === "offline" };
  }
}
