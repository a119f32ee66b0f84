/**
 * All that passkeys need, loaded only where one is used or managed: unlocking by
 * passphrase does without.
 */
import { type Bytes } from "../../shared/bytes.ts";
import type { Passkey } from "../../shared/kept.ts";
import { openPasskeyFile } from "../../shared/passkeyfile.ts";
import { clearErrors, showError } from "../errors.ts";
import { one } from "../line.ts";
import { type Hitch, PasskeyProblem, use } from "./ceremony.ts";

export { manage } from "./manage.ts";

const sentences: Partial<Record<Hitch, string>> = {
  cancelled: "The passkey was not used: you cancelled, or it took too long. Try again, or sign in with your passphrase.",
  address: "Passkeys do not work at this address. Open the site by its usual name, or sign in with your passphrase.",
};
const stale = "This passkey does not unlock your papers here. Sign in with your passphrase; then remove the passkey in your account and add it again.";

/** Shows the way in by passkey on the sign-in page. `enter` signs in with the identity file that a touch opened. */
export function offer(passkeys: readonly Passkey[], enter: (file: Bytes) => Promise<void>): void {
  const way = one("[data-passkey-way]");
  const button = one("button[data-passkey]");
  if (way === null || button === null || !("PublicKeyCredential" in window)) return;
  way.hidden = false;
  let busy = false;
  button.addEventListener("click", () => {
    if (busy) return;
    busy = true;
    clearErrors();
    void touched(passkeys).then(enter, (error: unknown) => {
      showError([{ field: "", text: (error instanceof PasskeyProblem ? sentences[error.why] : undefined) ?? stale }]);
    }).finally(() => { busy = false; });
  });
}

/** The identity file, opened by one of this device's passkeys. */
async function touched(passkeys: readonly Passkey[]): Promise<Bytes> {
  const { passkey, evaluated } = await use(passkeys);
  return openPasskeyFile(passkey.file, evaluated);
}
