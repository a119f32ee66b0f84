// Every state of the portal (states.mjs) in a wide and a narrow window, in forced
// colours and with scripts blocked: axe finds nothing, the accessibility tree is
// whole, nothing is cut off, nothing moves, and nobody else is asked for anything.
// A state is reached once and its window then changed, as somebody would who turns
// a phone or zooms in; what the page decides by its width when it opens is opened
// again. DESPATCH_E2E=all takes every state in every window and its pictures for
// the gallery; without, the short list. DESPATCH_STATES=word,word takes the states
// whose ids begin so.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fs from "node:fs";
import path from "node:path";
import { axe, out } from "./lib.mjs";
import { everything, focused, manners, motion, opensOtherwise, reflow, textSpacing, tree, windows } from "./checks.mjs";
import { index, print, take, widths } from "./pictures.mjs";
import { Stage } from "./stage.mjs";
import { states } from "./states.mjs";

const all = process.env.DESPATCH_E2E === "all";
const words = (process.env.DESPATCH_STATES ?? "").split(",").filter((w) => w !== "");
const chosen = states.filter((s) => (words.length === 0 ? all || (s.short && s.mode !== "print") : words.some((w) => s.id.startsWith(w))));
const results = [];
let stage;

before(async () => {
  stage = await new Stage().start();
});

after(async () => {
  await stage?.stop();
  fs.mkdirSync(out, { recursive: true });
  fs.writeFileSync(path.join(out, "sweep.json"), JSON.stringify({ date: new Date().toISOString().slice(0, 10), all, results }, null, 1) + "\n");
  if (all) index();
});

/** Writes down what was found of a state in a window, and says it a line each. */
function noted(state, window, found) {
  results.push({ state: state.id, window, found });
  return found.map((f) => `${window}: ${f}`);
}

/** Brings a page into a state, has it looked at, and leaves it. */
async function within(state, window, act) {
  const { page, done } = await stage.reach(state, windows[window]);
  try {
    return await act(page);
  } finally {
    await done(window === "wide" ? chosen[chosen.indexOf(state) + 1] : undefined);
  }
}

async function wide(page, state) {
  const found = noted(state, "wide", [...(await focused(page)), ...(await everything(page, axe)), ...(await motion(page)), ...(await textSpacing(page)), ...(await reflow(page))]);
  if (all) {
    await take(page, state, 1280);
    await page.emulateMedia({ forcedColors: "active" });
    found.push(...noted(state, "forced", await axe(page)));
    await page.emulateMedia({ forcedColors: "none" });
  }
  return found;
}

async function narrow(page, state) {
  await page.setViewportSize(windows.narrow);
  if (!all) return noted(state, "narrow", await axe(page));
  const found = noted(state, "narrow", [...(await axe(page)), ...(await tree(page)), ...(await textSpacing(page))]);
  for (const width of widths.filter((w) => w < 1280)) await take(page, state, width);
  return found;
}

async function blocked(page, state) {
  return noted(state, "blocked", [...(await axe(page)), ...(await tree(page)), ...(await manners(page)).filter((f) => !f.startsWith("a list"))]);
}

for (const state of chosen) {
  test(`${state.group}: ${state.title}${state.who === undefined ? "" : ` (${state.who})`}`, async () => {
    if (state.mode === "print") {
      const pdf = await within(state, "wide", (page) => print(page, state));
      assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
      return;
    }
    const wrong = [];
    const again = await within(state, "wide", async (page) => {
      wrong.push(...(await wide(page, state)));
      if (all && (await opensOtherwise(page))) return true;
      wrong.push(...(await narrow(page, state)));
      return false;
    });
    if (again) wrong.push(...(await within(state, "narrow", (page) => narrow(page, state))));
    if (all && !state.live && state.mode === undefined) wrong.push(...(await within(state, "blocked", (page) => blocked(page, state))));
    assert.deepEqual(wrong, []);
  });
}

test("no page in any state asked anybody but the portal for anything", () => {
  assert.ok(stage.asked.size > 0, "requests were seen");
  assert.deepEqual([...stage.asked].filter((origin) => !stage.origins().includes(origin)), []);
});
