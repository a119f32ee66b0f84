/** What a person is told when what the host serves contradicts what was signed: what happened, and what to do. */
import type { Cause } from "./problem.ts";

export interface Breach {
  readonly title: string;
  /** What happened. */
  readonly what: string;
  /** What to do now. */
  readonly now: string;
}

const ring = "ring the authority on a number that you know";

/** What to say of a cause, or nothing for a cause that blames nobody. */
export function breach(why: Cause | "replaced"): Breach | undefined {
  switch (why) {
    case "rollback":
      return {
        title: "This page cannot be trusted",
        what: "The site shows an older or another state than this device has already seen, so nothing of it is shown.",
        now: `Wait a few minutes and reload. If it happens again, ${ring}: newer papers may be kept from you.`,
      };
    case "signature":
      return {
        title: "This page cannot be trusted",
        what: "What the site serves is not signed by the authority whose papers this device knows, so nothing of it is shown.",
        now: `Do not sign in here again for now, and ${ring}.`,
      };
    case "mismatch":
      return {
        title: "This page was changed",
        what: "What the site serves here is not what the authority published, so it is not shown.",
        now: `Reload the page. If it happens again, ${ring}: what other pages show was checked and can be read.`,
      };
    case "withheld":
      return {
        title: "This page is held back",
        what: "The authority published this page, but the site does not deliver it.",
        now: `Reload the page in a few minutes. If it is still not there, ${ring}, and ask for the paper itself.`,
      };
    case "replaced":
      return {
        title: "This site was changed by someone else",
        what: "Another program took the place of the one that the authority signed. You were signed out on this device, and the other program got none of your keys.",
        now: `Do not sign in again here. Close all pages of this site and ${ring}.`,
      };
    default:
      return undefined;
  }
}
