// What anyone may read: the notices, help and security.txt, with and without
// scripts, signed in or not; and what the site leaves on a device.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fs from "node:fs";
import path from "node:path";
import { axe, despatch, main, opened, out, sideways, signIn, started, startBrowser, startPortal } from "./lib.mjs";

const notices = ["help", "accessibility", "privacy", "cookies"];
const widths = [1280, 320];
let portal, head;

before(async () => {
  portal = await startPortal();
  head = portal.account((a) => a.name === "Morgan Ellery");
  fs.mkdirSync(out, { recursive: true });
});

after(async () => {
  await portal?.stop();
});

/** within runs what is to be done in a browser of its own, and ends it whatever happens. */
async function within(options, act) {
  const browser = await startBrowser(options);
  try {
    await act(browser, await browser.context.newPage());
  } finally {
    await browser.stop();
  }
}

/**
 * bare shows pages as a browser without scripts has them, in one that has: axe is a
 * script itself. Scripts are taken out, and what is for those without is left in.
 */
async function bare(page) {
  await page.route("**/*", async (route) => {
    if (route.request().resourceType() !== "document") return route.continue();
    const response = await route.fetch();
    const html = (await response.text()).replace(/<script[^>]*><\/script>/g, "").replace(/<(\/?)noscript>/g, "<$1div>");
    assert.ok(!/<script|<noscript/.test(html));
    return route.fulfill({ response, body: html });
  });
}

test("without scripts no notice, and neither the sign-in page nor a lost address, has a violation", async () => {
  await within({ serviceWorkers: "block" }, async (browser, page) => {
    await bare(page);
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      for (const address of [...notices.map((n) => `/about/${n}.html`), "/", "/nowhere/at-all.html"]) {
        await page.goto(portal.address + address);
        assert.deepEqual(await axe(page), [], `${address} at ${width} px`);
      }
    }
    assert.deepEqual(browser.complaints, []);
  });
});

test("with scripts blocked the notices read as well, and the sign-in page says what to do", async () => {
  await within({ javaScriptEnabled: false }, async (browser, page) => {
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      for (const name of notices) {
        const response = await page.goto(`${portal.address}/about/${name}.html`);
        assert.equal(response.status(), 200);
        assert.equal(await page.locator("h1").count(), 1);
        assert.equal(await page.locator("[data-signed-in]").isVisible(), false, "no menu that leads nowhere");
        assert.equal(await sideways(page), 0, `${name} at ${width} px`);
        await page.screenshot({ path: path.join(out, `${name}-${width}.png`), fullPage: true });
      }
      await page.goto(portal.address);
      assert.match(await main(page), /Scripts are switched off/);
      assert.match(await main(page), /These pages need no script/);
      assert.equal(await page.locator("form[data-sign-in]").isVisible(), false);
      assert.equal(await sideways(page), 0);
      await page.screenshot({ path: path.join(out, `no-script-${width}.png`), fullPage: true });
      const lost = await page.goto(`${portal.address}/nowhere/at-all.html`);
      assert.equal(lost.status(), 404);
      assert.match(await main(page), /Which of the two, only the script can tell/);
    }
    await page.click("footer a:has-text('Privacy notice')");
    assert.match(await main(page), /The controller is Northmoor County Council/);
    assert.deepEqual(browser.complaints, []);
  });
});

test("the statement is made of test results and names what is known to fail", async () => {
  const results = JSON.parse(fs.readFileSync(new URL("../layouts/accessibility.json", import.meta.url), "utf8"));
  await within({}, async (browser, page) => {
    await page.goto(`${portal.address}/about/accessibility.html`);
    await started(page);
    const text = await main(page);
    for (const said of [results.engine, results.version, "partially compliant", "Equality Advisory and Support Service", "accessibility@northmoor.example"]) {
      assert.ok(text.includes(said), `the statement says ${said}`);
    }
    await page.click("summary:has-text('Results of each kind of page')");
    const shown = await page.$$eval("details tbody tr", (rows) => rows.map((r) => [...r.cells].map((c) => c.textContent)));
    assert.deepEqual(shown, results.pages.map((p) => [p.page, String(p.looks), String(p.failures)]));
    assert.equal(await page.locator("[data-failures] li").count() >= results.failures.filter((f) => f.criterion !== "").length, true);
    assert.deepEqual(browser.complaints, []);
  });
});

