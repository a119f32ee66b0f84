// A demo authority whose site and drop-box are one real bin/despatchbox behind a
// wire, as people meet them: one origin, and a line that can break. Or, where an
// authority wants it so, the site on a static host of another origin.
import { execFile, execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { startHost } from "./host.mjs";
import { despatch, program, readAccounts, serve } from "./lib.mjs";
import { Wire } from "./wire.mjs";

const boxProgram = path.join(path.dirname(program), process.platform === "win32" ? "despatchbox.exe" : "despatchbox");

/** despatchbox runs the drop-box's program and gives its standard output. */
export function despatchbox(...args) {
  return execFileSync(boxProgram, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** The authority, its drop-box, and the wire before them; stop() ends and clears all of it. */
export class Boxed {
  #server;
  #ended;
  #host;

  /** With `apart` the site is served from another origin than the drop-box, as docs/operations.md says under Hosting. */
  async start({ apart = false } = {}) {
    this.dir = fs.mkdtempSync(path.join(os.tmpdir(), "despatch-box-"));
    this.la = path.join(this.dir, "la");
    this.box = path.join(this.dir, "box");
    const demo = await serve("demo", this.la, "--port", "0");
    await demo.stop();
    this.accounts = readAccounts(path.join(this.la, "private", "demo-accounts.tsv"));
    this.wire = await new Wire("http://127.0.0.1:9").start();
    this.origin = this.wire.address;
    if (apart) this.#host = await startHost(path.join(this.la, "public"), { headers: () => recommended(this.la) });
    /** Where people find the site. */
    this.address = this.#host?.address ?? this.origin;
    const settings = path.join(this.la, "despatch.yaml");
    fs.writeFileSync(settings, fs.readFileSync(settings, "utf8").replace(/^( *box:).*$/m, `$1 ${this.origin}`));
    const lines = path.join(this.dir, "box.txt");
    fs.writeFileSync(lines, despatchbox("init", this.box, "--origin", this.origin, "--root", path.join(this.la, "public-keys", "root.pub")));
    if (apart) fs.appendFileSync(path.join(this.box, "box.yaml"), `portal: ${this.address}\n`);
    this.office("keys", "--box", lines, "--passphrase-file", path.join(this.la, "private", "demo-officer-passphrase"));
    this.office("build");
    await this.serveBox();
    // Like a person, the office comes by the wire: a synchronous program would wait for this one.
    await this.officeOnline("register");
    return this;
  }

  /** Runs the office's program in the authority's folder. */
  office(...args) {
    return despatch("-C", this.la, ...args);
  }

  account(test) {
    const found = this.accounts.find(test);
    if (found === undefined) throw new Error("no demo account is as asked for");
    return found;
  }

  /** Starts the box's server behind the wire. */
  async serveBox() {
    const site = this.#host === undefined ? ["--site", path.join(this.la, "public")] : [];
    const server = spawn(boxProgram, ["-C", this.box, "serve", "--listen", "127.0.0.1:0", "--operations", "127.0.0.1:0", ...site, "--store-may-forget"], { stdio: ["ignore", "pipe", "pipe"] });
    this.#ended = new Promise((resolve) => server.on("exit", resolve));
    let said = "";
    this.wire.upstream = await new Promise((resolve, reject) => {
      const hear = (chunk) => {
        said += chunk;
        const [, at] = / at (127\.0\.0\.1:\d+),/.exec(said) ?? [];
        if (at !== undefined) resolve(new URL(`http://${at}`));
      };
      server.stdout.on("data", hear);
      server.stderr.on("data", hear);
      server.on("exit", (code) => { reject(new Error(`the drop-box ended with ${code}:\n${said}`)); });
    });
    this.#server = server;
  }

  /** Ends the box's server; the wire stays. */
  async endBox() {
    this.#server?.kill("SIGINT");
    await this.#ended;
  }

  /** Runs the office's program where it speaks to the drop-box, which the wire of this process serves. */
  async officeOnline(...args) {
    const { stdout } = await promisify(execFile)(program, ["-C", this.la, ...args]);
    return stdout;
  }

  /** The ids of all deposits in the box's store. */
  deposits() {
    const folder = path.join(this.box, "store", "deposit");
    if (!fs.existsSync(folder)) return [];
    return fs.readdirSync(folder, { recursive: true }).map((f) => path.basename(f)).filter((f) => /^[0-9a-f]{64}$/.test(f));
  }

  async stop() {
    await this.endBox();
    await this.wire.stop();
    await this.#host?.stop();
    fs.rmSync(this.dir, { recursive: true, force: true });
  }
}

/** The headers that docs/operations.md recommends to a static host: the policy is the one that every page carries. */
function recommended(la) {
  const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(fs.readFileSync(path.join(la, "public", "index.html"), "utf8")) ?? [];
  return {
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": `${policy.replaceAll("&#39;", "'")}; frame-ancestors 'none'`,
  };
}
