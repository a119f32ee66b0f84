import type { Bytes } from "../../shared/bytes.ts";

/** The files of an archive by their paths in it, and where to say what is wrong with one. */
export interface Files {
  readonly info: ReadonlyMap<string, string>;
  paths(): Iterable<string>;
  /** Nothing where there is no such file, or it cannot be read. */
  bytes(path: string): Promise<Bytes | undefined>;
  add(path: string, text: string): void;
}
