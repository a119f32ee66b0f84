/** Scripts that only some pages and people need, loaded when they are. */

/** Set by the build: the address of passkey.js beside this script. */
declare const PASSKEY_SCRIPT: string;

/** Loads what signing in with a passkey needs. */
export async function passkeys(): Promise<typeof import("./passkey/passkey.ts")> {
  return (await import(PASSKEY_SCRIPT)) as typeof import("./passkey/passkey.ts");
}

/** Set by the build: the address of manage.js beside this script. */
declare const MANAGE_SCRIPT: string;

/** Loads what the account page needs where passkeys are added and removed. */
export async function passkeyList(): Promise<typeof import("./passkey/manage.ts")> {
  return (await import(MANAGE_SCRIPT)) as typeof import("./passkey/manage.ts");
}

/** Set by the build: the address of respond.js beside this script. */
declare const RESPOND_SCRIPT: string;

/** Loads what the page of a visit needs that awaits a response. */
export async function answers(): Promise<typeof import("./respond/respond.ts")> {
  return (await import(RESPOND_SCRIPT)) as typeof import("./respond/respond.ts");
}

/** Set by the build: the address of returns.js beside this script. */
declare const RETURNS_SCRIPT: string;

/** Loads what the page of a data return needs that may be completed. */
export async function forms(): Promise<typeof import("./returns/returns.ts")> {
  return (await import(RETURNS_SCRIPT)) as typeof import("./returns/returns.ts");
}

/** Set by the build: the address of send.js beside this script. */
declare const SEND_SCRIPT: string;

/** Loads what the page needs from which documents are sent. */
export async function sending(): Promise<typeof import("./send/send.ts")> {
  return (await import(SEND_SCRIPT)) as typeof import("./send/send.ts");
}

/** Set by the build: the address of own.js beside this script. */
declare const OWN_SCRIPT: string;

/** Loads what the account page needs where something of the account can be changed. */
export async function ownParts(): Promise<typeof import("./own/own.ts")> {
  return (await import(OWN_SCRIPT)) as typeof import("./own/own.ts");
}
