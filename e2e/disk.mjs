// Searches a browser's profile folder for what must not lie on a disk.
import fs from "node:fs";
import path from "node:path";
import { createHash } from "node:crypto";
import { Decrypter } from "age-encryption";
import { bech32 } from "@scure/base";

/** files gives the files of a folder with their bytes; a browser at work removes some while they are listed. */
function* files(folder) {
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    try {
      yield [file, fs.readFileSync(file)];
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
  }
}

/** needlesOf gives a text as UTF-8 and UTF-16, or bytes as they are. */
function needlesOf(wanted) {
  return Buffer.isBuffer(wanted) ? [wanted] : [Buffer.from(wanted, "utf8"), Buffer.from(wanted, "utf16le")];
}

/** found gives the files of a folder that hold a text or bytes. */
export function found(folder, wanted) {
  const needles = needlesOf(wanted);
  return [...files(folder)].filter(([, bytes]) => needles.some((needle) => bytes.includes(needle))).map(([file]) => file);
}

/** leftIn says of a folder which of several texts or bytes lie where; each has a word for what it is. */
export function leftIn(folder, wanted) {
  const left = [];
  for (const [file, bytes] of files(folder)) {
    for (const [text, what] of wanted) if (needlesOf(text).some((needle) => bytes.includes(needle))) left.push(`${what} in ${path.relative(folder, file)}`);
  }
  return left;
}

/** keysOf opens an account's identity file as the worker does and gives what must never lie on a disk, each with a word for it. */
export async function keysOf(address, account) {
  const opaque = createHash("sha256").update(`despatch-account-1\n${account.code.replace("-", "")}`).digest("hex").slice(0, 32);
  const opener = new Decrypter();
  opener.addPassphrase(account.passphrase);
  const text = await opener.decrypt(new Uint8Array(await (await fetch(`${address}/k/${opaque}.id.age`)).arrayBuffer()), "text");
  const identity = text.trimEnd().split("\n").at(-1);
  const signing = /^# signing (.*)$/m.exec(text)[1];
  return [
    [account.passphrase, "the passphrase"], [account.passphrase.split("-").slice(0, 3).join("-"), "a part of the passphrase"],
    [identity, "the identity"], [Buffer.from(bech32.fromWords(bech32.decode(identity, false).words)), "the identity's bytes"],
    [signing, "the signing seed"], [Buffer.from(signing, "base64"), "the signing seed's bytes"],
  ];
}
