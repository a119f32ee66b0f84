// The account: what is held about a person, what they may see, and whom they ask.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fs from "node:fs";
import path from "node:path";
import { Boxed } from "./box.mjs";
import { axe, look, main, opened, out, signIn, startBrowser, startPortal } from "./lib.mjs";

let portal, head, governor, auditor;

before(async () => {
  portal = await startPortal();
  head = portal.account((a) => a.name === "Morgan Ellery");
  auditor = portal.account((a) => a.name === "Jo Pendlebrook");
  governor = portal.account((a) => a.roles.join() === "governor");
  fs.mkdirSync(out, { recursive: true });
});

after(async () => {
  await portal?.stop();
});

async function signedIn(account, act) {
  const browser = await startBrowser();
  try {
    const page = await browser.context.newPage();
    await signIn(page, portal.address, account);
    await act(page, browser);
    assert.deepEqual(browser.complaints, []);
  } finally {
    await browser.stop();
  }
}

/** mail is the address that the authority's folder holds for an account. */
function mail(account) {
  const file = path.join(portal.la, "content", "accounts", account.code.replace("-", "").toLowerCase() + ".yaml");
  return /^email: (.*)$/m.exec(fs.readFileSync(file, "utf8"))[1].trim();
}

test("the account page says which address is held, whom to tell to change it, and what one may see", async () => {
  await signedIn(head, async (page) => {
    await page.click("nav a[data-area=account]");
    await opened(page);
    const text = await main(page);
    assert.ok(text.includes(mail(head)), "the address that is held");
    assert.match(text, /If anything here is wrong and you cannot change it yourself, tell Schools Portal team/);
    assert.match(text, /An account is for one person/);
    assert.match(text, /Records of visits Everything/);
    assert.match(text, /Signed in \d+ \w+ \d{4}, \d\d:\d\d Last sign-in on an earlier day None on this device/);
    assert.ok(text.includes(head.code));
    await look(page, "account");
    await page.click("main button[data-sign-out]");
    await page.waitForSelector("form[data-sign-in]");
  });
});

test("the Headteacher reads who can see what, and who lacks that right reads their own row only", async () => {
  await signedIn(head, async (page) => {
    await page.goto(`${portal.address}/s/account.html`);
    await opened(page);
    await page.click("a:has-text('Who can see what')");
    await opened(page);
    const people = portal.accounts.filter((a) => a.schools.includes(head.schools[0]));
    const rows = await page.$$eval("main tbody tr", (all) => all.map((r) => r.innerText.replace(/\s+/g, " ")));
    assert.equal(rows.length, people.length);
    for (const a of people) assert.ok(rows.some((r) => r.includes(a.name) && r.includes(mail(a))), `${a.name} is in the table`);
    await look(page, "people");
  });
  await signedIn(governor, async (page) => {
    await page.goto(`${portal.address}/s/account.html`);
    await opened(page);
    const text = await main(page);
    assert.ok(text.includes(mail(governor)));
    assert.match(text, /Records of visits The list only/);
    assert.equal(await page.locator("main a:has-text('Who can see what')").count(), 0);
    assert.ok(!text.includes(mail(head)), "nobody else's address");
  });
});

test("who may see that a visit took place is led from its line to the Headteacher, by name", async () => {
  await signedIn(auditor, async (page) => {
    const school = auditor.schools[0];
    const [named] = portal.accounts.filter((a) => a.schools.includes(school) && a.roles.includes("headteacher"));
    await page.goto(`${portal.address}/s/visits.html`);
    await opened(page);
    assert.match(await main(page), new RegExp(`ask your Headteacher, ${named.name}, to give you permission`));
    await page.locator("a:has-text('Ask to read')").first().click();
    await opened(page);
    assert.match(await page.innerText("h1"), /You need permission/);
    const text = await main(page);
    assert.ok(text.includes(`Ask ${named.name}, the Headteacher of`), text);
    assert.match(text, /The Headteacher tells Northmoor who may read what/);
    assert.match(text, /01632 960000/);
    await look(page, "permission");
  });
});

