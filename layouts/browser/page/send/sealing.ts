/** The page's end of the line to the worker that seals and opens (worker/sealer.ts). */
import { type Bytes, sha256 } from "../../shared/bytes.ts";
import type { FromSealer, ToSealer } from "../../shared/sealing.ts";
import { scriptAddress } from "../script.ts";

/** Set by the build: the address of sealer.js. */
declare const SEALER_SCRIPT: string;

/** A policy of Trusted Types is made once a page. */
let address: string | undefined;

export interface Summed {
  readonly letterHash: string;
  readonly payloadHash: string;
  readonly payloadSize: number;
}

/** One worker, for one deposit. */
export class Sealing {
  readonly #worker: Worker;
  readonly #signal: AbortSignal;
  readonly #progress: (done: number, of: number) => void;

  constructor(signal: AbortSignal, progress: (done: number, of: number) => void) {
    address ??= scriptAddress("despatch-sealer", /^\/assets\/sealer\.[0-9a-f]{8}\.js$/, SEALER_SCRIPT);
    this.#worker = new Worker(address);
    this.#signal = signal;
    this.#progress = progress;
  }

  end(): void {
    this.#worker.terminate();
  }

  /** Reads the files through. */
  async sum(files: readonly File[], names: readonly string[], service: string, message: string): Promise<Summed> {
    const { letter, payloadHash, payloadSize } = await this.#until({ sum: files, names, service, message }, (m) => ("payloadHash" in m ? m : undefined));
    return { letterHash: await sha256(letter), payloadHash, payloadSize };
  }

  /** Seals what was summed up; `take` puts the bytes away. Gives the deposit's id. */
  async seal(signed: Bytes, recipients: readonly string[], take: (bytes: Bytes) => Promise<void>): Promise<string> {
    const { deposit } = await this.#until({ seal: signed, recipients }, (m) => ("deposit" in m ? m : undefined), async (bytes) => {
      await take(bytes);
      this.#say({ on: true });
    });
    return deposit;
  }

  /** Opens a deposit that `next` gives part by part, undefined at its end; `heard` is told of its letter and files. */
  async open(identity: string, next: () => Promise<Bytes | undefined>, heard: (message: FromSealer) => void): Promise<void> {
    await this.#until({ open: identity }, (m) => {
      heard(m);
      return "done" in m ? m : undefined;
    }, async () => {
      const part = await next();
      this.#say(part === undefined ? { whole: true } : { part });
    });
  }

  #say(message: ToSealer): void {
    this.#worker.postMessage(message);
  }

  /** Asks, and waits for an answer of one kind. */
  #until<T>(question: ToSealer, is: (message: FromSealer) => T | undefined, take?: (bytes: Bytes) => Promise<void>): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.end();
        reject(new DOMException("stopped", "AbortError"));
      };
      if (this.#signal.aborted) {
        stop();
        return;
      }
      this.#signal.addEventListener("abort", stop, { once: true });
      this.#worker.onerror = () => { reject(new Error("the script that encrypts did not start")); };
      this.#worker.onmessage = ({ data }: MessageEvent<FromSealer>) => {
        if ("failed" in data) reject(new Error(data.failed));
        else if ("read" in data) this.#progress(data.read, data.of);
        else if ("bytes" in data) take?.(data.bytes).catch(reject);
        else {
          const found = is(data);
          if (found !== undefined) resolve(found);
        }
      };
      this.#say(question);
    });
  }
}
