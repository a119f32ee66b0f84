/** What people read while they complete a return. */
import type { Hitch } from "../../shared/answering.ts";
import { hitchWords } from "../respond/words.ts";

/** Why a return was not sent, and what to do. */
export function whyNotSent(why: Hitch, reference: string): readonly [title: string, text: string] {
  const [title, text] = hitchWords(why, reference);
  return [title, text.replaceAll("your answer", "your return").replaceAll("answers from", "returns from").replace("An answer to this record", "This return").replace("What you wrote", "What you typed")];
}
