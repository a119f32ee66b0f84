/** The passkey files that are published for an account (docs/formats.md section 6.1). */
import { foldCode, opaqueAccount } from "../shared/account.ts";
import { readHead, readShard, shardPath } from "../shared/head.ts";
import { type Listing, shardOf } from "../shared/listing.ts";
import type { Published } from "../shared/message.ts";
import { fetched } from "./host.ts";
import { trusted } from "./shell.ts";

const most = 20;

/**
 * The passkeys of an account, or nothing where the site cannot be asked. On a device
 * that has seen no root yet the lists are the host's word; what it makes up opens with
 * no passkey of the account's.
 */
export async function passkeysOf(code: string): Promise<readonly Published[] | null> {
  const stem = `k/${await opaqueAccount(foldCode(code))}`;
  try {
    const publication = await trusted();
    await publication?.state(0);
    const listed = publication === undefined ? [...(await unseen(stem)).keys()] : (await publication.withStem(stem)).map(([path]) => path);
    const paths = listed.filter((path) => path.startsWith(`${stem}.`) && /\.[0-9a-f]{2,192}\.pk\.age$/.test(path)).slice(0, most);
    return await Promise.all(paths.map(async (path) => ({
      credential: path.split(".")[1] ?? "", file: await (publication === undefined ? fetched(path) : publication.file(path)),
    })));
  } catch {
    return null;
  }
}

/** What the host lists, on a device that cannot tell yet whether that is so. */
async function unseen(stem: string): Promise<Listing> {
  const head = await readHead(await fetched("head", { cache: "no-store" }));
  const shard = await shardPath(head, stem);
  return shard === undefined ? new Map() : readShard(await fetched(shard), await shardOf(stem, head.shards), head.shards);
}
