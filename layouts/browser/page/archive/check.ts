/**
 * The checker of archives: one page that opens from a stick, loads nothing, and
 * says of a zip that a person chooses whether it is as it was signed.
 */
import { el } from "../element.ts";
import { Refusal } from "../../shared/problem.ts";
import { check, type Result } from "./bag.ts";
import { members } from "./zip.ts";

function need<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page lacks #${id}`);
  return found;
}

const chosen = need("zip", HTMLInputElement);
const known = need("fingerprint", HTMLInputElement);
const said = need("said", HTMLElement);
let turn = 0;

async function run(): Promise<void> {
  const zip = chosen.files?.[0];
  if (!zip) return;
  const mine = ++turn;
  const state = el("p", {}, "Checking …");
  said.replaceChildren(state);
  let next = Date.now() + 500;
  try {
    const result = await check(await members(zip), (done, total) => {
      if (mine !== turn || Date.now() < next) return;
      next = Date.now() + 500;
      state.textContent = `Checked ${String(done)} of ${String(total)} files`;
    });
    if (mine === turn) say(zip.name, result);
  } catch (error) {
    if (mine === turn) bad(error instanceof Refusal ? error.message : "the file cannot be read");
  }
}

function bad(why: string): void {
  said.replaceChildren(el("h2", { class: "bad" }, "This is not an archive as it was signed"), el("p", {}, `${why[0]?.toUpperCase() ?? ""}${why.slice(1)}.`));
}

function say(name: string, r: Result): void {
  const typed = known.value.trim();
  const other = typed !== "" && r.fingerprint !== "" && typed !== r.fingerprint;
  if (r.findings.length > 0 || other) {
    const list = el("ul", {}, ...r.findings.map((f) => el("li", {}, el("strong", {}, f.path), `: ${f.text}`)));
    if (other) list.append(el("li", {}, "The root is another one than the fingerprint that you typed."));
    said.replaceChildren(el("h2", { class: "bad" }, "This is not an archive as it was signed"), list);
    return;
  }
  const parts = [el("h2", { class: "good" }, r.signatures ? "Every file is as it was signed" : "Every file is as the archive lists it")];
  parts.push(el("p", {}, `${name}: ${String(r.files)} files. ${r.info.get("External-Description") ?? ""}. Archived on ${r.info.get("Bagging-Date") ?? ""}.`));
  if (r.evidence > 0) parts.push(el("p", {}, `${String(r.evidence)} ${r.evidence === 1 ? "receipt, envelope or statement holds" : "receipts, envelopes and statements hold"}: who sent what, and when the drop-box had it or had nothing.`));
  if (r.stamp) parts.push(el("p", {}, `Stamped on ${r.stamp.time.toISOString().slice(0, 16).replace("T", " at ")} UTC by ${r.stamp.by}. Whether to trust them is for “openssl ts -verify”, as README.txt says.`));
  if (r.info.get("Despatch-Archive-Profile") === "account") parts.push(el("p", {}, "A person made and signed it of what they could read, not the authority."));
  if (!r.signatures) parts.push(el("p", {}, "This browser cannot check the signature. Use a newer one, or steps 2 to 4 of README.txt."));
  else if (typed !== "") parts.push(el("p", {}, "The root is the one whose fingerprint you typed."));
  else parts.push(el("p", {}, "Compare the fingerprint of the root with one that you have from elsewhere, as the authority’s own website: ", el("code", {}, r.fingerprint)));
  said.replaceChildren(...parts);
}

chosen.addEventListener("change", () => void run());
known.addEventListener("change", () => void run());
