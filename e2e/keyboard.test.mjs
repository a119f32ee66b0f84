// The portal by keyboard alone: the way past the menu, a focus that is always
// seen and never caught, and what pointing shows without a pointer.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { enter, opened, started, startBrowser, startPortal } from "./lib.mjs";

let portal, browser, page, head;

before(async () => {
  portal = await startPortal();
  browser = await startBrowser();
  head = portal.account((a) => a.name === "Morgan Ellery");
  page = await browser.context.newPage();
});

after(async () => {
  await browser?.stop();
  await portal?.stop();
});

const focused = () => page.evaluate(() => {
  const e = document.activeElement;
  return e === null || e === document.body ? "" : `${e.tagName.toLowerCase()}#${e.id}.${String(e.className).split(" ")[0]} ${(e.textContent ?? "").trim().slice(0, 40)}`;
});

/** Tabs once through the page: every stop must be seen, in the window and covered by nothing. */
async function round() {
  await page.evaluate(() => { document.activeElement?.blur(); getSelection()?.removeAllRanges(); scrollTo(0, 0); });
  const stops = [];
  const wrong = [];
  for (let i = 0; i < 400; i++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const e = document.activeElement;
      if (e === null || e === document.body || e === document.documentElement) return null;
      e.dataset.stop ??= String(document.querySelectorAll("[data-stop]").length + 1);
      const style = getComputedStyle(e);
      const around = e.closest(".app-clip, .govuk-details__summary") ?? e;
      const said = (s) => `${s.outlineStyle} ${s.outlineWidth} ${s.outlineColor} ${s.boxShadow} ${s.backgroundColor} ${s.borderColor}`;
      const seen = said(style);
      const box = e.getBoundingClientRect();
      const middle = document.elementFromPoint(Math.min(innerWidth - 1, Math.max(0, box.x + Math.min(box.width, 40) / 2)), Math.min(innerHeight - 1, Math.max(0, box.y + box.height / 2)));
      const covered = middle === null || !(e.contains(middle) || middle.contains(e) || around.contains(middle));
      e.blur();
      const rest = said(getComputedStyle(e));
      e.focus({ focusVisible: true, preventScroll: true });
      return { what: `${e.tagName.toLowerCase()} ${(e.getAttribute("aria-label") ?? e.textContent ?? "").trim().slice(0, 50)}`, number: Number(e.dataset.stop), same: seen === rest, inside: box.bottom > 0 && box.top < innerHeight, covered };
    });
    if (stop === null || (stops.length > 1 && stop.number === stops[0].number)) return { stops, wrong };
    if (stops.some((s) => s.number === stop.number)) {
      wrong.push(`${stop.what} catches the focus`);
      return { stops, wrong };
    }
    if (stop.same) wrong.push(`${stop.what} does not show its focus`);
    if (!stop.inside) wrong.push(`${stop.what} has the focus outside the window`);
    if (stop.covered) wrong.push(`${stop.what} has the focus under something else`);
    stops.push(stop);
  }
  throw new Error("400 stops and no end");
}

test("signing in by keyboard alone, a mistake on the way", async () => {
  await page.goto(portal.address);
  await started(page);
  await page.keyboard.press("Tab");
  assert.match(await focused(), /Skip to main content/);
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "main-content");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "code");
  await page.keyboard.press("Enter");
  await page.waitForSelector("[data-error-summary]:not([hidden])");
  assert.ok(await page.evaluate(() => document.activeElement?.closest("[data-error-summary]") !== null), "the focus is at the problem");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "code", "the problem leads to its field");
  await page.keyboard.type(head.code);
  await page.keyboard.press("Tab");
  await page.keyboard.type(head.passphrase);
  await page.keyboard.press("Enter");
  await opened(page);
  assert.match(await page.innerText("h1"), /Home/);
});

for (const at of ["/s/home.html", "/s/visits.html", "/s/search.html", "/s/account.html"]) {
  test(`every stop of ${at} is seen, and none holds the focus`, async () => {
    await page.goto(portal.address + at);
    await opened(page);
    // Results are put up anew once the text of all papers is read.
    if (at === "/s/search.html") await page.waitForSelector("[data-query]");
    const controls = await page.$$eval("a[href], button, input, select, summary, [tabindex='0']", (all) => all.filter((e) => e.checkVisibility({ visibilityProperty: true })).length);
    const { stops, wrong } = await round();
    assert.deepEqual(wrong, []);
    assert.ok(stops.length >= controls * 0.9, `${stops.length} stops for ${controls} controls`);
  });
}

test("every stop of a visit is seen, in a narrow window too", async () => {
  await page.goto(`${portal.address}/s/visits.html`);
  await opened(page);
  await page.click("a:has-text('Read and Respond')");
  await opened(page);
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 640 });
    assert.deepEqual((await round()).wrong, [], `${width} px`);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
});

