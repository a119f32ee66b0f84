// Every state of the portal (states.mjs) in a wide and a narrow window, in forced
// colours and with scripts blocked: axe finds nothing, the accessibility tree is
// whole, nothing is cut off, nothing moves, and nobody else is asked for anything.
// DESPATCH_E2E=all takes every state in every window; without, the short list.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fs from "node:fs";
import path from "node:path";
import { axe, out } from "./lib.mjs";
import { everything, manners, motion, reflow, textSpacing, tree, windows } from "./checks.mjs";
import { Stage } from "./stage.mjs";
import { states } from "./states.mjs";

const all = process.env.DESPATCH_E2E === "all";
const chosen = states.filter((s) => s.mode !== "print" && (all || s.short));
const results = [];
let stage;

before(async () => {
  stage = await new Stage().start();
});

after(async () => {
  await stage?.stop();
  fs.mkdirSync(out, { recursive: true });
  fs.writeFileSync(path.join(out, "sweep.json"), JSON.stringify({ date: new Date().toISOString().slice(0, 10), all, results }, null, 1) + "\n");
});

/** Looks at a state in one window and writes down what was found there. */
async function look(state, window, check) {
  const { page, done } = await stage.reach(state, windows[window]);
  try {
    const found = await check(page);
    results.push({ state: state.id, window, found });
    return found.map((f) => `${window}: ${f}`);
  } finally {
    await done();
  }
}

for (const state of chosen) {
  test(`${state.group}: ${state.title}${state.who === undefined ? "" : ` (${state.who})`}`, async () => {
    const wrong = await look(state, "wide", async (page) => {
      const found = [...(await everything(page, axe)), ...(await motion(page)), ...(await textSpacing(page)), ...(await reflow(page))];
      if (!all) {
        await page.setViewportSize({ width: 320, height: 640 });
        found.push(...(await axe(page)).map((f) => `at 320 px: ${f}`));
      }
      return found;
    });
    if (all) {
      wrong.push(...(await look(state, "narrow", async (page) => [...(await everything(page, axe)), ...(await textSpacing(page))])));
      wrong.push(...(await look(state, "forced", axe)));
      if (!state.live && state.mode === undefined) wrong.push(...(await look(state, "blocked", async (page) => [...(await axe(page)), ...(await tree(page)), ...(await manners(page)).filter((f) => !f.startsWith("a list"))])));
    }
    assert.deepEqual(wrong, []);
  });
}

test("no page in any state asked anybody but the portal for anything", () => {
  assert.ok(stage.asked.size > 0, "requests were seen");
  assert.deepEqual([...stage.asked].filter((origin) => !stage.origins().includes(origin)), []);
});
