/** What the pages of answering say; each sentence says what happened and what to do. */
import { londonDay, londonTime, longDay } from "../../shared/dates.ts";
import type { Hitch, Saved, SentList } from "../../shared/answering.ts";
import { type Answer, commentsOf, lengthOfAll, longest, type Point } from "../../shared/response.ts";

/** An answer in the word of its button. */
export function answerWord(answer: Answer | ""): string {
  if (answer === "") return "Not known on this device";
  return answer === "accurate" ? "Accurate" : "Inaccurate";
}

/** A moment of the drop-box's log: "22 November 2026 at 10:31". */
export function moment(time: string): string {
  const at = Date.parse(time);
  return `${longDay(londonDay(at))} at ${londonTime(at)}`;
}

/** Why an answer was not sent, and what to do. */
export function hitchWords(why: Hitch, reference: string): readonly [title: string, text: string] {
  const kept = "What you wrote is kept on this device.";
  switch (why) {
    case "offline":
      return ["Nothing was sent", `The drop-box cannot be reached. ${kept} Check your connection and press Finish and Submit again.`];
    case "unsure":
      return ["There is no receipt yet", `The line broke while your answer was on its way, so it does not count as sent. ${kept} Press Finish and Submit again: if the answer had arrived, you get the same receipt, and it counts once.`];
    case "cheat":
      return ["The drop-box cannot be trusted", `What it gave is no receipt for your answer, or contradicts what it said before, so your answer does not count as sent. ${kept} Ring the authority on a number that you know and tell them.`];
    case "refused":
      return ["Your account cannot send yet", `The drop-box does not take answers from your account for this school. Nothing was sent. ${kept} Ask the authority; if your account is new, try again tomorrow.`];
    case "quota":
      return ["Nothing more can be sent today", `As much as may be sent in one day was sent. ${kept} Try again tomorrow, or ask the authority.`];
    case "large":
      return ["Nothing was sent", `What you attached is too large to be sent. ${kept} Choose smaller files.`];
    case "busy":
      return ["Nothing was sent", `The drop-box has too much to do at this moment. ${kept} Wait a minute and press Finish and Submit again.`];
    case "closed":
      return ["No answer can be sent", `An answer to this record is no longer awaited here. Nothing was sent. ${kept}`];
    default:
      return ["Nothing was sent", `Something went wrong with the drop-box. ${kept} Try again; if it happens again, tell the authority${reference === "" ? "" : ` the reference ${reference}`}.`];
  }
}

/** Why something was not taken back, and what to do. */
export function whyNotTaken(why: Hitch, reference: string): string {
  switch (why) {
    case "offline":
    case "unsure": return "The drop-box cannot be reached, or the line broke. What you sent stands until this page says otherwise. Check your connection and press again: it counts once.";
    case "cheat": return "What the drop-box gave is no receipt, or contradicts what it said before. Ring the authority on a number that you know and tell them.";
    case "closed": return "The record is no longer shown to you, so it cannot be taken back here. Tell the authority.";
    default: return `Something went wrong with the drop-box. Try again; if it happens again, tell the authority${reference === "" ? "" : ` the reference ${reference}`}.`;
  }
}

/** Why something is not in the drop-box for other devices. */
export function whyNotSaved(why: Saved["why"]): string {
  const here = "It is kept on this device. To go on with it on another device, press Save and exit again";
  switch (why) {
    case "offline": return `The drop-box cannot be reached. ${here} when you have a connection.`;
    case "refused": return `The drop-box does not know your account yet. ${here} tomorrow, or ask the authority.`;
    case "quota": return `You have saved as much as you may. ${here} after you have sent or deleted something.`;
    case "large": return "Your files are too large to be saved for other devices. It is kept on this device, and can be sent from here.";
    case "busy": return `The drop-box has too much to do at this moment. ${here} in a minute.`;
    default: return `Something went wrong with the drop-box. ${here} later.`;
  }
}

/** What stood in the way of asking the drop-box what was sent. */
export function listWords(why: SentList["why"]): string {
  switch (why) {
    case "": return "";
    case "no-box": return "Answers are not sent through this site at the moment.";
    case "offline": return "The drop-box cannot be reached. What this device knows is shown; what you sent from another device may be missing.";
    case "refused": return "The drop-box does not know your account yet. What this device knows is shown.";
    case "cheat": return "The drop-box shows receipts that cannot be believed, or another log than before. Only what was checked before is shown. Ring the authority on a number that you know and tell them.";
    case "problem": return "The drop-box cannot list what you sent at this moment. What this device knows is shown; try again later.";
  }
}

/** How much may still be typed, or is too much. */
export function countWords(typed: string, points: readonly Point[]): string {
  const left = longest - lengthOfAll({ comments: commentsOf(typed), points });
  const n = Math.abs(left);
  return `You have ${number(n)} character${n === 1 ? "" : "s"} ${left < 0 ? "too many" : "remaining"}`;
}

/** A number as people write it: 20,000. */
export function number(n: number): string {
  return n.toLocaleString("en-GB");
}
