/**
 * The public files: sign-in page, scripts, styles, public pages. Once a root is
 * pinned on this device they are served only as the authority listed them.
 */
import { causeOf } from "../shared/problem.ts";
import { recall } from "../shared/kept.ts";
import type { Bytes } from "../shared/bytes.ts";
import { Publication } from "./publication.ts";
import { asset, page } from "./answer.ts";
import { fetched } from "./host.ts";
import { inHand } from "./holder.ts";
import { tell } from "./news.ts";
import { isEntrance, ownPath, ownShell } from "./own.ts";

let pinned: Publication | undefined;

/** The publication to hold the host to: the session's, else the one pinned on this device. */
export async function trusted(): Promise<Publication | undefined> {
  const desk = inHand();
  if (desk !== undefined) return desk.publication;
  const root = await recall("root");
  if (root === undefined) return undefined;
  if (pinned?.root.text !== root) pinned = new Publication(root);
  return pinned;
}

/**
 * A public file by its tree path. Throws as {@link Publication.file} does; a
 * file that contradicts what was signed also raises an alarm in every tab.
 */
export async function publicFile(path: string): Promise<Response> {
  const publication = await trusted();
  if (ownShell && isEntrance(path)) return page(await fetched(ownPath(path)), "");
  if (ownShell && path.startsWith("assets/") && (await publication?.sumOf(path).catch(() => undefined)) === undefined) {
    return asset(await fetched(ownPath(path)), path);
  }
  // Elsewhere the first visit has nothing to hold the host to; here it shows nothing of it.
  if (ownShell && publication === undefined) return page(await fetched(ownPath("index.html")), "");
  const bytes = publication === undefined ? await fetched(path) : await checked(publication, path);
  if (!path.endsWith(".html")) return asset(bytes, path, publication !== undefined);
  return page(bytes, publication?.known?.keys.box ?? "");
}

async function checked(publication: Publication, path: string): Promise<Bytes> {
  try {
    return await publication.file(path);
  } catch (error) {
    const why = causeOf(error);
    if (why === "signature" || why === "mismatch" || why === "rollback") tell({ news: "alarm", why });
    throw error;
  }
}
