/**
 * All that passkeys need, loaded only where one is used or managed: unlocking by
 * passphrase does without.
 */
import { type Bytes } from "../../shared/bytes.ts";
import { foldCode } from "../../shared/account.ts";
import type { Passkey } from "../../shared/kept.ts";
import { openPasskeyFile } from "../../shared/passkeyfile.ts";
import { clearErrors, showError } from "../errors.ts";
import { ask, one } from "../line.ts";
import { type Hitch, PasskeyProblem, use } from "./ceremony.ts";
import { add, bytesOf, idOf, own, reconcile } from "./kept.ts";

const sentences: Partial<Record<Hitch, string>> = {
  cancelled: "The passkey was not used: you cancelled, or it took too long. Try again, or sign in with your passphrase.",
  address: "Passkeys do not work at this address. Open the site by its usual name, or sign in with your passphrase.",
};
const stale = "This passkey does not unlock your papers here. Sign in with your passphrase; then remove the passkey in your account and add it again.";
const removed = "This passkey was removed on another device. Sign in with your passphrase.";

/** Why a person cannot sign in with a passkey, in words for them. */
class Told extends Error {
  readonly field: string;

  constructor(text: string, field = "") {
    super(text);
    this.field = field;
  }
}

type Enter = (file: Bytes) => Promise<void>;

/** Shows the way in by passkey on the sign-in page. `enter` signs in with the identity file that a touch opened. */
export function offer(passkeys: readonly Passkey[], worker: ServiceWorker, enter: Enter): void {
  const way = one("[data-passkey-way]");
  if (way === null) return;
  way.hidden = false;
  onTouch(one("button[data-passkey]", way), () => here(passkeys, worker), enter);
}

/** Signs in with a passkey that was added on another device, now. */
export async function fromElsewhere(worker: ServiceWorker, enter: Enter): Promise<void> {
  await touch(() => published(worker), enter);
}

function onTouch(button: HTMLElement | null, open: () => Promise<Bytes>, enter: Enter): void {
  let busy = false;
  button?.addEventListener("click", () => {
    if (busy) return;
    busy = true;
    void touch(open, enter).finally(() => { busy = false; });
  });
}

async function touch(open: () => Promise<Bytes>, enter: Enter): Promise<void> {
  clearErrors();
  let file: Bytes;
  try {
    file = await open();
  } catch (error) {
    const told = error instanceof Told ? { field: error.field, text: error.message } : { field: "", text: (error instanceof PasskeyProblem ? sentences[error.why] : undefined) ?? stale };
    showError([told]);
    return;
  }
  await enter(file);
}

/** The identity file, opened by one of this device's passkeys. Meanwhile the site is asked whether it still stands. */
async function here(passkeys: readonly Passkey[], worker: ServiceWorker): Promise<Bytes> {
  const listed = new Map([...new Set(passkeys.map((p) => p.code))].map((code) => [code, ask(worker, { ask: "passkeys", code })]));
  const { passkey, evaluated } = await use(passkeys);
  await reconcile(passkey.code, (await listed.get(passkey.code)) ?? null);
  if (!(await own(passkey.code)).some((p) => idOf(p) === idOf(passkey))) throw new Told(removed);
  return openPasskeyFile(passkey.file, evaluated);
}

/** The identity file of the account whose code is typed, opened by one of its published passkeys. */
async function published(worker: ServiceWorker): Promise<Bytes> {
  const field = one("#code");
  const code = foldCode(field instanceof HTMLInputElement ? field.value : "");
  if (code === "") throw new Told("Enter your account code: it says whose passkeys to look for", "code");
  const found = await ask(worker, { ask: "passkeys", code });
  if (found === null) throw new Told("The site cannot be reached. Check your connection and try again.");
  if (found.length === 0) throw new Told("No passkey is published for this account yet. Sign in with your passphrase.");
  const { passkey, evaluated } = await use(found.map(({ credential, file }) => ({ code, credential: bytesOf(credential), transports: [], file, name: "Added on another device", added: Date.now(), listed: true })));
  const opened = await openPasskeyFile(passkey.file, evaluated);
  const shared = one("#shared");
  if (!(shared instanceof HTMLInputElement && shared.checked)) await add(passkey);
  return opened;
}
