/** A host that serves a tree from memory, and can be switched off, and a Chromium to visit it with. */
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { root } from "./vectors.ts";
import type { Tree } from "./tree.ts";

const types: Record<string, string> = { html: "text/html; charset=utf-8", js: "text/javascript", css: "text/css", svg: "image/svg+xml", woff2: "font/woff2" };

/** Serves a tree as a static host does: unknown paths get 404.html. */
export class Host {
  readonly #tree: Tree;
  #server: Server | undefined;
  /** Paths that were asked for. */
  readonly asked: string[] = [];

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  address = "";

  /** How many bytes a second it sends; 0 for as many as it can. */
  rate = 0;

  /** Says for which paths it takes a request and never answers. */
  holds: (path: string) => boolean = () => false;

  /** How many bytes it sent. */
  sent = 0;

  async start(port = 0): Promise<void> {
    const server = createServer((request, response) => {
      const path = new URL(request.url ?? "/", "http://x").pathname.slice(1);
      this.asked.push(path);
      if (this.holds(path)) return;
      const name = path === "" ? "index.html" : path;
      const found = this.#tree.files.get(name);
      const body = found ?? this.#tree.files.get("404.html");
      const shown = found === undefined ? "404.html" : name;
      response.writeHead(found === undefined ? 404 : 200, { "Content-Type": types[shown.split(".").pop() ?? ""] ?? "application/octet-stream", "Cache-Control": "no-cache", "Content-Length": String(body?.length ?? 0) });
      this.#send(response, body ?? Buffer.of());
    });
    this.#server = server;
    await new Promise<void>((resolve) => { server.listen(port, "localhost", resolve); });
    this.address = `http://localhost:${String((server.address() as AddressInfo).port)}`;
  }

  /** Sends a body, in tenths of a second where it is slow. */
  #send(response: ServerResponse, body: Buffer): void {
    const part = this.rate === 0 ? body : body.subarray(0, Math.ceil(this.rate / 10));
    this.sent += part.length;
    if (part.length === body.length) {
      response.end(part);
      return;
    }
    response.write(part);
    setTimeout(() => { if (!response.destroyed) this.#send(response, body.subarray(part.length)); }, 100);
  }

  /** Comes back to the net, at the same address. */
  async again(): Promise<void> {
    await this.start(Number(new URL(this.address).port));
  }

  /** Goes off the net. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    if (server !== undefined) await new Promise((resolve) => { server.close(resolve); });
  }
}

/** Debian's Chromium without a window. */
export async function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"] });
}

/** Waits until the scripts of the page that is open have run. */
export function ready(page: Page): Promise<unknown> {
  return page.waitForSelector("body[data-page-ready]");
}

/** Types what lets the holder of a tree in, into the sign-in page that is open. */
export async function fill(page: Page, { code, passphrase }: { readonly code: string; readonly passphrase: string }): Promise<void> {
  await ready(page);
  await page.fill("#code", code);
  await page.fill("#passphrase", passphrase);
  await page.click("button[type=submit]");
}

/** Signs in at a host, as far as home. */
export async function signIn(page: Page, host: Host, tree: Tree): Promise<void> {
  await page.goto(host.address + "/");
  await fill(page, tree);
  await page.waitForURL("**/s/home.html");
  await ready(page);
}

/** The built assets with a sign-in page and a frame as the generator renders them, in little. */
export function shellFiles(): Map<string, Buffer> {
  const dist = join(root, "layouts/dist");
  const names = JSON.parse(readFileSync(join(dist, "names.json"), "utf8")) as Record<string, string>;
  const shell = new Map(readdirSync(join(dist, "assets")).map((f) => [`assets/${f}`, readFileSync(join(dist, "assets", f))]));
  shell.set("sw.js", readFileSync(join(dist, "sw.js")));
  const start = `<!DOCTYPE html><html lang="en" class="govuk-template"><head><meta charset="utf-8"><link rel="stylesheet" href="/${names["app.css"] ?? ""}">`;
  const signIn = `${start}<title>Sign in</title></head><body><script src="/${names["js-enabled.js"] ?? ""}"></script><main id="main-content">
<div data-alarm tabindex="-1" hidden>Do not sign in</div><div data-error-summary hidden></div><h1>Sign in</h1><p data-ended hidden></p><div data-stale hidden>Out of date</div><div data-unsupported hidden>Unsupported</div>
<form data-sign-in><div class="govuk-form-group"><label for="code">Account code</label><input id="code" name="code"></div>
<div class="govuk-form-group"><label for="passphrase">Passphrase</label><input id="passphrase" name="passphrase" type="password"><button type="button" data-show hidden>Show</button></div>
<button type="submit">Sign in</button><p data-busy role="status"></p></form></main><script type="module" src="/${names["shell.js"] ?? ""}"></script></body></html>`;
  for (const path of ["index.html", "404.html", "s/home.html"]) shell.set(path, Buffer.from(signIn));
  shell.set("assets/frame.0123456789abcdef.html", Buffer.from(pageOf("<!--title-->", "<!--main-->")));
  return shell;
}

/** A page with everything that page.js fills. */
export function pageOf(title: string, main: string): string {
  const names = JSON.parse(readFileSync(join(root, "layouts/dist/names.json"), "utf8")) as Record<string, string>;
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${title}</title><link rel="stylesheet" href="/${names["app.css"] ?? ""}"></head>
<body><script src="/${names["js-enabled.js"] ?? ""}"></script><header><span data-holder></span><button type="button" data-sign-out hidden>Sign out</button></header>
<main id="main-content">${main}</main><footer><p data-published></p></footer><script type="module" src="/${names["page.js"] ?? ""}"></script></body></html>`;
}
