// Drives Debian's Firefox ESR over WebDriver BiDi, the W3C's protocol that stock
// Firefox speaks: a window, its pages, and what a person does in them.
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import WebSocket from "ws";

const program = "/usr/bin/firefox-esr";
const patience = 30_000;

/** The worker ends after so short a time without work, as it does in life after half a minute. */
const prefs = {
  "dom.serviceWorkers.idle_timeout": 3000,
  "remote.active-protocols": 1,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.page": 0,
  "datareporting.policy.dataSubmissionEnabled": false,
  "app.update.disabledForTesting": true,
  "app.normandy.enabled": false,
  "browser.region.update.enabled": false,
  "network.connectivity-service.enabled": false,
  "network.captive-portal-service.enabled": false,
  "services.settings.server": "data:,#remote-settings-dummy/v1",
  "browser.safebrowsing.provider.mozilla.updateURL": "",
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "extensions.update.enabled": false,
  "toolkit.telemetry.server": "data:,",
  "pdfjs.disabled": true,
};

/** Says whether there is a Firefox to drive. */
export function hasFirefox() {
  return fs.existsSync(program);
}

/** startFirefox launches Firefox with a new profile. */
export async function startFirefox() {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), "despatch-firefox-"));
  const downloads = path.join(profile, "downloads");
  fs.mkdirSync(downloads);
  const lines = Object.entries(prefs).map(([k, v]) => `user_pref(${JSON.stringify(k)}, ${JSON.stringify(v)});`);
  fs.writeFileSync(path.join(profile, "user.js"), lines.join("\n"));
  const firefox = spawn(program, ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0", "--width", "1280", "--height", "900", "about:blank"], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise((resolve) => firefox.on("exit", resolve));
  const address = await addressOf(firefox);
  const session = await Session.open(`${address}/session`);
  await session.send("browser.setDownloadBehavior", { downloadBehavior: { type: "allowed", destinationFolder: downloads } });
  return {
    downloads,
    version: session.version,
    /** errors that pages threw */
    complaints: session.complaints,
    async newPage() {
      const { context } = await session.send("browsingContext.create", { type: "tab" });
      return new Page(session, context);
    },
    async stop() {
      await session.send("browser.close", {}).catch(() => firefox.kill());
      await ended;
      fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function addressOf(firefox) {
  return new Promise((resolve, reject) => {
    let said = "";
    firefox.on("exit", (code) => reject(new Error(`Firefox ended with ${code}:\n${said}`)));
    firefox.stderr.on("data", (chunk) => {
      said += chunk;
      const found = said.match(/WebDriver BiDi listening on (ws:\/\/\S+)/);
      if (found) resolve(found[1]);
    });
  });
}

/** A session of the protocol: numbered commands, and events. */
class Session {
  complaints = [];
  version = "";
  #socket;
  #next = 0;
  #waiting = new Map();

  static async open(address) {
    const session = new Session();
    session.#socket = new WebSocket(address, { perMessageDeflate: false, maxPayload: 256 * 1024 * 1024 });
    await new Promise((resolve, reject) => session.#socket.once("open", resolve).once("error", reject));
    session.#socket.on("message", (data) => session.#hear(JSON.parse(data)));
    const { capabilities } = await session.send("session.new", { capabilities: { alwaysMatch: { acceptInsecureCerts: false } } });
    session.version = `${capabilities.browserName} ${capabilities.browserVersion}`;
    await session.send("session.subscribe", { events: ["log.entryAdded"] });
    return session;
  }

  send(method, params) {
    const id = ++this.#next;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, method });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  #hear(message) {
    if (message.type === "event") {
      const { level, type, text } = message.params;
      if (message.method === "log.entryAdded" && level === "error" && type === "javascript") this.complaints.push(text);
      return;
    }
    const { resolve, reject, method } = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === "success") resolve(message.result);
    else reject(new Error(`${method}: ${message.error}: ${message.message}`));
  }
}

/** A tab. Its methods are called as those of the pages that drive Chromium. */
class Page {
  #session;
  #context;

  constructor(session, context) {
    this.#session = session;
    this.#context = context;
  }

  /** Goes to an address; a navigation that another one takes over, as a redirect by script, is none of its faults. */
  async goto(url) {
    await this.#session.send("browsingContext.navigate", { context: this.#context, url, wait: "complete" }).catch((error) => {
      if (!/abort|NS_BINDING/i.test(error.message)) throw error;
    });
  }

  async reload() {
    await this.#session.send("browsingContext.reload", { context: this.#context, wait: "complete" });
  }

  async goBack() {
    await this.#session.send("browsingContext.traverseHistory", { context: this.#context, delta: -1 });
  }

  async close() {
    await this.#session.send("browsingContext.close", { context: this.#context });
  }

  /** Runs a function beside the page, where its policy does not hold, and gives what it returns. */
  evaluate(act, ...args) {
    return this.#run({ context: this.#context, sandbox: "journey" }, act, args);
  }

  /** Runs a function in the page itself, as a script of its own. */
  evaluateWithin(act, ...args) {
    return this.#run({ context: this.#context }, act, args);
  }

  async #run(target, act, args) {
    const { type, result, exceptionDetails } = await this.#session.send("script.callFunction", {
      functionDeclaration: `async (...args) => JSON.stringify((await (${act})(...args.map((a) => JSON.parse(a)))) ?? null)`,
      arguments: args.map((a) => ({ type: "string", value: JSON.stringify(a) })),
      target,
      awaitPromise: true,
    });
    if (type === "exception") throw new Error(exceptionDetails.text);
    return JSON.parse(result.value);
  }

  url() {
    return this.evaluate(() => location.href);
  }

  title() {
    return this.evaluate(() => document.title);
  }

  /** Waits until a function gives something true in the page, which may be another page by then. */
  async waitFor(act, ...args) {
    const until = Date.now() + patience;
    for (;;) {
      const got = await this.evaluate(act, ...args).catch(() => null);
      if (got) return got;
      if (Date.now() > until) throw new Error(`waited in vain for ${act} ${JSON.stringify(args)} at ${await this.url()}:\n${await this.evaluate(() => document.body?.innerText)}`);
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
  }

  waitForSelector(selector) {
    return this.waitFor((s) => document.querySelector(s) !== null, selector);
  }

  innerText(selector) {
    return this.evaluate((s) => document.querySelector(s).innerText, selector);
  }

  count(selector) {
    return this.evaluate((s) => document.querySelectorAll(s).length, selector);
  }

  /** Types into a field as a person does, over what is there. */
  async fill(selector, text) {
    await this.evaluate((s) => { const field = document.querySelector(s); field.focus(); field.select(); }, selector);
    const keys = ["\uE003", ...text].flatMap((value) => [{ type: "keyDown", value }, { type: "keyUp", value }]);
    await this.#session.send("input.performActions", { context: this.#context, actions: [{ type: "key", id: "keyboard", actions: keys }] });
  }

  /** Presses one key. */
  async press(value) {
    await this.#session.send("input.performActions", { context: this.#context, actions: [{ type: "key", id: "keyboard", actions: [{ type: "keyDown", value }, { type: "keyUp", value }] }] });
  }

  /** Clicks in the middle of an element with the mouse. */
  async click(selector) {
    await this.waitForSelector(selector);
    const at = await this.evaluate((s) => {
      const element = [...document.querySelectorAll(s)].find((e) => e.getClientRects().length > 0);
      element.scrollIntoView({ block: "center" });
      const [box] = element.getClientRects();
      return { x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2) };
    }, selector);
    const actions = [{ type: "pointerMove", ...at }, { type: "pointerDown", button: 0 }, { type: "pointerUp", button: 0 }];
    await this.#session.send("input.performActions", { context: this.#context, actions: [{ type: "pointer", id: "mouse", actions }] });
  }
}
