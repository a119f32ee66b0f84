/**
 * The little that stays on a device, in IndexedDB: the root, the highest
 * serials seen, when someone signed in, the last account code, what is sealed
 * to passkeys, and answers that were begun or sent, sealed. Never keys.
 */
import { londonDay } from "./dates.ts";
import type { Bytes } from "./bytes.ts";
import type { Seen } from "./head.ts";

/** A passkey of an account on this device, and the identity file that is sealed to it. */
export interface Passkey {
  readonly code: string;
  readonly credential: Bytes;
  readonly transports: string[];
  /** docs/formats.md section 6.1. */
  readonly file: Bytes;
  /** What the person calls it. */
  readonly name: string;
  readonly added: number;
  /** When the authority was told of it, or that it is removed; ISO. */
  readonly sent?: string;
  /** True once it was seen to be published: one that is listed no more was removed elsewhere. */
  readonly listed?: boolean;
  /** True where its removal is on its way; its file is empty. */
  readonly removed?: boolean;
}

/** When an account was used on this device. */
export interface SignedIn {
  readonly last: number;
  readonly before: number;
}

/** An answer that was begun. */
export interface KeptAnswer {
  readonly sealed: Bytes;
  /** The deposit that was made of it, if it was tried to send: sent again, it gets the same receipt. */
  readonly deposit?: { readonly file: Bytes; readonly of: string };
}

/** A drop-box's log as it was seen: by which keys, how many leaves, and their root in base64. */
export interface SeenLog {
  readonly keys: string;
  readonly size: number;
  readonly root: string;
}

/** The last sign-in on an earlier day: whoever signs in again after lunch still sees what was new in the morning. */
export function beforeToday(kept: SignedIn | undefined, now: number): number {
  if (kept === undefined) return 0;
  return londonDay(kept.last) === londonDay(now) ? kept.before : kept.last;
}

/** Name and type of everything that may be kept. */
interface Kept {
  /** The root that was pinned last, as text. */
  root: string;
  /** The last account code, folded. */
  code: string;
  /** When a session was ended last, in milliseconds: one that began before is over. */
  ended: number;
  /** The passkeys of every account that has any here. */
  passkeys: Passkey[];
  /** `head:<root>`: the highest head seen. */
  [head: `head:${string}`]: Seen;
  /** `keys:<root>`: the highest serial of the keys file. */
  [keys: `keys:${string}`]: number;
  /** `signed-in:<opaque>`: times of the last sign-in, and of the last on an earlier London day, in milliseconds. */
  [signedIn: `signed-in:${string}`]: SignedIn;
  /** `offline:<opaque>`: whether everything is to be kept for a time without a network. */
  [offline: `offline:${string}`]: boolean;
  /** `answer:<opaque>:<item id>`, of a return with `:<root>` of its school: an answer that was begun, sealed to the account, and its deposit as it was tried to send. */
  [answer: `answer:${string}`]: KeptAnswer;
  /** `sent:<opaque>`: what the account sent, with receipts, sealed to it. */
  [sent: `sent:${string}`]: Bytes;
  /** `log:<box>`: the longest log of a drop-box that was seen. */
  [log: `log:${string}`]: SeenLog;
  /** The opaque id of who signed in on a shared computer, until that session is over. */
  shared: string;
  /** When the session at the drop-box ends that was begun here last, in milliseconds. */
  box: number;
  /** When the person signed in here for whom that session was begun, in milliseconds. */
  boxFor: number;
}

const database = "despatch";
const table = "kept";

/** Reads one thing, or nothing when it was never kept. */
export async function recall<K extends keyof Kept>(key: K): Promise<Kept[K] | undefined> {
  return (await within("readonly", (store) => store.get(key))) as Kept[K] | undefined;
}

/** Keeps one thing. */
export async function keep<K extends keyof Kept>(key: K, value: Kept[K]): Promise<void> {
  await within("readwrite", (store) => store.put(value, key));
}

/** The names of what is kept that begin so. */
export async function keptNames(prefix: string): Promise<string[]> {
  const names = await within("readonly", (store) => store.getAllKeys(IDBKeyRange.bound(prefix, prefix + "\uffff")));
  return names.filter((n) => typeof n === "string");
}

/** Forgets one thing. */
export async function drop(key: keyof Kept): Promise<void> {
  await within("readwrite", (store) => store.delete(key));
}

/** Forgets what is an account's own; what is the authority's stays, which shows a rollback to whoever comes next. */
export async function forgetAccount(opaque: string): Promise<void> {
  await within("readwrite", (store) => {
    for (const key of ["code", "box", "boxFor", `signed-in:${opaque}`, `offline:${opaque}`, `sent:${opaque}`]) store.delete(key);
    store.delete(IDBKeyRange.bound(`answer:${opaque}:`, `answer:${opaque}:\uffff`));
    return store.delete("shared");
  });
  await forgetSealed(opaque);
}

/** Forgets all of it. */
export async function forgetAll(): Promise<void> {
  await within("readwrite", (store) => store.clear());
  await forgetSealed("");
}

/** Sealed deposits on their way (page/send/room.ts): of one account, or all. */
async function forgetSealed(opaque: string): Promise<void> {
  try {
    const root = await navigator.storage.getDirectory();
    if (opaque === "") await root.removeEntry("despatch-uploads", { recursive: true });
    else await (await root.getDirectoryHandle("despatch-uploads")).removeEntry(opaque, { recursive: true });
  } catch {
    // There are none, or this browser has no such files.
  }
}

async function within<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await opened();
  return new Promise<T>((resolve, reject) => {
    const transaction = db.transaction(table, mode);
    const request = act(transaction.objectStore(table));
    transaction.oncomplete = () => { resolve(request.result); };
    transaction.onabort = () => { reject(reason(transaction.error)); };
  });
}

/** One connection for all that follows: opening costs more than what is read. */
let connection: Promise<IDBDatabase> | undefined;

function opened(): Promise<IDBDatabase> {
  if (connection !== undefined) return connection;
  const opening = new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(database, 1);
    request.onupgradeneeded = () => { request.result.createObjectStore(table); };
    request.onsuccess = () => {
      const db = request.result;
      // Whoever clears this device's storage must not wait for us.
      db.onversionchange = () => {
        connection = undefined;
        db.close();
      };
      db.onclose = () => { connection = undefined; };
      resolve(db);
    };
    request.onerror = () => { reject(reason(request.error)); };
  });
  opening.catch(() => { connection = undefined; });
  connection = opening;
  return opening;
}

function reason(error: DOMException | null): Error {
  return error ?? new Error("this device's storage does not answer");
}
