/** What people read while they complete a return. */
import type { Saved } from "../../shared/filling.ts";
import type { Hitch } from "../../shared/answering.ts";
import { hitchWords } from "../respond/words.ts";

/** Why a return was not sent, and what to do. */
export function whyNotSent(why: Hitch, reference: string): readonly [title: string, text: string] {
  const [title, text] = hitchWords(why, reference);
  return [title, text.replaceAll("your answer", "your return").replaceAll("answers from", "returns from").replace("An answer to this record", "This return").replace("What you wrote", "What you typed")];
}

/** Why something is not in the drop-box. */
export function whyNotSaved(why: Saved["why"]): string {
  const here = "It is kept on this device, sealed. To go on with it on another device, press Save and exit again";
  switch (why) {
    case "offline": return `The drop-box cannot be reached. ${here} when you have a connection.`;
    case "refused": return `The drop-box does not know your account yet. ${here} tomorrow, or ask the authority.`;
    case "quota": return `You have saved too many returns. ${here} after you have sent or deleted one.`;
    case "large": return "Your files are too large to be saved for other devices. It is kept on this device, sealed, and can be sent from here.";
    case "busy": return `The drop-box has too much to do at this moment. ${here} in a minute.`;
    default: return `Something went wrong with the drop-box. ${here} later.`;
  }
}
