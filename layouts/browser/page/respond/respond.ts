/** The pages of answering a visit: the way in on the visit's own page, Read and Respond, What you sent. */
import type { Place } from "../place.ts";
import { Flow } from "./flow.ts";
import { panel } from "./panel.ts";
import { SentPages } from "./sent.ts";

export { panel };

/** Starts the page that is open; done when it shows something. */
export function start(place: Place): Promise<void> {
  return location.pathname === "/s/sent.html" ? new SentPages(place).start() : new Flow(place).start();
}
