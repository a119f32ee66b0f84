// Passkeys from the first to the last: added after unlocking, used the next
// morning, named, removed; and what browsers and devices that cannot are told.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, main, opened, sideways, signIn, started, startBrowser, startPortal } from "./lib.mjs";

let portal, head;

before(async () => {
  portal = await startPortal();
  head = portal.account((a) => a.name === "Morgan Ellery");
});

after(async () => {
  await portal?.stop();
});

/** authenticator gives a tab a device's authenticator that says yes to every touch. */
async function authenticator(page, options = {}) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", ctap2Version: "ctap2_1", transport: "internal", hasResidentKey: true, hasUserVerification: true, hasPrf: true, isUserVerified: true, automaticPresenceSimulation: true, ...options },
  });
  return {
    credentials: async () => (await devtools.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
    refuse: () => devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false }),
    remove: () => devtools.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId }),
  };
}

const names = (page) => page.$$eval(".app-passkeys__item strong", (all) => all.map((e) => e.textContent));
const status = (page, text) => page.waitForFunction((wanted) => [...document.querySelectorAll("[data-passkeys] [role=status]")].some((e) => e.textContent.includes(wanted)), text);
const problem = async (page) => {
  await page.waitForSelector("[data-error-summary]:not([hidden])");
  return page.innerText("[data-error-summary]");
};

async function openAccount(page) {
  await page.goto(`${portal.address}/s/account.html`);
  await opened(page);
  await page.waitForSelector("[data-passkeys][data-ready]");
}

async function add(page, name, passphrase = head.passphrase) {
  await page.fill("#passkey-name", name);
  await page.fill("#passphrase", passphrase);
  await page.click("[data-passkeys] form button[type=submit]");
}

async function signOut(page) {
  await page.click("[data-sign-out]");
  await page.waitForSelector("form[data-sign-in]:not([hidden])");
  await started(page);
}

/** staying gives axe a line to the debugger that stays: closing any takes the tab's authenticators away. */
function staying(page) {
  const newCDPSession = async () => {
    const line = await page.context().newCDPSession(page);
    return { send: line.send.bind(line), detach: async () => {} };
  };
  return { context: () => ({ newCDPSession }) };
}

/** clean holds a page in the state that it is in against axe and the width of a phone. */
async function clean(page, state) {
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 900 });
    assert.deepEqual(await axe(staying(page)), [], `${state} at ${width}`);
    assert.ok((await sideways(page)) <= 0, `${state} is wider than ${width}`);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}

/** kept gives what the device keeps of passkeys. */
const kept = (page) => page.evaluate(async () => {
  const database = await new Promise((resolve) => { const r = indexedDB.open("despatch"); r.onsuccess = () => resolve(r.result); });
  const passkeys = await new Promise((resolve) => { const r = database.transaction("kept").objectStore("kept").get("passkeys"); r.onsuccess = () => resolve(r.result); });
  database.close();
  return (passkeys ?? []).map((p) => ({ ...p, file: String.fromCharCode(...p.file) }));
});

test("a passkey is added after unlocking with the passphrase once more, signs in next time, gets a name, and is removed", async (t) => {
  const browser = await startBrowser();
  try {
    const page = await browser.context.newPage();
    const device = await authenticator(page);
    await signIn(page, portal.address, head);
    assert.equal(await page.locator("[data-passkey-way]").count(), 0);
    await openAccount(page);
    assert.match(await page.innerText("[data-passkeys]"), /You have no passkey on this device/);
    assert.equal(await page.getAttribute("#passphrase", "autocomplete"), "current-password");
    assert.equal(await page.inputValue("[data-passkeys] input[autocomplete=username]"), head.code);
    await clean(page, "no passkey yet");

    await add(page, "");
    assert.match(await problem(page), /Enter a name for the passkey/);
    await add(page, "Office laptop", "wrong-words-that-nobody-was-ever-given");
    await page.waitForFunction(() => /passphrase is not right/.test(document.querySelector("[data-error-summary]")?.textContent ?? ""));
    await clean(page, "a wrong passphrase");
    assert.deepEqual(await device.credentials(), [], "nothing is made before the passphrase was right");
    await add(page, "Office laptop");
    await status(page, "“Office laptop” was added");
    assert.deepEqual(await names(page), ["Office laptop"]);
    const [credential, ...others] = await device.credentials();
    assert.equal(others.length, 0);
    assert.equal(credential.userName, head.code, "no person's name is given to the authenticator");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "passkeys");
    const [stored] = await kept(page);
    assert.match(stored.file, /^age-encryption\.org\/v1\n-> age-encryption\.org\/fido2prf \S{22}\n/);
    assert.doesNotMatch(JSON.stringify(stored), /AGE-SECRET|despatch-identity|Ellery/);

    await add(page, "The same again");
    assert.match(await problem(page), /already has a passkey for your account/);
    const key = await authenticator(page, { transport: "usb" });
    await add(page, "Key on my ring");
    await status(page, "“Key on my ring” was added");
    assert.equal((await key.credentials()).length, 1);
    assert.deepEqual(await names(page), ["Office laptop", "Key on my ring"]);
    await clean(page, "two passkeys");

    await page.click("button:has-text('Rename “Key on my ring”')");
    await page.fill("input[id^=passkey-rename]", "Blue key");
    await clean(page, "a passkey renamed");
    await page.keyboard.press("Enter");
    await status(page, "is now called “Blue key”");
    assert.deepEqual(await names(page), ["Office laptop", "Blue key"]);
    await page.click("button:has-text('Remove “Blue key”')");
    await clean(page, "a passkey about to be removed");
    await page.click("button:has-text('Keep it')");
    await page.waitForFunction(() => document.querySelectorAll(".app-passkeys__item strong").length === 2);
    await page.click("button:has-text('Remove “Blue key”')");
    await page.click("button:has-text('Remove passkey')");
    await status(page, "“Blue key” was removed");
    assert.deepEqual(await names(page), ["Office laptop"]);
    await key.remove();

    await signOut(page);
    await page.waitForSelector("[data-passkey-way]:not([hidden])");
    await clean(page, "signing in with a passkey");
    const began = Date.now();
    await page.click("button[data-passkey]");
    await page.waitForURL("**/s/home.html", { waitUntil: "commit" });
    await page.waitForSelector("section[aria-labelledby=todo]");
    t.diagnostic(`passkey to home: ${Date.now() - began} ms`);
    await opened(page);
    assert.equal(await page.innerText("[data-holder]"), head.name);

    // Tomorrow at an address from a mail, the worker long stopped.
    await signOut(page);
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("ServiceWorker.enable");
    await devtools.send("ServiceWorker.stopAllWorkers");
    await page.goto(`${portal.address}/s/news.html`);
    await page.waitForSelector("[data-passkey-way]:not([hidden])");
    await page.focus("button[data-passkey]");
    await page.keyboard.press("Enter");
    await opened(page);
    assert.match(await page.innerText("h1"), /News/);
    assert.deepEqual(browser.complaints, []);
  } finally {
    await browser.stop();
  }
});

