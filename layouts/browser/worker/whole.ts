/** All that a person may read, by name, for a copy of their own, and where what proves it lies. */
import type { Whole } from "../shared/message.ts";
import { shardPath } from "../shared/head.ts";
import { stem } from "../shared/listing.ts";
import { upToDate } from "./holder.ts";

/** Names it; the page fetches each file as it would any other. What is about single children's care is in no copy. */
export async function whole(): Promise<Whole | null> {
  const desk = await upToDate();
  if (desk === undefined) return null;
  const { head } = await desk.publication.state();
  const shelves = (await desk.library.shelves()).filter((s) => !s.compartment.kind.startsWith("care:"));
  const sealed = (await desk.library.sealedFiles()).map(({ path, sha256 }) => ({ path, sha256 }));
  const shards = new Set<string>();
  for (const { path } of sealed) shards.add((await shardPath(head, stem(path))) ?? "");
  return {
    head: head.signed, serial: head.serial, keys: head.keysPath, shards: [...shards].filter((p) => p !== ""),
    assets: [...head.files.keys()].filter((p) => p.startsWith("assets/") && !p.endsWith(".js") && !p.endsWith(".txt")),
    checker: [...head.files.keys()].find((p) => /^assets\/check\.[0-9a-f]+\.txt$/.test(p)) ?? "",
    sealed,
    shelves: shelves.map(({ compartment, contents: { packs, files, lists } }) => ({
      root: compartment.root,
      names: [...new Set([...packs.flatMap((p) => p.names), ...files.map((f) => f.name), ...lists.map((l) => l.page)])],
      files: files.map(({ name, title }) => ({ name, title })),
    })),
  };
}
