/** Shows at the foot of the window what is loading and how much of it, on a line slow enough for that to matter. */
import { channelName, type News } from "../shared/message.ts";
import { el } from "./element.ts";
import { sizeText } from "./size.ts";

const names: Record<Extract<News, { news: "loading" }>["what"], string> = {
  papers: "Loading papers", lists: "Loading lists", keys: "Loading your keys", site: "Loading the site",
};
/** A worker that was ended says nothing more. */
const hiddenAfter = 10_000;

/** Starts to listen. */
export function showLoading(): void {
  const channel = new BroadcastChannel(channelName);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let shown: Bar | undefined;
  const hide = (): void => {
    shown?.box.remove();
    shown = undefined;
  };
  channel.onmessage = (event: MessageEvent<News>) => {
    const { data } = event;
    if (data.news !== "loading" && data.news !== "loaded") return;
    clearTimeout(timer);
    if (data.news === "loaded") {
      hide();
      return;
    }
    // A script may hear of it before the page has come so far: it is told again soon.
    const body = document.body as HTMLElement | null;
    if (body === null) return;
    shown ??= bar(body);
    shown.set(names[data.what], data.got, data.total);
    timer = setTimeout(hide, hiddenAfter);
  };
}

interface Bar {
  readonly box: HTMLElement;
  set(what: string, got: number, total: number): void;
}

function bar(body: HTMLElement): Bar {
  const status = el("p", { class: "govuk-body-s", role: "status" });
  // The numbers change four times a second: they are for the eye.
  const numbers = el("span", { "aria-hidden": "true" });
  const progress = el("progress", { class: "app-progress" });
  const box = el("section", { class: "app-loading", "data-loading": "", "aria-label": "Loading" }, status, numbers, progress);
  body.append(box);
  return {
    box,
    set: (what, got, total) => {
      if (status.textContent !== what) status.textContent = what;
      progress.setAttribute("aria-label", what);
      numbers.textContent = total === 0 ? sizeText(got) : `${sizeText(got)} of ${sizeText(total)}`;
      if (total === 0) progress.removeAttribute("value");
      else {
        progress.max = total;
        progress.value = got;
      }
    },
  };
}
