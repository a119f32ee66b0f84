// What a step of states.mjs does: its first word is a method's name here.
import fs from "node:fs";
import path from "node:path";
import { started } from "./lib.mjs";

/** One person's hands on one page, and the wire behind it. */
export class Hands {
  #authentic = false;

  constructor(page, world, account, blocked) {
    this.page = page;
    this.world = world;
    this.account = account;
    this.blocked = blocked;
  }

  async goto(at) {
    await this.#open(this.world.wire.address + (at.startsWith("pub:") ? this.#publicPage(at.slice(4)) : at));
  }

  async follow(text) {
    await this.#go(this.page.locator(`main a:has-text(${JSON.stringify(text)})`).first());
  }

  async followFirst(selector) {
    await this.#go(this.page.locator(selector).first());
  }

  /** Presses something; a page that opens by it knows nothing of that. */
  async click(selector) {
    await this.page.evaluate(() => { globalThis.pressedHere = true; });
    await this.page.click(selector);
  }

  async fill(selector, text) {
    await this.page.fill(selector, { $code: this.account?.code, $passphrase: this.account?.passphrase }[text] ?? text);
  }

  async wait(selector) {
    await this.page.waitForSelector(selector, { state: "attached" });
  }

  /** Waits for what takes its time where other programs run as well: much that is encrypted. */
  async waitLong(selector) {
    await this.page.waitForSelector(selector, { state: "attached", timeout: 150_000 });
  }

  /** Chooses files to send: a name each, and after a colon how many MiB it has. */
  async choose(...names) {
    await this.page.setInputFiles("#files", names.map((name) => {
      const [stem, mib = "0"] = name.split(":");
      const file = path.join(this.world.dir, `${stem}.pdf`);
      fs.writeFileSync(file, Buffer.concat([Buffer.from(`%PDF-1.7\n${stem}\n`), Buffer.alloc(Number(mib) * 2 ** 20, stem)]));
      return file;
    }));
  }

