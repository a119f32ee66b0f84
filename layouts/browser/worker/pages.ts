/** Answers addresses under /s/: opened pages and attachments, composed pages, refusals. */
import { londonDay } from "../shared/dates.ts";
import { causeOf, Refusal } from "../shared/problem.ts";
import { textOf } from "../shared/bytes.ts";
import { forgetAll } from "../shared/kept.ts";
import * as areas from "./compose/areas.ts";
import * as account from "./compose/account.ts";
import * as places from "./compose/places.ts";
import { home } from "./compose/home.ts";
import { offline } from "./compose/offline.ts";
import { refusalPage } from "./compose/refusal.ts";
import { bare, type Composed, framed, type Reader, readerOf } from "./compose/composed.ts";
import { attachment, image, mayOpenFor, page, redirect, refused } from "./answer.ts";
import { type Desk, inHand, lock, upToDate } from "./holder.ts";
import { type Html, none } from "./compose/html.ts";
import { type Own, ownOf } from "./person.ts";
import { forgetCopies } from "./host.ts";
import { begunItems } from "./box/draft.ts";
import { withoutRefused } from "./box/people.ts";
import { knownSent } from "./box/sent.ts";
import { ownShell } from "./own.ts";
import { tell } from "./news.ts";
import { publicFile, trusted } from "./shell.ts";

const composers: Record<string, (reader: Reader, own: readonly Own[]) => Composed> = {
  home, account: account.account, permission: account.permission, visits: places.visits, offline,
  sheets: areas.sheets, returns: areas.returns, documents: areas.documents, news: areas.news, results: areas.results,
};

/** Pages that bring a script of their own: their titles, that script, and others that it starts. */
const scriptedPages: Record<string, readonly [name: string, ...scripts: string[]]> = {
  search: ["Search", "search", "finder"], respond: ["Read and Respond", "respond"], sent: ["What you sent", "respond"],
  download: ["Download everything", "download"], schools: ["Your schools", "schools"], return: ["Data return", "returns"],
};

/** Makes the address that forgets the site unknown to other sites. */
const forgetToken = crypto.randomUUID();

/** Answers a request for an address under /s/. */
export async function sealed(request: Request, url: URL): Promise<Response> {
  if (!mayOpenFor(request.destination)) return refused(403, "nothing active is served from here");
  try {
    if (url.pathname === "/s/forget.html" && url.search === `?${forgetToken}`) return await forget();
    // Whoever loads a page again wants to see what is there now.
    if (request.mode === "navigate" && ["no-cache", "reload"].includes(request.cache)) await inHand()?.publication.state(0);
    const desk = await upToDate();
    if (desk === undefined) return await signIn(request);
    return await newestIfNeeded(request, url, desk);
  } catch (error) {
    return refusal(request, error);
  }
}

/** The refusal to a request: a page for a navigation, else one line. */
export async function refusal(request: Request, error: unknown): Promise<Response> {
  const why = causeOf(error);
  if (why === "unknown") console.error(error);
  if (why === "signature" || why === "rollback") tell({ news: "alarm", why });
  const said = refusalPage(why, `/s/forget.html?${forgetToken}`, why === "locked" ? await whomToAsk() : none);
  if (request.mode !== "navigate") return refused(said.status, said.title);
  const frame = await frameText().catch(() => undefined);
  return page(frame === undefined ? bare(said) : framed(frame, said), "", said.status);
}

/** Whom to ask for permission; the page must come even where that cannot be read. */
async function whomToAsk(): Promise<Html> {
  try {
    const desk = inHand();
    return desk === undefined ? account.asks([]) : account.asks(await ownOf(desk.library, await desk.library.shelves()));
  } catch {
    return account.asks([]);
  }
}

async function signIn(request: Request): Promise<Response> {
  if (request.mode !== "navigate") return refused(401, "signed out");
  return publicFile("404.html");
}

/**
 * Answers from the head in hand. When that does not have what was asked for, or
 * the host no longer has what it lists, the newest head decides.
 */