test("a passkey that says no, or is gone, leaves the passphrase, and a damaged file opens nothing", async () => {
  const browser = await startBrowser();
  try {
    const page = await browser.context.newPage();
    const device = await authenticator(page);
    await signIn(page, portal.address, head);
    await openAccount(page);
    await add(page, "Office laptop");
    await status(page, "was added");
    await signOut(page);
    await device.refuse();
    await page.waitForSelector("[data-passkey-way]:not([hidden])");
    await page.click("button[data-passkey]");
    assert.match(await problem(page), /The passkey was not used.*or sign in with your passphrase/s);
    await clean(page, "a passkey that was not used");
    await device.remove();
    const other = await authenticator(page);
    await page.evaluate(async () => {
      const database = await new Promise((resolve) => { const r = indexedDB.open("despatch"); r.onsuccess = () => resolve(r.result); });
      const table = database.transaction("kept", "readwrite").objectStore("kept");
      const [passkey] = await new Promise((resolve) => { const r = table.get("passkeys"); r.onsuccess = () => resolve(r.result); });
      passkey.file[passkey.file.length - 1] ^= 1;
      await new Promise((resolve) => { table.put([passkey], "passkeys").onsuccess = resolve; });
      database.close();
    });
    await page.reload();
    await started(page);
    assert.equal((await other.credentials()).length, 0);
    await page.waitForSelector("[data-passkey-way]:not([hidden])");
    await page.click("button[data-passkey]");
    await page.waitForSelector("[data-error-summary]:not([hidden])");
    assert.equal(await page.locator("form[data-sign-in]:not([hidden])").count(), 1);
    await page.fill("#code", head.code);
    await page.fill("#passphrase", head.passphrase);
    await page.keyboard.press("Enter");
    await opened(page);
    assert.deepEqual(browser.complaints, []);
  } finally {
    await browser.stop();
  }
});

test("a device whose passkeys cannot unlock, and a browser without them, are told plainly and keep nothing", async () => {
  const browser = await startBrowser();
  try {
    const page = await browser.context.newPage();
    const device = await authenticator(page, { hasPrf: false });
    await signIn(page, portal.address, head);
    await openAccount(page);
    await add(page, "Old key");
    assert.match(await problem(page), /cannot unlock papers, so it was not added/);
    assert.deepEqual(await kept(page), []);
    assert.deepEqual(await device.credentials(), [], "the device is told to forget what is of no use");
    const without = await browser.context.newPage();
    await without.addInitScript(() => {
      PublicKeyCredential.getClientCapabilities = async () => ({ "extension:prf": false });
    });
    await openAccount(without);
    assert.match(await without.innerText("[data-passkeys]"), /This browser cannot unlock papers with a passkey.*password manager/s);
    assert.equal(await without.locator("[data-passkeys] form").count(), 0);
    await clean(without, "a browser without passkeys that compute");
    assert.deepEqual(browser.complaints, []);
  } finally {
    await browser.stop();
  }
});

test("at a number as address the page says to open the site by its name", async () => {
  const browser = await startBrowser();
  try {
    const page = await browser.context.newPage();
    await page.goto(portal.address.replace("localhost", "127.0.0.1"));
    await started(page);
    assert.match(await main(page), /Open this site by its name.*IP address/);
    assert.equal(await page.locator("form[data-sign-in]:not([hidden])").count(), 0);
    await clean(page, "an address by number");
  } finally {
    await browser.stop();
  }
});
