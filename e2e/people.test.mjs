// What people do about accounts by way of the drop-box, their own and their colleagues'.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fs from "node:fs";
import path from "node:path";
import { Boxed } from "./box.mjs";
import { look, main, opened, out, signIn, startBrowser, started } from "./lib.mjs";

let boxed;

before(async () => {
  boxed = await new Boxed().start();
  fs.mkdirSync(out, { recursive: true });
});

after(async () => {
  await boxed?.stop();
});

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

test("a Headteacher gives a colleague permission to read the reports, and the colleague reads them once the authority gave the keys (V11)", async () => {
  const [first, second] = [await startBrowser(), await startBrowser()];
  try {
    const head = boxed.account((a) => a.name === "Morgan Ellery");
    const colleague = boxed.account((a) => a.name === "Colin Fairwether");
    const officer = ["--passphrase-file", path.join(boxed.la, "private", "demo-officer-passphrase")];
    const [page, theirs] = [await first.context.newPage(), await second.context.newPage()];
    const form = async () => {
      await page.goto(`${boxed.address}/s/account.html`);
      await opened(page);
      await page.waitForSelector("[data-own=permits][data-ready]");
      await page.waitForSelector("[data-own=everywhere][data-ready]");
    };
    await signIn(theirs, boxed.address, colleague, "/s/visits.html");
    assert.match(await main(theirs), /Ask to read|to give you permission/);
    await theirs.goto(`${boxed.address}/s/account.html`);
    await opened(theirs);
    assert.equal(await theirs.locator("[data-own=permits]").count(), 0, "only a Headteacher permits");
    await theirs.click("main button[data-sign-out]");
    await theirs.waitForSelector("form[data-sign-in]");

    await signIn(page, boxed.address, head);
    await form();
    const before = boxed.deposits().length;
    const press = "[data-own=permits] button[type=submit]";
    await page.click(press);
    await page.waitForSelector("[data-own=permits] [data-error-summary]:not([hidden])");
    assert.match(await page.textContent("[data-own=permits] [data-error-summary]"), /Choose a person/);
    await page.selectOption("[data-own=permits] select[id$=-who]", { label: `${colleague.name}, Governor` });
    await page.click(press);
    assert.match(await page.textContent("[data-own=permits] [data-error-summary]"), /Choose something else than Colin Fairwether may see already/);
    assert.equal(boxed.deposits().length, before, "something was sent");
    await page.selectOption("[data-permit=visits]", "full");
    await page.click(press);
    await page.waitForSelector("[data-own=permits] .govuk-inset-text");
    assert.match(await main(page), /Waiting for the authority: Colin Fairwether: Records of visits, Everything/);
    assert.equal(boxed.deposits().length, before + 1);
    await look(page, "permits-waits");

    assert.match(await boxed.officeOnline("collect", ...officer), /-permitted\.yaml\t900001\taccounts\tpermitted/);
    boxed.office("enrol", "--refresh", ...officer);
    boxed.office("build");
    await signIn(theirs, boxed.address, colleague, "/s/visits.html");
    await theirs.locator("tr[data-row] a.govuk-link[href$='.html']").first().click();
    await opened(theirs);
    assert.doesNotMatch(await main(theirs), /You need permission|You do not have permission/);
    await theirs.goto(`${boxed.address}/s/account.html`);
    await opened(theirs);
    assert.match(await main(theirs), /Records of visits Everything, given by Morgan Ellery on/);
    await page.click("main button[data-sign-out]");
    await page.waitForSelector("form[data-sign-in]");
    await signIn(page, boxed.address, head);
    await form();
    assert.doesNotMatch(await main(page), /Waiting for the authority/);
    assert.deepEqual([...first.complaints, ...second.complaints], []);
  } finally {
    await first.stop();
    await second.stop();
  }
});

