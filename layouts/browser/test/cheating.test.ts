/**
 * A host that cheats, against a live worker that somebody is signed in to: every
 * way is tried twenty times over, with other files and other numbers each time.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { randomBytes } from "node:crypto";
import type { Browser, Page } from "playwright-core";
import { Host, launch, pageOf, shellFiles, signIn } from "./host.ts";
import { type Room, signingKey, Tree } from "./tree.ts";

const times = 20;
/** Each room's pack is fetched by one attempt only: what is kept here no host can change. */
const attacks = ["changed", "cut", "withheld", "swapped", "another room's"] as const;
const schools = Array.from({ length: attacks.length * times }, (_, i) => ({ urn: String(900001 + i), name: `School ${String(i)}` }));
const roomOf = (i: number): Pick<Room, "kind" | "school"> => ({ kind: "visits-full", school: schools[i] ?? null });
const pageName = "1111111111111111.html";
const secret = "The report of room";

let browser: Browser;
let page: Page;
let tree: Tree;
let host: Host;
/** The path of each room's pack. */
let packs: string[];
let good: Map<string, Buffer>;

before(async () => {
  browser = await launch();
  tree = new Tree();
  tree.serial = 100;
  tree.shards = 16;
  const rooms: Room[] = schools.map((_, i) => ({ ...roomOf(i), items: [], pages: { [pageName]: pageOf("Visit", `<h1>${secret} ${String(i)}</h1>`) } }));
  await tree.publish(rooms, shellFiles());
  packs = [...tree.files.keys()].filter((p) => p.startsWith("b/"));
  assert.equal(packs.length, schools.length);
  good = new Map(tree.files);
  host = new Host(tree);
  await host.start();
  page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(30_000);
  await signIn(page, host, tree);
});
after(async () => {
  await browser.close();
  await host.close();
});

/** Puts everything back as the authority published it. */
function restore(): void {
  tree.files.clear();
  for (const [path, data] of good) tree.files.set(path, data);
  tree.serial = 100;
}

/** What the worker answers to a navigation and to a picture at a path; never what was sealed. */
async function answer(path: string): Promise<{ status: number; body: string }> {
  return page.evaluate(async (p) => {
    const got = await fetch(p);
    return { status: got.status, body: await got.text() };
  }, path);
}

for (const [kind, attack] of attacks.entries()) {
  test(`a pack that the host serves ${attack} is refused each of ${String(times)} times, and opens once it is right`, async () => {
    for (let seed = 0; seed < times; seed++) {
      const at = kind * times + seed;
      const path = packs[at] ?? "";
      const other = packs[(at + 7) % packs.length] ?? "";
      const data = tree.files.get(path) ?? Buffer.of();
      switch (attack) {
        case "changed": tree.files.set(path, Buffer.from(data.map((b, i) => (i === (seed * 977) % data.length ? b ^ (1 + (seed % 255)) : b)))); break;
        case "cut": tree.files.set(path, data.subarray(0, (data.length * seed) / times)); break;
        case "withheld": tree.files.delete(path); break;
        case "swapped": tree.files.set(path, tree.files.get(other) ?? data); tree.files.set(other, data); break;
        case "another room's": tree.files.set(path, tree.files.get(other) ?? data); break;
      }
      const address = `/s/${Tree.rootOf(roomOf(at))}/${pageName}`;
      const refused = await answer(address);
      assert.equal(refused.status, 502, `${attack} ${String(seed)}: ${refused.body}`);
      assert.ok(!refused.body.includes(secret));
      restore();
      assert.match((await answer(address)).body, new RegExp(`${secret} ${String(at)}<`), "the same page, served right");
    }
  });
}

/** Ways with the head, the keys and the ring; each makes the worker ask for them anew. */
const lies: [string, (seed: number) => void][] = [
  ["rolls back", (seed) => { tree.serial = 99 - seed; tree.sign(); }],
  ["mixes two heads of one number", (seed) => { tree.validDays = 5 + seed; tree.sign(); tree.validDays = 4; }],
  ["signs with a foreign head key", (seed) => { tree.serial = 101 + seed; tree.sign({ head: signingKey() }); }],
  ["brings keys of a foreign root", (seed) => { tree.serial = 101 + seed; tree.sign({ root: signingKey() }); }],
  ["serves half of a head", (seed) => { const head = good.get("head") ?? Buffer.of(); tree.files.set("head", head.subarray(0, (head.length * seed) / times)); }],
  ["serves a head of its own with our signature", (seed) => { tree.files.set("head", Buffer.from((good.get("head") ?? "").toString().replace("serial 100", `serial ${String(101 + seed)}`))); }],
];
for (const [what, lie] of lies) {
  test(`a host that ${what} is refused each of ${String(times)} times, and what is right is believed again`, async () => {
    for (let seed = 0; seed < times; seed++) {
      lie(seed);
      // What nothing lists makes the worker ask for the newest head.
      assert.equal((await answer(`/s/${randomBytes(8).toString("hex")}/${pageName}`)).status, 502, String(seed));
      restore();
      assert.equal((await answer(`/s/${randomBytes(8).toString("hex")}/${pageName}`)).status, 403, "no key: the head is believed");
    }
  });
}

test("a keyring that the host changed or cut gets nobody in, each of 20 times", async () => {
  const [ring = ""] = [...good.keys()].filter((p) => p.includes(".ring."));
  const bytes = good.get(ring) ?? Buffer.of();
  const signIn = (): Promise<unknown> => page.evaluate(async ([code, passphrase]) => new Promise((resolve) => {
    const line = new MessageChannel();
    line.port1.onmessage = (m: MessageEvent) => { resolve(m.data); };
    navigator.serviceWorker.controller?.postMessage({ ask: "unlock", code, passphrase }, [line.port2]);
  }), [tree.code, tree.passphrase]);
  for (let seed = 0; seed < times; seed++) {
    tree.files.set(ring, seed % 2 === 0 ? Buffer.concat([bytes.subarray(0, -1 - seed), randomBytes(1 + seed)]) : bytes.subarray(0, bytes.length - seed));
    await page.evaluate(async () => { await caches.delete("despatch-1"); });
    assert.deepEqual(await signIn(), { ok: false, why: "mismatch" });
    restore();
  }
});

test("a host that swaps the sign-in page, a script or a style under a signed-in person shows none of it", async () => {
  for (const path of [...good.keys()].filter((p) => /^(index\.html|404\.html|assets\/.*\.(js|css|html))$/.test(p))) {
    tree.files.set(path, Buffer.from("<!DOCTYPE html><title>stolen</title><h1>stolen</h1>"));
    const got = await answer(`/${path}`);
    assert.ok(!got.body.includes("stolen"), path);
    restore();
  }
});
