/** Tells tabs what is on its way from the host and how much of it came, when it takes long enough to be noticed. */
import type { Loading } from "../shared/message.ts";
import { tell } from "./news.ts";

const noticedAfter = 600;
const toldEvery = 250;
/** Files that follow one another so closely are one wait for a person. */
const pause = 400;
/** So long nobody waits for anything before something is fetched ahead. */
const rest = 1000;

interface Coming {
  readonly what: Loading;
  readonly total: number;
  got: number;
}

const coming = new Set<Coming>();
let first = 0;
let last = 0;
let told = 0;

/** Follows one file; `total` is 0 where the host does not say how long it is. */
export function follow(path: string, total: number): { more(bytes: number): void; end(): void } {
  const one: Coming = { what: kindOf(path), total, got: 0 };
  if (coming.size === 0 && Date.now() - last > pause) first = Date.now();
  coming.add(one);
  const timer = setTimeout(say, noticedAfter);
  return {
    more: (bytes) => {
      one.got += bytes;
      say();
    },
    end: () => {
      clearTimeout(timer);
      coming.delete(one);
      last = Date.now();
      setTimeout(settle, pause);
    },
  };
}

/** Waits until nobody has waited for a file for a moment: what is fetched ahead must not be in their way. */
export async function quiet(): Promise<void> {
  while (coming.size > 0 || Date.now() - last < rest) await new Promise((resolve) => { setTimeout(resolve, rest); });
}

/** Nothing came after the last file. */
function settle(): void {
  if (coming.size > 0 || told === 0) return;
  told = 0;
  tell({ news: "loaded" });
}

function say(): void {
  const now = Date.now();
  if (coming.size === 0 || now - first < noticedAfter || now - told < toldEvery) return;
  told = now;
  const all = [...coming];
  const most = all.reduce((a, b) => (b.total > a.total ? b : a));
  const sure = all.every((c) => c.total > 0);
  tell({ news: "loading", what: most.what, got: all.reduce((n, c) => n + c.got, 0), total: sure ? all.reduce((n, c) => n + c.total, 0) : 0 });
}

function kindOf(path: string): Loading {
  if (path.startsWith("b/")) return "papers";
  if (path.startsWith("i/")) return "lists";
  if (path.startsWith("k/")) return "keys";
  return "site";
}
