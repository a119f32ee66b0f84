/**
 * Why something was refused. The first eight names are shared with the Go half
 * (docs/formats.md section 0); the others only a browser meets.
 */
export type Cause =
  | "malformed"
  | "newer"
  | "signature"
  | "mismatch"
  | "rollback"
  | "missing"
  | "locked"
  | "expired"
  | "withheld"
  | "offline"
  | "unknown";

/**
 * A refusal: `cause` is what a caller decides by, the message is for people who
 * look into it. It never holds what was decrypted.
 */
export class Refusal extends Error {
  readonly why: Cause;

  constructor(why: Cause, message: string) {
    super(message);
    this.name = why;
    this.why = why;
  }
}

/** Tells a refusal's cause; an error that is none of ours is `unknown`. */
export function causeOf(error: unknown): Cause {
  return error instanceof Refusal ? error.why : "unknown";
}

/** Throws `malformed` unless the condition holds. */
export function want(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Refusal("malformed", message);
}
