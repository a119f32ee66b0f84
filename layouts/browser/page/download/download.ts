/**
 * The page Download everything: makes the person's own archive, one file after
 * another, says how far it is, and can be stopped. Only this page loads any of it.
 */
import type { Bytes } from "../../shared/bytes.ts";
import type { Handover } from "../../shared/message.ts";
import type { Paper } from "../../shared/paper.ts";
import { button, el } from "../element.ts";
import { ask } from "../line.ts";
import type { Place } from "../place.ts";
import { sizeText } from "../size.ts";
import { copy, folderOf, NotListed } from "./copy.ts";

/** Puts the page into its place. */
export function start({ place, worker, custody }: Place): Promise<void> {
  const status = el("p", { class: "govuk-body", role: "status" });
  const bar = el("progress", { class: "app-progress", "aria-label": "Downloaded", value: "0", max: "1", hidden: "" });
  let stopping = new AbortController();
  const go = button("govuk-button", "Download everything", () => void run());
  const stop = button("govuk-button govuk-button--secondary", "Stop", () => { stopping.abort(); });
  stop.hidden = true;
  place.replaceChildren(
    el("p", { class: "govuk-body" }, "One zip with all that you may read: pages, PDFs and attachments, which open without a network. With them come your receipts, what you sent, and what proves that the authority published the papers. Your account signs it."),
    el("div", { class: "govuk-inset-text" }, "Nobody needs a passphrase to read it: keep it as you keep other confidential papers, and not on a shared computer. It holds nothing on single children’s care."),
    status, bar, el("div", { class: "govuk-button-group" }, go, stop),
  );

  const fetched = async (path: string): Promise<Bytes> => {
    const answer = await fetch(path, { signal: stopping.signal });
    if (!answer.ok) throw new Error(`${path} is answered with ${String(answer.status)}`);
    return new Uint8Array(await answer.arrayBuffer());
  };

  const run = async (): Promise<void> => {
    stopping = new AbortController();
    const { signal } = stopping;
    go.hidden = true;
    stop.hidden = bar.hidden = false;
    stop.focus();
    status.textContent = "Looking at what there is…";
    let told = 0;
    try {
      const now = new Date();
      const [whole, session, papers] = await Promise.all([ask(worker, { ask: "whole" }), ask(worker, { ask: "session" }), records(worker)]);
      if (whole === null || session === null) throw new Error("nobody is signed in");
      const sent = (await ask(worker, { ask: "sent" })) ?? { papers: [], why: "no-box" };
      signal.throwIfAborted();
      const letter = (deposit: string): Promise<Bytes | null> => ask(worker, { ask: "sent-payload", deposit, signed: true });
      const zip = await copy({ whole, session, papers, sent, now, fetched, letter, progress: (done, total, bytes) => {
        signal.throwIfAborted();
        if (Date.now() < told + 250 && done > 0) return;
        told = Date.now();
        custody.stay();
        bar.max = total;
        bar.value = done;
        status.textContent = `${String(done)} of ${String(total)} files, ${sizeText(bytes)} so far.`;
      } });
      save(zip, `${folderOf(now)}.zip`);
      status.textContent = `Downloaded: ${folderOf(now)}.zip, ${sizeText(zip.size)}. README.txt in it says how to check it.`;
    } catch (error) {
      status.textContent = signal.aborted ? "Stopped. Nothing was saved." : error instanceof NotListed
        ? "The authority’s list of keys does not have your account yet. Try again after it has published next, or ask the authority for an archive."
        : "It could not be finished: the site or the network did not answer. Nothing was saved. Try again; what was fetched is not fetched twice.";
    }
    stop.hidden = bar.hidden = true;
    go.hidden = false;
    go.focus();
  };
  status.textContent = "";
  return Promise.resolve();
}

/** The records, for the list at the front. */
function records(worker: ServiceWorker): Promise<readonly Paper[]> {
  return new Promise((resolve) => {
    const line = new MessageChannel();
    line.port1.onmessage = ({ data }: MessageEvent<Handover>) => {
      line.port1.close();
      resolve("papers" in data ? data.papers : []);
    };
    worker.postMessage({ ask: "papers", pages: false }, [line.port2]);
  });
}

function save(zip: Blob, name: string): void {
  const address = URL.createObjectURL(zip);
  const link = el("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => { URL.revokeObjectURL(address); }, 60_000);
}
