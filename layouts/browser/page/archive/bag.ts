/**
 * Checks an archive: every file against the manifests, the manifests against each
 * other, and what is signed (proof.ts).
 */
import { type Bytes, sha256, textOf } from "../../shared/bytes.ts";
import type { Files } from "./files.ts";
import { type Proved, prove } from "./proof.ts";
import type { Member } from "./zip.ts";

/** One thing that is wrong. */
export interface Finding {
  readonly path: string;
  readonly text: string;
}

/** What a check found. */
export interface Result extends Proved {
  readonly findings: readonly Finding[];
  readonly files: number;
  /** Lines of bag-info.txt. */
  readonly info: ReadonlyMap<string, string>;
}

const declaration = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
const manifests = ["tagmanifest-sha256.txt", "manifest-sha256.txt"] as const;
const signature = "tagmanifest-sha256.txt.sig";
/** The answer of a time-stamping authority, which not every archive has, and none of format 1. */
const stamp = "tagmanifest-sha256.txt.tsr";
const formats = ["1", "2"];

/** Checks the files of an archive. `progress` is told after each file. */
export async function check(members: readonly Member[], progress: (done: number, total: number) => void): Promise<Result> {
  const checker = new Checker(members);
  await checker.texts();
  await checker.sums(progress);
  const proved = await prove(checker);
  checker.findings.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return { ...proved, findings: checker.findings, files: members.length, info: checker.info };
}

class Checker implements Files {
  readonly findings: Finding[] = [];
  readonly info = new Map<string, string>();
  readonly #files = new Map<string, Member>();
  readonly #listed = new Map<string, string>();

  constructor(members: readonly Member[]) {
    const folder = members[0]?.name.split("/")[0] ?? "";
    const seen = new Set<string>();
    for (const m of members) {
      const path = m.name.slice(folder.length + 1);
      if (!m.name.startsWith(folder + "/") || !isPath(path)) {
        this.add(m.name, "its name cannot be in an archive");
      } else if (seen.has(path.toLowerCase())) {
        this.add(path, "it is there twice, or differs from another only in case");
      } else {
        seen.add(path.toLowerCase());
        this.#files.set(path, m);
      }
    }
  }

  add(path: string, text: string): void {
    this.findings.push({ path, text });
  }

  paths(): Iterable<string> {
    return this.#files.keys();
  }

  async #text(path: string): Promise<string | undefined> {
    const bytes = await this.bytes(path);
    try {
      return bytes && textOf(bytes);
    } catch {
      this.add(path, "it is no text");
      return undefined;
    }
  }

  async bytes(path: string): Promise<Bytes | undefined> {
    try {
      return await this.#files.get(path)?.bytes();
    } catch {
      return undefined;
    }
  }

  /** Reads what says that this is a bag, and the manifests. */
  async texts(): Promise<void> {
    if ((await this.#text("bagit.txt")) !== declaration) this.add("bagit.txt", "it does not say that this is a BagIt 1.0 archive");
    for (const line of (await this.#text("bag-info.txt"))?.split("\n") ?? []) {
      const at = line.indexOf(": ");
      if (at > 0 && !this.info.has(line.slice(0, at))) this.info.set(line.slice(0, at), line.slice(at + 2));
    }
    const format = this.info.get("Despatch-Archive-Format");
    if (!formats.includes(format ?? "")) this.add("bag-info.txt", format === undefined ? "it names no format of archives" : "the archive was made by a newer Despatch: use a newer check.html");
    if (format === "1" && this.#files.has(stamp)) this.add(stamp, "nobody listed it: it was added");
    for (const name of manifests) await this.#manifest(name);
  }

  async #manifest(name: string): Promise<void> {
    const text = await this.#text(name);
    if (text === undefined || (text !== "" && !text.endsWith("\n"))) {
      this.add(name, text === undefined ? "it is missing: what it lists cannot be checked" : "it is cut short");
      return;
    }
    for (const line of text.split("\n").slice(0, -1)) {
      const [, sum, path] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
      const own = path !== undefined && path.startsWith("data/") === (name === "manifest-sha256.txt") && path !== name && path !== signature && path !== stamp;
      if (sum === undefined || path === undefined || !own || !isPath(path) || this.#listed.has(path)) this.add(name, `the line ${JSON.stringify(line.slice(0, 200))} cannot be in it`);
      else this.#listed.set(path, sum);
    }
    if (name === "tagmanifest-sha256.txt" && !this.#listed.has("manifest-sha256.txt")) this.add(name, "it does not list manifest-sha256.txt");
  }

  /** Holds every file against its line. */
  async sums(progress: (done: number, total: number) => void): Promise<void> {
    let done = 0;
    for (const [path, sum] of this.#listed) {
      const member = this.#files.get(path);
      if (!member) {
        this.add(path, "it is listed and not there");
      } else {
        const bytes = await this.bytes(path);
        if (!bytes) this.add(path, "it cannot be read");
        else if ((await sha256(bytes)) !== sum) this.add(path, "it is not as it was archived");
      }
      progress(++done, this.#listed.size);
    }
    for (const path of this.#files.keys()) {
      if (!this.#listed.has(path) && path !== "tagmanifest-sha256.txt" && path !== signature && path !== stamp) this.add(path, "nobody listed it: it was added");
    }
  }
}

/** Whether a path stays in the archive's folder on every system. */
function isPath(path: string): boolean {
  return !/[<>:"\\|?*\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/.test(path)
    && path.split("/").every((p) => p !== "" && p !== "." && p !== ".." && !/[. ]$|^ /.test(p) && !/^(con|prn|aux|nul|(com|lpt)[1-9]) *(\.|$)/i.test(p));
}