test("a page that the worker answers begins at its beginning: title, skip link, then the menu", async () => {
  await page.goto(`${portal.address}/s/home.html`);
  await opened(page);
  const seen = new Set([await page.title()]);
  for (const area of ["visits", "sheets", "news"]) {
    await page.focus(`nav a[data-area=${area}]`);
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/s\/.+/);
    await opened(page);
    seen.add(await page.title());
    assert.equal(await focused(), "", "nothing of the page before has the focus");
    await page.keyboard.press("Tab");
    assert.match(await focused(), /Skip to main content/);
  }
  assert.equal(seen.size, 4, "each page says its own title");
});

test("a list keeps the focus where it is while it is sorted and filtered, and says what it shows", async () => {
  await page.goto(`${portal.address}/s/visits.html`);
  await opened(page);
  await page.focus("th[data-sort] button");
  await page.keyboard.press("Enter");
  await page.waitForSelector("th[aria-sort=ascending]");
  assert.match(await focused(), /^button/);
  await page.keyboard.press("Space");
  await page.waitForSelector("th[aria-sort=descending]");
  await page.focus("[data-filter-text]");
  await page.keyboard.type("reading");
  await page.waitForFunction(() => /of/.test(document.querySelector("[data-list-count][aria-live=polite]")?.textContent ?? ""));
  assert.equal(await page.evaluate(() => document.activeElement?.matches("[data-filter-text]")), true);
});

test("the skip link leaves a filtered list as it is", async () => {
  await page.goto(`${portal.address}/s/visits.html#q=reading`);
  await opened(page);
  const shown = await page.innerText("[data-list-count]");
  assert.match(shown, /of/);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.id === "main-content");
  assert.equal(await page.innerText("[data-list-count]"), shown);
  assert.equal(await page.inputValue("[data-filter-text]"), "reading");
  // What is typed stays for the session: the next list would be narrowed too.
  await page.fill("[data-filter-text]", "");
  await page.waitForFunction(() => !/of/.test(document.querySelector("[data-list-count]")?.textContent ?? "of"));
});

test("the names behind a paperclip show by focus and by pointer, stay while pointed at, and go with Escape", async () => {
  await page.goto(`${portal.address}/s/visits.html`);
  await opened(page);
  const cell = page.locator("td:has(> .app-clip)").first();
  const preview = cell.locator(".app-clip__preview");
  const shown = () => preview.evaluate((e) => e.checkVisibility({ visibilityProperty: true }));
  assert.equal(await shown(), false);
  await cell.locator("summary").focus();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Tab");
  assert.equal(await shown(), true, "by focus");
  assert.match(await preview.innerText(), /\.\w+/);
  await page.keyboard.press("Escape");
  assert.equal(await shown(), false, "Escape takes it away");
  assert.equal(await cell.locator("summary").evaluate((e) => e === document.activeElement), true, "and leaves the focus");
  await page.evaluate(() => document.activeElement?.blur());
  await cell.hover();
  assert.equal(await shown(), true, "by pointer");
  await preview.hover();
  assert.equal(await shown(), true, "while pointed at");
  await page.keyboard.press("Escape");
  assert.equal(await shown(), false);
  await page.mouse.move(0, 0);
  await cell.hover();
  assert.equal(await shown(), true, "and it comes again");
});

test("lists on a phone are still tables: every value is heard with its column", async () => {
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto(`${portal.address}/s/visits.html`);
  await opened(page);
  const devtools = await page.context().newCDPSession(page);
  const { nodes } = await devtools.send("Accessibility.getFullAXTree");
  const roles = nodes.filter((n) => !n.ignored).map((n) => n.role?.value);
  const rows = await page.locator("tr[data-row]").count();
  const columns = await page.locator("thead th").count();
  const cells = await page.$$eval("tr[data-row] td", (all) => all.filter((td) => td.checkVisibility()).length);
  assert.ok(cells > rows * 4, `${cells} cells in ${rows} rows`);
  assert.equal(roles.filter((r) => r === "columnheader").length, columns);
  assert.equal(roles.filter((r) => r === "rowheader").length, rows);
  assert.equal(roles.filter((r) => r === "cell" || r === "gridcell").length, cells);
  await page.setViewportSize({ width: 1280, height: 900 });
});

test("signing out by keyboard leads to a page that says so", async () => {
  await page.goto(`${portal.address}/s/home.html`);
  await opened(page);
  await page.focus("[data-sign-out]");
  await page.keyboard.press("Enter");
  await page.waitForSelector("[data-ended]:not([hidden])");
  await enter(page, head);
});
