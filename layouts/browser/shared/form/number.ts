/** Numbers as a data return keeps them, counted in thousandths so that sums are exact. */

/** A typed number as it is kept; what is no number stays as it was typed. */
export function plainNumber(typed: string): string {
  const [, minus = "", digits, part = ""] = /^(-?)([0-9]+)(?:\.([0-9]+))?$/.exec(typed.replace(/[, ]/g, "")) ?? [];
  if (digits === undefined) return typed;
  const whole = digits.replace(/^0+(?=.)/, "");
  const rest = part.replace(/0+$/, "");
  const number = rest === "" ? whole : `${whole}.${rest}`;
  return number === "0" ? "0" : minus + number;
}

/** A number as it is kept, in thousandths; nothing for what is none. */
export function thousandths(value: string): number | undefined {
  const [, minus, whole = "", part = ""] = /^(-?)(0|[1-9][0-9]{0,8})(?:\.([0-9]{0,2}[1-9]))?$/.exec(value) ?? [];
  if (minus === undefined || value === "-0") return undefined;
  const n = Number(whole) * 1000 + Number((part + "000").slice(0, 3));
  return minus === "-" ? -n : n;
}

/** How many digits stand after the point. */
export function decimalsOf(value: string): number {
  const dot = value.indexOf(".");
  return dot < 0 ? 0 : value.length - dot - 1;
}
