/**
 * Checks an archive: every file against the manifests, the manifests against each
 * other, the signature against the keys that the archive's root signed. Whether
 * that root is the authority's is for the person who compares its fingerprint.
 */
import { type Bytes, base64, sha256, textOf } from "../../shared/bytes.ts";
import { causeOf } from "../../shared/problem.ts";
import { publicKey, verify, type PublicKey } from "../../shared/sshsig.ts";
import type { Member } from "./zip.ts";

/** One thing that is wrong. */
export interface Finding {
  readonly path: string;
  readonly text: string;
}

/** What a check found. */
export interface Result {
  readonly findings: readonly Finding[];
  readonly files: number;
  /** Of the root that signed the keys file, as ssh-keygen -l prints it; empty where none did. */
  readonly fingerprint: string;
  /** False where this browser cannot check signatures. */
  readonly signatures: boolean;
  /** Lines of bag-info.txt. */
  readonly info: ReadonlyMap<string, string>;
}

const declaration = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
const manifests = ["tagmanifest-sha256.txt", "manifest-sha256.txt"] as const;
const signature = "tagmanifest-sha256.txt.sig";
/** The answer of a time-stamping authority, which not every archive has; openssl checks it. */
const stamp = "tagmanifest-sha256.txt.tsr";
const proof = "data/proof/";

/** Checks the files of an archive. `progress` is told after each file. */
export async function check(members: readonly Member[], progress: (done: number, total: number) => void): Promise<Result> {
  const checker = new Checker(members);
  await checker.texts();
  await checker.sums(progress);
  await checker.signed();
  checker.findings.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return { findings: checker.findings, files: members.length, fingerprint: checker.fingerprint, signatures: checker.signatures, info: checker.info };
}

class Checker {
  readonly findings: Finding[] = [];
  readonly info = new Map<string, string>();
  fingerprint = "";
  signatures = true;
  readonly #files = new Map<string, Member>();
  readonly #listed = new Map<string, string>();

  constructor(members: readonly Member[]) {
    const folder = members[0]?.name.split("/")[0] ?? "";
    const seen = new Set<string>();
    for (const m of members) {
      const path = m.name.slice(folder.length + 1);
      if (!m.name.startsWith(folder + "/") || !isPath(path)) {
        this.#add(m.name, "its name cannot be in an archive");
      } else if (seen.has(path.toLowerCase())) {
        this.#add(path, "it is there twice, or differs from another only in case");
      } else {
        seen.add(path.toLowerCase());
        this.#files.set(path, m);
      }
    }
  }

