/** What a Headteacher permits a colleague to see (docs/formats.md section 18.7). */
import type { Outcome, SentPaper } from "../../shared/answering.ts";
import type { Bytes } from "../../shared/bytes.ts";
import { upToDate } from "../holder.ts";
import { sendOwn } from "./own.ts";
import { withReasons } from "./people.ts";
import { knownSent, paperOf } from "./sent.ts";

const kind = "permission-grant";

/** Sends a permission for somebody at a school. */
export async function permit(school: string, payload: Bytes, words: string): Promise<Outcome | null> {
  const desk = await upToDate();
  return desk === undefined ? null : sendOwn(desk, kind, school, payload, words);
}

/** What this device knows to have been permitted, newest first. */
export async function permits(): Promise<SentPaper[]> {
  const desk = await upToDate();
  if (desk === undefined) return [];
  const shelves = await desk.library.shelves();
  return withReasons(desk, (await knownSent(desk)).filter((s) => s.kind === kind).map((s) => paperOf(s, shelves)));
}
