/**
 * Keeps the session for a worker that the browser stops now and then, and gives
 * it back to that very worker only: to the object that this tab knew when it
 * loaded, never to a later one.
 */
import { type Ending, type Handed, type Need, type News, channelName } from "../shared/message.ts";
import { ended, endOf, type Session } from "../shared/session.ts";
import type { Cause } from "../shared/problem.ts";
import { ask } from "./line.ts";
import type { Warning } from "./warning.ts";

const touchEvery = 30_000;
const lookEvery = 5_000;
const reasonKey = "despatch-ended";

/** What ended a tab's session, for the sign-in page that follows. */
export function endingBefore(): string {
  const reason = sessionStorage.getItem(reasonKey) ?? "";
  sessionStorage.removeItem(reasonKey);
  return reason;
}

/** One tab's custody of the session. */
export class Custody {
  readonly #worker: ServiceWorker;
  readonly #channel = new BroadcastChannel(channelName);
  #warning: Warning | undefined;
  #held: Session | null = null;
  #told = 0;
  /** Where signing out leads. */
  #after = "/";

  /** `onAlarm` is called when what the host serves contradicts what was signed. */
  constructor(worker: ServiceWorker, onAlarm: (why: Cause | "replaced") => void) {
    this.#worker = worker;
    navigator.serviceWorker.addEventListener("message", (event: MessageEvent<Need | undefined>) => {
      if (event.data?.need !== "session") return;
      event.ports[0]?.postMessage((event.source === this.#worker ? this.#held : null) satisfies Handed);
    });
    navigator.serviceWorker.startMessages();
    this.#channel.onmessage = (event: MessageEvent<News>) => {
      if (event.data.news === "locked") this.#blank(event.data.reason);
      else if (event.data.news === "touched") this.#touched(event.data.at);
      else if (event.data.news === "alarm") onAlarm(event.data.why);
    };
    this.#watchWorker(onAlarm);
  }

  /**
   * Takes the session from the worker, if it has one, and watches over it; a
   * page where people stay says before the end that it comes.
   */
  async take(warning?: Warning): Promise<boolean> {
    this.#held = await ask(this.#worker, { ask: "session" });
    if (this.#held === null) return false;
    this.#warning = warning;
    for (const type of ["pointerdown", "pointermove", "keydown", "scroll"]) {
      addEventListener(type, () => { this.#present(); }, { passive: true, capture: true });
    }
    const look = (): void => { this.#look(); };
    setInterval(look, lookEvery);
    document.addEventListener("visibilitychange", look);
    addEventListener("focus", look);
    addEventListener("pagehide", (event) => { this.#leave(event.persisted); });
    addEventListener("pageshow", (event) => {
      if (event.persisted) void this.#back();
    });
    look();
    return true;
  }

  /** The account code of who is signed in. */
  get code(): string {
    return this.#held?.code ?? "";
  }

  /** Whether the person said that others use this computer. */
  get shared(): boolean {
    return this.#held?.shared ?? false;
  }

  /** What was typed into this page's search box. */
  get typed(): string {
    return this.#held?.typed[location.pathname] ?? "";
  }

  set typed(text: string) {
    if (this.#held === null) return;
    const path = location.pathname;
    this.#held = { ...this.#held, typed: { ...this.#held.typed, [path]: text } };
    void ask(this.#worker, { ask: "typed", path, text });
  }

  /** Ends the session in every tab, and begins another sign-in at an address. */
  change(address: string): void {
    this.#after = address;
    this.end("signed-out");
  }

  /** Ends the session in every tab. */
  end(reason: Ending): void {
    void ask(this.#worker, { ask: "lock", reason });
    this.#blank(reason);
  }

  /** Somebody did something here. Who was asked whether they are still there must answer. */
  #present(): void {
    const now = Date.now();
    if (this.#held === null || this.#warning?.asks === true || now - this.#told < touchEvery) return;
    this.#look();
    this.stay();
  }

  /** Somebody is there. */
  stay(): void {
    const now = Date.now();
    this.#told = now;
    void ask(this.#worker, { ask: "touch" });
    this.#touched(now);
  }

  #touched(at: number): void {
    if (this.#held === null || at <= this.#held.touched) return;
    this.#held = { ...this.#held, touched: at };
    this.#look();
  }

  #look(): void {
    if (this.#held === null) return;
    const now = Date.now();
    const why = ended(this.#held, now);
    if (why !== undefined) this.end(why);
    else this.#warning?.look(endOf(this.#held), now);
  }

  /**
   * The page goes. A hard reload passes the worker by, which may have been
   * stopped while someone read: it gets the session now, for the page that
   * follows. A page in the browser's memory holds nothing.
   */
  #leave(kept: boolean): void {
    if (this.#held !== null) void ask(this.#worker, { ask: "hand", session: this.#held });
    if (kept) this.#held = null;
  }

  /** A page that comes back from the browser's memory shows nothing before the worker said it may. */
  async #back(): Promise<void> {
    document.documentElement.hidden = true;
    this.#held = await ask(this.#worker, { ask: "session" });
    if (this.#held === null) location.reload();
    else document.documentElement.hidden = false;
  }

  /** Shows nothing any more, at once, and then the sign-in page. */
  #blank(reason: Ending): void {
    if (this.#held === null) return;
    this.#held = null;
    document.documentElement.replaceChildren();
    document.title = "Signed out";
    sessionStorage.setItem(reasonKey, reason);
    if (reason === "signed-out") location.replace(this.#after);
    else location.reload();
  }

  /**
   * A worker that takes over while someone is signed in was not asked for: the
   * keys are dropped. One that waits is compared with the signed head.
   */
  #watchWorker(onAlarm: (why: "replaced") => void): void {
    navigator.serviceWorker.addEventListener("controllerchange", () => {
      if (navigator.serviceWorker.controller === this.#worker || this.#held === null) return;
      this.#held = null;
      this.#channel.postMessage({ news: "locked", reason: "replaced" } satisfies News);
      onAlarm("replaced");
    });
    void navigator.serviceWorker.ready.then((registration) => {
      registration.addEventListener("updatefound", () => {
        void ask(this.#worker, { ask: "check-worker" }).then(({ listed }) => {
          if (listed) return;
          this.#held = null;
          void ask(this.#worker, { ask: "lock", reason: "replaced" });
          onAlarm("replaced");
        });
      });
    });
  }
}
