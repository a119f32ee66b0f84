// What people do about accounts by way of the drop-box, their own and their colleagues'.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fs from "node:fs";
import path from "node:path";
import { Boxed } from "./box.mjs";
import { axe, main, opened, out, sideways, signIn, startBrowser, started } from "./lib.mjs";

let boxed;

before(async () => {
  boxed = await new Boxed().start();
  fs.mkdirSync(out, { recursive: true });
});

after(async () => {
  await boxed?.stop();
});

async function look(page, name) {
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 900 });
    assert.deepEqual(await axe(page), [], `${name} at ${width} px`);
    assert.equal(await sideways(page), 0, `${name} at ${width} px`);
    await page.screenshot({ path: path.join(out, `${name}-${width}.png`), fullPage: true });
  }
}

test("who signs out everywhere is signed out at the drop-box at once, and another device closes its papers and lets them in again", async () => {
  const [here, there] = [await startBrowser(), await startBrowser()];
  try {
    const who = boxed.account((a) => a.name === "Oliver Tanswick");
    const [page, other] = [await here.context.newPage(), await there.context.newPage()];
    const sessions = () => fs.readdirSync(path.join(boxed.box, "store", "session"), { recursive: true }).filter((name) => name.includes("-")).length;
    for (const device of [page, other]) {
      await signIn(device, boxed.address, who);
      await device.goto(`${boxed.address}/s/sent.html`);
      await opened(device);
      await device.waitForSelector("main:has-text('You have sent nothing')");
    }
    assert.equal(sessions(), 2);
    await page.goto(`${boxed.address}/s/account.html`);
    await opened(page);
    await page.waitForSelector("[data-own=everywhere][data-ready]");
    await look(page, "everywhere");
    boxed.wire.cut();
    await page.click("button:text-is('Sign out everywhere')");
    await page.waitForSelector("[data-own=everywhere] .govuk-error-message");
    assert.match(await main(page), /You are still signed in everywhere\. The drop-box cannot be reached/);
    assert.equal(sessions(), 2);
    boxed.wire.mend();
    here.complaints.length = 0; // Chromium tells of the line that broke
    await page.click("button:text-is('Sign out everywhere')");
    await page.waitForSelector("form[data-sign-in]");
    assert.match(await page.innerText("body"), /You have signed out on this device/);
    assert.equal(sessions(), 0);

    await other.goto(`${boxed.address}/s/home.html`);
    await other.waitForSelector("form[data-sign-in]");
    await started(other);
    assert.match(await other.innerText("body"), /You signed out everywhere, so here too/);
    there.complaints.length = 0; // and of the status 401
    await signIn(other, boxed.address, who, "/s/sent.html");
    await other.waitForSelector("main:has-text('You have sent nothing')");
    assert.equal(sessions(), 1);
    assert.deepEqual([...here.complaints, ...there.complaints], []);
  } finally {
    await here.stop();
    await there.stop();
  }
});
