/** Where a page's own script works, and what it gets for it. */
import type { Custody } from "./custody.ts";

export interface Place {
  readonly place: HTMLElement;
  readonly worker: ServiceWorker;
  readonly custody: Custody;
}
