/**
 * Deadlines as calendar files (RFC 5545), made on the device. Whoever runs the
 * calendar learns a day and that it is a deadline: no school, no focus, no
 * child, and nothing by which two people's entries could be told to be one.
 */
import { sha256, utf8 } from "../shared/bytes.ts";
import { addDays, londonDay, longDay } from "../shared/dates.ts";
import { el, hidden } from "./element.ts";
import { all } from "./line.ts";

/** A deadline as a calendar has it. */
export interface Entry {
  /** The day, 2026-12-18, until whose midnight in London one may act. */
  readonly due: string;
  /** The same for one person and paper each time it is made. */
  readonly uid: string;
  /** When the file is made, in milliseconds. */
  readonly at: number;
  /** Where the portal is: its origin alone. */
  readonly portal: string;
}

/** The UID of one person's deadline of one page. Neither can be found from it: the page's address is secret. */
export async function uidOf(holder: string, path: string): Promise<string> {
  return (await sha256(utf8(`despatch-deadline-1\n${holder}\n${path}`))).slice(0, 32);
}

/** The file. An entry of a whole day is that day in every calendar, wherever it is kept. */
export function calendarFile(entry: Entry): string {
  const day = (d: string): string => d.replaceAll("-", "");
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Despatch//Deadlines//EN",
    "CALSCALE:GREGORIAN",
    "BEGIN:VEVENT",
    `UID:${entry.uid}@deadline.invalid`,
    `DTSTAMP:${new Date(entry.at).toISOString().replace(/[-:]|\.\d+/g, "")}`,
    `DTSTART;VALUE=DATE:${day(entry.due)}`,
    `DTEND;VALUE=DATE:${day(addDays(entry.due, 1))}`,
    `SUMMARY:${text("Deadline in the schools portal")}`,
    `DESCRIPTION:${text("The last day to act is this day, until midnight in London. Sign in to see what it is about: this entry does not say, so that your calendar need not know.")}`,
    `URL:${entry.portal}/`,
    "TRANSP:TRANSPARENT",
    "CLASS:PRIVATE",
    "BEGIN:VALARM",
    "ACTION:DISPLAY",
    `DESCRIPTION:${text("A deadline in the schools portal is tomorrow")}`,
    // Nine in the morning of the day before.
    "TRIGGER:-PT15H",
    "END:VALARM",
    "END:VEVENT",
    "END:VCALENDAR",
  ];
  return lines.map(folded).join("\r\n") + "\r\n";
}

/** A text value: RFC 5545 section 3.3.11. */
export function text(value: string): string {
  return value.replace(/[\\;,]/g, "\\$&").replace(/\r?\n/g, "\\n");
}

const mostOctets = 75;

/** A line of no more than 75 octets, continued on others: section 3.1. */
export function folded(line: string): string {
  const encoder = new TextEncoder();
  const parts: string[] = [];
  let part = "";
  let octets = 0;
  for (const sign of line) {
    const n = encoder.encode(sign).length;
    if (octets + n > mostOctets) {
      parts.push(part);
      part = " ";
      octets = 1;
    }
    part += sign;
    octets += n;
  }
  return [...parts, part].join("\r\n");
}

/** Offers a file for each deadline of the page that is still to come; in lists the record's own page does. */
export function offerCalendar(deadlines: readonly HTMLTimeElement[], holder: string, now: number): void {
  for (const time of deadlines) {
    const due = time.dateTime.slice(0, 10);
    if (due < londonDay(now)) continue;
    const button = el("button", { class: "app-calendar", type: "button" }, "Add to calendar", hidden(`: ${longDay(due)}`));
    // The paper that a line of a list is about, else this page.
    const link = time.closest("tr")?.querySelector<HTMLAnchorElement>("a[href]");
    button.addEventListener("click", () => { void save(due, holder, new URL(link?.href ?? location.href).pathname); });
    const left = time.nextElementSibling;
    (left?.matches(".app-days-left") === true ? left : time).after(" ", button);
  }
}

/** The deadlines that get an offer, looked for before the clock marks them. */
export function deadlines(): HTMLTimeElement[] {
  return all("time[data-deadline]").filter((e): e is HTMLTimeElement => e instanceof HTMLTimeElement && e.closest("[data-list]") === null);
}

async function save(due: string, holder: string, path: string): Promise<void> {
  const file = calendarFile({ due, uid: await uidOf(holder, path), at: Date.now(), portal: location.origin });
  const address = URL.createObjectURL(new Blob([file], { type: "text/calendar" }));
  el("a", { href: address, download: `deadline-${due}.ics` }).click();
  // The browser reads the file at its leisure.
  setTimeout(() => { URL.revokeObjectURL(address); }, 60_000);
}
