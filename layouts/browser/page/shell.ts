/**
 * The sign-in page. It hands code and passphrase to the worker, which opens the
 * session; no key passes through here. What it holds afterwards is what every
 * page holds, so that the session outlives a stopped worker.
 */
import { formatCode, foldCode } from "../shared/account.ts";
import type { Bytes } from "../shared/bytes.ts";
import { recall } from "../shared/kept.ts";
import type { Question, Unlocked } from "../shared/message.ts";
import { alarm } from "./alarm.ts";
import { Custody, endingBefore } from "./custody.ts";
import { all, one, ask } from "./line.ts";
import { clearErrors, type Field, showError } from "./errors.ts";
import { passkeys } from "./lazy.ts";
import { type Link, linkOf } from "./link.ts";
import { markHelpline } from "./clock.ts";
import { scriptAddress } from "./script.ts";
import { showLoading } from "./loading.ts";
import { showPublished } from "./published.ts";

const guardKey = "despatch-reloaded";
const mostReloads = 2;

const endings: Record<string, string> = {
  "signed-out": "You have signed out on this device.",
  idle: "You were signed out because nothing was done for 20 minutes.",
  expired: "You were signed out because you had been signed in for 10 hours.",
  removed: "You were signed out because your account has changed. Ask the authority if you did not expect it.",
  left: "You signed out everywhere, so here too.",
};

const faults: Record<Exclude<Unlocked, { ok: true }>["why"], { field: Field; text: string }> = {
  code: { field: "code", text: "There is no account with this code. Check it against your key letter." },
  passphrase: { field: "passphrase", text: "The passphrase is not right. Check every word against your key letter." },
  locked: { field: "", text: "Your account's keys do not fit any more. Ask the authority for a new key letter." },
  missing: { field: "", text: "There are no papers for this account now. Ask the authority." },
  offline: { field: "", text: "The site cannot be reached. Check your connection and try again." },
  newer: { field: "", text: "This page is older than the site. Close all its tabs, open it again and sign in." },
  malformed: { field: "", text: "What the site serves is damaged. Try again in a few minutes; if it happens again, tell the authority." },
  mismatch: { field: "", text: "What the site serves is not what your authority published. Try again in a few minutes; if it happens again, ring the authority on a number that you know." },
  withheld: { field: "", text: "The site does not deliver a file that your authority published. Try again in a few minutes; if it happens again, ring the authority on a number that you know." },
  signature: { field: "", text: "What the site serves is not signed by your authority. Do not go on; ring the authority on a number that you know." },
  rollback: { field: "", text: "The site shows an older or another state than this device has already seen. Try again in a few minutes; if it happens again, ring the authority on a number that you know. Newer papers may be kept from you." },
  expired: { field: "", text: "This took too long. Try again." },
  unknown: { field: "", text: "Something went wrong. Reload the page and try again." },
};

async function start(): Promise<void> {
  markHelpline(Date.now());
  const link = linkOf(location);
  if (lost()) {
    sayLost();
    return;
  }
  if (!supported()) {
    unsupported();
    return;
  }
  const worker = await register();
  if (worker === undefined) {
    unsupported();
    return;
  }
  showLoading();
  const custody = new Custody(worker, alarm);
  const { unlocked } = await ask(worker, { ask: "status" });
  if (unlocked && (await custody.take())) {
    goOn(link);
    return;
  }
  sessionStorage.removeItem(guardKey);
  await prepare(link);
  listen(worker, custody, link);
  void ask(worker, { ask: "about", atLeast: link.atLeast }).then((about) => {
    showPublished({ ...about, stale: false });
    show("[data-stale]", about.stale);
    show("[data-behind]", about.behind);
  });
}

/** Says whether this page stands where nothing is: only under /s/ may there be something to sign in for. */
function lost(): boolean {
  return !location.pathname.startsWith("/s/") && !["/", "/index.html", "/404.html"].includes(location.pathname);
}

function sayLost(): void {
  const heading = one("h1");
  if (heading !== null) heading.textContent = "Page not found";
  document.title = document.title.replace(/^[^–]*/, "Page not found ");
  for (const part of all("[data-here]")) part.hidden = true;
  show("[data-lost]", true);
  document.body.dataset["pageReady"] = "";
}

/** Everything that reading needs; without it the form would only disappoint. */
function supported(): boolean {
  return isSecureContext && named() && "serviceWorker" in navigator && "subtle" in crypto && "DecompressionStream" in window && "indexedDB" in window;
}

/** Passkeys belong to names, and so does this site: a number as address is refused at once. */
function named(): boolean {
  return !/^(\d+\.\d+\.\d+\.\d+|\[.*\])$/.test(location.hostname);
}

function unsupported(): void {
  show(named() ? "[data-unsupported]" : "[data-unnamed]", true);
  show("form[data-sign-in]", false);
  document.body.dataset["pageReady"] = "";
}

/** Registers the worker and waits until one is active; a waiting newer one may take over as nobody is signed in. */
async function register(): Promise<ServiceWorker | undefined> {
  try {
    const registration = await navigator.serviceWorker.register(scriptAddress("despatch-worker", /^\/sw\.js$/, "/sw.js"), { scope: "/", updateViaCache: "none" });
    const { active } = await navigator.serviceWorker.ready;
    const waiting = registration.waiting;
    if (waiting === null || active === null) return active ?? undefined;
    await Promise.race([ask(waiting, { ask: "activate" }), pause(1000)]);
    return registration.active ?? active;
  } catch {
    return undefined;
  }
}