test("a link to a report that one may not open says whom to ask as well", async () => {
  let report = "";
  await signedIn(portal.account((a) => a.roles.includes("headteacher") && a.schools.includes(auditor.schools[0])), async (page) => {
    await page.goto(`${portal.address}/s/visits.html`);
    await opened(page);
    report = await page.locator("tr[data-row] a.govuk-link[href$='.html']").first().evaluate((a) => a.pathname);
  });
  await signedIn(auditor, async (page, browser) => {
    const response = await page.goto(portal.address + report);
    await opened(page);
    assert.equal(response.status(), 403);
    assert.match(await main(page), /You do not have permission to read this page, or it is not there any more.* Ask .+, the Headteacher of/);
    assert.deepEqual(await axe(page), []);
    browser.complaints.length = 0; // Chromium tells of the status 403
  });
});

test("a person changes their own e-mail address: sent with a receipt, waiting, taken by the office, and shown (P29, X02)", async () => {
  const boxed = await new Boxed().start();
  const browser = await startBrowser();
  try {
    const page = await browser.context.newPage();
    const who = boxed.account((a) => a.name === "Oliver Tanswick");
    const file = path.join(boxed.la, "content", "accounts", who.code.replace("-", "").toLowerCase() + ".yaml");
    const was = fs.readFileSync(file, "utf8");
    const [, before] = /^email: (\S+)$/m.exec(was);
    const collect = () => boxed.officeOnline("collect", "--passphrase-file", path.join(boxed.la, "private", "demo-officer-passphrase"));
    const form = async () => {
      await page.goto(`${boxed.address}/s/account.html`);
      await opened(page);
      await page.waitForSelector("[data-own=address][data-ready]");
      await page.waitForSelector("[data-passkeys][data-ready]");
    };
    const refused = async (typed) => {
      await page.fill("#new-address", typed);
      await page.keyboard.press("Enter");
      await page.waitForSelector("[data-own=address] [data-error-summary]:not([hidden])");
      return page.textContent("[data-own=address] [data-error-summary] li");
    };
    await signIn(page, boxed.address, who);
    await form();
    assert.ok((await page.textContent("[data-own=address]")).includes(`We write to ${before}`));
    assert.equal(await refused(""), "Enter your new e-mail address");
    assert.equal(await page.evaluate(() => document.activeElement?.hasAttribute("data-error-summary")), true, "the summary has the focus");
    assert.equal(await refused("oliver at home"), "Enter an e-mail address like name@school.example");
    assert.equal(await refused(before.toUpperCase()), "This is the address that we write to already");
    assert.match(await refused("office@tanswick.example"), /looks like a mailbox that several people read/);
    await look(page, "readdress-error");
    // The other form of the page tells of its own problems in its own place.
    await page.click("[data-passkeys] button:has-text('Add passkey')");
    await page.waitForSelector("[data-passkeys] [data-error-summary]:not([hidden])");
    assert.equal(await page.locator("[data-own=address] [data-error-summary]:not([hidden])").count(), 0);
    assert.deepEqual(boxed.deposits(), [], "something was sent");

    await page.fill("#new-address", "oliver@tanswick.example");
    await page.keyboard.press("Enter");
    await page.waitForSelector("[data-own=address] .govuk-inset-text");
    assert.match(await main(page), /You asked us to write to oliver@tanswick\.example on .* It waits for the authority/);
    assert.equal(boxed.deposits().length, 1);
    await look(page, "readdress-waits");
    await form();
    assert.match(await main(page), /It waits for the authority/);
    await page.click("[data-own=address] a:has-text('Receipt')");
    await page.waitForSelector("dt:has-text('New address')");
    assert.match(await main(page), /Your e-mail address.*New address oliver@tanswick\.example/);
    assert.deepEqual(await axe(page), []);

    assert.match(await collect(), /-readdressed\.yaml\t\d+\taccounts\treaddressed/);
    assert.equal(fs.readFileSync(file, "utf8"), was.replace(before, "oliver@tanswick.example"));
    boxed.office("build");
    await page.click("[data-sign-out]");
    await page.waitForSelector("form[data-sign-in]");
    await signIn(page, boxed.address, who);
    await form();
    const text = await main(page);
    assert.ok(text.includes("We write to oliver@tanswick.example") && !text.includes("waits for the authority") && !text.includes(before), text);
    assert.deepEqual(browser.complaints, []);
  } finally {
    await browser.stop();
    await boxed.stop();
  }
});
