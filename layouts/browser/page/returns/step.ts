/**
 * Where a person is on the way through a return. The return stands in the fragment,
 * by its opaque address; the step and the school stand in the entry of the tab's
 * history and in no address, since browsers write addresses down.
 */
export const steps = ["", "check"] as const;
export type Step = (typeof steps)[number];

/** The address of completing a return. */
export function addressOf(page: string): string {
  return `/s/return.html#of=${page}`;
}

interface Entry {
  readonly step?: unknown;
  readonly urn?: unknown;
}

/** The step and school of the tab's present entry. */
export function currentEntry(): { step: Step | undefined; urn: string } {
  const { step, urn } = (history.state ?? {}) as Entry;
  return { step: steps.find((s) => s === step), urn: typeof urn === "string" ? urn : "" };
}
