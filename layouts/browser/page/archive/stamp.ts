/**
 * The time stamp over an archive (RFC 3161): status, imprint and the signature by
 * the certificate that it carries, as internal/timestamp checks them. Whether that
 * certificate is to be trusted is for "openssl ts -verify".
 */
import { type Bytes, concat, equal, hex, textOf } from "../../shared/bytes.ts";
import { Refusal, want } from "../../shared/problem.ts";

/** When something was there, and whom the certificate names that says so. */
export interface Stamp {
  readonly time: Date;
  readonly by: string;
}

/** One value of DER. */
interface Value {
  readonly tag: number;
  readonly whole: Bytes;
  readonly content: Bytes;
}

const oid = {
  signedData: "2a864886f70d010702", info: "2a864886f70d0109100104", contentType: "2a864886f70d010903", digest: "2a864886f70d010904",
  rsa: "2a864886f70d010101", ec: "2a8648ce3d0201", name: "550403", use: "551d25", stamping: "2b06010505070308",
} as const;
const hashes: Readonly<Record<string, string>> = { "608648016503040201": "SHA-256", "608648016503040202": "SHA-384", "608648016503040203": "SHA-512" };
const curves: Readonly<Record<string, readonly [name: string, bytes: number]>> = { "2a8648ce3d030107": ["P-256", 32], "2b81040022": ["P-384", 48], "2b81040023": ["P-521", 66] };
const sequence = 0x30;
const set = 0x31;

/** Reads an answer that was kept and checks that it is over a SHA-256. Throws `malformed`, `mismatch` or `signature`. */
export async function readStamp(answer: Bytes, sum: string): Promise<Stamp> {
  const [status, token] = inside(only(answer, sequence), sequence, sequence);
  want((inside(status, 2)[0].content[0] ?? 9) <= 1, "the time stamp was refused");
  const [type, outer] = inside(token, 6, 0xa0);
  want(hex(type.content) === oid.signedData, notOne);
  const data = list(only(outer.content, sequence).content);
  const [content, signers] = [data[2], data.at(-1)];
  want(content !== undefined && signers?.tag === set && list(signers.content).length === 1, notOne);
  const [kind, carried] = inside(content, 6, 0xa0);
  want(hex(kind.content) === oid.info, notOne);
  const said = only(carried.content, 4).content;
  const info = list(only(said, sequence).content);
  const [algorithm, imprint] = inside(info[2], sequence, 4);
  if (hashes[hex(inside(algorithm, 6)[0].content)] !== "SHA-256" || hex(imprint.content) !== sum) throw new Refusal("mismatch", "the time stamp is over something else");
  const time = timeIn(info[4]);

  const signer = list(only(signers.content, sequence).content);
  const [issuer, serial] = inside(signer[1], sequence, 2);
  const cert = list(data.find((v) => v.tag === 0xa0)?.content ?? new Uint8Array()).map(certificate).find((c) => equal(c.issuer, issuer.whole) && equal(c.serial, serial.content));
  want(cert !== undefined, "the time stamp does not carry the certificate that signed it");
  want(cert.stamps, "the certificate that signed the time stamp is not one for time stamping");
  want(time >= cert.from && time <= cert.until, "the certificate that signed the time stamp was not valid at its time");
  const hash = hashes[hex(inside(signer[2], 6)[0].content)];
  const attributes = signer[3];
  const made = signer[5];
  want(hash !== undefined && attributes?.tag === 0xa0 && made?.tag === 4, notOne);
  await attributesFit(attributes, hash, said);
  const covered = concat(new Uint8Array([set]), attributes.whole.slice(1)); // what is signed is the SET (RFC 5652, 5.4)
  // WebCrypto says of a broken key that it is one with an error of its own.
  const good = await fits(cert.key, hash, made.content, covered).catch((error: unknown) => { if (error instanceof Refusal) throw error; return false; });
  if (!good) throw new Refusal("signature", "the signature of the time stamp is not that of its certificate");
  return { time, by: cert.name };
}

const notOne = "the time stamp is not one as RFC 3161 has it";

/** Reads the values that follow one another. */
function list(bytes: Bytes): Value[] {
  const values: Value[] = [];
  for (let at = 0; at < bytes.length;) {
    let from = at + 2;
    let size = bytes[at + 1] ?? 0x80;
    if (size >= 0x80) {
      const more = size - 0x80;
      want(more >= 1 && more <= 4, notOne);
      size = [...bytes.slice(from, from + more)].reduce((n, b) => n * 256 + b, 0);
      from += more;
    }
    want(from + size <= bytes.length, notOne);
    values.push({ tag: bytes[at] ?? 0, whole: bytes.slice(at, from + size), content: bytes.slice(from, from + size) });
    at = from + size;
  }
  return values;
}

