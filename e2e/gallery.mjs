// Takes the picture of every state at three widths. Words on the command line
// name the states wanted: the beginnings of their ids.
import path from "node:path";
import fs from "node:fs";
import { opensOtherwise, windows } from "./checks.mjs";
import { folder, index, print, take, widths } from "./pictures.mjs";
import { Stage } from "./stage.mjs";
import { states } from "./states.mjs";

const wanted = process.argv.slice(2);
const chosen = states.filter((s) => wanted.length === 0 || wanted.some((w) => s.id.startsWith(w)));

if (wanted.length === 0) fs.rmSync(folder, { recursive: true, force: true });
const stage = await new Stage().start();
const failed = [];
try {
  for (const [i, state] of chosen.entries()) {
    try {
      const { page, done } = await stage.reach(state);
      if (state.mode === "print") await print(page, state);
      else for (const width of widths.toReversed()) await take(page, state, width);
      const again = await opensOtherwise(page);
      await done(again ? undefined : chosen[i + 1]);
      if (!again) continue;
      const narrow = await stage.reach(state, windows.narrow);
      await take(narrow.page, state, windows.narrow.width);
      await narrow.done(chosen[i + 1]);
    } catch (error) {
      failed.push(error.message);
      console.error(error.message);
    }
  }
} finally {
  await stage.stop();
}
index();
console.log(`${chosen.length} states in ${path.relative(process.cwd(), path.join(folder, "index.html"))}`);
if (failed.length > 0) process.exitCode = 1;
