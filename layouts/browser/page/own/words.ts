/** Why something about the account was not done, and what to do. */
import type { Outcome } from "../../shared/answering.ts";

/** Says it; `press` is what the button is called that tries again. */
export function hitches(said: Extract<Outcome, { ok: false }> | null, press: string): string {
  switch (said?.why) {
    case undefined: return "You are signed out. Sign in again.";
    case "offline": return `The drop-box cannot be reached. Nothing was sent. Check your connection and press ${press} again.`;
    case "unsure": return `The line broke while it was on its way. Press ${press} again: if it comes twice, it counts once.`;
    case "cheat": return "What the drop-box gave is no receipt, or contradicts what it said before. Ring the authority on a number that you know and tell them.";
    case "refused": return "The drop-box does not take anything from your account yet. Ask the authority; if your account is new, try again tomorrow.";
    case "busy": return `The drop-box has too much to do at this moment. Wait a minute and press ${press} again.`;
    case "quota": return "As much as may be sent in one day was sent. Try again tomorrow, or tell the authority.";
    case "closed": return "This cannot be done here now. Tell the authority.";
    default: return `Something went wrong with the drop-box. Try again; if it happens again, tell the authority${said?.reference === "" ? "" : ` the reference ${said?.reference ?? ""}`}.`;
  }
}
