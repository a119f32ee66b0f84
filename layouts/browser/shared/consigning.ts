/** What pages and the worker say to each other about sending documents. */
import type { Bytes } from "./bytes.ts";

/** What a page asks an envelope for. */
export interface Wanted {
  /** The submission's id: 32 hex digits. */
  readonly id: string;
  readonly letterHash: string;
  readonly payloadHash: string;
  readonly payloadSize: number;
  /** The deposit to which this one adds something, or empty. */
  readonly adds: string;
}

/** A signed envelope, and all that sealing and sending need. */
export interface Ready {
  readonly ok: true;
  readonly signed: Bytes;
  readonly recipients: readonly string[];
  readonly slot: string;
  readonly box: string;
  /** Opaque ids. */
  readonly account: string;
  readonly school: string;
  /** The largest deposit that the drop-box takes, in bytes. */
  readonly largest: number;
}

/** A deposit on its way: kept sealed, while the deposit itself lies in the browser's private files. */
export interface Underway {
  readonly deposit: string;
  readonly size: number;
  readonly slot: string;
  readonly box: string;
  readonly account: string;
  readonly school: string;
  readonly adds: string;
  /** What it is, for the person: service, files and message. */
  readonly words: string;
}
