/** What a page and the worker that seals for it say to each other. */
import type { Bytes } from "./bytes.ts";
import type { SentFile } from "./sending.ts";

/** To the sealing worker. Every answer of bytes waits for an `on` before the next. */
export type ToSealer =
  /** Reads files through once, and gives what the letter and the envelope say of them. */
  | { readonly sum: readonly File[]; readonly names: readonly string[]; readonly service: string; readonly message: string }
  /** Seals what was summed up under an envelope. */
  | { readonly seal: Bytes; readonly recipients: readonly string[] }
  /** Opens a deposit that comes in parts. */
  | { readonly open: string }
  | { readonly part: Bytes }
  | { readonly whole: true }
  | { readonly on: true };

export type FromSealer =
  | { readonly letter: Bytes; readonly payloadHash: string; readonly payloadSize: number; readonly sealedSize: number }
  /** So many bytes were read of all that are to be read. */
  | { readonly read: number; readonly of: number }
  | { readonly bytes: Bytes }
  /** The deposit's id, once all its bytes were given. */
  | { readonly deposit: string }
  /** The signed envelope and the letter of a deposit that is opened; what follows are its files, each whole. */
  | { readonly signed: Bytes; readonly letter: Bytes }
  | { readonly file: SentFile; readonly parts: Blob }
  | { readonly done: true }
  /** A file could not be read, or is not what it was. */
  | { readonly failed: string };
