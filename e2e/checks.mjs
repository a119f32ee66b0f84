// What must hold of any page in any state, each as a list of what does not.
import fs from "node:fs";

/** What a window of some kind must hold: a name, its size and what is switched on. */
export const windows = {
  wide: { width: 1280, height: 900 },
  narrow: { width: 320, height: 640 },
  forced: { width: 1280, height: 900, forced: true },
  blocked: { width: 1280, height: 900, blocked: true },
};

/** On a phone a list opens with its filters closed. */
export const opensOtherwise = (page) => page.evaluate(() => document.querySelector("[data-filters-toggle]") !== null);

/** The portal's own width is never wider than its window, not even at 400 % (320 by 256 pixels). */
export async function reflow(page) {
  const found = [];
  const before = page.viewportSize();
  for (const size of [{ width: 320, height: 640 }, { width: 320, height: 256 }]) {
    await page.setViewportSize(size);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) found.push(`${wide} px too wide at ${size.width} by ${size.height}`);
  }
  found.push(...(await scrollers(page)));
  await page.setViewportSize(before);
  return found;
}

/** What needs a sideways scroll of its own at the width that the window has: nothing but a text that was signed, whose lines are what they are. */
export function scrollers(page) {
  return page.evaluate(() => [...document.querySelectorAll("main *")]
    .filter((e) => !e.closest("pre, textarea, select, input, .govuk-visually-hidden") && ["auto", "scroll"].includes(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth + 1)
    .map((e) => `${e.tagName.toLowerCase()}.${e.className} scrolls sideways within the page at ${String(innerWidth)} px`));
}

/** Where a press changed the page that it was made on (hands.mjs marks it), the focus is on something that is still there. */
export async function focused(page) {
  return (await page.evaluate(() => globalThis.pressedHere === true && (document.activeElement === null || document.activeElement === document.body))) ? ["the focus was lost with what was pressed"] : [];
}

/** WCAG 1.4.12: with the reader's own text spacing nothing is cut off or needs a sideways scroll. */
export async function textSpacing(page) {
  return page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    const found = [];
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    if (wide > 0) found.push(`with wide text spacing ${wide} px too wide`);
    for (const element of document.querySelectorAll("body *")) {
      const style = getComputedStyle(element);
      if (element.clientHeight < 2 || element.closest(".govuk-visually-hidden, svg, select, input, textarea")) continue;
      const cut = (overflow, scroll, client) => ["hidden", "clip"].includes(overflow) && scroll > client + 2;
      if (cut(style.overflowY, element.scrollHeight, element.clientHeight) || cut(style.overflowX, element.scrollWidth, element.clientWidth)) {
        found.push(`with wide text spacing ${element.tagName.toLowerCase()}.${element.className} is cut off`);
      }
    }
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((s) => s !== sheet);
    return found;
  });
}

/** With less motion asked for, nothing moves. */
export async function motion(page) {
  return page.evaluate(() => {
    const moves = (e) => {
      const { transitionDuration, animationName, animationDuration } = getComputedStyle(e);
      const lasts = (list) => list.split(",").some((d) => parseFloat(d) > 0.01);
      return (animationName !== "none" && lasts(animationDuration)) || lasts(transitionDuration);
    };
    return [...document.querySelectorAll("*")].filter(moves).map((e) => `${e.tagName.toLowerCase()}.${e.className} moves though less motion is asked for`);
  });
}

const landmarks = ["banner", "main", "contentinfo"];
const named = new Set(["link", "button", "textbox", "searchbox", "combobox", "listbox", "checkbox", "radio", "navigation", "region", "search", "table", "DisclosureTriangle", "dialog", "alertdialog"]);