  /** After so many pieces of a large file the next waits. */
  holdPieces(count) {
    this.#pieces(count, () => {
      this.world.wire.hold("/box/uploads/");
      return "pass";
    });
  }

  /** After so many pieces of a large file the line is cut. */
  cutPieces(count) {
    this.#pieces(count, () => "cut");
  }

  #pieces(count, then) {
    let seen = 0;
    this.world.wire.before = (request) => {
      const piece = request.method === "PATCH" || request.headers["x-http-method-override"] === "PATCH";
      return piece && ++seen > count ? then() : "pass";
    };
  }

  async reload() {
    await this.page.reload();
    await started(this.page);
  }

  /** Comes by the number of the machine in place of its name. */
  async byNumber() {
    await this.#open(this.world.wire.byNumber);
  }

  /** Chooses a colleague, and everything about visits for them. */
  async choosePerson(name) {
    await this.page.selectOption("[data-own=permits] select[id$=-who]", { label: `${name}, Governor` });
    await this.page.selectOption("[data-permit=visits]", "full");
  }

  /** Opens the visit that awaits an answer from the school; one that was answered, where `toDo` is false. */
  async openVisit(toDo = true) {
    await this.goto("/s/home.html");
    const part = toDo ? "todo" : "done";
    await this.followFirst(`section[aria-labelledby=${part}] tr:has-text("${toDo ? "Read and Respond" : "Waiting for the authority"}") a`);
    await this.wait("[data-answer]:not([hidden])");
  }

  /** Begins an answer, as far as the comments. */
  async begin(comments) {
    await this.openVisit();
    await this.page.click("[data-answer] button:has-text('Inaccurate')");
    await this.page.waitForSelector("#comments");
    await this.page.fill("#comments", comments);
  }

  /** Sends Accurate, unless it was sent before, and opens the receipt. */
  async send() {
    await this.goto("/s/home.html");
    if ((await this.page.$("section[aria-labelledby=todo] tr:has-text('Read and Respond')")) !== null) {
      await this.openVisit();
      await this.page.click("[data-answer] button:has-text('Accurate')");
      await this.page.click("[data-send]");
      await this.page.waitForSelector(".app-sent");
    }
  }

  /** Sends a nil return, unless it was sent before, and opens its receipt. */
  async sendReturn(title) {
    await this.goto("/s/sent.html");
    await this.page.waitForSelector("[data-place] table, [data-place] p:not([role])");
    if ((await this.page.$(`main a:has-text("${title}")`)) === null) {
      await this.goto("/s/returns.html");
      await this.follow(title);
      await this.page.click("[data-return] button");
      await this.page.check("#nil-return");
      await this.page.click("button:has-text('Continue')");
      await this.page.waitForSelector("[data-send]");
      if ((await this.page.$("#declare")) !== null) await this.page.check("#declare");
      await this.page.click("[data-send]");
      await this.page.waitForSelector(".app-sent");
      await this.goto("/s/sent.html");
    }
    await this.page.click("main table a:has-text('Receipt')");
    await this.page.waitForSelector("h1:has-text('Receipt')");
  }

  /** Looks at the reader's school of a number in the list, 0 for all of them. */
  async lookAt(number) {
    await this.page.waitForSelector("#look-at");
    await this.page.selectOption("#look-at", { index: number });
    const before = await this.page.evaluate(() => performance.timeOrigin);
    await this.page.click("[data-schools] button");
    await this.page.waitForFunction((then) => performance.timeOrigin !== then, before);
    await started(this.page);
  }

  /** A paper of one's second school, while one looks at the first. */
  async paperOfAnother() {
    await this.lookAt(2);
    await this.goto("/s/visits.html");
    const address = await this.page.locator("tr[data-row] a[href$='.html']").first().evaluate((a) => a.pathname);
    await this.lookAt(1);
    await this.goto(address);
    await this.page.waitForSelector(".app-switch");
  }

  /** Gives this tab's device an authenticator that says yes to every touch, if it has none. */
  async authenticator() {
    if (this.#authentic) return;
    this.#authentic = true;
    const devtools = await this.page.context().newCDPSession(this.page);
    await devtools.send("WebAuthn.enable");
    await devtools.send("WebAuthn.addVirtualAuthenticator", { options: { protocol: "ctap2", ctap2Version: "ctap2_1", transport: "internal", hasResidentKey: true, hasUserVerification: true, hasPrf: true, isUserVerified: true, automaticPresenceSimulation: true } });
  }

  /** Adds a passkey of a name on the account page. */
  async addPasskey(name) {
    await this.authenticator();
    await this.goto("/s/account.html");
    await this.page.waitForSelector("[data-passkeys][data-ready] #passkey-name");
    await this.page.fill("#passkey-name", name);
    await this.page.fill("#passphrase", this.account.passphrase);
    await this.page.click("[data-passkeys] form button[type=submit]");
    await this.page.waitForSelector(".app-passkeys__item");
  }

  /** Opens every details element, as somebody would who looks at all of them. */
  async openAll(selector) {
    for (const details of await this.page.$$(selector)) await details.evaluate((d) => { d.open = true; });
  }

  /** Lets minutes pass on the page's clock. */
  async forward(time) {
    await this.page.clock.fastForward(time);
  }

  cut() {
    this.world.wire.cut();
  }

  hold(path) {
    this.world.wire.hold(path);
  }

  /** Changes one digit in the middle of whatever comes from matching addresses. */
  change(match) {
    this.world.wire.change(new RegExp(match), (bytes) => {
      const at = bytes.findIndex((b, i) => i > bytes.length / 2 && b >= 0x30 && b <= 0x39);
      return bytes.map((b, i) => (i === at ? b ^ 1 : b));
    });
  }

  /** Adds a line to whatever comes from matching addresses: a program that still runs, and is another. */
  add(match) {
    this.world.wire.change(new RegExp(match), (bytes) => Buffer.concat([bytes, Buffer.from("\n;\n")]));
  }

  /** Stops the worker, which forgets what it had in memory. */
  async restartWorker() {
    const devtools = await this.page.context().newCDPSession(this.page);
    await devtools.send("ServiceWorker.enable");
    await devtools.send("ServiceWorker.stopAllWorkers");
  }

  /** The browser throws the site's kept files away, as it may when it is short of room. */
  async forgetPacks() {
    await this.page.evaluate(async () => {
      for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) if (/\/[bi]\//.test(new URL(request.url).pathname)) await cache.delete(request);
      }
    });
  }

  /** Asks the browser for the site's program anew, as it does by itself once a day. */
  async renewWorker() {
    await this.page.evaluate(async () => { await (await navigator.serviceWorker.getRegistration())?.update().catch(() => undefined); });
    await this.page.evaluate(() => { dispatchEvent(new Event("focus")); });
  }

  async #go(link) {
    const before = await this.page.evaluate(() => performance.timeOrigin);
    const href = await link.evaluate((a) => a.href);
    await this.#open(href);
    if ((await this.page.evaluate(() => performance.timeOrigin)) === before) throw new Error(`${href} did not open`);
  }

  /**
   * Opens an address and waits until it has started. With scripts blocked the
   * page is what it is without them; only afterwards may tests run theirs in it.
   */
  async #open(address) {
    if (!this.blocked) {
      await this.page.goto(address);
      return started(this.page);
    }
    const devtools = await this.page.context().newCDPSession(this.page);
    await devtools.send("Emulation.setScriptExecutionDisabled", { value: true });
    await this.page.goto(address, { waitUntil: "load" });
    await devtools.send("Emulation.setScriptExecutionDisabled", { value: false });
    if (await this.page.evaluate(() => document.body.dataset.pageReady !== undefined)) throw new Error("the page's scripts ran though they are blocked");
  }

  #publicPage(word) {
    const found = fs.readdirSync(path.join(this.world.la, "public", "pub")).find((name) => name.includes(word));
    if (found === undefined) throw new Error(`no public page is called ${word}`);
    return `/pub/${found}`;
  }
}
