/**
 * Bytes from the host, and the sealed copies of them that stay on the device so
 * that what was opened once opens offline. Only files named by their hash are
 * kept, and identity files: all of them sealed or public.
 */
import { type Bytes, concat, sha256 } from "../shared/bytes.ts";
import { causeOf, Refusal } from "../shared/problem.ts";
import { follow } from "./loading.ts";
import { ownShell } from "./own.ts";

const cacheName = "despatch-1";
/** So long a copy stays that another account of this device had made. */
const othersStay = 30 * 86_400_000;

/** How a file is asked for. */
export interface Asking {
  /** The browser's own cache; past it unless said. */
  readonly cache?: RequestCache;
  readonly signal?: AbortSignal | undefined;
  /** Nobody waits for it: tabs are not told how it comes on. */
  readonly quiet?: boolean;
}

/** False when the host did not answer what it was asked last. */
let answers = true;

/** Says whether the host answered when it was asked last. */
export function hostAnswers(): boolean {
  return answers;
}

/** Whose copies are made now: the opaque id of the account that is signed in, or empty. */
let owner = "";

/** Marks the copies that are made from now on as an account's. */
export function copiesAreOf(opaque: string): void {
  owner = opaque;
}

/** Fetches a path of the tree. Throws `missing` or `offline`. */
export async function fetched(path: string, asking: Asking = {}): Promise<Bytes> {
  const { cache = "no-cache", signal = null } = asking;
  const response = await fetch("/" + path, { cache, signal, credentials: ownShell ? "same-origin" : "omit", redirect: "error", referrerPolicy: "no-referrer" }).catch(() => {
    answers = signal?.aborted === true;
    throw new Refusal("offline", `the host cannot be reached for ${path}`);
  });
  answers = response.status < 500;
  if ([403, 404, 410].includes(response.status)) throw new Refusal("missing", `the host does not have ${path}`);
  if (!response.ok || response.body === null) throw new Refusal("offline", `the host answered ${String(response.status)} for ${path}`);
  // The length that the host tells is that of what travels; compressed, it is not what arrives here.
  const total = response.headers.has("content-encoding") ? 0 : Number(response.headers.get("content-length") ?? 0);
  const line = asking.quiet === true ? undefined : follow(path, total);
  const parts: Bytes[] = [];
  try {
    const reader = response.body.getReader();
    for (let { done, value } = await reader.read(); !done && value !== undefined; { done, value } = await reader.read()) {
      parts.push(value);
      line?.more(value.length);
    }
  } catch {
    throw new Refusal("offline", `the line broke while ${path} was read`);
  } finally {
    line?.end();
  }
  return concat(...parts);
}

/**
 * A listed file by path and SHA-256: the kept copy, else the host's, which is
 * then kept. Throws `withheld`, `mismatch` or `offline`.
 */
export async function verified(path: string, sum: string, asking: Asking = {}): Promise<Bytes> {
  const kept = await copy(sum);
  if (kept !== undefined) return kept;
  const bytes = await fromHost(path, sum, asking);
  const keeping = keepAs(key(sum), bytes, { "x-for": owner, "x-size": String(bytes.length), "x-at": String(Date.now()) });
  // Whoever waits for the bytes need not wait for the copy; what is fetched ahead is for the copy's sake.
  if (asking.quiet === true) await keeping;
  return bytes;
}

/** Files on their way that somebody will ask for soon, by path. */
const coming = new Map<string, Promise<Bytes>>();
const comingFor = 60_000;

/** Begins to fetch a file with its hash in its name; whoever asks for it next gets these bytes, checked. */
export function fetchAhead(path: string): Promise<Bytes> {
  const begun = coming.get(path) ?? fetched(path, { cache: "default", quiet: true });
  coming.set(path, begun);
  begun.catch(() => coming.delete(path));
  setTimeout(() => coming.delete(path), comingFor);
  return begun;
}

