// Brings the portal into each state of states.mjs: worlds (trees behind the real
// server and a wire that can fail), people who are signed in, steps.
import fs from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";
import { browserArgs, despatch, enter, serve, startPortal, started } from "./lib.mjs";
import { Boxed } from "./box.mjs";
import { Hands } from "./hands.mjs";
import { Wire } from "./wire.mjs";
import { states } from "./states.mjs";

const day = 86_400_000;
const quarter = 15 * 60_000;

/** The worlds, people and tabs that states need; start() once, stop() at the end. */
export class Stage {
  #browser;
  #worlds = new Map();
  #people = new Map();
  /** The page of the last state, where the next begins there. */
  #held;
  /** The origins of all requests that pages and workers made. */
  asked = new Set();

  /** The origins that may be asked. */
  origins() {
    return [...this.#worlds.values()].flatMap(({ wire }) => [wire.address, wire.byNumber]);
  }

  async start() {
    this.portal = await startPortal();
    this.#worlds.set("demo", { ...this.portal, wire: await new Wire(this.portal.address).start(), stop: () => this.portal.stop() });
    this.#browser = await chromium.launch({ executablePath: "/usr/bin/chromium", headless: true, args: browserArgs });
    return this;
  }

  async stop() {
    await this.#release();
    await this.#browser?.close();
    const others = [...this.#worlds].filter(([name]) => name !== "demo").map(([, world]) => world);
    for (const world of [...others, this.#worlds.get("demo")]) {
      await world?.wire.stop();
      await world?.stop();
    }
  }

  /**
   * A page in a state, in a window of some width. done() gives back what the
   * state used; a page that shares its browser with others is closed by it. Told
   * the state that comes next, it leaves the page to one that begins there.
   */
  async reach(state, { width = 1280, height = 900, forced = false, blocked = false } = {}) {
    if (state.after !== undefined && this.#held?.id === state.after) return this.#goOn(state, { width, height });
    await this.#release();
    const world = await this.#world(state.world ?? "demo");
    const account = state.who === undefined ? undefined : world.account((a) => a.name === state.who);
    const alone = state.alone === true || state.mode === "noscript";
    const { context, keep } = alone ? { context: await this.#context() } : await this.#person(state, world, account);
    const page = await context.newPage();
    const leave = async () => {
      world.wire.mend();
      if (alone) await context.close();
      else await page.close();
    };
    const done = async (next) => {
      if (next?.after !== state.id) return leave();
      this.#held = { id: state.id, page, hands, keep, leave };
    };
    const hands = new Hands(page, world, account, blocked || state.mode === "noscript");
    try {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ forcedColors: forced ? "active" : "none", media: "screen" });
      if (state.clock) await page.clock.install();
      if (state.without) await page.addInitScript((name) => { for (const holder of [Navigator.prototype, globalThis]) if (name in holder) { Object.defineProperty(holder, name, { value: undefined, configurable: true }); delete holder[name]; } }, state.without);
      if (alone && account !== undefined && !state.signedOut) {
        await page.goto(world.wire.address);
        await started(page);
        await enter(page, account);
      }
      await hands.goto(state.at);
      await this.#take(stepsOf(state), hands, state);
      // Paper has no buttons: what is printed was reached on a screen.
      if (state.mode === "print") await page.emulateMedia({ media: "print" });
      return { page, keep, done };
    } catch (error) {
      await leave();
      throw new Error(`the state ${state.id} at ${width} px: ${error.message}`, { cause: error });
    }
  }

  /** Goes on where the state before ended, on the same page. */
  async #goOn(state, size) {
    const { page, hands, keep, leave } = this.#held;
    try {
      await page.setViewportSize(size);
      await this.#take(state.steps, hands, state);
      const done = async (next) => {
        if (next?.after === state.id) this.#held.id = state.id;
        else await this.#release();
      };
      return { page, keep, done };
    } catch (error) {
      this.#held = undefined;
      await leave();
      throw new Error(`the state ${state.id} after ${state.after}: ${error.message}`, { cause: error });
    }
  }

  async #release() {
    const held = this.#held;
    this.#held = undefined;
    await held?.leave();
  }

  async #take(steps, hands, state) {
    for (const [name, ...rest] of steps) await hands[name](...rest);
    const text = (await hands.page.innerText("body")).replace(/\s+/g, " ");
    if (!state.shows.test(text)) throw new Error(`does not say ${state.shows}: ${text.slice(0, 300)}`);
  }

  async #context() {
    const context = await this.#browser.newContext({ locale: "en-GB", timezoneId: "Europe/London", reducedMotion: "reduce" });
    context.setDefaultTimeout(30_000);
    context.on("request", (request) => { this.asked.add(new URL(request.url()).origin); });
    return context;
  }

  /** A browser in which somebody is signed in, kept so by a tab of its own; or one where nobody is. */
  async #person(state, world, account) {
    const signedIn = account !== undefined && !state.signedOut;
    const key = `${state.world ?? "demo"} ${signedIn ? account.code : ""}`;
    let person = this.#people.get(key);
    // Who does nothing for 20 minutes is signed out, on a slow machine too.
    if (person !== undefined && Date.now() - person.since > quarter) {
      await person.context.close();
      person = undefined;
    }
    if (person === undefined) {
      const context = await this.#context();
      const keep = await context.newPage();
      await keep.goto(world.wire.address);
      await started(keep);
      if (signedIn) await enter(keep, account);
      person = { context, keep, since: Date.now() };
      this.#people.set(key, person);
    }
    return person;
  }

  async #world(name) {
    let world = this.#worlds.get(name);
    if (world === undefined) {
      world = await this.#build(name);
      this.#worlds.set(name, world);
    }
    return world;
  }

  /** Another tree of the same authority and people. */
  async #build(name) {
    if (name === "box") return new Boxed().start();
    const la = path.join(path.dirname(this.portal.la), name);
    fs.cpSync(this.portal.la, la, { recursive: true });
    for (const made of ["public", "cache"]) fs.rmSync(path.join(la, made), { recursive: true, force: true });
    const clock = name === "old" ? ["--clock", new Date(Date.now() - 6 * day).toISOString().slice(0, 19) + "Z"] : [];
    if (name === "bare") {
      for (const kind of ["visits", "sheets", "returns", "documents", "news", "results"]) fs.rmSync(path.join(la, "content", kind), { recursive: true, force: true });
      fs.rmSync(path.join(la, "events"), { recursive: true, force: true });
    }
    despatch(...clock, "-C", la, "build");
    const { address, stop } = await serve("demo", la, "--port", "0", ...clock);
    return { ...this.portal, la, address, wire: await new Wire(address).start(), stop };
  }
}

/** What is done to come into a state: first what leads to the one that it begins in. */
function stepsOf(state) {
  const before = state.after === undefined ? [] : stepsOf(states.find((s) => s.id === state.after));
  return [...before, ...(state.steps ?? [])];
}
