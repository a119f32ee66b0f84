/** Reads back what this account sent: fetched from the drop-box and opened part by part. */
import { fromBase64, sha256 } from "../../shared/bytes.ts";
import { readEnvelope } from "../../shared/envelope.ts";
import type { FromSealer } from "../../shared/sealing.ts";
import { readSending } from "../../shared/sending.ts";
import type { Session } from "../../shared/session.ts";
import { signingKey } from "../../shared/sshsig.ts";
import { button, el } from "../element.ts";
import { link, say, words } from "../respond/parts.ts";
import { sizeText } from "../size.ts";
import { Progress } from "./progress.ts";
import { Sealing } from "./sealing.ts";

/** Shows the files of a deposit, each to be saved. */
export async function readBack(place: HTMLElement, deposit: string, box: string, session: Session): Promise<void> {
  const stop = new AbortController();
  const progress = new Progress("Opening what you sent", () => { stop.abort(); });
  const found = el("div", {});
  place.replaceChildren(el("h2", { class: "govuk-heading-m", tabindex: "-1" }, "What you sent"), progress.element, found);
  const sealing = new Sealing(stop.signal, () => undefined);
  try {
    const answer = await fetch(new URL(`/box/deposits/${deposit}`, box), { credentials: "include", cache: "no-store", signal: stop.signal });
    if (!answer.ok || answer.body === null) throw new Missing();
    const of = Number(answer.headers.get("Content-Length") ?? 0);
    const reader = answer.body.getReader();
    let read = 0;
    const heard: Promise<void>[] = [];
    await sealing.open(session.identity, async () => {
      const { value, done } = await reader.read();
      if (done) return undefined;
      read += value.length;
      if (of > 0) progress.at(read, of);
      return new Uint8Array(value);
    }, (message) => { heard.push(show(found, message, session)); });
    await Promise.all(heard);
    progress.element.remove();
  } catch (error) {
    found.replaceChildren(say(stop.signal.aborted ? "Stopped." : error instanceof Missing
      ? "The drop-box does not have it any more, or cannot be reached: the authority collected it. Ask the service if you need it back."
      : "It cannot be opened: it is damaged, or was sent with keys that you no longer have."));
    progress.element.remove();
  } finally {
    sealing.end();
  }
  found.append(say(link("/s/sent.html", "All that you sent")));
}

class Missing extends Error {}

async function show(place: HTMLElement, message: FromSealer, { signing }: Session): Promise<void> {
  if ("signed" in message) {
    const envelope = await readEnvelope(message.signed);
    const own = (await signingKey(fromBase64(signing))).public.text;
    if (envelope.key.text !== own || envelope.formHash !== (await sha256(message.letter))) throw new Error("somebody else sealed it");
    const letter = readSending(message.letter);
    if (letter.message !== "") place.append(el("p", { class: "govuk-body" }, words(letter.message)));
  } else if ("file" in message) {
    const { name, size } = message.file;
    place.append(el("p", { class: "govuk-body" }, button("govuk-button govuk-button--secondary", `Save ${name} (${sizeText(size)})`, () => {
      const address = URL.createObjectURL(message.parts);
      el("a", { href: address, download: name }).click();
      URL.revokeObjectURL(address);
    })));
  }
}
