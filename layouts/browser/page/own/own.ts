/** What a person may change of their own account, each in its place on the account page. */
import { address } from "./readdress.ts";
import { everywhere } from "./everywhere.ts";
import { permits } from "./permits.ts";

/** Fills a place by its name. */
export async function panel(place: HTMLElement, worker: ServiceWorker): Promise<void> {
  switch (place.dataset["own"]) {
    case "address": return address(place, worker);
    case "permits": return permits(place, worker);
    case "everywhere": { everywhere(place, worker); return; }
  }
}