async function newestIfNeeded(request: Request, url: URL, desk: Desk): Promise<Response> {
  try {
    return await opened(request, url, desk);
  } catch (error) {
    if (!["missing", "withheld", "mismatch", "locked"].includes(causeOf(error))) throw error;
    const before = desk.publication.known?.head.sum;
    const { head } = await desk.publication.state(0);
    const again = head.sum === before ? undefined : await upToDate();
    if (again === undefined) throw error;
    return opened(request, url, again);
  }
}

async function opened(request: Request, url: URL, desk: Desk): Promise<Response> {
  const [, root, name] = /^\/s\/([0-9a-f]{16})\/([a-z0-9][a-z0-9.-]*)$/.exec(url.pathname) ?? [];
  if (root === undefined || name === undefined) return composed(url, desk);
  const { bytes, entry } = await desk.library.leaf(root, name);
  const box = desk.publication.known?.keys.box ?? "";
  if (name.endsWith(".html") && entry === undefined) return page(bytes, box);
  if (entry === undefined) throw new Refusal("mismatch", "the pack holds a file that its index does not list");
  if (request.destination === "image" && /^image\/(png|jpeg|gif|webp)$/.test(entry.type)) return image(bytes, entry.type);
  return attachment(bytes, entry);
}

async function composed(url: URL, desk: Desk): Promise<Response> {
  if (url.pathname === "/s/") return redirect("/s/home.html");
  const [, area = ""] = /^\/s\/([a-z]+)\.html$/.exec(url.pathname) ?? [];
  const box = desk.publication.known?.keys.box ?? "";
  const scripted = Object.hasOwn(scriptedPages, area) ? scriptedPages[area] : undefined;
  if (scripted !== undefined) {
    const [name, ...scripts] = scripted;
    const paths = await Promise.all(scripts.map(async (script, i) => [i === 0 ? "script" : script, await assetPath(script, "js")] as const));
    return page(framed(await frameText(), areas.scripted(name, Object.fromEntries(paths))), box);
  }
  const composer = Object.hasOwn(composers, area) ? composers[area] : undefined;
  if (composer === undefined) throw new Refusal("missing", "there is no such page");
  const frame = frameText();
  frame.catch(() => undefined);
  const shelves = await desk.library.shelves();
  const reader = readerOf(desk.session, shelves, londonDay(Date.now()), { school: ["account", "permission"].includes(area) ? "" : desk.session.school, sent: await withoutRefused(desk, await knownSent(desk)), begun: await begunItems(desk), sends: box !== "" && !ownShell });
  const own = ["account", "permission", "visits"].includes(area) ? await ownOf(desk.library, shelves) : [];
  if (area === "visits") {
    // With several schools, their page leads to the visits of each.
    const [only, ...others] = places.visitsLists(reader);
    if (only !== undefined) return redirect(others.length === 0 ? `/s/${only.href}` : "/s/schools.html");
  }
  return page(framed(await frame, composer(reader, own)), box);
}

/** The frame of composed pages. */
async function frameText(): Promise<string> {
  const path = await assetPath("frame", "html");
  const publication = await trusted();
  if (publication === undefined) throw new Refusal("missing", "nothing is pinned on this device");
  return textOf(await publication.file(path));
}

/** The tree path of an asset, as the newest head lists it. */
async function assetPath(name: string, ending: string): Promise<string> {
  const { head } = (await (await trusted())?.state()) ?? {};
  const path = [...(head?.files.keys() ?? [])].find((p) => p.startsWith(`assets/${name}.`) && p.endsWith("." + ending));
  if (path === undefined) throw new Refusal("missing", `the head lists no ${name}`);
  return path;
}

/** Forgets the pinned root and all copies, for an authority that began afresh. */
async function forget(): Promise<Response> {
  await lock("signed-out");
  await forgetAll();
  await forgetCopies();
  return redirect("/");
}