test("an address that nothing is at says so, and a deep one still signs in to its page", async () => {
  await within({}, async (browser, page) => {
    assert.equal((await page.goto(`${portal.address}/nowhere/at-all.html`)).status(), 404);
    await started(page);
    assert.match(await page.innerText("h1"), /Page not found/);
    assert.match(await page.title(), /^Page not found – /);
    assert.match(await main(page), /There is no page at this address/);
    assert.equal(await page.locator("form[data-sign-in]").isVisible(), false, "nothing to sign in for");
    assert.deepEqual(await axe(page), []);
    await page.click("main a:has-text('the sign-in page')");
    await page.waitForSelector("form[data-sign-in]:not([hidden])");
    assert.doesNotMatch(await main(page), /There is no page at this address/);
    await signIn(page, portal.address, head, "/s/0123456789abcdef/0123456789abcdef.html");
    assert.match(await page.innerText("h1"), /You need permission|Page not found/);
    const response = await page.goto(`${portal.address}/nowhere/at-all.html`);
    await opened(page);
    assert.equal(response.status(), 404);
    assert.match(await page.innerText("h1"), /Page not found/);
  });
});

test("reading a notice does not end the session, and signing out works there", async () => {
  await within({}, async (browser, page) => {
    await signIn(page, portal.address, head);
    await page.click("footer a:has-text('Cookies')");
    await opened(page);
    await page.waitForSelector("[data-signed-in]:not([hidden])");
    assert.equal(await page.innerText("[data-holder]"), head.name);
    const cdp = await browser.context.newCDPSession(page);
    await cdp.send("ServiceWorker.enable");
    await cdp.send("ServiceWorker.stopAllWorkers");
    await page.click("nav a[data-area=home]");
    await opened(page);
    assert.match(await page.innerText("h1"), /Home$/);
    await page.click("footer a:has-text('Help')");
    await opened(page);
    await page.click("button[data-sign-out]");
    await page.waitForSelector("form[data-sign-in]");
    assert.deepEqual(browser.complaints, []);
  });
});

test("the device keeps what the cookies page names and nothing else", async () => {
  await within({}, async (browser, page) => {
    await signIn(page, portal.address, head);
    for (const area of ["visits", "documents", "news", "account"]) {
      await page.goto(`${portal.address}/s/${area}.html`);
      await opened(page);
    }
    await page.goto(`${portal.address}/about/cookies.html`);
    await opened(page);
    const named = await page.$$eval("[data-kept]", (rows) => rows.map((r) => r.dataset.kept));
    const kept = await page.evaluate(async () => {
      const found = [];
      for (const { name } of await indexedDB.databases()) {
        const db = await new Promise((resolve, reject) => {
          const asked = indexedDB.open(name);
          asked.onsuccess = () => resolve(asked.result);
          asked.onerror = () => reject(asked.error);
        });
        for (const store of db.objectStoreNames) {
          const keys = await new Promise((resolve, reject) => {
            const asked = db.transaction(store).objectStore(store).getAllKeys();
            asked.onsuccess = () => resolve(asked.result);
            asked.onerror = () => reject(asked.error);
          });
          found.push(...keys.map((k) => `IndexedDB ${String(k)}`));
        }
        db.close();
      }
      found.push(...(await caches.keys()).map((k) => `Cache ${k}`));
      found.push(...Object.keys(sessionStorage).map((k) => `Session storage ${k}`));
      found.push(...Object.keys(localStorage).map((k) => `Local storage ${k}`));
      found.push(...(await navigator.serviceWorker.getRegistrations()).map((r) => `Service worker ${new URL(r.active.scriptURL).pathname.slice(1)}`));
      return found;
    });
    assert.ok(kept.length >= 6, "something is kept at all");
    const unnamed = kept.filter((k) => !named.some((n) => k === n || (n.endsWith(":") && k.startsWith(n))));
    assert.deepEqual(unnamed, [], "kept, but not on the cookies page");
    const cookies = await browser.context.cookies();
    assert.deepEqual(cookies, [], "there is no cookie");
  });
});

test("security.txt is text, in force, and says whom to tell", async () => {
  const got = await fetch(`${portal.address}/.well-known/security.txt`);
  assert.equal(got.status, 200);
  assert.match(got.headers.get("content-type") ?? "", /^text\/plain/);
  const text = await got.text();
  assert.match(text, /^Contact: mailto:security@northmoor\.example$/m);
  const [, expires] = /^Expires: (.+)$/m.exec(text) ?? [];
  assert.ok(Date.parse(expires) > Date.now(), "it is in force");
});

test("verify sees a notice that somebody changed, and one that was added", async () => {
  const tree = path.join(portal.la, "public");
  const copy = path.join(path.dirname(portal.la), "copy");
  fs.cpSync(tree, copy, { recursive: true });
  const verify = () => despatch("-C", portal.la, "verify", copy);
  assert.match(verify(), /.*/);
  const privacy = path.join(copy, "about", "privacy.html");
  fs.writeFileSync(privacy, fs.readFileSync(privacy, "utf8").replace("Northmoor County Council", "Somebody Else"));
  fs.writeFileSync(path.join(copy, "about", "more.html"), "<p>More");
  assert.throws(verify, (error) => {
    const said = String(error.stdout) + String(error.stderr);
    return /changed: about\/privacy\.html/.test(said) && /added: about\/more\.html/.test(said);
  });
});
