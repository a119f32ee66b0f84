/**
 * The worker in which a search runs: it gets what somebody may read from the
 * service worker on a port, holds it in memory while the search page is open,
 * and answers questions about it. The policy that it comes with gives it no
 * network and no storage to speak of.
 */
import { textOf } from "../shared/bytes.ts";
import type { Handover } from "../shared/message.ts";
import type { FromFinder, ToFinder } from "../shared/finding.ts";
import { pageText } from "../shared/page-text.ts";
import { Search } from "../shared/search.ts";

declare const self: DedicatedWorkerGlobalScope;

let search = new Search([]);

self.addEventListener("message", (event: MessageEvent<ToFinder>) => {
  if ("from" in event.data) listen(event.data.from);
  else {
    const { query, most, turn } = event.data;
    const began = performance.now();
    const answer = search.find(query, most);
    say({ answer, turn, took: performance.now() - began });
  }
});

function listen(port: MessagePort): void {
  const began = performance.now();
  let read = 0;
  port.onmessage = ({ data }: MessageEvent<Handover>) => {
    if ("papers" in data) {
      search = new Search(data.papers);
      say({ choices: search.choices(), size: search.size });
    } else if ("pages" in data) {
      for (const [href, bytes] of data.pages) search.addText(href, pageText(textOf(bytes)));
      say({ read: ++read });
    } else {
      port.close();
      say({ read, missing: data.missing, took: performance.now() - began });
    }
  };
}

function say(message: FromFinder): void {
  self.postMessage(message);
}
