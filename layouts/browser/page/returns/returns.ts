/** Completing a data return: the way in on the return's own page, and the form. */
import type { Place } from "../place.ts";
import { Flow } from "./flow.ts";
import { panel } from "./panel.ts";

export { panel };

/** Starts the form; done when it shows something. */
export function start(place: Place): Promise<void> {
  return new Flow(place).start();
}
