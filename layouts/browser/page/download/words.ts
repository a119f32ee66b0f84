/** What is written for people into a person's own archive. */
import type { SentList } from "../../shared/answering.ts";
import { longDay } from "../../shared/dates.ts";
import type { Whole } from "../../shared/message.ts";
import { compare, kindName, type Paper } from "../../shared/paper.ts";
import type { Session } from "../../shared/session.ts";

const escaped: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (c) => escaped[c] ?? c);
const day = (now: Date): string => longDay(now.toISOString().slice(0, 10));

/** The way in: every record that has a page, by kind, the newest first. */
export function cover(session: Session, papers: readonly Paper[], now: Date): string {
  const several = new Set(papers.flatMap((p) => p.schools.map((s) => s.urn))).size > 1;
  const kinds = new Map<string, Paper[]>();
  for (const p of papers) {
    const [school, ...others] = p.schools;
    const group = several && school !== undefined && others.length === 0 ? `${school.name}: ${kindName(p)}` : kindName(p);
    if (p.href !== "") kinds.set(group, [...(kinds.get(group) ?? []), p]);
  }
  const lists = [...kinds].sort(([a], [b]) => compare(a, b)).map(([kind, list]) => {
    const lines = list.sort((a, b) => compare(b.item.date, a.item.date)).map((p) => {
      const schools = p.schools.length === 0 ? "" : `, ${p.schools.map((s) => s.name).join(", ")}`;
      return `<li><a href="s/${escape(p.href)}">${escape(p.item.title)}</a>${escape(p.item.date === "" ? "" : `, ${longDay(p.item.date)}`)}${escape(schools)}</li>`;
    });
    return `<h2>${escape(kind)}</h2>\n<ul>\n${lines.join("\n")}\n</ul>`;
  });
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>What ${escape(session.holder)} could read on ${day(now)}</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}li{margin:.4rem 0}a{color:#1d4f9c}</style>
</head>
<body>
<main>
<h1>What ${escape(session.holder)} could read on ${day(now)}</h1>
<p>The pages are as the authority published them; what leads on from them into the portal needs the portal. README.txt, beside this folder, says how to check that nothing was changed.</p>
${lists.join("\n")}
</main>
</body>
</html>
`;
}

/** README.txt. */
export function readme(session: Session, whole: Whole, why: SentList["why"], now: Date): string {
  return `WHAT ${session.holder.toUpperCase()} COULD READ

Downloaded on ${day(now)} from state ${String(whole.serial)} of the authority's site, by the
person themselves: their account signed this copy, not the authority. The
authority makes and signs archives too; ask it for one.

1. TO READ IT

Unpack the zip. Open the folder "data" and double-click "index.html". It needs a
browser and nothing else. Nobody needs a key to read it: keep it as you keep
other confidential papers.

data/index.html   the way in
data/s            the pages, as they were published but for their links to files
data/files        PDFs and attachments, by school where there are several and record
data/responses    what this account sent, while the drop-box still had it
data/receipts     the drop-box's receipts for it, the envelopes that were signed around
                  it, and what the authority signed of visits that nobody answered${why === "" || why === "no-box" ? "" : ` (the drop-box
                  did not answer: only those that were known on this device)`}
data/proof        what proves it

2. IS IT AS IT WAS DOWNLOADED?

The easy way: double-click "check.html", beside this file, and choose the zip. It
checks every file, in the browser, without a network. Better still, use a
check.html that you have from the authority.

By hand: open a terminal (Windows: Command Prompt, not PowerShell, which changes line
ends) in this folder.

  Linux:
    sha256sum -c --quiet tagmanifest-sha256.txt
    sha256sum -c --quiet manifest-sha256.txt
  macOS:
    shasum -a 256 -c tagmanifest-sha256.txt
    shasum -a 256 -c manifest-sha256.txt
  Windows, for a file that matters to you:
    certutil -hashfile data\\index.html SHA256
    findstr /c:"data/index.html" manifest-sha256.txt

  Linux, macOS, Windows:
    ssh-keygen -l -f data/proof/root.pub
    ssh-keygen -Y verify -f data/proof/allowed-signers -I authority -n despatch-keys -s data/proof/keys.txt.sig < data/proof/keys.txt
    ssh-keygen -Y verify -f data/proof/allowed-signers -I account -n despatch-own-archive -s tagmanifest-sha256.txt.sig < tagmanifest-sha256.txt

The first prints the fingerprint of the authority's root: compare it with one that
you have from elsewhere, as its own website. The key of the third stands in
data/proof/keys.txt, in the line "account ${session.opaque}".

data/proof/published.txt lists the sealed files that this was opened from; the
signed head and the lists in data/proof/tree name each of them.
"despatch verify-archive" checks all of this at once.
`;
}
