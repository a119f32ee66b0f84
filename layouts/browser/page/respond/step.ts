/**
 * Where a person is on the way through an answer. The record stands in the fragment,
 * by its opaque address; the step stands in the entry of the tab's history and in no
 * address, since browsers write addresses down and a step tells what was judged.
 */
export const steps = ["", "comments", "passages", "mark", "check"] as const;
export type Step = (typeof steps)[number];

/** The address of answering a record. */
export function addressOf(page: string): string {
  return `/s/respond.html#of=${page}`;
}

/** The record that a fragment names, or empty. */
export function pageOf(hash: string): string {
  const page = new URLSearchParams(hash.slice(1)).get("of") ?? "";
  return /^[0-9a-f]{16}\/[0-9a-f]{16}\.html$/.test(page) ? page : "";
}

/** The step of the tab's present entry; nothing in an entry that no step was put into yet. */
export function currentStep(): Step | undefined {
  const { step } = (history.state ?? {}) as { readonly step?: unknown };
  return steps.find((s) => s === step);
}

/** Which mark the tab's present entry is about. */
export function currentMark(): number {
  const { mark } = (history.state ?? {}) as { readonly mark?: unknown };
  return typeof mark === "number" ? mark : -1;
}
