/** Builds elements: what is put into them are texts and elements, never markup. */
type Child = Node | string;

/** An element with its attributes and children; a child that is undefined is left out. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K, attributes: Readonly<Record<string, string>> = {}, ...children: readonly (Child | undefined)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((c) => c !== undefined));
  return element;
}

/** Words for people who do not see the page. */
export function hidden(text: string): HTMLElement {
  return el("span", { class: "govuk-visually-hidden" }, text);
}

/** A state in one or two words. */
export function tag(text: string, colour: string): HTMLElement {
  return el("strong", { class: `govuk-tag govuk-tag--${colour}` }, text);
}

/** A button that does something on this page. */
export function button(className: string, text: string, act: () => void): HTMLButtonElement {
  const element = el("button", { class: className, type: "button" }, text);
  element.addEventListener("click", act);
  return element;
}