/** The one value that bytes are. */
function only(bytes: Bytes, tag: number): Value {
  const [value, ...more] = list(bytes);
  want(value?.tag === tag && more.length === 0, notOne);
  return value;
}

/** The first values in another, with these tags. */
function inside<T extends readonly number[]>(value: Value | undefined, ...tags: T): { [K in keyof T]: Value } {
  const found = list(value?.content ?? new Uint8Array());
  want(tags.every((tag, i) => found[i]?.tag === tag), notOne);
  return found.slice(0, tags.length) as { [K in keyof T]: Value };
}

function timeIn(value: Value | undefined): Date {
  const [, century = "", digits = ""] = /^(\d\d)?(\d{12})(?:\.\d+)?Z$/.exec(textOf(value?.content ?? new Uint8Array())) ?? [];
  want((value?.tag === 0x18) === (century !== "") && digits !== "", notOne);
  const [year = "", ...rest] = digits.match(/../g) ?? [];
  const [month = "", day = "", hour = "", minute = "", second = ""] = rest;
  const time = new Date(`${century || (Number(year) < 50 ? "20" : "19")}${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  want(!Number.isNaN(time.getTime()), notOne);
  return time;
}

interface Certificate {
  readonly issuer: Bytes;
  readonly serial: Bytes;
  readonly from: Date;
  readonly until: Date;
  readonly name: string;
  readonly key: Value;
  /** For time stamping and nothing else (RFC 3161, 2.3). */
  readonly stamps: boolean;
}

function certificate(value: Value): Certificate {
  const [serial, , issuer, validity, subject, key, ...more] = list(inside(value, sequence)[0].content).slice(1);
  want(serial !== undefined && issuer !== undefined && key !== undefined, notOne);
  const [from, until] = list(validity?.content ?? new Uint8Array());
  const names = list(subject?.content ?? new Uint8Array()).flatMap((s) => list(s.content)).map((n) => list(n.content));
  const extensions = list(list(more.find((v) => v.tag === 0xa3)?.content ?? new Uint8Array())[0]?.content ?? new Uint8Array()).map((v) => list(v.content));
  const use = extensions.find(([id]) => id !== undefined && hex(id.content) === oid.use)?.at(-1);
  const uses = use === undefined ? [] : list(only(use.content, sequence).content).map((v) => hex(v.content));
  return {
    issuer: issuer.whole, serial: serial.content, key, from: timeIn(from), until: timeIn(until),
    name: textOf(names.find(([id]) => id !== undefined && hex(id.content) === oid.name)?.[1]?.content ?? new Uint8Array()),
    stamps: uses.length === 1 && uses[0] === oid.stamping,
  };
}

/** Throws unless the signed attributes are of this content. */
async function attributesFit(attributes: Value, hash: string, content: Bytes): Promise<void> {
  const found = new Map(list(attributes.content).map((a) => {
    const [type, values] = inside(a, 6, set);
    return [hex(type.content), only(values.content, list(values.content)[0]?.tag ?? 0).content] as const;
  }));
  const sum = new Uint8Array(await crypto.subtle.digest(hash, content));
  const [kind, digest] = [found.get(oid.contentType), found.get(oid.digest)];
  if (kind === undefined || digest === undefined || hex(kind) !== oid.info || !equal(digest, sum)) throw new Refusal("mismatch", "the time stamp was changed after it was signed");
}

/** Whether a signature by a certificate's key fits, RSA with PKCS #1 v1.5 or ECDSA. */
async function fits(key: Value, hash: string, signature: Bytes, message: Bytes): Promise<boolean> {
  const [algorithm] = inside(key, sequence);
  const [kind, parameters] = list(algorithm.content);
  want(kind !== undefined, notOne);
  if (hex(kind.content) === oid.rsa) {
    const rsa = { name: "RSASSA-PKCS1-v1_5", hash };
    return crypto.subtle.verify(rsa, await crypto.subtle.importKey("spki", key.whole, rsa, false, ["verify"]), signature, message);
  }
  const [namedCurve, bytes] = curves[hex(parameters?.content ?? new Uint8Array())] ?? [];
  want(hex(kind.content) === oid.ec && namedCurve !== undefined && bytes !== undefined, "the time stamp is signed in a way that this page does not know (it knows RSA with PKCS #1 v1.5, and ECDSA)");
  const numbers = list(only(signature, sequence).content).map((v) => {
    const digits = v.content.slice(v.content.findIndex((b) => b !== 0));
    want(digits.length <= bytes, notOne);
    return concat(new Uint8Array(bytes - digits.length), digits);
  });
  return crypto.subtle.verify({ name: "ECDSA", hash }, await crypto.subtle.importKey("spki", key.whole, { name: "ECDSA", namedCurve }, false, ["verify"]), concat(...numbers), message);
}
