/**
 * A number of a cell as text. A date or a percentage is given as one, as a CSV would
 * have it, and never as the number that it is kept as: "1/2", which a spreadsheet
 * program took for 1 February, must not come in as 46054.
 */

export type Look = "number" | "date" | "percentage";

/** How a number format shows numbers; a code is given for those that the workbook describes itself. */
export function lookOf(id: number, code: string | undefined): Look {
  if (code === undefined) {
    if (id === 9 || id === 10) return "percentage";
    return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58) ? "date" : "number";
  }
  // What is between quotation marks, behind a backslash, or only as wide as a sign, is shown as it is; of brackets, those of durations count.
  const signs = code.replace(/"[^"]*"|\\.|[_*]./g, "").replace(/\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, "").replace(/general/gi, "");
  const [positive = ""] = signs.split(";");
  if (/[dmyhs]/i.test(positive)) return "date";
  return positive.includes("%") ? "percentage" : "number";
}

/** The number that a cell holds, as text; nothing for what is none. */
export function numberText(kept: string, look: Look, from1904: boolean): string | undefined {
  if (!/^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$/.test(kept)) return undefined;
  const n = Number(kept);
  if (!Number.isFinite(n)) return undefined;
  if (look === "date") return dateText(n, from1904) ?? decimal(n, 0);
  return look === "percentage" ? `${decimal(n, 2)}%` : decimal(n, 0);
}

/** A number without exponent, of 15 digits as spreadsheet programs show it; with its point moved to the right. */
function decimal(n: number, moved: number): string {
  const [, minus = "", first = "", rest = "", power = ""] = /^(-?)(\d)(?:\.(\d+))?e([-+]\d+)$/.exec(n.toExponential(14)) ?? [];
  const digits = (first + rest).replace(/0+$/, "");
  if (digits === "") return "0";
  const point = Number(power) + 1 + moved;
  if (point <= 0) return `${minus}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return `${minus}${digits.padEnd(point, "0")}`;
  return `${minus}${digits.slice(0, point)}.${digits.slice(point)}`;
}

const day = 86_400_000;
/** 31 December 9999, and the day that 1900 did not have. */
const lastDay = 2_958_465;
const noDay = 60;

/** A day, a time, or both, which are counted in days from 1900 or 1904. */
function dateText(n: number, from1904: boolean): string | undefined {
  const counted = from1904 ? n + 1462 : n;
  const all = Math.round(counted * 86_400);
  const seconds = all % 86_400;
  const whole = (all - seconds) / 86_400;
  if (n < 0 || whole > lastDay) return undefined;
  const time = new Date(seconds * 1000).toISOString().slice(11, 19);
  if (n < 1 && seconds > 0) return time;
  const date = whole === noDay ? "1900-02-29" : new Date(Date.UTC(1899, 11, whole < noDay ? 31 : 30) + whole * day).toISOString().slice(0, 10);
  return seconds === 0 ? date : `${date} ${time}`;
}