async function fromHost(path: string, sum: string, asking: Asking): Promise<Bytes> {
  try {
    const early = await coming.get(path)?.catch(() => undefined);
    coming.delete(path);
    // An immutable name may come from any cache on the way: its hash is checked.
    const bytes = early ?? (await fetched(path, { ...asking, cache: /\.[0-9a-f]{8,16}(\.|$)/.test(path) ? "default" : "no-cache" }));
    if ((await sha256(bytes)) === sum) return bytes;
    const again = await fetched(path, { ...asking, cache: "reload" });
    if ((await sha256(again)) === sum) return again;
  } catch (error) {
    throw causeOf(error) === "missing" ? new Refusal("withheld", `the host does not deliver ${path}, which the authority listed`) : error;
  }
  throw new Refusal("mismatch", `${path} is not the file that the authority listed`);
}

/** The kept copy of bytes with a SHA-256; a damaged one is thrown away. */
async function copy(sum: string): Promise<Bytes | undefined> {
  const cache = await caches.open(cacheName);
  const hit = await cache.match(key(sum));
  if (hit === undefined) return undefined;
  const bytes = new Uint8Array(await hit.arrayBuffer());
  if ((await sha256(bytes)) === sum) return bytes;
  await cache.delete(key(sum));
  return undefined;
}

/** How many bytes of a file are kept here, or nothing when it is not kept. */
export async function keptSize(sum: string): Promise<number | undefined> {
  const hit = await (await caches.open(cacheName)).match(key(sum));
  return hit === undefined ? undefined : Number(hit.headers.get("x-size") ?? 0);
}

/** Keeps the last head that verified, with the time at which the host showed it. */
export async function keepHead(root: string, bytes: Bytes, at: number): Promise<void> {
  await keepAs(headKey(root), bytes, { "x-at": String(at) });
}

/** The last head that verified on this device, and when the host showed it. */
export async function keptHead(root: string): Promise<{ bytes: Bytes; at: number } | undefined> {
  const hit = await (await caches.open(cacheName)).match(headKey(root));
  if (hit === undefined) return undefined;
  return { bytes: new Uint8Array(await hit.arrayBuffer()), at: Number(hit.headers.get("x-at")) };
}

/** Keeps an account's sealed identity file, so that it can sign in without a network. */
export async function keepIdentity(opaque: string, sealed: Bytes): Promise<void> {
  await keepAs(identityKey(opaque), sealed, {});
}

/** The kept identity file of an account. */
export async function keptIdentity(opaque: string): Promise<Bytes | undefined> {
  const hit = await (await caches.open(cacheName)).match(identityKey(opaque));
  return hit === undefined ? undefined : new Uint8Array(await hit.arrayBuffer());
}

/** A full disk or a private window must not stop anyone from reading: copies are optional. */
async function keepAs(name: string, bytes: Bytes, headers: Record<string, string>): Promise<void> {
  try {
    await (await caches.open(cacheName)).put(name, new Response(bytes, { headers }));
  } catch {
    // Whoever must have the copy asks keptSize whether it is there.
  }
}

/**
 * Throws away what is not among the files that an account may read now: what it
 * kept itself at once, what another account of this device kept when it is old.
 */
export async function prune(live: ReadonlySet<string>, opaque: string, now: number): Promise<void> {
  const cache = await caches.open(cacheName);
  for (const request of await cache.keys()) {
    const [, sum] = /\/\.kept\/([0-9a-f]{64})$/.exec(request.url) ?? [];
    if (sum === undefined || live.has(sum)) continue;
    const headers = (await cache.match(request))?.headers;
    const whose = headers?.get("x-for") ?? "";
    if (whose === "" || whose === opaque || now - Number(headers?.get("x-at") ?? 0) > othersStay) await cache.delete(request);
  }
}

/** Throws every copy away. */
export async function forgetCopies(): Promise<void> {
  await caches.delete(cacheName);
}

function key(sum: string): string {
  return `/.kept/${sum}`;
}

function headKey(root: string): string {
  return `/.head/${encodeURIComponent(root)}`;
}

function identityKey(opaque: string): string {
  return `/.id/${opaque}`;
}
