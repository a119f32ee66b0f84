/** The line from a page to a service worker. */
import type { Answering, Kept, Outcome, Saved, SentList, SentPaper, TakenBack, Typed } from "../shared/answering.ts";
import type { Bytes } from "../shared/bytes.ts";
import type { Ready, Underway } from "../shared/consigning.ts";
import type { Filling, FormTyped } from "../shared/filling.ts";
import type { About, Handed, Handover, IdentityFile, Keeping, Published, Question, Status, Unlocked, Whole, WorkerCheck } from "../shared/message.ts";

interface Answers {
  status: Status;
  expect: null;
  unlock: Unlocked;
  enter: Unlocked;
  identity: IdentityFile;
  session: Handed;
  hand: null;
  about: About;
  touch: null;
  typed: null;
  lock: null;
  "check-worker": WorkerCheck;
  activate: null;
  school: null;
  papers: Handover;
  whole: Whole | null;
  keeping: Keeping | null;
  keep: Keeping | null;
  "keep-stop": null;
  "keep-nothing": Keeping | null;
  answering: Answering | null;
  "keep-answer": Kept<Typed> | null;
  "save-answer": Saved | null;
  "drop-answer": null;
  "send-answer": Outcome | null;
  opened: string | null;
  "take-back": TakenBack | null;
  readdress: Outcome | null;
  permit: Outcome | null;
  permits: readonly SentPaper[];
  "send-own": Outcome | null;
  passkeys: readonly Published[] | null;
  "leave-everywhere": Outcome | null;
  sent: SentList | null;
  filling: Filling | null;
  "keep-form": Kept<FormTyped> | null;
  "save-form": Saved | null;
  "drop-form": null;
  "send-form": Outcome | null;
  "sent-payload": Bytes | null;
  underway: { readonly box: string; readonly ways: readonly Underway[] } | null;
  ready: Ready | Extract<Outcome, { ok: false }> | null;
  "keep-way": null;
  "drop-way": null;
  "box-session": boolean;
  arrived: Outcome | null;
}

/** Asks a worker something; the answer may take as long as opening takes. */
export function ask<Q extends Question>(worker: ServiceWorker, question: Q): Promise<Answers[Q["ask"]]> {
  return new Promise((resolve) => {
    const line = new MessageChannel();
    line.port1.onmessage = (event: MessageEvent<Answers[Q["ask"]]>) => {
      line.port1.close();
      resolve(event.data);
    };
    worker.postMessage(question, [line.port2]);
  });
}

/** Finds elements of one kind by a selector. */
export function all(selector: string, within: ParentNode = document): HTMLElement[] {
  return [...within.querySelectorAll<HTMLElement>(selector)];
}

/** Finds the first element of a selector. */
export function one(selector: string, within: ParentNode = document): HTMLElement | null {
  return within.querySelector<HTMLElement>(selector);
}
