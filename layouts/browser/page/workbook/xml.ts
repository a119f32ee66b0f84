/**
 * Goes through the XML of a part of a workbook, element by element. Not DOMParser:
 * our pages demand Trusted Types, to which that is a sink, and a large sheet would
 * become a far larger tree. Names lose their prefixes; a document type is refused,
 * so there are no entities but XML's own five and characters by number.
 */
import { damaged } from "./unread.ts";

export interface Handlers {
  /** An element begins: its path, as `worksheet/sheetData/row`, and its attributes by their whole names. */
  readonly open?: (path: string, attributes: ReadonlyMap<string, string>) => void;
  /** Text within the element of that path. */
  readonly text?: (path: string, text: string) => void;
  readonly close?: (path: string) => void;
}

const deepest = 64;
const nameSign = "[A-Za-z_][\\w.-]*(?::[A-Za-z_][\\w.-]*)?";
const opening = new RegExp(`<(${nameSign})`, "y");
const attribute = new RegExp(`\\s+(${nameSign})\\s*=\\s*(?:"([^"<]*)"|'([^'<]*)')`, "y");
const ending = /\s*(\/?)>/y;
const closing = new RegExp(`</(${nameSign})\\s*>`, "y");

/** Reads a part from beginning to end. */
export function readXML(part: string, bytes: Uint8Array, { open, text: say, close }: Handlers): void {
  const xml = textOf(part, bytes);
  const broken = (): Error => damaged(`${part} is no XML`);
  const paths: string[] = [];
  const names: string[] = [];
  let roots = 0;
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(xml);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  /** Everything up to a mark, past which reading goes on. */
  const upTo = (start: number, mark: string): string => {
    const end = xml.indexOf(mark, start);
    if (end < 0) throw broken();
    at = end + mark.length;
    return xml.slice(start, end);
  };
  while (at < xml.length) {
    const path = paths.at(-1);
    if (xml[at] !== "<") {
      const next = xml.indexOf("<", at);
      const raw = xml.slice(at, next < 0 ? xml.length : next);
      at += raw.length;
      const text = plain(raw, broken);
      if (path !== undefined) say?.(path, text);
      else if (text.trim() !== "") throw broken();
    } else if (xml.startsWith("<![CDATA[", at)) {
      const raw = upTo(at + 9, "]]>");
      if (path === undefined) throw broken();
      say?.(path, raw);
    } else if (xml.startsWith("<!--", at)) upTo(at + 4, "-->");
    else if (xml.startsWith("<?", at)) upTo(at + 2, "?>");
    else if (xml.startsWith("<!", at)) throw damaged(`${part} has a document type, which no workbook needs`);
    else if (xml[at + 1] === "/") {
      const [, name] = match(closing) ?? [];
      if (name === undefined || names.pop() !== name || path === undefined) throw broken();
      paths.pop();
      close?.(path);
    } else {
      const [, name = ""] = match(opening) ?? [];
      const attributes = new Map<string, string>();
      for (let a = match(attribute); a !== null; a = match(attribute)) {
        const [, key = "", double, single = ""] = a;
        if (attributes.has(key)) throw broken();
        attributes.set(key, plain(double ?? single, broken));
      }
      const end = match(ending);
      if (name === "" || end === null || names.length === deepest || (path === undefined && roots++ > 0)) throw broken();
      const local = name.slice(name.indexOf(":") + 1);
      const here = path === undefined ? local : `${path}/${local}`;
      open?.(here, attributes);
      if (end[1] === "/") close?.(here);
      else {
        names.push(name);
        paths.push(here);
      }
    }
  }
  if (roots === 0 || names.length > 0) throw broken();
}

function textOf(part: string, bytes: Uint8Array): string {
  const [a = 0, b = 0] = bytes;
  const coding = a === 0xff && b === 0xfe ? "utf-16le" : a === 0xfe && b === 0xff ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(coding, { fatal: true }).decode(bytes);
  } catch {
    throw damaged(`${part} is no text`);
  }
}

const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function plain(raw: string, broken: () => Error): string {
  if (!raw.includes("&")) return raw;
  return raw.replace(/&([^;&]*);?/g, (whole, name: string) => {
    const [, hex, decimal] = /^#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}))$/.exec(name) ?? [];
    const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
    const sign = code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : named[name];
    if (sign === undefined || !whole.endsWith(";")) throw broken();
    return sign;
  });
}
