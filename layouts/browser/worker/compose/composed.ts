/** What composed pages are made of, and the frame that they are put into. */
import type { Sent } from "../../shared/answering.ts";
import type { School } from "../../shared/contents.ts";
import { addDays, londonDay } from "../../shared/dates.ts";
import type { Paper } from "../../shared/paper.ts";
import type { Session } from "../../shared/session.ts";
import type { Shelf } from "../library.ts";
import { escape, type Html, html, none } from "./html.ts";
import { papers, schoolsOf } from "./paper.ts";

/** Whom a page is composed for, and what they may read. */
export interface Reader {
  readonly session: Session;
  readonly shelves: readonly Shelf[];
  readonly papers: readonly Paper[];
  /** The schools that the page is about: the one that was chosen, else all of the reader's. */
  readonly schools: readonly School[];
  /** The London day of now. */
  readonly today: string;
  /** What changed from this day on is new. */
  readonly since: string;
  /** True when there is a drop-box to send answers to. */
  readonly sends: boolean;
}

/** A page's title and the content of its main element. */
export interface Composed {
  readonly title: string;
  readonly main: Html;
}

/** At a first sign-in, what came in so many days is new. */
const firstDays = 28;

/** The reader of a session's shelves: those of one school with the authority's own, or all. */
export function readerOf(session: Session, all: readonly Shelf[], today: string, { school = "", sent = [], begun = new Set(), sends = false }: { readonly school?: string; readonly sent?: readonly Sent[]; readonly begun?: ReadonlySet<string>; readonly sends?: boolean } = {}): Reader {
  const shelves = school === "" ? all : all.filter(({ contents }) => contents.school === null || contents.school.urn === school);
  const since = session.before === 0 ? addDays(today, -firstDays) : londonDay(session.before);
  return { session, shelves, papers: papers(shelves, since, sent, begun), schools: schoolsOf(shelves), today, since, sends };
}

/** A page's one heading, under the name of the school that it is about. */
export function heading(text: string, caption = ""): Html {
  const above = caption === "" ? none : html`<span class="govuk-caption-l">${caption}<span class="govuk-visually-hidden">: </span></span>`;
  return html`<h1 class="govuk-heading-l app-heading">${above}${text}</h1>`;
}

/** The name of the reader's school, if it is only one. */
export function onlySchool({ schools }: Reader): string {
  const [first, ...others] = schools;
  return first === undefined || others.length > 0 ? "" : first.name;
}

/** Puts a composed page into the frame that the generator rendered. */
export function framed(frame: string, page: Composed): string {
  // Functions, so that a "$&" in a title is a title and not a pattern.
  return frame.replaceAll("<!--title-->", () => escape(page.title)).replace("<!--main-->", () => page.main.text);
}

/** A whole page without the frame, for when nothing published can be believed. */
export function bare(page: Composed): string {
  return html`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${page.title}</title></head>
<body><main id="main-content">${page.main}</main></body></html>
`.text;
}
