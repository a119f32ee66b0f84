/** What the search page and the worker that searches for it say to each other. */
import type { Answer, Choices, Query } from "./search.ts";

/** From the search page. */
export type ToFinder = { readonly from: MessagePort } | { readonly query: Query; readonly most: number; readonly turn: number };

/** To the search page. */
export type FromFinder =
  | { readonly choices: Choices; readonly size: number }
  /** How many packs were read so far; `missing` and `took` once all were. */
  | { readonly read: number; readonly missing?: number; readonly took?: number }
  | { readonly answer: Answer; readonly turn: number; readonly took: number };
