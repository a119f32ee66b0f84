/** The authority's signed word that nothing was received, as the page of a visit shows it (docs/formats.md section 26). */

const marks: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"' };

/** Gives the statement of a visit's page and its name in an archive; nothing where there is none. */
export function statementOn(html: string): { readonly name: string; readonly text: string } | undefined {
  const [, shown] = /<pre class="app-code">(despatch-statement [^<]*)<\/pre>/.exec(html) ?? [];
  if (shown === undefined) return undefined;
  const text = shown.replace(/&(?:#(\d{1,7})|(amp|lt|gt|quot));/g, (_, code: string | undefined, mark: string | undefined) => code === undefined ? marks[mark ?? ""] ?? "" : String.fromCodePoint(Number(code)));
  const visit = /^visit ([a-z0-9-]+)$/m.exec(text)?.[1];
  const index = /^index (\d{1,10})$/m.exec(text)?.[1];
  return visit === undefined || index === undefined ? undefined : { name: `${index.padStart(10, "0")}-${visit}`, text };
}
