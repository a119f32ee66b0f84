/** Dates as people read them; a day is a London day, written 2026-11-18. */

/** The London day of a moment. */
export function londonDay(at: number): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: "Europe/London", year: "numeric", month: "2-digit", day: "2-digit" }).format(at);
}

/** The London time of day of a moment, as 07:00. */
export function londonTime(at: number): string {
  return new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);
}

/** "18 November 2026", GOV.UK's way. */
export function longDay(day: string): string {
  return written(day, { day: "numeric", month: "long", year: "numeric" });
}

/** "Wed 18 November 2026". */
export function weekday(day: string): string {
  return `${written(day, { weekday: "short" })} ${longDay(day)}`;
}

/** The school year of a day, September to August: "2026 to 2027". */
export function schoolYear(day: string): string {
  const year = Number(day.slice(0, 4)) - (day.slice(5, 7) < "09" ? 1 : 0);
  return `${String(year)} to ${String(year + 1)}`;
}

/** Whole days from one day to another; negative when `to` is earlier. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}

/** For so long a deadline that passed is called overdue; then it is history. */
export const overdueDays = 90;

/** What is left until a deadline: "4 days left", "today", "1 day overdue"; nothing of one long past. */
export function daysLeft(today: string, due: string): string {
  const n = daysBetween(today, due);
  if (n === 0) return "today";
  if (n < -overdueDays) return "";
  return `${Math.abs(n) === 1 ? "1 day" : `${String(Math.abs(n))} days`} ${n < 0 ? "overdue" : "left"}`;
}

/** The day some days after another. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
}

function written(day: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" }).format(Date.parse(day));
}
