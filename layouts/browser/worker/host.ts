/**
 * Bytes from the host, and the sealed copies of them that stay on the device so
 * that what was opened once opens offline. Only files named by their hash are
 * kept, all of them sealed or public.
 */
import { type Bytes, sha256 } from "../shared/bytes.ts";
import { Refusal } from "../shared/problem.ts";
import { ownShell } from "./own.ts";

const cacheName = "despatch-1";
const mostKept = 600;

/** Fetches a path of the tree past the browser's own cache. Throws `missing` or `offline`. */
export async function fetched(path: string, cache: RequestCache = "no-cache"): Promise<Bytes> {
  let response: Response;
  try {
    response = await fetch("/" + path, { cache, credentials: ownShell ? "same-origin" : "omit", redirect: "error", referrerPolicy: "no-referrer" });
  } catch {
    throw new Refusal("offline", `the host cannot be reached for ${path}`);
  }
  if (response.status === 404 || response.status === 403 || response.status === 410) {
    throw new Refusal("missing", `the host does not have ${path}`);
  }
  if (!response.ok) throw new Refusal("offline", `the host answered ${String(response.status)} for ${path}`);
  return new Uint8Array(await response.arrayBuffer());
}

/**
 * A file of the tree by path and SHA-256: the kept copy, else the host's, which
 * is then kept. Throws `missing`, `mismatch` or `offline`.
 */
export async function verified(path: string, sum: string): Promise<Bytes> {
  const kept = await copy(sum);
  if (kept !== undefined) return kept;
  // An immutable name may come from any cache on the way: its hash is checked.
  const bytes = await fetched(path, /\.[0-9a-f]{8,16}(\.|$)/.test(path) ? "default" : "no-cache");
  if ((await sha256(bytes)) !== sum) {
    const again = await fetched(path, "reload");
    if ((await sha256(again)) !== sum) throw new Refusal("mismatch", `${path} is not the file that the authority listed`);
    await keepCopy(sum, again);
    return again;
  }
  await keepCopy(sum, bytes);
  return bytes;
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

async function keepCopy(sum: string, bytes: Bytes): Promise<void> {
  await keepAs(key(sum), bytes);
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

/** A full disk or a private window must not stop anyone from reading: copies are optional. */
async function keepAs(name: string, bytes: Bytes, headers: Record<string, string> = {}): Promise<void> {
  try {
    await (await caches.open(cacheName)).put(name, new Response(bytes, { headers }));
  } catch {
    await caches.delete(cacheName);
  }
}

/** Throws the oldest copies away when there are many. */
export async function prune(): Promise<void> {
  const cache = await caches.open(cacheName);
  const names = (await cache.keys()).filter((request) => request.url.includes("/.kept/"));
  for (const name of names.slice(0, Math.max(0, names.length - mostKept))) await cache.delete(name);
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
