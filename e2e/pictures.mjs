// The pictures of states, side by side in one page: e2e/out/gallery/index.html.
import fs from "node:fs";
import path from "node:path";
import { out } from "./lib.mjs";
import { groups, states } from "./states.mjs";

export const widths = [320, 768, 1280];
/** A4 at 96 dots an inch, less the margins of our paper. */
export const paper = 680;
export const folder = path.join(out, "gallery");

/** Takes a state's picture at a width; the page stays as wide. */
export async function take(page, state, width) {
  fs.mkdirSync(folder, { recursive: true });
  await page.setViewportSize({ width, height: width === 320 ? 640 : 900 });
  await page.screenshot({ path: path.join(folder, `${state.id}-${width}.png`), fullPage: true });
}

/** Prints a state: its picture as wide as paper, and its PDF. */
export async function print(page, state) {
  await take(page, state, paper);
  return page.pdf({ path: path.join(folder, `${state.id}.pdf`), preferCSSPageSize: true, displayHeaderFooter: false });
}

/** Writes the page that shows all pictures. */
export function index() {
  const chapters = groups.map((group) => `<h2>${group}</h2>${states.filter((s) => s.group === group).map(figure).join("")}`);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, "index.html"), `<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Gallery of the portal</title>
<style>body{font:1rem/1.4 arial,sans-serif;margin:1.5rem}section{border-top:1px solid #999;margin:1rem 0}div{display:flex;gap:1rem;align-items:flex-start;overflow-x:auto;padding-bottom:1rem}img{border:1px solid #bbb;height:auto}img.w320{width:200px}img.w768{width:360px}img.w1280,img.w680{width:560px}figure{margin:0}nav a{margin-right:1rem}</style>
<h1>Gallery of the portal</h1><p>${states.length} states. A picture opens in full size.</p>
${chapters.join("\n")}
`);
}

function figure({ id, title, who, mode }) {
  const pictures = (mode === "print" ? [paper] : widths).map((w) => `<figure><a href="${id}-${w}.png"><img class="w${w}" loading="lazy" src="${id}-${w}.png" alt="${title}, ${w} pixels wide"></a><figcaption>${w} px</figcaption></figure>`);
  if (mode === "print") pictures.push(`<p><a href="${id}.pdf">as a PDF</a></p>`);
  return `<section id="${id}"><h3>${title}${who === undefined ? "" : ` (${who})`}</h3><div>${pictures.join("")}</div></section>`;
}
