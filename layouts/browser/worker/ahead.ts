/**
 * What signing in will ask the host for, asked for while someone still types or
 * the passphrase is not opened yet. Nothing of it is believed here: it is checked
 * like anything else when it is asked for.
 */
import type { Bytes } from "../shared/bytes.ts";
import { readHead, readShard, shardPath } from "../shared/head.ts";
import { shardOf } from "../shared/listing.ts";
import { fetchAhead, fetched } from "./host.ts";

/** With so few shards all of them are wanted soon; a county has too many. */
const fewShards = 8;

/** Fetches ahead for an account, by its opaque id. Gives the head as the host shows it now, or nothing, once all the rest is asked for. */
export function ahead(opaque: string): Promise<Bytes | undefined> {
  return all(opaque).catch(() => undefined);
}

async function all(opaque: string): Promise<Bytes> {
  const signed = await fetched("head", { cache: "no-store", quiet: true });
  const head = await readHead(signed);
  const wanted = [...head.files.keys()].filter((path) => /^(keys|assets\/(frame|page))\./.test(path) || (head.shards <= fewShards && path.startsWith("manifest/")));
  for (const path of wanted) void fetchAhead(path).catch(() => undefined);
  const stem = `k/${opaque}`;
  const shard = await shardPath(head, stem);
  if (shard === undefined) return signed;
  const listed = await readShard(await fetchAhead(shard), await shardOf(stem, head.shards), head.shards);
  for (const path of listed.keys()) if (path.startsWith(`${stem}-`)) void fetchAhead(path).catch(() => undefined);
  return signed;
}
