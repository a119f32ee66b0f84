/** The e-mail address that a person gives for themselves (docs/formats.md section 18.6). */
import { addressText } from "../../shared/address.ts";
import type { Outcome } from "../../shared/answering.ts";
import { upToDate } from "../holder.ts";
import { anySchool, sendOwn } from "./own.ts";
import { withReasons } from "./people.ts";
import { knownSent, paperOf } from "./sent.ts";

const kind = "email-change";

/** Sends an address; without one gives the last that this device knows to have been sent. */
export async function readdress(address: string): Promise<Outcome | null> {
  const desk = await upToDate();
  if (desk === undefined) return null;
  const shelves = await desk.library.shelves();
  if (address === "") {
    const last = (await knownSent(desk)).find((s) => s.kind === kind);
    const [sent] = last === undefined ? [] : await withReasons(desk, [paperOf(last, shelves)]);
    return sent === undefined ? null : { ok: true, sent };
  }
  return sendOwn(desk, kind, anySchool(shelves), addressText(address), address);
}
