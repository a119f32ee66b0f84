/** Statements: the authority's signed word that nothing was received by a deadline (docs/formats.md section 26). */
import { type Bytes, textOf } from "../../shared/bytes.ts";
import { logKey } from "../../shared/checkpoint.ts";
import { originForm, type Keys } from "../../shared/keys.ts";
import { readLeaf } from "../../shared/leaf.ts";
import { Refusal, want } from "../../shared/problem.ts";
import { checkProof, readProof } from "../../shared/proof.ts";
import { splitSigned, verifyByAny } from "../../shared/sshsig.ts";
import { formatLine, timeOf } from "../../shared/text.ts";

/** What a statement says that was verified. */
export interface Statement {
  readonly visit: string;
  /** Place in the log of the first leaf after the deadline. */
  readonly index: number;
}

const forms: readonly RegExp[] = [
  /^says nothing-received$/, /^time (\S+)$/, /^box (\S+)$/, /^school [0-9]{1,16} [0-9a-f]{32}$/, /^visit ([a-z0-9][a-z0-9-]{0,99})$/,
  /^subject-sha256 [0-9a-f]{64}$/, /^respond-by (\d{4}-\d\d-\d\d)$/, /^deadline (\S+)$/,
];

/** Verifies a statement whole. Throws `malformed`, `newer`, `signature` or `mismatch`. */
export async function verifyStatement(signed: Bytes, trust: Pick<Keys, "heads" | "logs">): Promise<Statement> {
  const { text, signature } = splitSigned(signed);
  const [format, ...lines] = textOf(text).split("\n");
  formatLine(format, "despatch-statement", 1);
  const [, time = "", box = "", , visit = "", , respondBy = "", deadline = ""] = forms.map((form, i) => {
    const [line, value = ""] = form.exec(lines[i] ?? "") ?? [];
    want(line !== undefined, `line ${String(i + 2)} is not as a statement has it`);
    return value;
  });
  const [salt = "", record = "", empty, ...rest] = lines.slice(forms.length);
  want(empty === "" && originForm.test(box), "the statement names no box, or breaks off");
  timeOf(time);
  const end = timeOf(deadline);
  want(end.getTime() === endOf(respondBy), "its deadline is not the end of its last day in London");
  const leaf = readLeaf(`${salt}\n${record}\n`);
  const proof = readProof(rest.join("\n"));
  await verifyByAny(trust.heads, "despatch-statement", text, signature);
  if (leaf.time <= end) throw new Refusal("mismatch", "the log's leaf is not later than the deadline");
  const name = `${box.replace(/^https?:\/\//, "")}/log`;
  const logs = (await Promise.all(trust.logs.map(logKey))).filter((k) => k.name === name);
  if (logs.length === 0) throw new Refusal("mismatch", "the authority names no log of that box");
  await checkProof(proof, leaf, logs);
  return { visit, index: proof.index };
}

/** The end of a day in London: at the next midnight there, which is 23:00 UTC in summer. */
function endOf(day: string): number {
  const midnight = timeOf(`${day}T00:00:00Z`).getTime() + 24 * 3_600_000;
  const hour = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", hour: "2-digit", hourCycle: "h23" }).format(midnight);
  return midnight - Number(hour) * 3_600_000;
}
