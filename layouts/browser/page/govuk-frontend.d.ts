/** The two components of GOV.UK Frontend that pages start; it brings no types. */
declare module "govuk-frontend" {
  export const ServiceNavigation: unique symbol;
  export const SkipLink: unique symbol;
  export function createAll(component: typeof ServiceNavigation | typeof SkipLink): void;
}
