/**
 * The worker in which a page seals what a school sends, and opens what was sent:
 * piece by piece, so that nothing is ever held whole. It gets the bytes from the page
 * and gives them back; the policy that it comes with gives it no network and no
 * storage. typage does age's cryptography.
 */
import { Decrypter, Encrypter } from "age-encryption";
import { sha256 } from "@noble/hashes/sha2.js";
import { type Bytes, concat, hex } from "../shared/bytes.ts";
import { signedLength } from "../shared/envelope.ts";
import { bucket } from "../shared/padding.ts";
import type { FromSealer, ToSealer } from "../shared/sealing.ts";
import { readSending, sendingText, type SentFile } from "../shared/sending.ts";

declare const self: DedicatedWorkerGlobalScope;

const step = 1 << 20;
const least = 65536;
const told = 200;

let going: { readonly files: readonly File[]; readonly letter: Bytes } | undefined;
let next: () => void = () => undefined;
let incoming: TransformStream<Bytes, Bytes> | undefined;
let sink: WritableStreamDefaultWriter<Bytes> | undefined;

self.addEventListener("message", ({ data }: MessageEvent<ToSealer>) => {
  void heard(data).catch((error: unknown) => { say({ failed: error instanceof Error ? error.message : String(error) }); });
});

async function heard(data: ToSealer): Promise<void> {
  if ("sum" in data) await sum(data.sum, data.names, data.service, data.message);
  else if ("seal" in data) await seal(data.seal, data.recipients);
  else if ("open" in data) await open(data.open);
  else if ("part" in data) await taken(data.part);
  else if ("whole" in data) await sink?.close();
  else next();
}

async function sum(files: readonly File[], names: readonly string[], service: string, message: string): Promise<void> {
  const of = 2 * files.reduce((n, f) => n + f.size, 0);
  let read = 0;
  const tell = teller(() => ({ read, of }));
  const through = async (file: File, take: (bytes: Bytes) => void): Promise<void> => {
    for await (const bytes of pieces(file)) {
      take(bytes);
      read += bytes.length;
      tell();
    }
  };
  const listed: SentFile[] = [];
  for (const [i, file] of files.entries()) {
    const hash = sha256.create();
    await through(file, (b) => hash.update(b));
    listed.push({ name: names[i] ?? "", size: file.size, sha256: hex(new Uint8Array(hash.digest())) });
  }
  const letter = sendingText({ service, message, files: listed });
  const whole = sha256.create().update(letter);
  for (const file of files) await through(file, (b) => whole.update(b));
  going = { files, letter };
  say({ letter, payloadHash: hex(new Uint8Array(whole.digest())), payloadSize: letter.length + of / 2, sealedSize: of / 2 });
}

async function seal(signed: Bytes, recipients: readonly string[]): Promise<void> {
  if (going === undefined) throw new Error("nothing was summed up");
  const { files, letter } = going;
  const encrypter = new Encrypter();
  for (const r of recipients) encrypter.addRecipient(r);
  const payload = letter.length + files.reduce((n, f) => n + f.size, 0);
  const of = bucket(signed.length + payload, least);
  const source = plaintext(signed, letter, files, of);
  const sealed = await encrypter.encrypt(new ReadableStream<Uint8Array>({
    pull: async (to) => {
      const got = await source.next();
      if (got.done === true) to.close();
      else to.enqueue(got.value);
    },
  }));
  const hash = sha256.create();
  let read = 0;
  let parts: Bytes[] = [];
  const give = async (): Promise<void> => {
    const bytes = concat(...parts);
    hash.update(bytes);
    parts = [];
    await given(bytes);
    say({ read: Math.min(read, of), of });
  };
  for await (const chunk of sealed) {
    parts.push(new Uint8Array(chunk));
    read += chunk.length;
    if (parts.reduce((n, p) => n + p.length, 0) >= step) await give();
  }
  await give();
  say({ deposit: hex(new Uint8Array(hash.digest())) });
}