async function prepare(link: Link): Promise<void> {
  const code = one("#code");
  const passphrase = one("#passphrase");
  if (!(code instanceof HTMLInputElement) || !(passphrase instanceof HTMLInputElement)) return;
  const known = link.code === "" ? ((await recall("code").catch(() => undefined)) ?? "") : link.code;
  if (code.value === "" && known !== "") code.value = formatCode(known);
  const ending = endingBefore();
  const note = one("[data-ended]");
  if (note !== null && endings[ending] !== undefined) {
    note.textContent = endings[ending];
    note.hidden = false;
    note.tabIndex = -1;
    note.focus();
  }
  if (ending === "replaced") alarm("replaced");
  const toggle = one("button[data-show]");
  toggle?.addEventListener("click", () => {
    const hidden = passphrase.type === "password";
    passphrase.type = hidden ? "text" : "password";
    toggle.textContent = hidden ? "Hide" : "Show";
    toggle.setAttribute("aria-label", hidden ? "Hide passphrase" : "Show passphrase");
  });
  if (toggle !== null) toggle.hidden = false;
}

function listen(worker: ServiceWorker, custody: Custody, link: Link): void {
  const form = one("form[data-sign-in]");
  if (!(form instanceof HTMLFormElement)) return;
  // Hidden until now: a form without its script would send the passphrase to the host.
  form.hidden = false;
  form.noValidate = true;
  let busy = false;
  const enter = async (question: Question & { ask: "unlock" | "enter" }): Promise<void> => {
    if (busy) return;
    busy = true;
    await signIn(form, worker, custody, link, question).finally(() => { busy = false; });
  };
  const code = one("#code", form);
  const expect = (): void => {
    const known = code instanceof HTMLInputElement ? foldCode(code.value) : "";
    if (known !== "") void ask(worker, { ask: "expect", code: known });
  };
  code?.addEventListener("change", expect);
  expect();
  forgetTyped(form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const question = typed(form);
    if (question !== undefined) void enter(question);
  });
  void offerPasskeys(worker, (file) => enter({ ask: "enter", file, shared: new FormData(form).has("shared") })).catch(() => undefined);
  document.body.dataset["pageReady"] = "";
}

/** On a shared computer the browser is asked to remember neither field, in whichever way it does. */
function forgetTyped(form: HTMLFormElement): void {
  const shared = one("#shared", form);
  shared?.addEventListener("change", () => {
    for (const [id, usual] of [["code", "username"], ["passphrase", "current-password"]]) one(`#${id ?? ""}`, form)?.setAttribute("autocomplete", (shared as HTMLInputElement).checked ? "off" : (usual ?? ""));
  });
}

/** What was typed, or nothing: then the form says what is missing. */
function typed(form: HTMLFormElement): (Question & { ask: "unlock" }) | undefined {
  const fields = new FormData(form);
  const code = textOf(fields.get("code"));
  const passphrase = textOf(fields.get("passphrase"));
  clearErrors();
  if (foldCode(code) === "") {
    showError([{ field: "code", text: code.trim() === "" ? "Enter your account code" : "Enter the account code as on your key letter: 8 letters and numbers, like 7KQ2-M9XD" }]);
    return undefined;
  }
  if (passphrase.trim() === "") {
    showError([{ field: "passphrase", text: "Enter your passphrase" }]);
    return undefined;
  }
  return { ask: "unlock", code, passphrase, shared: fields.has("shared") };
}

async function signIn(form: HTMLFormElement, worker: ServiceWorker, custody: Custody, link: Link, question: Question & { ask: "unlock" | "enter" }): Promise<void> {
  const done = working(form);
  const answer = await ask(worker, question);
  if (answer.ok && (await custody.take())) {
    form.reset();
    goOn(link);
    return;
  }
  done();
  showError([faults[answer.ok ? "unknown" : answer.why]]);
}

/** The ways in by passkey: one of this device, where it has any, and one that was added elsewhere. */
async function offerPasskeys(worker: ServiceWorker, enter: (file: Bytes) => Promise<void>): Promise<void> {
  if (!("PublicKeyCredential" in window)) return;
  show("[data-passkey-else]", true);
  one("[data-passkey-else] button")?.addEventListener("click", () => void passkeys().then((all) => all.fromElsewhere(worker, enter)));
  const kept = ((await recall("passkeys")) ?? []).filter((p) => p.file.length > 0);
  if (kept.length > 0) (await passkeys()).offer(kept, worker, enter);
}

/** Says that the work goes on; gives the way back. */
function working(form: HTMLFormElement): () => void {
  const busy = one("[data-busy]");
  const button = one("button[type=submit]", form);
  if (busy !== null) {
    busy.hidden = false;
    busy.textContent = "Opening… this takes a few seconds.";
  }
  button?.setAttribute("aria-disabled", "true");
  return () => {
    if (busy !== null) busy.textContent = "";
    button?.removeAttribute("aria-disabled");
  };
}

/**
 * On to the page that was asked for. The sign-in page stands in its place when
 * the browser went past the worker (hard reload): loading once more is enough.
 */
function goOn(link: Link): void {
  if (!location.pathname.startsWith("/s/")) {
    // The page that follows says whether the link is another account's, or the site behind it.
    location.replace(link.to + location.hash);
    return;
  }
  const reloads = Number(sessionStorage.getItem(guardKey) ?? "0");
  sessionStorage.setItem(guardKey, String(reloads + 1));
  if (reloads < mostReloads) location.reload();
  else location.replace("/s/home.html");
}

function show(selector: string, visible: boolean): void {
  const element = one(selector);
  if (element !== null) element.hidden = !visible;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}

function textOf(value: FormDataEntryValue | null): string {
  return typeof value === "string" ? value : "";
}

void start();