test("a passkey that is added on one device signs in on another once it is published, and on none once it is removed", async () => {
  const [first, second] = [await startBrowser(), await startBrowser()];
  try {
    const head = boxed.account((a) => a.name === "Morgan Ellery");
    const officer = ["--passphrase-file", path.join(boxed.la, "private", "demo-officer-passphrase")];
    const [page, other] = [await first.context.newPage(), await second.context.newPage()];
    // One authenticator, as a password manager takes a passkey from device to device.
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("WebAuthn.enable");
    await devtools.send("WebAuthn.addVirtualAuthenticator", { options: { protocol: "ctap2", ctap2Version: "ctap2_1", transport: "internal", hasResidentKey: true, hasUserVerification: true, hasPrf: true, isUserVerified: true, automaticPresenceSimulation: true } });
    const account = async (tab) => {
      await tab.goto(`${boxed.address}/s/account.html`);
      await opened(tab);
      await tab.waitForSelector("[data-passkeys][data-ready]");
    };
    const said = (tab, text) => tab.waitForFunction((wanted) => [...document.querySelectorAll("[data-passkeys] [role=status]")].some((e) => e.textContent.includes(wanted)), text);
    const leave = async () => {
      await page.click("main button[data-sign-out]");
      await page.waitForSelector("form[data-sign-in]:not([hidden])");
      await started(page);
    };
    const published = () => fs.readdirSync(path.join(boxed.la, "public", "k")).filter((name) => name.endsWith(".pk.age"));
    await signIn(page, boxed.address, head);
    await account(page);
    await page.fill("#passkey-name", "Office laptop");
    await page.fill("[data-passkeys] #passphrase", head.passphrase);
    await page.click("[data-passkeys] form button[type=submit]");
    await said(page, "“Office laptop” was added");
    assert.match(await main(page), /Works on this device\. Sent to the authority on/);
    assert.deepEqual(published(), []);
    assert.match(await boxed.officeOnline("collect", ...officer), /-keyed\.yaml\t900001\taccounts\tkeyed/);
    boxed.office("build");
    assert.equal(published().length, 1);

    // Another device of the same person's: it has the passkey, and nothing of this site.
    await leave();
    await page.goto("about:blank");
    await devtools.send("Storage.clearDataForOrigin", { origin: boxed.address, storageTypes: "all" });
    await page.goto(boxed.address);
    await started(page);
    assert.equal(await page.locator("[data-passkey-way]:not([hidden])").count(), 0);
    const elsewhere = "button:has-text('a passkey that you added on another device')";
    await page.click(elsewhere);
    await page.waitForSelector("[data-error-summary]:not([hidden])");
    assert.match(await page.innerText("[data-error-summary]"), /Enter your account code/);
    await page.fill("#code", head.code);
    await page.click(elsewhere);
    await page.waitForSelector("section[aria-labelledby=todo]");
    await opened(page);
    assert.equal(await page.innerText("[data-holder]"), head.name);
    await account(page);
    assert.match(await main(page), /Added on another device Added .*Works wherever the passkey is/s);
    await leave();
    await page.waitForSelector("[data-passkey-way]:not([hidden])");

    await signIn(other, boxed.address, head);
    await account(other);
    await other.click("button:has-text('Remove “Added on another device”')");
    await other.click("button:has-text('Remove passkey')");
    await said(other, "The passkey was removed");
    assert.match(await main(other), /Removed here\. On other devices it stops working once/);
    await look(other, "passkeys-removed"); // here, for it takes a tab's authenticators away
    assert.match(await boxed.officeOnline("collect", ...officer), /-unkeyed\.yaml/);
    boxed.office("build");
    assert.deepEqual(published(), []);
    await page.click("button[data-passkey]");
    await page.waitForSelector("[data-error-summary]:not([hidden])");
    assert.match(await page.innerText("[data-error-summary]"), /This passkey was removed on another device/);
    await page.fill("#code", head.code);
    await page.click(elsewhere);
    await page.waitForFunction(() => /No passkey is published for this account/.test(document.querySelector("[data-error-summary]")?.textContent ?? ""));
    assert.deepEqual([...first.complaints, ...second.complaints], []);
  } finally {
    await first.stop();
    await second.stop();
  }
});

test("what a Headteacher may not permit is told to them with the reason, in the place of waiting, and in what they sent (V11)", async () => {
  const browser = await startBrowser();
  try {
    const head = boxed.account((a) => a.name === "Morgan Ellery");
    const page = await browser.context.newPage();
    const form = async () => {
      await page.goto(`${boxed.address}/s/account.html`);
      await opened(page);
      await page.waitForSelector("[data-own=permits][data-ready]");
      await page.waitForSelector("[data-own=address][data-ready]");
    };
    const file = path.join(boxed.la, "content", "accounts", `${head.code.replace("-", "").toLowerCase()}.yaml`);
    await signIn(page, boxed.address, head);
    // The office takes a right from the Headteacher, whose pages do not show it yet.
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace("[headteacher]", "[headteacher]\n    rights: {results: off}"));
    await boxed.officeOnline("collect", "--passphrase-file", path.join(boxed.la, "private", "demo-officer-passphrase"));
    await form();
    await page.selectOption("[data-own=permits] select[id$=-who]", { label: "Colin Fairwether, Governor" });
    await page.selectOption("[data-permit=results]", "full");
    await page.click("[data-own=permits] button[type=submit]");
    await page.waitForSelector("[data-own=permits] .govuk-inset-text");
    assert.match(await main(page), /Waiting for the authority: Colin Fairwether: Results, Everything/);
    await page.fill("#new-address", "oliver.tanswick@scarbridge.example");
    await page.click("[data-own=address] button[type=submit]");
    await page.waitForSelector("[data-own=address] .govuk-inset-text");

    const refused = await boxed.officeOnline("collect", "--passphrase-file", path.join(boxed.la, "private", "demo-officer-passphrase")).then(() => assert.fail("nothing was refused"), (error) => error);
    assert.match(refused.stdout + refused.stderr, /its sender may not see as much as they permit/);
    boxed.office("build");
    await page.click("main button[data-sign-out]");
    await page.waitForSelector("form[data-sign-in]");
    await signIn(page, boxed.address, head);
    await form();
    const said = await main(page);
    assert.match(said, /Not taken by the authority, so nothing was changed: Colin Fairwether: Results, Everything[^.]* Because its sender may not see as much as they permit/);
    assert.match(said, /That was not taken, and we write to the address before\. Because that address cannot be used for its sender's account/);
    assert.match(said, /What you sent and could not be taken/);
    assert.doesNotMatch(said, /Waiting for the authority|It waits for the authority/);
    await look(page, "permits-refused");
    await page.goto(`${boxed.address}/s/sent.html`);
    await opened(page);
    await page.waitForSelector("tr[data-row]");
    assert.match(await main(page), /Permission, not taken/);
    await page.locator("tr[data-row]", { hasText: "Permission, not taken" }).locator("a[href^='#']").click();
    await page.waitForSelector("main h1:has-text('Receipt')");
    assert.match(await main(page), /The authority could not take this, and it changed nothing\. Because its sender may not see as much as they permit/);
    assert.deepEqual(browser.complaints, []);
  } finally {
    await browser.stop();
  }
});
