/** A data return as its own page has it: the form, and what the page tells besides. */
import { sha256, utf8 } from "../../shared/bytes.ts";
import { type Form, readForm } from "../../shared/form/definition.ts";

export interface Source {
  readonly form: Form;
  /** SHA-256 of the definition. */
  readonly hash: string;
  /** Roles that may complete it, and how the authority calls them. */
  readonly roles: readonly string[];
  readonly who: string;
  readonly due: string;
  readonly lateUntil: string;
  /** What to do once it is sent. */
  readonly after: string;
  readonly contact: string;
}

/** Reads the return at an address `<root>/<page>`, or nothing where there is no form. */
export async function sourceAt(page: string): Promise<Source | undefined> {
  const answer = await fetch(`/s/${page}`);
  if (!answer.ok) return undefined;
  const [, attributes] = /<div hidden (data-form="[^>]*)>/.exec(await answer.text()) ?? [];
  if (attributes === undefined) return undefined;
  return sourceOf((name) => unescaped(new RegExp(`data-${name}="([^"]*)"`).exec(attributes)?.[1] ?? ""));
}

/** Reads the return whose page is open. */
export function sourceHere(): Promise<Source> | undefined {
  const place = document.querySelector<HTMLElement>("[data-form]");
  return place === null ? undefined : sourceOf((name) => place.getAttribute(`data-${name}`) ?? "");
}

async function sourceOf(of: (name: string) => string): Promise<Source> {
  const text = of("form");
  return {
    form: readForm(text), hash: await sha256(utf8(text)), roles: of("roles").split(" ").filter((r) => r !== ""), who: of("who"),
    due: of("due"), lateUntil: of("late-until"), after: of("after"), contact: of("contact"),
  };
}

/** The characters that the generator's templates escape in attributes, and no others. */
function unescaped(text: string): string {
  const signs: Record<string, string> = { "&lt;": "<", "&gt;": ">", "&#34;": '"', "&#39;": "'", "&#43;": "+", "&#96;": "`", "&amp;": "&" };
  return text.replace(/&(?:lt|gt|amp|#34|#39|#43|#96);/g, (s) => signs[s] ?? s);
}
