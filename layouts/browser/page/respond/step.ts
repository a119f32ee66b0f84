/**
 * Where a person is on the way through an answer. It stands in the fragment, which
 * no server sees, so that Back, reload and a second tab find it: the record by its
 * opaque address, and a step, never what was chosen or typed.
 */
export const steps = ["", "accurate", "inaccurate", "comments", "check"] as const;
export type Step = (typeof steps)[number];

/** The address of a step of answering a record. */
export function addressOf(page: string, step: Step): string {
  return `/s/respond.html#of=${page}${step === "" ? "" : `&step=${step}`}`;
}

/** Reads a fragment; nothing when it names no record. */
export function stepOf(hash: string): { readonly page: string; readonly step: Step } | undefined {
  const said = new URLSearchParams(hash.slice(1));
  const page = said.get("of") ?? "";
  if (!/^[0-9a-f]{16}\/[0-9a-f]{16}\.html$/.test(page)) return undefined;
  return { page, step: steps.find((s) => s === said.get("step")) ?? "" };
}