  #add(path: string, text: string): void {
    this.findings.push({ path, text });
  }

  async #text(path: string): Promise<string | undefined> {
    const bytes = await this.#bytes(path);
    try {
      return bytes && textOf(bytes);
    } catch {
      this.#add(path, "it is no text");
      return undefined;
    }
  }

  async #bytes(path: string): Promise<Bytes | undefined> {
    try {
      return await this.#files.get(path)?.bytes();
    } catch {
      return undefined;
    }
  }

  /** Reads what says that this is a bag, and the manifests. */
  async texts(): Promise<void> {
    if ((await this.#text("bagit.txt")) !== declaration) this.#add("bagit.txt", "it does not say that this is a BagIt 1.0 archive");
    for (const line of (await this.#text("bag-info.txt"))?.split("\n") ?? []) {
      const at = line.indexOf(": ");
      if (at > 0 && !this.info.has(line.slice(0, at))) this.info.set(line.slice(0, at), line.slice(at + 2));
    }
    const format = this.info.get("Despatch-Archive-Format");
    if (format !== "1") this.#add("bag-info.txt", format === undefined ? "it names no format of archives" : "the archive was made by a newer Despatch: use a newer check.html");
    for (const name of manifests) await this.#manifest(name);
  }

  async #manifest(name: string): Promise<void> {
    const text = await this.#text(name);
    if (text === undefined || (text !== "" && !text.endsWith("\n"))) {
      this.#add(name, text === undefined ? "it is missing: what it lists cannot be checked" : "it is cut short");
      return;
    }
    for (const line of text.split("\n").slice(0, -1)) {
      const [, sum, path] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
      const own = path !== undefined && path.startsWith("data/") === (name === "manifest-sha256.txt") && path !== name && path !== signature && path !== stamp;
      if (sum === undefined || path === undefined || !own || !isPath(path) || this.#listed.has(path)) this.#add(name, `the line ${JSON.stringify(line.slice(0, 200))} cannot be in it`);
      else this.#listed.set(path, sum);
    }
    if (name === "tagmanifest-sha256.txt" && !this.#listed.has("manifest-sha256.txt")) this.#add(name, "it does not list manifest-sha256.txt");
  }

  /** Holds every file against its line. */
  async sums(progress: (done: number, total: number) => void): Promise<void> {
    let done = 0;
    for (const [path, sum] of this.#listed) {
      const member = this.#files.get(path);
      if (!member) {
        this.#add(path, "it is listed and not there");
      } else {
        const bytes = await this.#bytes(path);
        if (!bytes) this.#add(path, "it cannot be read");
        else if ((await sha256(bytes)) !== sum) this.#add(path, "it is not as it was archived");
      }
      progress(++done, this.#listed.size);
    }
    for (const path of this.#files.keys()) {
      if (!this.#listed.has(path) && path !== "tagmanifest-sha256.txt" && path !== signature && path !== stamp) this.#add(path, "nobody listed it: it was added");
    }
  }

  /** Checks who signed: the root the keys file, a key that it names the archive. */
  async signed(): Promise<void> {
    const root = this.#key(await this.#text(proof + "root.pub"));
    const keys = await this.#bytes(proof + "keys.txt");
    const keysSignature = await this.#bytes(proof + "keys.txt.sig");
    if (!root || !keys || !keysSignature) {
      this.#add(proof + "keys.txt", "who may sign cannot be told");
      return;
    }
    if (!(await this.#verify(root, "despatch-keys", keys, keysSignature))) {
      this.#add(proof + "keys.txt", "the root did not sign it");
      return;
    }
    if (!this.signatures) return;
    this.fingerprint = await fingerprint(root);
    const tags = await this.#bytes("tagmanifest-sha256.txt");
    const made = await this.#bytes(signature);
    const own = this.info.get("Despatch-Archive-Profile") === "account";
    if (own) {
      const account = this.info.get("Despatch-Account") ?? "";
      for (const line of textOf(keys).split("\n").filter((l) => l.startsWith(`account ${account} `))) {
        const key = this.#key(line.split(" ").slice(4).join(" ") + "\n");
        if (key && tags && made && (await this.#verify(key, "despatch-own-archive", tags, made))) return;
      }
      this.#add(signature, "no key that the authority named for the account signed this archive as it is");
      return;
    }
    const heads = textOf(keys).split("\n").filter((l) => l.startsWith("head ")).map((l) => this.#key(l.slice(5) + "\n"));
    for (const head of heads) {
      if (head && tags && made && (await this.#verify(head, "despatch-archive", tags, made))) return;
    }
    this.#add(signature, "no key that the authority named signed this archive as it is");
  }

  async #verify(key: PublicKey, namespace: string, message: Bytes, made: Bytes): Promise<boolean> {
    try {
      await verify(key, namespace, message, made);
      return true;
    } catch (error) {
      if (causeOf(error) !== "unknown") return false;
      this.signatures = false; // this browser knows no Ed25519
      return true;
    }
  }

  #key(text: string | undefined): PublicKey | undefined {
    try {
      return text?.endsWith("\n") ? publicKey(text.slice(0, -1)) : undefined;
    } catch {
      return undefined;
    }
  }
}

/** A key's fingerprint as ssh-keygen -l prints it. */
async function fingerprint(key: PublicKey): Promise<string> {
  const blob = Uint8Array.from(atob(key.text.split(" ")[1] ?? ""), (c) => c.charCodeAt(0));
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", blob));
  return "SHA256:" + base64(sum).replace(/=+$/, "");
}

/** Whether a path stays in the archive's folder on every system. */
function isPath(path: string): boolean {
  return !/[<>:"\\|?*\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/.test(path)
    && path.split("/").every((p) => p !== "" && p !== "." && p !== ".." && !/[. ]$|^ /.test(p) && !/^(con|prn|aux|nul|(com|lpt)[1-9]) *(\.|$)/i.test(p));
}
