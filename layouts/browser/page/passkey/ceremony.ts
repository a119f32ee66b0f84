/** What is asked of an authenticator: to make a passkey that computes, and to compute. */
import type { Bytes } from "../../shared/bytes.ts";
import { formatCode } from "../../shared/account.ts";
import type { Passkey } from "../../shared/kept.ts";
import { type Evaluated, inputsOf, nonceOf } from "../../shared/passkeyfile.ts";

/** Why a passkey could not be made or used. */
export type Hitch = "browser" | "authenticator" | "cancelled" | "twice" | "long" | "address" | "failed";

/** A passkey that could not be made or used. */
export class PasskeyProblem extends Error {
  readonly why: Hitch;

  constructor(why: Hitch) {
    super(why);
    this.why = why;
  }
}

/** An id this long still makes a file name (docs/formats.md section 6.1). */
const longestId = 96;

/** Says whether this browser says of itself that passkeys can unlock here; one that says nothing does not. */
export async function capable(): Promise<boolean> {
  if (!("PublicKeyCredential" in window)) return false;
  const { getClientCapabilities } = PublicKeyCredential as { getClientCapabilities?: () => Promise<Record<string, boolean>> };
  if (getClientCapabilities === undefined) return false;
  return (await getClientCapabilities.call(PublicKeyCredential))["extension:prf"] === true;
}

/** A new passkey and what it computed for the nonce. */
export interface Made {
  readonly credential: Bytes;
  readonly transports: string[];
  readonly evaluated: Evaluated;
}

/**
 * Makes a passkey of an account. It asks for one touch, or for a second where
 * the authenticator does not compute while it makes.
 *
 * @throws PasskeyProblem `authenticator` when what was made cannot compute: it is useless here.
 */
export async function make(code: string, portal: string, others: readonly Passkey[], nonce: Uint8Array): Promise<Made> {
  const made = await asked(() => navigator.credentials.create({
    publicKey: {
      rp: { name: portal },
      // Neither a name nor a handle of the person: authenticators keep and show these.
      user: { id: crypto.getRandomValues(new Uint8Array(16)), name: formatCode(code), displayName: formatCode(code) },
      // Nothing is attested and no server asks: only the computed values matter.
      challenge: crypto.getRandomValues(new Uint8Array(32)),
      pubKeyCredParams: [-8, -7, -257].map((alg) => ({ type: "public-key", alg })),
      authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
      excludeCredentials: others.map(described),
      extensions: { prf: { eval: inputsOf(nonce) } },
    },
  }));
  const credential = new Uint8Array(made.rawId);
  const { enabled, results } = made.getClientExtensionResults().prf ?? {};
  if (enabled !== true || credential.length > longestId) {
    await retire(credential);
    throw new PasskeyProblem(enabled === true ? "long" : "authenticator");
  }
  const transports = (made.response as AuthenticatorAttestationResponse).getTransports();
  const passkey = { credential, transports };
  const evaluated = results?.second === undefined ? (await compute([{ ...passkey, nonce }])).evaluated : results;
  return { ...passkey, evaluated };
}

type Question = Pick<Passkey, "credential" | "transports"> & { readonly nonce: Uint8Array };

/** Asks for one of the passkeys, each for its own file; the person chooses. */
export async function use(passkeys: readonly Passkey[]): Promise<{ passkey: Passkey; evaluated: Evaluated }> {
  const { at, evaluated } = await compute(passkeys.map((p) => ({ ...p, nonce: nonceOf(p.file) })));
  const passkey = passkeys[at];
  if (passkey === undefined) throw new PasskeyProblem("failed");
  return { passkey, evaluated };
}

async function compute(questions: readonly Question[]): Promise<{ at: number; evaluated: Evaluated }> {
  const [only] = questions;
  const inputs = questions.map((q) => [base64url(q.credential), inputsOf(q.nonce)] as const);
  // One is asked in the older way, which more password managers understand.
  const prf = questions.length === 1 && only !== undefined ? { eval: inputsOf(only.nonce) } : { evalByCredential: Object.fromEntries(inputs) };
  const answer = await asked(() => navigator.credentials.get({
    publicKey: { challenge: crypto.getRandomValues(new Uint8Array(32)), allowCredentials: questions.map(described), userVerification: "required", extensions: { prf } },
  }));
  const id = base64url(new Uint8Array(answer.rawId));
  const evaluated = answer.getClientExtensionResults().prf?.results;
  if (evaluated?.second === undefined) throw new PasskeyProblem("authenticator");
  return { at: inputs.findIndex(([name]) => name === id), evaluated };
}

/** Tells password managers that a passkey opens nothing any more, where they listen. */
export async function retire(credential: Bytes): Promise<void> {
  const { signalUnknownCredential } = window.PublicKeyCredential as { signalUnknownCredential?: (about: { rpId: string; credentialId: string }) => Promise<void> };
  await signalUnknownCredential?.call(PublicKeyCredential, { rpId: location.hostname, credentialId: base64url(credential) }).catch(() => undefined);
}

function described({ credential, transports }: Pick<Passkey, "credential" | "transports">): PublicKeyCredentialDescriptor {
  return { type: "public-key", id: credential, transports: transports as AuthenticatorTransport[] };
}

/** An authenticator's answer; its refusals in our words. */
async function asked(act: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    const answer = await act();
    if (answer instanceof PublicKeyCredential) return answer;
  } catch (error) {
    const hitches: Record<string, Hitch> = { NotAllowedError: "cancelled", AbortError: "cancelled", InvalidStateError: "twice", SecurityError: "address", NotSupportedError: "authenticator" };
    throw new PasskeyProblem(hitches[error instanceof DOMException ? error.name : ""] ?? "failed");
  }
  throw new PasskeyProblem("failed");
}

function base64url(bytes: Bytes): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=*$/, "");
}