async function* plaintext(signed: Bytes, letter: Bytes, files: readonly File[], length: number): AsyncGenerator<Bytes, undefined> {
  yield signed;
  yield letter;
  let left = length - signed.length - letter.length;
  for (const file of files) {
    for await (const bytes of pieces(file)) {
      left -= bytes.length;
      yield bytes;
    }
  }
  for (; left > 0; left -= step) yield new Uint8Array(Math.min(left, step));
  return undefined;
}

/** A file's bytes; one that is not as long as it was is refused. */
async function* pieces(file: File): AsyncGenerator<Bytes> {
  for (let at = 0; at < file.size; at += step) yield new Uint8Array(await file.slice(at, at + step).arrayBuffer());
}

async function open(identity: string): Promise<void> {
  incoming = new TransformStream<Bytes, Bytes>();
  sink = incoming.writable.getWriter();
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  const decrypting = decrypter.decrypt(incoming.readable);
  say({ bytes: new Uint8Array() });
  const source = new Source(await decrypting);
  const start = await source.atLeast(8192);
  const signed = await source.take(signedLength(start));
  const first = await source.line();
  const letter = concat(first, await source.line());
  say({ signed, letter });
  for (const file of readSending(letter).files) {
    const hash = sha256.create();
    const parts: Blob[] = [];
    for (let left = file.size; left > 0;) {
      const bytes = await source.some(left);
      hash.update(bytes);
      parts.push(new Blob([bytes]));
      left -= bytes.length;
    }
    if (hex(new Uint8Array(hash.digest())) !== file.sha256) throw new Error(`${file.name} is not what was sent`);
    say({ file, parts: new Blob(parts) });
  }
  await source.end();
  say({ done: true });
}

/** Takes a part of a deposit, and asks for the next once it is used up. */
async function taken(part: Bytes): Promise<void> {
  await sink?.ready;
  await sink?.write(part);
  say({ bytes: new Uint8Array() });
}

/** Bytes out of a stream, as many as are asked for. */
class Source {
  readonly #from: ReadableStreamDefaultReader<Uint8Array>;
  #held: Bytes = new Uint8Array();

  constructor(from: ReadableStream<Uint8Array>) {
    this.#from = from.getReader();
  }

  async atLeast(n: number): Promise<Bytes> {
    while (this.#held.length < n && (await this.#more()));
    return this.#held;
  }

  async take(n: number): Promise<Bytes> {
    if ((await this.atLeast(n)).length < n) throw new Error("what was sent breaks off");
    const out = this.#held.slice(0, n);
    this.#held = this.#held.subarray(n);
    return out;
  }

  async line(): Promise<Bytes> {
    let at = this.#held.indexOf(10);
    while (at < 0) {
      if (!(await this.#more())) throw new Error("the letter breaks off");
      at = this.#held.indexOf(10);
    }
    return this.take(at + 1);
  }

  /** At most so many bytes, at least one. */
  async some(most: number): Promise<Bytes> {
    if (this.#held.length === 0 && !(await this.#more())) throw new Error("what was sent breaks off");
    return this.take(Math.min(most, this.#held.length));
  }

  async end(): Promise<void> {
    do {
      if (this.#held.some((b) => b !== 0)) throw new Error("something follows the files");
      this.#held = new Uint8Array();
    } while (await this.#more());
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#from.read();
    if (done) return false;
    this.#held = this.#held.length === 0 ? new Uint8Array(value) : concat(this.#held, new Uint8Array(value));
    return true;
  }
}

/** Gives bytes to the page and waits until it has put them away. */
function given(bytes: Bytes): Promise<void> {
  return new Promise((resolve) => {
    next = resolve;
    self.postMessage({ bytes } satisfies FromSealer, [bytes.buffer]);
  });
}

function teller(what: () => FromSealer): () => void {
  let last = 0;
  return () => {
    const now = performance.now();
    if (now < last + told) return;
    last = now;
    say(what());
  };
}

function say(message: FromSealer): void {
  self.postMessage(message);
}