/** The accessibility tree as a reader hears it: landmarks, one heading of level 1, levels in order, names, tables with their heads. */
export async function tree(page) {
  const devtools = await page.context().newCDPSession(page);
  const { nodes } = await devtools.send("Accessibility.getFullAXTree");
  await devtools.detach();
  const heard = nodes.filter((n) => !n.ignored).map((n) => ({ role: n.role?.value, name: n.name?.value ?? "", id: n.nodeId, ...Object.fromEntries((n.properties ?? []).map((p) => [p.name, p.value.value])) }));
  const found = [];
  const count = (role) => heard.filter((n) => n.role === role).length;
  const headings = heard.filter((n) => n.role === "heading");
  // While a dialog asks something, nothing but the dialog is there: it has a name and a heading of its own.
  const asked = await page.evaluate(() => document.querySelector("dialog:modal") !== null);
  for (const role of landmarks) if (count(role) !== (asked ? 0 : 1)) found.push(`${count(role)} of the landmark ${role}`);
  if (asked && (count("dialog") + count("alertdialog") !== 1 || headings.length !== 1)) found.push("a dialog without a heading");
  if (!asked && headings.filter((h) => h.level === 1).length !== 1) found.push(`${headings.filter((h) => h.level === 1).length} headings of level 1`);
  // What stands before the one heading (an error summary, an alarm) is above it by design.
  const body = headings.slice(headings.findIndex((h) => h.level === 1));
  body.forEach((h, i) => {
    if (i > 0 && h.level > body[i - 1].level + 1) found.push(`the heading “${h.name}” of level ${h.level} follows one of level ${body[i - 1].level}`);
  });
  // A table of somebody's text is named by the region that it scrolls in.
  const regions = new Set(nodes.filter((n) => n.role?.value === "region").flatMap((n) => n.childIds));
  for (const { role, name, id } of heard) if (named.has(role) && name.trim() === "" && !(role === "table" && regions.has(id))) found.push(`a ${role} without a name`);
  for (const role of ["navigation", "region"]) {
    const names = heard.filter((n) => n.role === role).map((n) => n.name);
    if (new Set(names).size !== names.length) found.push(`two ${role}s with one name: ${names.join(", ")}`);
  }
  if (count("table") > 0) {
    if (count("columnheader") === 0) found.push("a table without column headers");
    if (count("rowheader") === 0) found.push("a table without row headers");
    if (count("row") === 0) found.push("a table without rows");
  }
  return found;
}

/** What a page says of itself to scripts that help people: language, title, current page. */
export async function manners(page) {
  return page.evaluate(() => {
    const found = [];
    if (document.documentElement.lang !== "en") found.push("no language");
    if (!/\S – \S/.test(document.title)) found.push(`the title “${document.title}” does not name page and portal`);
    const current = document.querySelectorAll(".govuk-service-navigation [aria-current]");
    if (current.length > 1) found.push(`${current.length} current pages in the menu`);
    for (const list of document.querySelectorAll("[data-list]")) {
      if (list.querySelector("[data-list-count][aria-live], [data-list-count][role=status]") === null) found.push("a list that does not say how much it shows");
    }
    return found;
  });
}

const govuk = fs.readFileSync(new URL("../node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.css", import.meta.url), "utf8");

/** Of GOV.UK's styles the build left out none that would dress something on the page. */
export async function styled(page) {
  return page.evaluate((whole) => {
    const selectors = (sheet) => {
      const all = new Set();
      const gather = (rules) => {
        for (const rule of rules) {
          if (rule instanceof CSSStyleRule) for (const selector of rule.selectorText.split(/,(?![^(]*\))/)) all.add(selector.trim());
          else if (rule.cssRules !== undefined) gather(rule.cssRules);
        }
      };
      gather(sheet.cssRules);
      return all;
    };
    const theirs = new CSSStyleSheet();
    theirs.replaceSync(whole);
    const ours = new Set([...document.styleSheets].flatMap((sheet) => [...selectors(sheet)]));
    // As it rests: without what it is only under a pointer, and without what stands before or after it.
    const rests = (selector) => selector.replace(/::[\w-]+(\([^)]*\))?|:(hover|focus|active|visited|link|focus-visible|focus-within)(?![\w-])/g, "").replaceAll(":not()", "");
    const missing = [...selectors(theirs)].filter((selector) => !ours.has(selector) && !/crown|crest/.test(selector) && rests(selector).trim() !== "" && document.querySelector(rests(selector)) !== null);
    return missing.map((selector) => `the styles of ${selector} were left out`);
  }, govuk);
}

/** Everything that is not right with the page as it is. */
export async function everything(page, axe) {
  return [...(await axe(page)), ...(await tree(page)), ...(await manners(page)), ...(await styled(page))];
}
