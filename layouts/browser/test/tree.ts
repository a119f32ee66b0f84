/**
 * Writes a small published tree as docs/formats.md says, and lets a test be the
 * host that changes it. Independent of the readers it tests: only typage, node's
 * crypto and zlib.
 */
import { createHash, createHmac, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { deflateRawSync, crc32 } from "node:zlib";
import { Encrypter, generateHybridIdentity, identityToRecipient } from "age-encryption";

export interface SigningKey { readonly text: string; readonly blob: Buffer; readonly key: KeyObject }

export const sha = (data: Uint8Array | string): string => createHash("sha256").update(data).digest("hex");
const str = (data: Uint8Array | string): Buffer => {
  const bytes = Buffer.from(data);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

export function signingKey(): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const blob = Buffer.concat([str("ssh-ed25519"), str(raw)]);
  return { text: `ssh-ed25519 ${blob.toString("base64")}`, blob, key: privateKey };
}

/** A text with its SSHSIG after it. */
export function signed(text: string, namespace: string, by: SigningKey): Buffer {
  const hash = createHash("sha512").update(text).digest();
  const rest = Buffer.concat([str(namespace), str(""), str("sha512")]);
  const signature = sign(null, Buffer.concat([Buffer.from("SSHSIG"), rest, str(hash)]), by.key);
  const blob = Buffer.concat([Buffer.from("SSHSIG\0\0\0\x01"), str(by.blob), rest, str(Buffer.concat([str("ssh-ed25519"), str(signature)]))]);
  const lines = blob.toString("base64").match(/.{1,70}/g) ?? [];
  return Buffer.from(`${text}-----BEGIN SSH SIGNATURE-----\n${lines.join("\n")}\n-----END SSH SIGNATURE-----\n`);
}

export async function seal(plain: Uint8Array | string, recipient: string): Promise<Buffer> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return Buffer.from(await encrypter.encrypt(plain));
}

export async function sealByPassphrase(plain: string, passphrase: string, workFactor = 16): Promise<Buffer> {
  const encrypter = new Encrypter();
  encrypter.setScryptWorkFactor(workFactor);
  encrypter.setPassphrase(passphrase);
  return Buffer.from(await encrypter.encrypt(plain));
}

export function padme(n: number, least: number): number {
  let length = Math.max(n, least);
  const e = Math.floor(Math.log2(length));
  const z = e - (Math.floor(Math.log2(e)) + 1);
  while (length % 2 ** z !== 0) length++;
  return length;
}

