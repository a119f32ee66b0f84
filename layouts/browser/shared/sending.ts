/** What a school sends to a service of the authority: a letter of two lines, and the bytes of its files (docs/formats.md section 18.3). */
import { type Bytes, textOf, utf8 } from "./bytes.ts";
import { fileNameOf } from "./form/definition.ts";
import { want } from "./problem.ts";
import { commentsOf, lengthOf } from "./response.ts";
import { Members } from "./shape.ts";
import { formatLine } from "./text.ts";

/** A file that follows a letter. */
export interface SentFile {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

export interface Sending {
  /** The service's id. */
  readonly service: string;
  readonly message: string;
  readonly files: readonly SentFile[];
}

/** The most that is sent together; files of one deposit have at most 64 GiB, of which a drop-box takes less. */
export const mostFiles = 100;
export const mostMessage = 4000;
const mostLetter = 65536;
const mostSize = 64 * 2 ** 30;

/** The endings of all files that are taken. */
export const endings: readonly string[] = ["pdf", "docx", "xlsx", "pptx", "odt", "ods", "odp", "csv", "txt", "png", "jpg", "jpeg", "ics", "zip"];

/** The ending of a file's name. */
export function endingOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** Writes a letter. Throws `malformed` for what could not be read again. */
export function sendingText(letter: Sending): Bytes {
  const bytes = utf8(lines(letter));
  readSending(bytes);
  return bytes;
}

/** Reads a letter. Throws `malformed` or `newer`. */
export function readSending(bytes: Bytes): Sending {
  want(bytes.length <= mostLetter, "the letter is longer than any may be");
  const text = textOf(bytes);
  formatLine(text.split("\n")[0], "despatch-upload", 1);
  const members = new Members(parsed(text.slice(text.indexOf("\n") + 1)), 3);
  const files = members.list("files", (value) => {
    const m = new Members(value, 3);
    return { name: m.text("name"), size: m.count("size"), sha256: m.text("sha256") };
  });
  const letter = { service: members.text("service"), message: members.text("message"), files };
  want(/^[a-z0-9][a-z0-9-]{0,63}$/.test(letter.service), "the letter is for no service");
  want(lengthOf(letter.message) <= mostMessage && commentsOf(letter.message) === letter.message, "the message is longer than any may be, or not written as it should be");
  want(files.length > 0 && files.length <= mostFiles && new Set(files.map((f) => f.name)).size === files.length, "the letter has no files, too many, or two of one name");
  for (const { name, size, sha256 } of files) {
    want(fileNameOf(name) === name && endings.includes(endingOf(name)) && size > 0 && /^[0-9a-f]{64}$/.test(sha256), "a file has a name that cannot be, is empty, or has no SHA-256");
  }
  want(files.reduce((sum, f) => sum + f.size, 0) <= mostSize, "the files are larger than any may be");
  want(lines(letter) === text, "the letter is not written as Despatch writes it");
  return letter;
}

function lines({ service, message, files }: Sending): string {
  return `despatch-upload 1\n${JSON.stringify({ service, message, files: files.map(({ name, size, sha256 }) => ({ name, size, sha256 })) })}\n`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
