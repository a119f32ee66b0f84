/** Reading offline: keeps everything one step after another, says how far it is, stops, goes on, removes. */
import type { Keeping } from "../shared/message.ts";
import { ask, one } from "./line.ts";
import { sizeText } from "./size.ts";

/** Runs the page Reading offline; on home goes on with what was asked for before. */
export async function startKeeping(worker: ServiceWorker): Promise<void> {
  const box = one("[data-keeping]");
  if (box !== null) await new Panel(worker, box).start();
  else if (location.pathname === "/s/home.html") void goOn(worker);
}

/** New papers come to what is kept without anybody waiting for them. */
async function goOn(worker: ServiceWorker): Promise<void> {
  let now = await ask(worker, { ask: "keeping" });
  while (now?.wanted === true && now.files < now.total && now.why === "") now = await ask(worker, { ask: "keep" });
}

class Panel {
  readonly #worker: ServiceWorker;
  readonly #text: HTMLElement | null;
  readonly #bar: HTMLElement | null;
  readonly #keep: HTMLElement | null;
  readonly #stop: HTMLElement | null;
  readonly #nothing: HTMLElement | null;
  #running = false;

  constructor(worker: ServiceWorker, box: HTMLElement) {
    this.#worker = worker;
    this.#text = one("[data-keeping-text]", box);
    this.#bar = one("[data-keeping-bar]", box);
    this.#keep = one("[data-keep]", box);
    this.#stop = one("[data-keep-stop]", box);
    this.#nothing = one("[data-keep-nothing]", box);
  }

  async start(): Promise<void> {
    this.#keep?.addEventListener("click", () => void this.#run());
    this.#stop?.addEventListener("click", () => {
      this.#running = false;
      void ask(this.#worker, { ask: "keep-stop" });
    });
    this.#nothing?.addEventListener("click", () => void this.#remove());
    const now = await ask(this.#worker, { ask: "keeping" });
    this.#show(now);
    if (now?.wanted === true && now.files < now.total) void this.#run();
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    // Asks the browser not to throw the copies away when space gets short; it may say no.
    void navigator.storage.persist().catch(() => false);
    let now = await ask(this.#worker, { ask: "keeping" });
    this.#show(now);
    if (document.activeElement === document.body) this.#stop?.focus();
    while (this.#isRunning() && now !== null && now.files < now.total) {
      now = await ask(this.#worker, { ask: "keep" });
      if (now !== null && now.why !== "") break;
      this.#show(now);
    }
    const stopped = !this.#isRunning();
    this.#running = false;
    this.#show(now, stopped);
    if (document.activeElement === document.body) (this.#keep?.hidden === false ? this.#keep : this.#nothing)?.focus();
  }

  /** Stop may have been pressed during a step. */
  #isRunning(): boolean {
    return this.#running;
  }

  async #remove(): Promise<void> {
    this.#running = false;
    this.#show(await ask(this.#worker, { ask: "keep-nothing" }));
    this.#keep?.focus();
  }

  #show(now: Keeping | null, stopped = false): void {
    if (now === null) return;
    const whole = now.files === now.total;
    if (this.#text !== null) this.#text.textContent = sentence(now, this.#running, stopped);
    if (this.#bar instanceof HTMLProgressElement) {
      this.#bar.max = Math.max(1, now.total);
      this.#bar.value = now.files;
      this.#bar.hidden = !this.#running;
    }
    this.#toggle(this.#keep, !whole && !this.#running);
    if (this.#keep !== null) this.#keep.textContent = now.wanted ? "Go on keeping" : "Keep everything for offline";
    this.#toggle(this.#stop, this.#running);
    this.#toggle(this.#nothing, now.files > 0 && !this.#running);
  }

  #toggle(button: HTMLElement | null, visible: boolean): void {
    if (button !== null) button.hidden = !visible;
  }
}

/** How far it is, and what to do where it does not go on. */
function sentence({ wanted, files, total, bytes, why }: Keeping, running: boolean, stopped: boolean): string {
  if (files === total) return `Everything that you may read is on this device: ${count(total)}, ${sizeText(bytes)}.`;
  const far = `${String(files)} of ${count(total)}, ${sizeText(bytes)}`;
  if (running) return `Keeping: ${far} so far.`;
  switch (why) {
    case "full":
      return `There is no room on this device for more. Kept so far: ${far}, and that can be read offline. Delete what you no longer need from the device, then go on.`;
    case "offline":
      return `The site cannot be reached. Kept so far: ${far}. Go on when you are connected again; nothing is fetched twice.`;
    case "refused":
      return `The site does not deliver a file as the authority published it. Kept so far: ${far}. Try again in a few minutes; if it happens again, ring the authority.`;
    default:
      return wanted || stopped ? `Stopped. Kept so far: ${far}. You can go on at any time; nothing is fetched twice.` : `On this device now: ${far}.`;
  }
}

function count(files: number): string {
  return files === 1 ? "1 file" : `${String(files)} files`;
}
