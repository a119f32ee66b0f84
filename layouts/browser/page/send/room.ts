/** Where a sealed deposit lies until it has its receipt: the browser's private files, or memory where there are none. Nothing but ciphertext comes here. */
import type { Bytes } from "../../shared/bytes.ts";

/** Without private files this much is held in memory. */
export const mostInMemory = 32 << 20;
const folder = "despatch-uploads";

/** One deposit that is being written. */
export interface Room {
  readonly write: (bytes: Bytes) => Promise<void>;
  /** The deposit under its id. */
  readonly finish: (deposit: string) => Promise<Blob>;
  readonly discard: () => Promise<void>;
}

/** Room for a deposit. Sealed under a name of its own, it is renamed to its id once it is whole. */
export async function roomFor(account: string): Promise<Room> {
  const place = await files(account);
  if (place === undefined) return inMemory();
  const name = crypto.randomUUID();
  const handle = await place.getFileHandle(name, { create: true });
  const stream = await handle.createWritable();
  return {
    write: (bytes) => stream.write(bytes),
    finish: async (deposit) => {
      await stream.close();
      await keepName(place, name, deposit);
      return handle.getFile();
    },
    discard: async () => {
      await stream.abort().catch(() => undefined);
      await place.removeEntry(name).catch(() => undefined);
    },
  };
}

/** Whether large files can be kept here while they are sent. */
export async function hasFiles(account: string): Promise<boolean> {
  return (await files(account)) !== undefined;
}

/** A deposit that lies here, or nothing. */
export async function lying(account: string, deposit: string, size: number): Promise<Blob | undefined> {
  try {
    const place = await files(account);
    const name = await nameOf(place, deposit);
    const file = name === undefined ? undefined : await (await place?.getFileHandle(name))?.getFile();
    return file?.size === size ? file : undefined;
  } catch {
    return undefined;
  }
}

/** Removes a deposit. */
export async function clear(account: string, deposit: string): Promise<void> {
  const place = await files(account);
  const name = await nameOf(place, deposit);
  if (name !== undefined) await place?.removeEntry(name).catch(() => undefined);
  await place?.removeEntry(`${deposit}.name`).catch(() => undefined);
}

/** Removes all that no upload of this account speaks of any more. */
export async function tidy(account: string, deposits: readonly string[]): Promise<void> {
  const place = await files(account);
  if (place === undefined) return;
  const keep = new Set<string>();
  for (const deposit of deposits) {
    keep.add(`${deposit}.name`);
    keep.add((await nameOf(place, deposit)) ?? "");
  }
  for await (const name of place.keys()) {
    if (!keep.has(name)) await place.removeEntry(name).catch(() => undefined);
  }
}

/** Not every browser can rename: a small file beside it says what it is called. */
async function keepName(place: FileSystemDirectoryHandle, name: string, deposit: string): Promise<void> {
  const note = await (await place.getFileHandle(`${deposit}.name`, { create: true })).createWritable();
  await note.write(name);
  await note.close();
}

async function nameOf(place: FileSystemDirectoryHandle | undefined, deposit: string): Promise<string | undefined> {
  try {
    return await (await (await place?.getFileHandle(`${deposit}.name`))?.getFile())?.text();
  } catch {
    return undefined;
  }
}

async function files(account: string): Promise<FileSystemDirectoryHandle | undefined> {
  try {
    if (!("createWritable" in FileSystemFileHandle.prototype)) return undefined;
    return await (await (await navigator.storage.getDirectory()).getDirectoryHandle(folder, { create: true })).getDirectoryHandle(account, { create: true });
  } catch {
    return undefined;
  }
}

function inMemory(): Room {
  let parts: Blob[] = [];
  return {
    write: (bytes) => {
      parts.push(new Blob([bytes]));
      return Promise.resolve();
    },
    finish: () => Promise.resolve(new Blob(parts)),
    discard: () => {
      parts = [];
      return Promise.resolve();
    },
  };
}
