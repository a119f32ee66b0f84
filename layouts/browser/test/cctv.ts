/**
 * Runs C2SP's test vectors for age through the bundled library, and through our
 * own door before it. It runs in Node and, as it stands, inside a browser.
 */
import { armor, Decrypter } from "age-encryption";
import { type Bytes, sha256, textOf } from "../shared/bytes.ts";
import { open, openWithPassphrase } from "../shared/sealed.ts";

/** What came of all vectors. */
export interface Report {
  /** How many vectors ended in which way that they ask for. */
  readonly outcomes: Record<string, number>;
  /** Where the library did something else than the vector asks for. */
  readonly wrong: string[];
  /** Vectors that our own door opened. */
  readonly opened: string[];
}

interface Vector {
  readonly expect: string;
  readonly payload: string;
  readonly identities: readonly string[];
  readonly passphrase: string;
  readonly armored: boolean;
  readonly file: Bytes;
}

/** Runs vectors, given as name and file in base64. */
export async function runVectors(files: readonly (readonly [name: string, data: string])[]): Promise<Report> {
  const report: Report = { outcomes: {}, wrong: [], opened: [] };
  for (const [name, data] of files) {
    const vector = await parse(Uint8Array.from(atob(data), (c) => c.charCodeAt(0)));
    const got = await outcome(vector);
    // The library does not tell faults of header, HMAC, armor and payload apart.
    const wanted = ["success", "no match"].includes(vector.expect) ? vector.expect : "refused";
    report.outcomes[vector.expect] = (report.outcomes[vector.expect] ?? 0) + 1;
    if (got !== wanted) report.wrong.push(`${name}: ${got}, not ${vector.expect}`);
    const ours = await throughOurDoor(vector);
    if (ours === undefined) continue;
    report.opened.push(name);
    if ((await sha256(ours)) !== vector.payload || vector.expect !== "success") report.wrong.push(`${name}: opens as something else`);
  }
  return report;
}

async function parse(data: Bytes): Promise<Vector> {
  let at = 0;
  const lines: [string, string][] = [];
  for (;;) {
    const end = data.indexOf(10, at);
    const line = textOf(data.slice(at, end));
    at = end + 1;
    if (line === "") break;
    lines.push([line.split(": ", 1)[0] ?? "", line.slice(line.indexOf(": ") + 2)]);
  }
  const all = (key: string): string[] => lines.filter(([k]) => k === key).map(([, v]) => v);
  const one = (key: string): string => all(key)[0] ?? "";
  const rest = data.slice(at);
  return {
    expect: one("expect"), payload: one("payload"), identities: all("identity"), passphrase: one("passphrase"), armored: one("armored") !== "",
    file: one("compressed") === "zlib" ? await inflated(rest) : rest,
  };
}

async function inflated(data: Bytes): Promise<Bytes> {
  return new Uint8Array(await new Response(new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate"))).arrayBuffer());
}

async function outcome(vector: Vector): Promise<string> {
  const decrypter = new Decrypter();
  for (const identity of vector.identities) decrypter.addIdentity(identity);
  if (vector.passphrase !== "") decrypter.addPassphrase(vector.passphrase);
  try {
    const file = vector.armored ? armor.decode(String.fromCharCode(...vector.file)) : vector.file;
    const plain = new Uint8Array(await decrypter.decrypt(file));
    return (await sha256(plain)) === vector.payload ? "success" : "something else";
  } catch (error) {
    return error instanceof Error && error.message.startsWith("no identity matched") ? "no match" : "refused";
  }
}

async function throughOurDoor({ identities, passphrase, file }: Vector): Promise<Bytes | undefined> {
  const ways = [...identities.map((i) => () => open(file, i)), ...(passphrase === "" ? [] : [() => openWithPassphrase(file, passphrase)])];
  for (const way of ways) {
    try {
      return await way();
    } catch {
      // Refused, as nearly all should be.
    }
  }
  return undefined;
}
