/**
 * Sends a sealed deposit piece by piece (tus 1.0, docs/formats.md section 27): what
 * the drop-box has is asked for first, so it goes on after a reload, after the box was
 * ended, and on another replica. Where a filter lets no PATCH through, a POST says that
 * it is one.
 */
import type { Underway } from "../../shared/consigning.ts";

/** A piece of a body; the box makes each durable before it counts. */
const piece = 8 << 20;
const version = { "Tus-Resumable": "1.0.0" };
/** How long to wait before another try, in milliseconds: longer each time, up to the last. */
const pauses = [500, 1000, 2000, 4000, 8000, 15_000] as const;
/** So often in a row a line may be broken before the person is asked. */
const mostBroken = 40;

/** Something that trying again does not mend; `code` is of the drop-box's own table, or `line`. */
export class Stopped extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`the drop-box does not take it: ${code}`);
    this.code = code;
  }
}

interface Said {
  /** 0: the line broke. */
  readonly status: number;
  readonly code: string;
  readonly offset: number;
}

/** How a deposit gets there, and who is told how far it is. */
export interface Way {
  readonly deposit: Underway;
  readonly file: Blob;
  readonly signal: AbortSignal;
  readonly told: (sent: number, waiting: boolean) => void;
  /** Begins a session at the drop-box once more. */
  readonly session: () => Promise<boolean>;
}

/** Sends it whole; done when the drop-box has given a receipt. Throws {@link Stopped} or the signal's reason. */
export async function sendAll(way: Way): Promise<void> {
  const at = new URL(`/box/uploads/${way.deposit.deposit}`, way.deposit.box).href;
  let overridden = false;
  let broken = 0;
  let offset = -1;
  for (;;) {
    way.signal.throwIfAborted();
    const said = offset < 0 ? await where(way, at) : await patch(way, at, offset, overridden);
    if (said.status === 401) {
      if (!(await way.session())) await pause(way, broken++);
      offset = -1;
    } else if (said.offset >= 0 && said.status < 300) {
      if (said.offset > offset) broken = 0;
      offset = said.offset;
      way.told(offset, false);
      if (offset >= way.file.size) return;
    } else if (said.code === "offset" || said.code === "busy" || said.code === "slow-down" || said.code === "full" || said.code === "too-slow") {
      await pause(way, broken++);
      offset = -1;
    } else if (said.code !== "") {
      throw new Stopped(said.code);
    } else {
      // No answer of the drop-box: the line, or something on it that takes no PATCH.
      if (offset >= 0 && said.status !== 502 && said.status !== 503) overridden = !overridden;
      await pause(way, broken++);
      offset = -1;
    }
    if (broken > mostBroken) throw new Stopped("line");
  }
}

/** Takes back what was sent so far. */
export async function takeBack({ deposit, box }: Underway): Promise<void> {
  const at = new URL(`/box/uploads/${deposit}`, box).href;
  const said = await ask("DELETE", at, version).catch(() => undefined);
  if (said === undefined || said.status >= 400) await ask("POST", at, { ...version, "X-HTTP-Method-Override": "DELETE" }).catch(() => undefined);
}

/** How much the drop-box has; where it has nothing yet, the upload is begun. */
async function where(way: Way, at: string): Promise<Said> {
  const known = await ask("HEAD", at, version, undefined, way.signal);
  if (known.status < 400 || known.status === 401 || known.status >= 500) return known;
  const { account, deposit, school, slot, box, size } = way.deposit;
  const metadata = Object.entries({ account, deposit, school, slot }).map(([name, value]) => `${name} ${btoa(value)}`).join(",");
  const begun = await ask("POST", new URL("/box/uploads", box).href, { ...version, "Upload-Length": String(size), "Upload-Metadata": metadata }, undefined, way.signal);
  return begun.status < 300 && begun.status > 0 ? { ...begun, offset: 0 } : begun;
}

function patch(way: Way, at: string, offset: number, overridden: boolean): Promise<Said> {
  const headers = { ...version, "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream", ...(overridden ? { "X-HTTP-Method-Override": "PATCH" } : {}) };
  return ask(overridden ? "POST" : "PATCH", at, headers, way.file.slice(offset, offset + piece), way.signal, (n) => { way.told(offset + n, false); });
}

/** One request. fetch tells nothing of how much of a body has gone. */
function ask(method: string, address: string, headers: Readonly<Record<string, string>>, body?: Blob, signal?: AbortSignal, gone?: (bytes: number) => void): Promise<Said> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, address);
    request.withCredentials = true;
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    const stop = (): void => { request.abort(); };
    request.upload.onprogress = (event) => { gone?.(event.loaded); };
    request.onloadend = () => {
      signal?.removeEventListener("abort", stop);
      const told = request.status === 0 ? null : request.getResponseHeader("Upload-Offset");
      resolve({ status: request.status, code: codeOf(request), offset: told === null ? -1 : Number(told) });
    };
    request.onabort = () => { reject(signal?.reason instanceof Error ? signal.reason : new DOMException("stopped", "AbortError")); };
    signal?.addEventListener("abort", stop);
    request.send(body ?? null);
  });
}

/** The code of the drop-box's own table; a filter's answer has none. */
function codeOf({ status, responseText }: XMLHttpRequest): string {
  if (status < 400) return "";
  try {
    const { code } = JSON.parse(responseText) as { readonly code?: unknown };
    return typeof code === "string" ? code : "";
  } catch {
    return "";
  }
}

async function pause(way: Way, broken: number): Promise<void> {
  way.told(-1, true);
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, pauses[Math.min(broken, pauses.length - 1)]);
    const on = (): void => { clearTimeout(timer); resolve(); };
    addEventListener("online", on, { once: true });
    way.signal.addEventListener("abort", on, { once: true });
  });
}
