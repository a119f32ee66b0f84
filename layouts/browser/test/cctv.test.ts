import { test } from "node:test";
import { runVectors } from "./cctv.ts";
import { assertPassed, cctvFiles } from "./cctvfiles.ts";

test("age's vectors of C2SP pass in Node, and only a hybrid file opens", async () => {
  assertPassed(await runVectors(cctvFiles()));
});