export function tar(files: Readonly<Record<string, Uint8Array>>): Buffer {
  const parts = Object.keys(files).sort().flatMap((name) => {
    const data = files[name] ?? Buffer.of();
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write("0000644\0" + "0000000\0" + "0000000\0", 100);
    header.write(data.length.toString(8).padStart(11, "0") + "\0" + "00000000000\0" + "        0", 124);
    header.write("ustar\0" + "00", 257);
    header.write("0000000\0" + "0000000\0", 329);
    header.write(header.reduce((n, b) => n + b, 0).toString(8).padStart(6, "0") + "\0 ", 148);
    return [header, data, Buffer.alloc((512 - (data.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

/** An index: its text and its list pages, folded as a pack is. */
export function index(contents: { readonly root: string }, lists: Readonly<Record<string, Uint8Array>>): Buffer {
  return pack({ ...lists, [`${contents.root}/index.json`]: Buffer.from(JSON.stringify(contents) + "\n") });
}

/** A pack: gzip with its padding inside. */
export function pack(files: Readonly<Record<string, Uint8Array>>): Buffer {
  const plain = tar(files);
  // A sync flush ends with an empty stored block on a byte border; more may follow it.
  const body = deflateRawSync(plain, { finishFlush: 2 });
  const last = Buffer.from([3, 0]);
  const bare = 16 + body.length + last.length + 8;
  const fill = padme(bare, 4096) - bare;
  const extra = fill % 5;
  const header = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 4 + extra, 0, 0x50, 0x44, extra, 0, ...Buffer.alloc(extra)]);
  const blocks = Buffer.concat(Array.from({ length: (fill - extra) / 5 }, () => Buffer.from([0, 0, 0, 0xff, 0xff])));
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc32(plain), 0);
  tail.writeUInt32LE(plain.length, 4);
  return Buffer.concat([header, body, blocks, last, tail]);
}

/** A text with zeros put where `pad` says, so that it fills its bucket. */
export function padded(text: (pad: string) => string, least: number, from = 0): string {
  const bare = Buffer.byteLength(text("0".repeat(from)));
  return text("0".repeat(from + padme(bare, least) - bare));
}

/** One compartment as a test describes it. */
export interface Room {
  readonly kind: string;
  readonly school: { urn: string; name: string } | null;
  readonly pages: Readonly<Record<string, string>>;
  readonly items: readonly object[];
  readonly files?: readonly { name: string; type: string; title: string; data: Uint8Array; large?: boolean }[];
  readonly lists?: readonly { readonly area: string; readonly tab: string; readonly title: string; readonly page: string }[];
}

/** A published tree whose files a test may change as a host could. */
export class Tree {
  readonly files = new Map<string, Buffer>();
  readonly root = signingKey();
  readonly headKey = signingKey();
  readonly code = "7KQ2M9XD";
  readonly passphrase = "magnet-solid-blur-vintage-dynamic-first-this";
  readonly opaque = sha("despatch-account-1\n7KQ2M9XD").slice(0, 32);
  serial = 1;
  validDays = 4;
  /** A power of two; a shard lists 64 files at most. */
  shards = 1;
  #identity = "";
  #ring = "";

  /** Seals rooms for the one account and publishes them with the shell's files. */
  async publish(rooms: readonly Room[], shell: ReadonlyMap<string, Uint8Array>): Promise<void> {
    for (const path of this.files.keys()) if (/^[bi]\//.test(path)) this.files.delete(path);
    for (const [path, data] of shell) this.files.set(path, Buffer.from(data));
    if (this.#identity === "") this.#identity = await generateHybridIdentity();
    const lines: { order: string; text: string }[] = [];
    for (const room of rooms) lines.push({ order: `${room.school?.urn ?? "-"} ${room.kind}`, text: await this.#room(room) });
    const pairs = lines.sort((a, b) => (a.order < b.order ? -1 : 1)).map((l) => l.text).join("");
    const ring = padded((pad) => `# despatch-ring 1\n# account ${this.opaque}\n# holder "Morgan Ellery"\n${pairs}# pad ${pad}\n`, 8192, 1);
    const sealed = await seal(ring, await identityToRecipient(this.#identity));
    this.files.delete(this.#ring);
    this.#ring = `k/${this.opaque}-0a1b2c3d.ring.${sha(sealed).slice(0, 16)}.age`;
    this.files.set(this.#ring, sealed);
    if (!this.files.has(`k/${this.opaque}.id.age`)) {
      const id = `# despatch-identity 1\n# account ${this.code}\n# root ${this.root.text}\n# signing ${randomBytes(32).toString("base64")}\n${this.#identity}\n`;
      this.files.set(`k/${this.opaque}.id.age`, await sealByPassphrase(id, this.passphrase));
    }
    this.sign();
  }

  /** Writes keys, shard and head over the files as they are now. */
  sign(by: { root?: SigningKey; head?: SigningKey } = {}): void {
    for (const path of this.files.keys()) if (/^(keys\.|manifest\/|head$)/.test(path)) this.files.delete(path);
    const date = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 19) + "Z";
    const root = by.root ?? this.root;
    const keys = signed(`despatch-keys 1\nserial 1\ndate ${date(-1)}\nroot ${root.text}\nhead ${this.headKey.text}\n`, "despatch-keys", root);
    this.files.set(`keys.${sha(keys).slice(0, 16)}`, keys);
    const inHead = (path: string): boolean => /^(index\.html|404\.html|sw\.js|s\/|assets\/|keys\.|manifest\/)/.test(path);
    const list = (want: (path: string) => boolean): string =>
      [...this.files.keys()].filter(want).sort().map((p) => `${sha(this.files.get(p) ?? "")}  ${p}\n`).join("");
    // The stem of a path, and the top bits of its hash, say which shard lists it.
    const shardOf = (path: string): number => Math.floor((parseInt(sha(path.replace(path.startsWith("k/") ? /[.-].*$/ : /\..*$/, "")).slice(0, 6), 16) * this.shards) / 2 ** 24);
    for (let n = 0; n < this.shards; n++) {
      const shard = Buffer.from(list((p) => !inHead(p) && shardOf(p) === n));
      if (shard.length > 0) this.files.set(`manifest/${n.toString(16).padStart(3, "0")}.${sha(shard).slice(0, 16)}`, shard);
    }
    const text = `despatch-head 1\nserial ${String(this.serial)}\ndate ${date(Math.min(0, this.validDays) - 0.01)}\nvalid-until ${date(this.validDays)}\nprevious -\nshards ${String(this.shards)}\n${list(inHead)}`;
    this.files.set("head", signed(text, "despatch-head", by.head ?? this.headKey));
  }

  /** The part of page paths of a room. */
  static rootOf(room: Pick<Room, "kind" | "school">): string {
    return sha(`root ${room.kind} ${room.school?.urn ?? ""}`).slice(0, 16);
  }

  /** Seals one room; gives its lines of the ring. */
  async #room(room: Room): Promise<string> {
    const identity = await generateHybridIdentity();
    const recipient = await identityToRecipient(identity);
    const root = Tree.rootOf(room);
    const inPack: Record<string, Uint8Array> = {};
    const inIndex: Record<string, Uint8Array> = {};
    const lists = room.lists ?? [];
    for (const [name, page] of Object.entries(room.pages)) (lists.some((l) => l.page === name) ? inIndex : inPack)[`${root}/${name}`] = Buffer.from(page);
    const files: object[] = [];
    for (const { name, type, title, data, large } of room.files ?? []) {
      let place = { path: "", sha256: "" };
      if (large === true) {
        const bare = tar({ [`${root}/${name}`]: data });
        place = this.#put(await seal(Buffer.concat([bare, Buffer.alloc(padme(bare.length, 8192) - bare.length)]), recipient));
      } else inPack[`${root}/${name}`] = data;
      files.push({ name, ...place, type, title, size: data.length });
    }
    const packs = Object.keys(inPack).length === 0 ? [] : [{ ...this.#put(await seal(pack(inPack), recipient)), names: Object.keys(inPack).map((n) => n.slice(17)).sort() }];
    const contents = { format: 3, compartment: room.kind, school: room.school === null ? null : { ...room.school, opaque: sha(room.school.urn).slice(0, 32) }, root, epoch: 1, packs, files, lists, items: room.items };
    const secret = createHash("sha256").update(root).digest();
    const sealed = await seal(index(contents, inIndex), recipient);
    this.files.set(`i/${createHmac("sha256", secret).update("despatch-index-1").digest("hex").slice(0, 32)}.${sha(sealed).slice(0, 16)}.age`, sealed);
    return `# compartment ${room.kind} ${room.school?.urn ?? "-"} 1 ${root} ${secret.toString("base64")}\n${identity}\n`;
  }

  #put(data: Buffer): { path: string; sha256: string } {
    const sum = sha(data);
    const opaque = randomBytes(16).toString("hex");
    const path = `b/${opaque.slice(0, 2)}/${opaque}.${sum.slice(0, 16)}.age`;
    this.files.set(path, data);
    return { path, sha256: sum };
  }
}
